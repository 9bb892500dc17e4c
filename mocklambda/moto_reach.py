"""What moto's services do to services that are ours: objects of Firehose and Athena, functions that logs go to.

moto keeps an S3, a Lambda and a Kinesis of its own for that, where no call of a test ever looks. What its other
services ask of them is asked of ours instead; what can not be is refused, and nothing is done.
"""

from __future__ import annotations

import base64
import gzip
import importlib
import importlib.util
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from mocklambda import moto_tags
from mocklambda.calls import Ask
from mocklambda.errors import NotImplementedInMock
from mocklambda.services.service import AwsError
from mocklambda.wire.message import Request

OURS = ("SQS", "S3", "Lambda", "Kinesis", "SNS", "Events", "Scheduler", "Serverless")
"""The middle of CloudFormation's names for resources that are ours."""


TAGGING = "resourcegroupstaggingapi"

_ask: ContextVar[Ask | None] = ContextVar("the way to our services during one call to moto", default=None)


@dataclass(frozen=True, slots=True)
class Bridge:
    """A method of moto's, and what takes its place while a session asks moto something."""

    module: str
    owner: str
    method: str
    instead: Callable[..., Any] | None = None
    before: Callable[..., None] | None = None
    """Called before it, where nothing takes its place."""
    around: Callable[..., Any] | None = None
    """Called with it, to add to what it does."""


class Bridges:
    """Those of one session."""

    def __init__(self) -> None:
        self._undo: dict[Bridge, Callable[[], None]] = {}

    @contextmanager
    def open(self, service: str, request: Request, ask: Ask) -> Iterator[None]:
        """Let what moto's service does inside the ``with`` be done to ours."""
        if service == "logs" and request.headers.get("x-amz-target", "").endswith("PutSubscriptionFilter"):
            for name in ("awslambda", "kinesis"):  # which it loads when it first sends them something
                importlib.import_module(f"moto.{name}.models")
        if service == TAGGING and importlib.util.find_spec("moto.core.resource_tagging"):
            importlib.import_module(f"moto.{TAGGING}.models")
        for bridge in BRIDGES:
            if bridge not in self._undo and bridge.module in sys.modules:
                self._undo[bridge] = _build(bridge)
        token = _ask.set(ask)
        try:
            yield
        finally:
            _ask.reset(token)

    def close(self) -> None:
        """Give moto its own methods back."""
        while self._undo:
            _, undo = self._undo.popitem()
            undo()


def _build(bridge: Bridge) -> Callable[[], None]:
    owner = getattr(sys.modules[bridge.module], bridge.owner)
    original = getattr(owner, bridge.method)

    def method(backend: Any, *args: Any, **kwargs: Any) -> Any:
        ask = _ask.get()
        if ask is None:
            return original(backend, *args, **kwargs)
        if bridge.instead is not None:
            return bridge.instead(ask, backend, *args, **kwargs)
        if bridge.around is not None:
            return bridge.around(ask, original, backend, *args, **kwargs)
        if bridge.before is not None:
            bridge.before(backend, *args)
        return original(backend, *args, **kwargs)

    setattr(owner, bridge.method, method)
    return lambda: setattr(owner, bridge.method, original)


# -- S3: Firehose, Athena, exports of logs, templates ----------------------------------------------------


def _put_object(ask: Ask, backend: Any, bucket_name: str, key_name: str, value: bytes, **_: Any) -> None:
    _s3(ask, backend, "PutObject", Bucket=bucket_name, Key=key_name, Body=value)


def _get_object(ask: Ask, backend: Any, bucket_name: str, key_name: str, **_: Any) -> Any:
    body = _s3(ask, backend, "GetObject", Bucket=bucket_name, Key=key_name)["Body"]
    return SimpleNamespace(value=body if isinstance(body, bytes) else b"".join(body))


def _get_bucket(ask: Ask, backend: Any, bucket_name: str) -> Any:
    _s3(ask, backend, "HeadBucket", Bucket=bucket_name)
    return SimpleNamespace(name=bucket_name)


def _s3(ask: Ask, backend: Any, operation: str, **params: Any) -> dict[str, Any]:
    from moto.s3.exceptions import MissingBucket, MissingKey

    try:
        return ask("s3", operation, params, backend.account_id, "us-east-1")
    except AwsError as error:
        if error.code == "NoSuchKey":
            raise MissingKey(key=params["Key"]) from error
        if error.status == 404:
            raise MissingBucket(bucket=params["Bucket"]) from error
        raise


