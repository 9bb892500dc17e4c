"""Requests to SQS that are no operations: forms whose action is unknown or missing, as AWS answers them.

What is an operation is none of this module's business, but for one that asks for an answer in JSON.
"""

from __future__ import annotations

import json
from typing import BinaryIO
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from mocklambda.services.service import AwsError, Context, RawReply
from mocklambda.services.sqs import addresses, errors
from mocklambda.services.sqs.operations import OPERATIONS
from mocklambda.services.sqs.state import Sqs

_NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"
_XML = "text/xml"


def front(ctx: Context[Sqs], method: str, _path: str, body: bytes | BinaryIO) -> RawReply | None:
    """Answer a form that asks for nothing there is; None for all that has an operation."""
    if "x-amz-target" in ctx.headers:
        return None
    form = body.decode(errors="replace") if isinstance(body, bytes) else ""
    action = "".join(parse_qs(f"{ctx.query}&{form}").get("Action", ())[:1])
    if action in OPERATIONS:
        return _in_json(_no_json()) if _wants_json(ctx) else None
    if action:
        error = errors.invalid_action(action)
        return _in_json(error) if _wants_json(ctx) else _in_xml(error, ctx.request_id)
    if method == "GET" and addresses.parse(ctx.path) is not None:
        return RawReply(status=404, headers={"Content-Type": _XML}, body=b"<UnknownOperationException/>\n")
    return None


def _wants_json(ctx: Context[Sqs]) -> bool:
    return ctx.headers.get("accept") == "application/json"


def _no_json() -> AwsError:
    text = "mocklambda answers forms in XML; for JSON, ask in the JSON protocol."
    return AwsError("NotImplemented", text, 501)


def _in_json(error: AwsError) -> RawReply:
    document = {"Error": {"Code": error.code, "Message": error.message}}
    return _reply(error.status, "application/json", json.dumps(document, separators=(",", ":")))


def _in_xml(error: AwsError, request_id: str) -> RawReply:
    inner = f"<Type>Sender</Type><Code>{error.code}</Code><Message>{escape(error.message)}</Message><Detail/>"
    text = (
        f'<?xml version="1.0"?><ErrorResponse xmlns="{_NAMESPACE}"><Error>{inner}</Error>'
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return _reply(error.status, _XML, text)


def _reply(status: int, content_type: str, text: str) -> RawReply:
    return RawReply(status=status, headers={"Content-Type": content_type}, body=text.encode())
