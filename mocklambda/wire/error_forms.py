"""A fault in each protocol's form: body, content type and headers. Statuses and texts are the fault's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import ServiceModel

from mocklambda.wire.body import BodyFormat
from mocklambda.wire.errors import Fault, error_shape, message_key, query_code, type_name
from mocklambda.wire.trees import wire_name
from mocklambda.wire.xml_text import document, element, empty

Headers = dict[str, str]
ErrorForm = Callable[[Fault, Headers, str], bytes]
"""Fault, headers to fill, request id → body."""


def members(model: ServiceModel, body: BodyFormat, fault: Fault, default_key: str) -> dict[str, Any]:
    """Return the fault's members under their wire names, the message last unless ``fields`` places it."""
    shape = error_shape(model, fault.code)
    known = {} if shape is None else shape.members
    result: dict[str, Any] = {}
    for name, value in fault.fields.items():
        member = known.get(name)
        convert = None if member is None or value is None else body.field(member)
        key = name if member is None else wire_name(member, name)
        result[key] = value if convert is None else convert(value)
    if fault.message is not None and not {"message", "Message"} & result.keys():
        result[message_key(model, fault, default_key)] = fault.message
    return result


def typed(
    model: ServiceModel, body: BodyFormat, dump: Callable[[Any], bytes], content_type: str
) -> ErrorForm:
    """Return the form of the RPC protocols: ``__type`` in the body, the query code in a header if due."""
    is_compatible = "awsQueryCompatible" in model.metadata
    namespace = model.metadata.get("errorNamespace")

    def form(fault: Fault, headers: Headers, _request_id: str) -> bytes:
        name = type_name(model, fault)
        if namespace and "#" not in name:
            name = f"{namespace}#{name}"
        if is_compatible:
            headers["x-amzn-query-error"] = f"{query_code(model, fault)};{blame(fault)}"
        headers["Content-Type"] = content_type
        return dump({"__type": name, **_message_first(members(model, body, fault, "message"))})

    return form


def _message_first(found: dict[str, Any]) -> dict[str, Any]:
    first: dict[str, Any] = {key: found[key] for key in ("message", "Message") if key in found}
    return {**first, **found}


def header_typed(model: ServiceModel, body: BodyFormat, dump: Callable[[Any], bytes]) -> ErrorForm:
    """Return the form of REST JSON: the code in ``x-amzn-ErrorType``, members in the body or in headers."""

    def form(fault: Fault, headers: Headers, _request_id: str) -> bytes:
        headers["x-amzn-ErrorType"] = type_name(model, fault)
        headers["Content-Type"] = "application/json"
        found = members(model, body, fault, "message")
        for name, key in _header_members(model, fault).items():
            if key in found:
                headers[key] = str(found.pop(key))
            elif name in found:
                headers[key] = str(found.pop(name))
        return dump(found)

    return form


def _header_members(model: ServiceModel, fault: Fault) -> dict[str, str]:
    shape = error_shape(model, fault.code)
    if shape is None:
        return {}
    return {
        name: wire_name(member, name)
        for name, member in shape.members.items()
        if member.serialization.get("location") == "header"
    }


def blame(fault: Fault) -> str:
    """Return who is to blame, as the query protocol spells it."""
    return "Sender" if fault.sender_fault else "Receiver"


def query_xml(model: ServiceModel) -> ErrorForm:
    """Return the form of the query protocol: ``ErrorResponse`` with ``Type``, ``Code``, ``Message``."""
    namespace = model.metadata.get("xmlNamespace")
    has_detail = bool(model.metadata.get("hasErrorDetail"))

    def form(fault: Fault, headers: Headers, request_id: str) -> bytes:
        headers["Content-Type"] = "text/xml"
        parts = [element("Type", blame(fault)), element("Code", query_code(model, fault))]
        if fault.message is not None:
            parts.append(element("Message", fault.message))
        parts.extend(_extras(fault))
        if has_detail:
            parts.append(empty("Detail"))
        error = f"<Error>{''.join(parts)}</Error>"
        attribute = f' xmlns="{namespace}"' if namespace else ""
        return document(
            f"<ErrorResponse{attribute}>{error}{element('RequestId', request_id)}</ErrorResponse>"
        )

    return form


def _extras(fault: Fault) -> list[str]:
    return [
        element(name, value) for name, value in fault.fields.items() if name != "Type" and value is not None
    ]


def ec2_xml(model: ServiceModel) -> ErrorForm:
    """Return EC2's form: ``Response`` with ``Errors`` and ``RequestID``."""

    def form(fault: Fault, headers: Headers, request_id: str) -> bytes:
        headers["Content-Type"] = "text/xml;charset=UTF-8"
        error = element("Code", query_code(model, fault)) + element("Message", fault.message or "")
        inner = f"<Errors><Error>{error}</Error></Errors>{element('RequestID', request_id)}"
        return document(f"<Response>{inner}</Response>")

    return form


def s3_xml(host_id: Callable[[str], str]) -> ErrorForm:
    """Return S3's form: ``Error`` without a namespace, extra members between message and ids."""

    def form(fault: Fault, headers: Headers, request_id: str) -> bytes:
        headers["Content-Type"] = "application/xml"
        parts = [element("Code", fault.code)]
        if fault.message is not None:
            parts.append(element("Message", fault.message))
        parts.extend(_nested(name, value) for name, value in fault.fields.items() if value is not None)
        parts += [element("RequestId", request_id), element("HostId", host_id(request_id))]
        return document(f"<Error>{''.join(parts)}</Error>", newline=True)

    return form


def _nested(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return f"<{name}>{''.join(_nested(key, item) for key, item in value.items())}</{name}>"
    return element(name, value)
