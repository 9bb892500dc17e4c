"""Mock AWS Lambda in your test suite, and really run the handlers.

Importing this changes nothing and loads no botocore; names are fetched when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import mocklambda.events as events  # noqa: PLR0402 - mypy does not find it the other way
    from mocklambda.cloud import Cloud as Cloud
    from mocklambda.context import context as context
    from mocklambda.errors import (
        MocklambdaError as MocklambdaError,
        NothingWillAnswer as NothingWillAnswer,
        NotImplementedInMock as NotImplementedInMock,
        NotSettled as NotSettled,
        NotStarted as NotStarted,
        UnmockedAWSCall as UnmockedAWSCall,
        UsageError as UsageError,
    )
    from mocklambda.handles import (
        Bucket as Bucket,
        Execution as Execution,
        Function as Function,
        FunctionUrl as FunctionUrl,
        Layer as Layer,
        LoadBalancer as LoadBalancer,
        Message as Message,
        Queue as Queue,
        Record as Record,
        Result as Result,
        Role as Role,
        Stream as Stream,
        Topic as Topic,
    )
    from mocklambda.journal import Invocation as Invocation
    from mocklambda.session import current as current, mock_lambda as mock_lambda

_HOMES = {
    "Bucket": "handles",
    "Cloud": "cloud",
    "Execution": "handles",
    "Function": "handles",
    "FunctionUrl": "handles",
    "Invocation": "journal",
    "Layer": "handles",
    "LoadBalancer": "handles",
    "Message": "handles",
    "MocklambdaError": "errors",
    "NotImplementedInMock": "errors",
    "NotSettled": "errors",
    "NotStarted": "errors",
    "NothingWillAnswer": "errors",
    "Queue": "handles",
    "Record": "handles",
    "Result": "handles",
    "Role": "handles",
    "Stream": "handles",
    "Topic": "handles",
    "UnmockedAWSCall": "errors",
    "UsageError": "errors",
    "context": "context",
    "current": "session",
    "events": "",
    "mock_lambda": "session",
}

__all__ = [
    "Bucket",
    "Cloud",
    "Execution",
    "Function",
    "FunctionUrl",
    "Invocation",
    "Layer",
    "LoadBalancer",
    "Message",
    "MocklambdaError",
    "NotImplementedInMock",
    "NotSettled",
    "NotStarted",
    "NothingWillAnswer",
    "Queue",
    "Record",
    "Result",
    "Role",
    "Stream",
    "Topic",
    "UnmockedAWSCall",
    "UsageError",
    "context",
    "current",
    "events",
    "mock_lambda",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if not home:
        return import_module(f"{__name__}.{name}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value  # a module of the same name (context) must not shadow it
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
