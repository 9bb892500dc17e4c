"""botocore as the judge: what it sends for parameters, and what it reads from a response."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree as ET

from botocore.eventstream import EventStream
from botocore.model import OperationModel
from botocore.parsers import create_parser
from botocore.response import StreamingBody
from botocore.serialize import create_serializer

from mocklambda.wire.message import Request, Response
from mocklambda.wire.models import service_model


def operation_of(service: str, name: str) -> OperationModel:
    return service_model(service).operation_model(name)


def sent(operation: OperationModel, params: dict[str, Any], protocol: str) -> Request:
    """What botocore puts on the wire for an operation's parameters."""
    made = create_serializer(protocol, include_validation=False).serialize_to_request(params, operation)
    url = urlsplit(made["url_path"])
    query = made["query_string"]
    more = query if isinstance(query, str) else urlencode(query, doseq=True, quote_via=quote, safe="-._~")
    body = made["body"]
    if isinstance(body, dict):
        body = urlencode(body, doseq=True).encode()
    return Request(
        method=made["method"],
        scheme="https",
        host="service.us-east-1.amazonaws.com",
        path=url.path,
        query="&".join(part for part in (url.query, more) if part),
        headers={name.lower(): str(value) for name, value in made["headers"].items()},
        body=body,
    )


class Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self):
        yield self._body


def read(operation: OperationModel, response: Response, protocol: str) -> dict[str, Any]:
    """What botocore's own parser makes of a response, with what its endpoint adds."""
    from botocore.awsrequest import HeadersDict

    headers = HeadersDict(response.headers)
    content = response.body
    assert isinstance(content, bytes)
    body: Any = content
    if response.status < 300 and operation.has_event_stream_output:
        body = Raw(content)
    elif response.status < 300 and operation.has_streaming_output:
        body = StreamingBody(BytesIO(content), headers.get("content-length"))
    answer = {
        "status_code": response.status,
        "headers": headers,
        "body": body,
        "context": {"operation_name": operation.name},
    }
    parsed = create_parser(protocol).parse(answer, operation.output_shape)
    if operation.name == "GetBucketLocation":  # what a handler of the client does after the parser
        parsed["LocationConstraint"] = ET.fromstring(content).text
    parsed["ResponseMetadata"]["RetryAttempts"] = 0
    return parsed


def comparable(value: Any) -> Any:
    """A parsed answer with its streams drained, so that two can be compared whole."""
    if isinstance(value, StreamingBody):
        return ("stream", value.read())
    if isinstance(value, EventStream):
        return ("events", [comparable(event) for event in value])
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return ("nan",) if value != value else value  # noqa: PLR0124
