"""What everything that a test holds has: a name, an ARN, and the cloud in which it lies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mocklambda.errors import UsageError


class Handle:
    """Something that has an ARN."""

    def __init__(self, cloud: Any, name: str) -> None:
        self._cloud = cloud
        self.name = name

    @property
    def arn(self) -> str:
        """Its full ARN."""
        raise NotImplementedError

    def _arn(self, service: str, resource: str) -> str:
        config = self._cloud.config
        return f"arn:aws:{service}:{config.region}:{config.account_id}:{resource}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


def arn_of(thing: Any) -> str:
    """Return the ARN of a handle, or the ARN itself."""
    return thing.arn if isinstance(thing, Handle) else str(thing)


def as_bytes(body: Any) -> bytes:
    """Return bytes as they are, text in UTF-8, anything else as JSON."""
    if isinstance(body, (bytes, bytearray)):
        return bytes(body)
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def message_attributes(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return message attributes, of a queue or a topic, from bytes, numbers and text.

    Raises:
        UsageError: one is something else.
    """
    return {name: _message_attribute(name, value) for name, value in values.items()}


def _message_attribute(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, bytes):
        return {"DataType": "Binary", "BinaryValue": value}
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise UsageError(f"{name}={value!r}: text, a number or bytes is expected of a message attribute")
    return {"DataType": "String" if isinstance(value, str) else "Number", "StringValue": str(value)}
