"""Whether a presigned URL is whole, still good at this instant of the session's clock, and what was signed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl

from mocklambda.clock.base import Millis
from mocklambda.services.s3.dates import iso_seconds
from mocklambda.services.s3.errors import access_denied, signature_does_not_match
from mocklambda.services.service import AwsError, Context
from mocklambda.services.signed import SignedRequest

_V4 = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
)
_V2 = ("Signature", "Expires", "AWSAccessKeyId")
_CREDENTIAL = re.compile(r"[^/]+/\d{8}/[^/]+/[^/]+/aws4_request")
_LONGEST = 604_800


def enter(ctx: Context[Any], method: str) -> None:
    """Raise what S3 answers to a presigned request that it does not let in."""
    check(ctx.query, ctx.headers, ctx.now)
    if ctx.scope.signatures is None or "Signature=" not in ctx.query:
        return
    request = SignedRequest(
        method=method, scheme=ctx.scheme, host=ctx.host, path=ctx.path, query=ctx.query, headers=ctx.headers
    )
    forgery = ctx.scope.signatures.forgery(request)
    if forgery is not None:
        raise signature_does_not_match(forgery)


def check(query: str, headers: Mapping[str, str], now: Millis) -> None:
    """Raise what S3 answers to a presigned request that it does not let in; a no-op for other queries."""
    fields = dict(parse_qsl(query, keep_blank_values=True))
    if any(name in fields for name in _V4):
        _check_v4(fields, headers, now)
    elif any(name in fields for name in ("Signature", "AWSAccessKeyId")):
        _check_v2(fields, now)


def _check_v4(fields: Mapping[str, str], headers: Mapping[str, str], now: Millis) -> None:
    if not all(fields.get(name) for name in _V4):
        raise _bad_parameters(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
            "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
        )
    if _CREDENTIAL.fullmatch(fields["X-Amz-Credential"]) is None:
        raise _bad_parameters(
            "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
            '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
        )
    life = _life(fields["X-Amz-Expires"])
    signed_at = _signed_at(fields["X-Amz-Date"])
    _check_signed_headers(fields, headers)
    expires_at = signed_at + life * 1000
    if now > expires_at:
        raise _expired(expires_at, now, {"X-Amz-Expires": str(life)})


def _check_v2(fields: Mapping[str, str], now: Millis) -> None:
    if not all(fields.get(name) for name in _V2) or not fields["Expires"].isdigit():
        raise access_denied(
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
        )
    expires_at = int(fields["Expires"]) * 1000
    if now > expires_at:
        raise _expired(expires_at, now, {})


def _life(text: str) -> int:
    if not text.lstrip("-").isdigit():
        raise _bad_parameters("X-Amz-Expires should be a number")
    life = int(text)
    if life > _LONGEST:
        raise _bad_parameters(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given "
            "X-Amz-Expires must be less than 604800 seconds"
        )
    if life <= 0:
        raise _bad_parameters("X-Amz-Expires must be non-negative")
    return life


def _signed_at(text: str) -> Millis:
    try:
        moment = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        raise _bad_parameters(
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
        ) from None
    return int(moment.timestamp()) * 1000


def _check_signed_headers(fields: Mapping[str, str], headers: Mapping[str, str]) -> None:
    """Refuse ``x-amz-`` headers that are neither signed nor carried in the query, which is signed whole."""
    known = {
        *fields["X-Amz-SignedHeaders"].lower().split(";"),
        *map(str.lower, fields),
        "x-amz-content-sha256",
    }
    unsigned = sorted(name for name in headers if name.startswith("x-amz-") and name not in known)
    if unsigned:
        raise AwsError(
            "AccessDenied",
            "There were headers present in the request which were not signed",
            403,
            fields={"HeadersNotSigned": ", ".join(unsigned)},
        )


def _expired(expires_at: Millis, now: Millis, more: Mapping[str, str]) -> AwsError:
    return AwsError(
        "AccessDenied",
        "Request has expired",
        403,
        fields={**more, "Expires": iso_seconds(expires_at), "ServerTime": iso_seconds(now)},
    )


def _bad_parameters(message: str) -> AwsError:
    return AwsError("AuthorizationQueryParametersError", message)
