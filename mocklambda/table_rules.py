"""What DynamoDB refuses about a table's stream and moto lets pass. Keeps nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from mocklambda.services.service import AwsError
from mocklambda.wire.message import Request

TARGETS = ("DynamoDB_20120810.CreateTable", "DynamoDB_20120810.UpdateTable")


def stream_settings(request: Request) -> dict[str, Any] | None:
    """Return what a request wants a table's stream to be, and the table's name; None if it wants nothing."""
    if request.headers.get("x-amz-target") not in TARGETS:
        return None
    document = json.loads(request.content())
    settings = document.get("StreamSpecification")
    return None if settings is None else {**settings, "TableName": _name(document.get("TableName", ""))}


def check_stream(request: Request, settings: dict[str, Any], is_on: Callable[[str], bool | None]) -> None:
    """Raise ValidationException for a switch that can not be.

    Args:
        request: that asks for it.
        settings: as ``stream_settings`` returned them.
        is_on: tells whether a table's stream is on; None for a table that is not there.
    """
    if settings.get("StreamEnabled"):
        if settings.get("StreamViewType") is None:
            raise _invalid("If stream is being enabled then UpdateViewType is required")
    elif settings.get("StreamViewType") is not None:
        raise _invalid("If stream is being disabled, then UpdateViewType must not be specified")
    name = settings["TableName"]
    if request.headers["x-amz-target"] != TARGETS[1]:
        return
    was_on, will_be_on = is_on(name), bool(settings.get("StreamEnabled"))
    if was_on and will_be_on:
        raise _refused(f"Table already has an enabled stream: TableName: {name}")
    if was_on is False and not will_be_on:
        raise _refused(f"Table has no stream to disable: TableName: {name}")


def _name(table: str) -> str:
    """Return the name in a table's ARN, or the name itself."""
    return table.rpartition("/")[2]


def _invalid(text: str) -> AwsError:
    return _refused(f"One or more parameter values were invalid: {text}")


def _refused(text: str) -> AwsError:
    return AwsError("ValidationException", text, 400)
