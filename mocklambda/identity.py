"""Whom a call is made as: its account by its key, and STS's answer to a function that asks who it is.

Who comes with other credentials than its environment's, others know.
"""

from __future__ import annotations

from collections.abc import Callable

from mocklambda.calls import Neighbours, Origin, codec_of, operation_of
from mocklambda.wire.message import Request, Response


def account_of(access_key: str | None, origin: Origin, neighbours: Neighbours) -> str | None:
    """Return the account that a call is made for: its key may be one, or be given by IAM or STS; else the origin's."""
    if access_key is not None and access_key != origin.access_key:
        if len(access_key) == 12 and access_key.isdigit():
            return access_key
        if len(access_key) == 20:
            return neighbours.account_of(access_key) or origin.account
    return origin.account


def caller_identity(
    service: str,
    operation: str,
    request: Request,
    origin: Origin,
    access_key: str | None,
    request_id: Callable[[], str],
) -> Response | None:
    """Answer GetCallerIdentity of a handler that signs with its environment's credentials; None for all else.

    ``operation`` is empty where only the bytes are known.
    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    if service != "sts" or not origin.access_key or access_key not in {None, origin.access_key}:
        return None
    if (operation or operation_of(service, request)) != "GetCallerIdentity":
        return None
    from mocklambda.wire.models import service_model

    model = service_model(service).operation_model("GetCallerIdentity")
    known = {"UserId": origin.caller_id, "Account": origin.account, "Arn": origin.caller_arn}
    return codec_of(model).encode(model, known, request_id=request_id())
