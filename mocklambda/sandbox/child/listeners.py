"""Which calls have to travel as bytes, though the fast seam could answer them: in a test's process and a handler's.

Nothing is signed, sent or tried again there: a listener of the user's own to one of those events (to add a header,
to answer by itself, to count) would never be called, nor what is unsigned on purpose be told from all else.
"""

from __future__ import annotations

from functools import partial
from typing import Any

_EVENTS = (
    "request-created",
    "choose-signer",
    "before-sign",
    "before-send",
    "response-received",
    "before-parse",
    "needs-retry",
)
"""What botocore says between a call's parameters and its parsed answer."""
_MACHINERY = frozenset({"botocore", "boto3", "s3transfer", "aiobotocore", "aioboto3", "moto", "mocklambda"})
"""Packages whose listeners do for a call what the fast seam does without."""


def must_travel(client: Any, operation_model: Any) -> bool:
    """Tell whether a client's calls of an operation go by signed bytes: worked out when its listeners change."""
    events = client.meta.events
    emitter = getattr(events, "_emitter", events)
    known = emitter._lookup_cache  # replaced whenever its listeners change
    found: bool | None = known.get(operation_model)
    if found is None:
        found = known[operation_model] = _is_unsigned(client) or _is_listened_to(emitter, operation_model)
    return found


def _is_unsigned(client: Any) -> bool:
    from botocore import UNSIGNED

    return client.meta.config.signature_version is UNSIGNED


def _is_listened_to(emitter: Any, operation_model: Any) -> bool:
    service = operation_model.service_model.service_id.hyphenize()
    return any(
        _is_own(listener)
        for event in _EVENTS
        for listener in emitter._handlers.prefix_search(f"{event}.{service}.{operation_model.name}")
    )


def _is_own(listener: Any) -> bool:
    from botocore.handlers import disable_signing

    while isinstance(listener, partial):
        listener = listener.func
    module = getattr(listener, "__module__", None) or ""
    return listener is disable_signing or module.partition(".")[0] not in _MACHINERY
