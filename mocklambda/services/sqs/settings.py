"""The attributes of a queue that can be set: names, ranges, defaults, and how they read back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.services.policy_grammar import is_well_formed
from mocklambda.services.sqs import errors
from mocklambda.services.sqs.redrive import RedriveAllowPolicy, RedrivePolicy

_DIGITS = re.compile("[0-9]{1,10}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One queue's attributes, parsed."""

    delay_ms: Millis = 0
    maximum_size: int = 1_048_576
    retention_ms: Millis = 345_600_000
    wait_ms: Millis = 0
    visibility_ms: Millis = 30_000
    is_fifo: bool = False
    is_content_deduplicated: bool = False
    deduplication_scope: str = "queue"
    throughput_limit: str = "perQueue"
    is_sse_managed: bool = True
    kms_key: str | None = None
    kms_reuse_ms: Millis = 300_000
    policy: str | None = None
    redrive: RedrivePolicy | None = None
    redrive_allow: RedriveAllowPolicy | None = None


@dataclass(frozen=True, slots=True)
class _Setting:
    """How one attribute is read and shown; ``show`` gives None where it is not to be shown."""

    field: str
    parse: Callable[[str, str], Any]
    show: Callable[[Any], str | None]
    is_fifo_only: bool = False


def _number(low: int, high: int, unit: int) -> Callable[[str, str], int]:
    def parse(name: str, text: str) -> int:
        if not _DIGITS.fullmatch(text) or not low <= int(text) <= high:
            raise errors.invalid_attribute_value(name)
        return int(text) * unit

    return parse


def _boolean(name: str, text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise errors.invalid_attribute_value(name)
    return text.lower() == "true"


def _choice(*allowed: str) -> Callable[[str, str], str]:
    def parse(name: str, text: str) -> str:
        if text not in allowed:
            raise errors.invalid_attribute_value(name)
        return text

    return parse


def _policy(name: str, text: str) -> str | None:
    if not text:
        return None
    try:
        is_policy = is_well_formed(json.loads(text))
    except ValueError:
        is_policy = False
    if not is_policy:
        raise errors.invalid_attribute_value(name)
    return text


def _seconds(value: Millis) -> str:
    return str(value // 1000)


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _document(value: RedrivePolicy | RedriveAllowPolicy | None) -> str | None:
    return None if value is None else value.show()


_SETTINGS: Mapping[str, _Setting] = MappingProxyType(
    {
        "VisibilityTimeout": _Setting("visibility_ms", _number(0, 43_200, 1000), _seconds),
        "MaximumMessageSize": _Setting("maximum_size", _number(1024, 1_048_576, 1), str),
        "MessageRetentionPeriod": _Setting("retention_ms", _number(60, 1_209_600, 1000), _seconds),
        "DelaySeconds": _Setting("delay_ms", _number(0, 900, 1000), _seconds),
        "ReceiveMessageWaitTimeSeconds": _Setting("wait_ms", _number(0, 20, 1000), _seconds),
        "FifoQueue": _Setting("is_fifo", _boolean, _truth, is_fifo_only=True),
        "ContentBasedDeduplication": _Setting("is_content_deduplicated", _boolean, _truth, is_fifo_only=True),
        "DeduplicationScope": _Setting(
            "deduplication_scope", _choice("queue", "messageGroup"), str, is_fifo_only=True
        ),
        "FifoThroughputLimit": _Setting(
            "throughput_limit", _choice("perQueue", "perMessageGroupId"), str, is_fifo_only=True
        ),
        "SqsManagedSseEnabled": _Setting("is_sse_managed", _boolean, _truth),
        "KmsMasterKeyId": _Setting("kms_key", lambda _name, text: text or None, lambda value: value),
        "KmsDataKeyReusePeriodSeconds": _Setting("kms_reuse_ms", _number(60, 86_400, 1000), _seconds),
        "Policy": _Setting("policy", _policy, lambda value: value),
        "RedrivePolicy": _Setting(
            "redrive", lambda _name, text: RedrivePolicy.parse(text) if text else None, _document
        ),
        "RedriveAllowPolicy": _Setting(
            "redrive_allow", lambda _name, text: RedriveAllowPolicy.parse(text) if text else None, _document
        ),
    }
)

SETTABLE = tuple(_SETTINGS)
_FIFO_ONLY_WITH_OWN_TEXT = ("DeduplicationScope", "FifoThroughputLimit")


def show(settings: Settings, name: str) -> str | None:
    """Return how attribute ``name`` reads, or None when it is not shown."""
    setting = _SETTINGS[name]
    if setting.is_fifo_only and not settings.is_fifo:
        return None
    if name == "KmsDataKeyReusePeriodSeconds" and settings.kms_key is None:
        return None
    return setting.show(getattr(settings, setting.field))


def initial(attributes: Mapping[str, str]) -> Settings:
    """Parse CreateQueue's attributes."""
    is_fifo = attributes.get("FifoQueue", "").lower() == "true"
    if not is_fifo:
        _refuse_fifo_attributes(attributes)
    base = Settings(is_fifo=is_fifo)
    return _changed(base, attributes)


def changed(settings: Settings, attributes: Mapping[str, str]) -> Settings:
    """Parse SetQueueAttributes' attributes on top of what is set."""
    if not settings.is_fifo:
        _refuse_fifo_attributes(attributes)
    elif attributes.get("FifoQueue", "true").lower() != "true":
        raise errors.queue_type_is_fixed()
    return _changed(settings, attributes)


def first_difference(current: Settings, attributes: Mapping[str, str], wanted: Settings) -> str | None:
    """Name the first given attribute whose wanted value is not the current one."""
    return next((name for name in attributes if show(current, name) != show(wanted, name)), None)


def _refuse_fifo_attributes(attributes: Mapping[str, str]) -> None:
    for name in attributes:
        if name in _FIFO_ONLY_WITH_OWN_TEXT:
            raise errors.invalid_attribute_name(
                f"You can specify the {name} only when FifoQueue is set to true."
            )
        if name in _SETTINGS and _SETTINGS[name].is_fifo_only:
            raise errors.unknown_attribute(name)


def _changed(settings: Settings, attributes: Mapping[str, str]) -> Settings:
    values: dict[str, Any] = {}
    for name, text in attributes.items():
        setting = _SETTINGS.get(name)
        if setting is None:
            raise errors.unknown_attribute(name)
        values[setting.field] = setting.parse(name, text)
    _settle_encryption(values)
    wanted = replace(settings, **values)
    if wanted.throughput_limit == "perMessageGroupId" and wanted.deduplication_scope == "queue":
        raise errors.invalid_attribute_value("FifoThroughputLimit")
    return wanted


def _settle_encryption(values: dict[str, Any]) -> None:
    """Let a KMS key and SQS's own encryption exclude each other; removing the key restores neither."""
    if values.get("kms_key"):
        if values.get("is_sse_managed"):
            raise errors.invalid_attribute_name(
                "You can use one type of server-side encryption (SSE) at one time. "
                "You can either enable KMS SSE or SQS SSE."
            )
        values["is_sse_managed"] = False
    elif values.get("is_sse_managed"):
        values["kms_key"] = None
