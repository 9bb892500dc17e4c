"""Who may call a function URL: its AuthType, the request's signature, the resource policy.

Signatures are worked out again where the secret is known. Identity policies are taken to allow, but for those of roles
where they count, so in the function's own account a signature is enough unless the resource policy forbids.
"""

from __future__ import annotations

import re
from typing import Any

from mocklambda.execution.ports import Access
from mocklambda.services.lambda_.front_ends.arrival import Arrival
from mocklambda.services.lambda_.policy import Caller, Policy
from mocklambda.services.policies import Verdict
from mocklambda.services.service import AwsError
from mocklambda.services.signed import Signatures, SignedRequest

FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
ACTION = "lambda:InvokeFunctionUrl"
# R (Nov 2025): this permission alone opens a URL; the second one that AWS has asked new accounts for since
# (lambda:InvokeFunction with lambda:InvokedViaFunctionUrl) is not required here.
_CREDENTIAL = re.compile(
    r"^AWS4-HMAC-SHA256\b.*\bCredential=[^/,\s]+/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/"
)
_ASYMMETRIC = "AWS4-ECDSA-P256-SHA256"


def forbidden() -> AwsError:
    return AwsError("AccessDeniedException", FORBIDDEN, 403, fields={"Message": FORBIDDEN})


def unknown_url() -> AwsError:
    return AwsError("AccessDeniedException", "", 403, fields={"Message": None})


def check_public(policy: Policy | None) -> None:
    """Let everyone in, or raise: AuthType NONE still needs a policy that says so."""
    if policy is None or not policy.allows(ACTION, Caller(context=_context("NONE"))):
        raise forbidden()


def check_signed(
    arrival: Arrival,
    policy: Policy | None,
    *,
    caller: str,
    owner: str,
    region: str,
    signatures: Signatures | None,
) -> None:
    """Let the account ``caller`` in, or raise: AuthType AWS_IAM."""
    if not is_signed(arrival):
        raise forbidden()
    _check_scope(arrival, region)
    if signatures is not None and signatures.forgery(_as_signed(arrival)) is not None:
        raise _bad_signature(MISMATCH)
    verdict = (
        Verdict.SILENT
        if policy is None
        else policy.judge(ACTION, Caller(account=caller, context=_context("AWS_IAM")))
    )
    if verdict is Verdict.DENY or (caller != owner and verdict is not Verdict.ALLOW):
        raise forbidden()


def _as_signed(arrival: Arrival) -> SignedRequest:
    return SignedRequest(
        method=arrival.method,
        scheme=arrival.scheme,
        host=arrival.host,
        path=arrival.path,
        query=arrival.query,
        headers=arrival.headers,
        body=arrival.body,
    )


def check_role(access: Access, role: str, caller: str, url_arn: str) -> None:
    """Let the handler of the function ``caller`` in, or raise: its role's policies decide too, where they count."""
    if not access.can(role, ACTION, url_arn, function_arn=caller, context=_context("AWS_IAM")):
        raise forbidden()


def is_signed(arrival: Arrival) -> bool:
    """Whether a request carries a signature, in a header or in its query."""
    authorization = arrival.headers.get("authorization", "")
    return (
        _CREDENTIAL.match(authorization) is not None
        or authorization.startswith(_ASYMMETRIC)
        or "X-Amz-Signature=" in arrival.query
    )


def identity(account: str, access_key: str | None, role_session: str, session_id: str) -> dict[str, str]:
    """Return what the event tells of a caller: the role session of a handler, or else the account itself."""
    arn = role_session or f"arn:aws:iam::{account}:root"
    caller = session_id or account
    return {
        "accessKey": access_key or "",
        "accountId": account,
        "callerId": caller,
        "userArn": arn,
        "userId": caller,
    }


def _check_scope(arrival: Arrival, region: str) -> None:
    found = _CREDENTIAL.match(arrival.headers.get("authorization", ""))
    if found is None:
        return
    if found["service"] != "lambda":  # I: as SigV4 services answer
        raise _bad_signature("Credential should be scoped to correct service: 'lambda'.")
    if found["region"] != region:
        raise _bad_signature(f"Credential should be scoped to a valid Region, not '{found['region']}'.")


def _bad_signature(message: str) -> AwsError:
    return AwsError("InvalidSignatureException", message, 403, fields={"message": message})


def _context(auth_type: str) -> dict[str, Any]:
    return {"lambda:functionurlauthtype": auth_type, "lambda:invokedviafunctionurl": "true"}
