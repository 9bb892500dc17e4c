"""STS's answer to a function that asks who it is. Who comes with other credentials than its own, others know."""

from __future__ import annotations

from collections.abc import Callable

from mocklambda.calls import Origin, codec_of, operation_of
from mocklambda.wire.message import Request, Response


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
