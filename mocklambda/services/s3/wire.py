"""Requests to S3 that no model tells of: forms, preflights, websites, unsigned ones, headers in queries.

The gateway asks ``front`` before it routes a request that came as bytes, and ``lifted`` for its headers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import BinaryIO
from urllib.parse import parse_qsl, unquote

from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.cors import asked_headers, first_match, headers_of
from mocklambda.services.s3.errors import access_denied, no_such_bucket
from mocklambda.services.s3.forms import post
from mocklambda.services.s3.operations.entry import Ctx
from mocklambda.services.s3.public_access import may_anybody
from mocklambda.services.s3.visits import visit
from mocklambda.services.service import AwsError, RawReply

_WEBSITE = re.compile(r"(.+)\.s3-website[.-][a-z0-9-]+\.amazonaws\.com(:\d+)?")
_CONDITIONS = frozenset({"if-match", "if-none-match", "if-modified-since", "if-unmodified-since"})
_NOT_LIFTED = (
    "x-amz-algorithm",
    "x-amz-checksum-",  # R: signed with the URL, but not verified
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
)


def front(ctx: Ctx, method: str, path: str, body: bytes | BinaryIO) -> RawReply | None:
    """Answer a request by itself, or return None for one that has an operation.

    ``path`` is in path style (``/bucket/key``), percent-encoded. Raises AwsError for what is refused.
    """
    site = _WEBSITE.fullmatch(ctx.host)
    if site is not None:
        return visit(ctx, site[1], method, unquote(ctx.path).removeprefix("/"))
    name, _, key = path.removeprefix("/").partition("/")
    if not name:
        return None
    if method == "OPTIONS":
        return _preflight(ctx, name, unquote(key))
    is_form = method == "POST" and not key and not ctx.query
    if is_form:
        return post(ctx, _bucket(ctx, name), body)
    if not _is_signed(ctx) and name in ctx.state.buckets:
        bucket = ctx.state.buckets[name]
        if not may_anybody(bucket, method, unquote(key)):
            raise access_denied()
    return None


def lifted(query: str, headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return the headers, with those that a presigned URL carries in its query."""
    if "Signature=" not in query:
        return headers
    carried = {
        name.lower(): value
        for name, value in parse_qsl(query, keep_blank_values=True)
        if _is_carried(name.lower())
    }
    return {**carried, **headers} if carried else headers


def _is_carried(name: str) -> bool:
    if name in _CONDITIONS:
        return True
    return name.startswith("x-amz-") and not name.startswith(_NOT_LIFTED)


def _is_signed(ctx: Ctx) -> bool:
    return (
        "authorization" in ctx.headers
        or "Signature=" in ctx.query
        or "X-Amz-" in ctx.query
        or "AWSAccessKeyId=" in ctx.query
    )


def _bucket(ctx: Ctx, name: str) -> Bucket:
    bucket = ctx.state.buckets.get(name)
    if bucket is None:
        raise no_such_bucket(name)
    return bucket


_NO_RULE = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, "
    "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted "
    "by the resource's CORS spec."
)
"""R: the spelling is AWS's."""


def _preflight(ctx: Ctx, name: str, key: str) -> RawReply:
    origin = ctx.headers.get("origin")
    if origin is None:
        raise AwsError(
            "BadRequest",
            "Insufficient information. Origin request header needed.",
            headers={"Connection": "close"},
        )
    method = ctx.headers.get("access-control-request-method", "OPTIONS")
    bucket = ctx.state.buckets.get(name)
    if bucket is None:
        raise _forbidden("CORSResponse: Bucket not found", method, "BUCKET")
    if not bucket.settings.cors:
        raise _forbidden("CORSResponse: CORS is not enabled for this bucket.", method, "BUCKET")
    asked = asked_headers(ctx.headers.get("access-control-request-headers"))
    rule = first_match(bucket.settings.cors, origin, method, asked)
    if rule is None:
        raise _forbidden(_NO_RULE, method, "OBJECT" if key else "BUCKET")
    return RawReply(status=200, headers={**headers_of(rule, origin, asked), "Content-Length": "0"})


def _forbidden(message: str, method: str, resource: str) -> AwsError:
    return AwsError("AccessForbidden", message, 403, fields={"Method": method, "ResourceType": resource})