# -- Lambda and Kinesis: subscriptions of logs -----------------------------------------------------------


def _get_function(ask: Ask, backend: Any, function_name_or_arn: str, qualifier: str | None = None) -> Any:
    del qualifier
    params = {"FunctionName": function_name_or_arn}
    ask("lambda", "GetFunction", params, backend.account_id, backend.region_name)
    return SimpleNamespace(function_arn=function_name_or_arn)


def _invoke(_ask: Ask, _backend: Any, function_name: str, *_: Any, **__: Any) -> Any:
    raise NotImplementedInMock(
        f"moto's Secrets Manager, CloudFormation and Config do not reach {function_name}: of what invokes a function "
        "on its own, mocklambda follows moto's subscriptions of logs. Invoke the function from the test.",
        service="lambda",
        operation="Invoke",
        url=function_name,
    )


def _logs_to_function(ask: Ask, backend: Any, function_arn: str, *message: Any) -> None:
    data = base64.b64encode(_message(backend.account_id, *message)).decode()
    params = {
        "FunctionName": function_arn,
        "InvocationType": "Event",
        "Payload": json.dumps({"awslogs": {"data": data}}).encode(),
    }
    ask("lambda", "Invoke", params, backend.account_id, backend.region_name)


def _describe_stream(ask: Ask, backend: Any, stream_arn: str | None, stream_name: str | None) -> Any:
    params = {"StreamARN": stream_arn} if stream_arn else {"StreamName": stream_name}
    ask("kinesis", "DescribeStreamSummary", params, backend.account_id, backend.region_name)


def _logs_to_stream(ask: Ask, backend: Any, stream_arn: str, *message: Any) -> None:
    data = _message(backend.account_id, *message)
    params = {"StreamARN": stream_arn, "Data": data, "PartitionKey": str(message[2])}
    ask("kinesis", "PutRecord", params, backend.account_id, backend.region_name)


def _message(
    account: str, filter_name: str, group: str, stream: str, events: Sequence[Mapping[str, Any]]
) -> bytes:
    message = {
        "messageType": "DATA_MESSAGE",
        "owner": account,
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": [filter_name],
        "logEvents": [{**event, "id": f"{int(event['id']):056d}"} for event in events],
    }
    return gzip.compress(json.dumps(message).encode(), mtime=0)


# -- CloudFormation: what it can not make ---------------------------------------------------------------


def _check_template(resources: Any, template: Mapping[str, Any] | None = None, *_: Any) -> None:
    """Refuse a template with resources of ours before anything of it is made."""
    of_template = (resources._template if template is None else template).get("Resources", {})  # noqa: SLF001
    for name, resource in of_template.items():
        kind = str(resource.get("Type"))
        if kind.split("::")[1:2] and kind.split("::")[1] in OURS:
            raise NotImplementedInMock(
                f"CloudFormation would make {name} ({kind}) in moto, where no call looks for it: make what is "
                "mocklambda's own with boto3 or the cloud (cloud.function, .queue, .bucket ...). Nothing was done.",
                service="cloudformation",
                operation="CreateStack",
                url=kind,
            )


BRIDGES = (
    Bridge("moto.s3.models", "S3Backend", "put_object", _put_object),
    Bridge("moto.s3.models", "S3Backend", "get_object", _get_object),
    Bridge("moto.s3.models", "S3Backend", "get_bucket", _get_bucket),
    Bridge("moto.awslambda.models", "LambdaBackend", "get_function", _get_function),
    Bridge("moto.awslambda.models", "LambdaBackend", "invoke", _invoke),
    Bridge("moto.awslambda.models", "LambdaBackend", "send_log_event", _logs_to_function),
    Bridge("moto.kinesis.models", "KinesisBackend", "describe_stream", _describe_stream),
    Bridge("moto.kinesis.models", "KinesisBackend", "send_log_event", _logs_to_stream),
    Bridge("moto.cloudformation.parsing", "ResourceMap", "load", before=_check_template),
    Bridge("moto.cloudformation.parsing", "ResourceMap", "update", before=_check_template),
    *(
        Bridge(f"moto.{TAGGING}.models", "ResourceGroupsTaggingAPIBackend", method, around=around)
        for method, around in (
            ("_get_resources_generator", moto_tags.add_resources),
            ("_get_tag_keys_generator", moto_tags.add_keys),
            ("_get_tag_values_generator", moto_tags.add_values),
            ("tag_resources", moto_tags.tag),
            ("untag_resources", moto_tags.untag),
        )
    ),
)
