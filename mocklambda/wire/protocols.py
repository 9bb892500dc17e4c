"""The table of protocols, and the codec that one gives for one service's model.

A protocol is a body format, a way to place members (all in the body, or HTTP bindings), a form for errors
and the names of its headers. A codec compiles each operation once, when it is first used.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import sha512
from typing import Any, BinaryIO

from botocore.model import OperationModel, ServiceModel

from mocklambda.wire import error_forms
from mocklambda.wire.body import BodyFormat
from mocklambda.wire.cbor_body import CborBody, dumps as cbor_dumps
from mocklambda.wire.errors import Fault
from mocklambda.wire.json_body import JsonBody, dumps as json_dumps
from mocklambda.wire.late_headers import LateHeaders
from mocklambda.wire.message import LateResponse, Request, Response
from mocklambda.wire.models import legacy_query_model, service_model as model_named
from mocklambda.wire.own_protocol import own_protocol
from mocklambda.wire.plans import Media, Plan, rest_plan, rpc_plan
from mocklambda.wire.query_body import Ec2Names, QueryNames, query_plan
from mocklambda.wire.routing import protocol_of
from mocklambda.wire.xml_body import XmlBody


def host_id(request_id: str) -> str:
    """Return the ``x-amz-id-2`` that goes with a request id."""
    return b64encode(sha512(request_id.encode()).digest()[:57]).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """What a protocol does with one service's model."""

    plan: Callable[[OperationModel], Plan]
    error: error_forms.ErrorForm
    parser: str
    """botocore's name of the protocol."""
    id_headers: Callable[[str], dict[str, str]]
    headers: Mapping[str, str]
    """Sent with every answer."""
    names_hosts: bool = False
    """Whether answers tell, beside the request's id, of the host that gave them."""


class Codec:
    """Encodes and decodes one service's operations in one protocol."""

    def __init__(self, model: ServiceModel, protocol: Protocol) -> None:
        self._model = model
        self._protocol = protocol
        self._plans: dict[str, Plan] = {}

    def decode(self, operation_model: OperationModel, request: Request) -> dict[str, Any]:
        """Return the operation's input. Raises ``MalformedRequest`` when the request cannot be read."""
        return self._plan(operation_model.name).decode(request)

    def encode(
        self,
        operation_model: OperationModel,
        result: Mapping[str, Any],
        *,
        request_id: str,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Return the response for an operation's output; ``status`` and ``headers`` win over the model's."""
        plan = self._plan(operation_model.name)
        out = self._protocol.id_headers(request_id)
        out.update(self._protocol.headers)
        bound_status = plan.head(result, out)
        final = status or bound_status or plan.status
        body = b"" if final in _EMPTY else plan.content(result, out)
        if headers:
            _merge(out, headers)
        _measure(out, body, final)
        return Response(status=final, headers=out, body=body)

    def answer(
        self,
        operation_model: OperationModel,
        result: Mapping[str, Any],
        *,
        request_id: str,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Response, dict[str, Any]]:
        """Return what ``encode`` does, and what botocore's parser would make of it, worked out from ``result``."""
        plan = self._plan(operation_model.name)
        encode = partial(
            self.encode, operation_model, result, request_id=request_id, status=status, headers=headers
        )
        bound: dict[str, str] = {}
        final = status or plan.status
        if plan.can_wait and plan.has_bound_members:
            bound, bound_status = self._bound(plan, result, headers)
            final = status or bound_status or plan.status
        response: Response
        shown: dict[str, str]
        if plan.can_wait and final not in _EMPTY:
            response = LateResponse(final, encode)
            shown = LateHeaders.of(response)
        else:
            response = encode()
            shown = bound = {_lowered(name): value for name, value in response.headers.items()}
        parsed = plan.view(result, response, bound)
        metadata: dict[str, Any] = {"RequestId": request_id}
        if self._protocol.names_hosts:
            metadata["HostId"] = bound.get("x-amz-id-2") or host_id(request_id)
        metadata["HTTPStatusCode"] = response.status
        metadata["HTTPHeaders"] = shown
        metadata["RetryAttempts"] = 0
        parsed["ResponseMetadata"] = metadata
        return response, parsed

    def _bound(
        self, plan: Plan, result: Mapping[str, Any], more: Mapping[str, str] | None
    ) -> tuple[dict[str, str], int | None]:
        headers: dict[str, str] = {}
        status = plan.head(result, headers)
        headers.update(more or {})
        return {_lowered(name): value for name, value in headers.items()}, status

    def encode_error(
        self, operation_model: OperationModel | None, fault: Fault, *, request_id: str
    ) -> Response:
        """Return the response for a fault. Answers to HEAD, and 304s, have no body."""
        headers = self._protocol.id_headers(request_id)
        headers.update(self._protocol.headers)
        body = self._protocol.error(fault, headers, request_id)
        is_head = operation_model is not None and operation_model.http.get("method") == "HEAD"
        if is_head or fault.status == 304:
            body = b""
        if fault.headers:
            _merge(headers, fault.headers)
        _measure(headers, body, fault.status)
        return Response(status=fault.status, headers=headers, body=body)

    def parsed_error(
        self, operation_model: OperationModel | None, fault: Fault, response: Response
    ) -> dict[str, Any]:
        """Return what botocore's parser makes of an error response, modelled members at the top included."""
        from botocore.awsrequest import HeadersDict
        from botocore.parsers import create_parser

        parser = create_parser(self._protocol.parser)
        headers = HeadersDict(response.headers)
        answer = {"status_code": response.status, "headers": headers, "body": response.body, "context": {}}
        no_output: Any = None  # an error is read without it
        parsed: dict[str, Any] = parser.parse(answer, no_output)
        shape = self._model.shape_for_error_code(parsed["Error"]["Code"])
        if shape is not None:
            parsed.update(parser.parse(answer, shape))
        parsed["ResponseMetadata"]["RetryAttempts"] = 0
        return parsed

    def _plan(self, name: str) -> Plan:
        plan = self._plans.get(name)
        if plan is None:
            plan = self._plans[name] = self._protocol.plan(self._model.operation_model(name))
        return plan


_EMPTY = frozenset({204, 304})
"""Statuses of answers without a body."""
_lowered = lru_cache(maxsize=1024)(str.lower)


def _merge(headers: dict[str, str], more: Mapping[str, str]) -> None:
    """Lay ``more`` over ``headers``; names differing in case only are one header."""
    spelled = {name.lower(): name for name in headers}
    for name, value in more.items():
        known = spelled.get(name.lower())
        if known is not None and known != name:
            del headers[known]
        headers[name] = value


def _measure(headers: dict[str, str], body: bytes | BinaryIO | Iterator[bytes], status: int) -> None:
    """Add the content length where it is known; an empty body has no type, a 204 no length either."""
    if not isinstance(body, bytes):
        return
    if not body and status in _EMPTY:
        headers.pop("Content-Type", None)
        headers.pop("Content-Length", None)
    elif (
        "Content-Length" not in headers
        and headers.get("Content-Type") != "application/vnd.amazon.eventstream"
    ):
        headers["Content-Length"] = str(len(body))


def codec_for(
    service_model: ServiceModel, protocol: str | None = None, *, request: Request | None = None
) -> Codec:
    """Return the codec of a service in a protocol: the one given, or that of ``request``, or botocore's own.

    Any instance of a service's model leads to the same codec: clients each have their own copy.
    """
    if protocol is None:
        protocol = own_protocol(service_model) if request is None else protocol_of(service_model, request)
    return codec_named(service_model.service_name, protocol)


@lru_cache(maxsize=512)
def codec_named(name: str, protocol: str) -> Codec:
    """Return the codec of a service by botocore's name of it, in a protocol by its name here."""
    model = model_named(name)
    if protocol == "query" and own_protocol(model) != "query":
        model = legacy_query_model(name)
    return Codec(model, PROTOCOLS[protocol](model))


def _request_id(request_id: str) -> dict[str, str]:
    return {"x-amzn-RequestId": request_id}


def _s3_ids(request_id: str) -> dict[str, str]:
    return {"x-amz-id-2": host_id(request_id), "x-amz-request-id": request_id}


def _json(model: ServiceModel) -> Protocol:
    content_type = f"application/x-amz-json-{model.metadata.get('jsonVersion', '1.1')}"
    body = JsonBody(are_numbers_coerced=False)
    media = Media(content=content_type, blob=content_type, event="application/json", parser="json")
    return _rpc(model, body, media, json_dumps)


def _rest_json(model: ServiceModel) -> Protocol:
    body = JsonBody(are_numbers_coerced=True)
    media = Media(
        content="application/json", blob="application/json", event="application/json", parser="rest-json"
    )
    return Protocol(
        plan=lambda operation: rest_plan(operation, body, media),
        error=error_forms.header_typed(model, body, json_dumps),
        parser="rest-json",
        id_headers=_request_id,
        headers={},
    )


def _rpc(
    model: ServiceModel,
    body: BodyFormat,
    media: Media,
    dump: Callable[[Any], bytes],
    headers: Mapping[str, str] | None = None,
) -> Protocol:
    return Protocol(
        plan=lambda operation: rpc_plan(operation, body, media),
        error=error_forms.typed(model, body, dump, media.content),
        parser=media.parser,
        id_headers=_request_id,
        headers=headers or {},
    )


def _rpc_v2_cbor(model: ServiceModel) -> Protocol:
    media = Media(
        content="application/cbor",
        blob="application/cbor",
        event="application/cbor",
        parser="smithy-rpc-v2-cbor",
    )
    return _rpc(model, CborBody(are_seconds=True), media, cbor_dumps, {"smithy-protocol": "rpc-v2-cbor"})


def _cbor_1_1(model: ServiceModel) -> Protocol:
    kind = "application/x-amz-cbor-1.1"
    media = Media(content=kind, blob=kind, event=kind, parser="json")
    return _rpc(model, CborBody(are_seconds=False), media, cbor_dumps)


def _rest_xml(model: ServiceModel) -> Protocol:
    body = XmlBody(model)
    media = Media(content="application/xml", blob="binary/octet-stream", event="text/xml", parser="rest-xml")
    # S3 and its control plane answer errors and ids in a form that no other REST XML service has
    is_s3 = str(model.metadata.get("serviceId", "")).startswith("S3")
    return Protocol(
        plan=lambda operation: rest_plan(operation, body, media),
        error=error_forms.s3_xml(host_id) if is_s3 else error_forms.query_xml(model),
        parser="rest-xml",
        id_headers=_s3_ids if is_s3 else _request_id,
        headers={},
        names_hosts=is_s3,
    )


def _query(model: ServiceModel) -> Protocol:
    return Protocol(
        plan=lambda operation: query_plan(operation, QueryNames()),
        error=error_forms.query_xml(model),
        parser="query",
        id_headers=_request_id,
        headers={},
    )


def _ec2(model: ServiceModel) -> Protocol:
    return Protocol(
        plan=lambda operation: query_plan(operation, Ec2Names()),
        error=error_forms.ec2_xml(model),
        parser="ec2",
        id_headers=_request_id,
        headers={},
    )


PROTOCOLS: Mapping[str, Callable[[ServiceModel], Protocol]] = {
    "json": _json,
    "json-cbor": _cbor_1_1,  # AWS JSON's older binary twin; no model names it
    "rest-json": _rest_json,
    "rest-xml": _rest_xml,
    "query": _query,
    "ec2": _ec2,
    "smithy-rpc-v2-cbor": _rpc_v2_cbor,
}
