"""What services answer to a call that no policy allows: each its own code and status, one sentence for all."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from mocklambda.services.service import AwsError

if TYPE_CHECKING:
    from botocore.model import OperationModel

_DENIED = ("AccessDenied", 403)
_BY_PROTOCOL: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "query": _DENIED,
        "ec2": ("UnauthorizedOperation", 403),
        "rest-xml": _DENIED,
        "json": ("AccessDeniedException", 400),
        "rest-json": ("AccessDeniedException", 403),
    }
)
"""By the first protocol that a service's model names: code and status."""
_BY_SERVICE: Mapping[str, tuple[str, int]] = MappingProxyType(
    {"sns": ("AuthorizationError", 403), "sqs": ("AccessDeniedException", 403), "cloudwatch": _DENIED}
)
_QUERY_CODES: Mapping[str, str] = MappingProxyType({"sqs": "AccessDenied"})
"""What the SDKs show for services that still tell their query protocol's code."""
_QUOTED = "s3"
"""Whose messages have the resource in quotation marks, and leave it out where there is none (documented)."""


def sentence(service: str, asker: str, action: str, resource: str, why: str) -> str:
    """Say who may not do what; ``why`` may hold ``{action}``."""
    shown = _shown(service, action)
    if service == _QUOTED:
        on = "" if resource == "*" else f' on resource: "{resource}"'
    else:
        on = f" on resource: {resource}"
    return f"User: {asker} is not authorized to perform: {shown}{on} {why.format(action=shown)}"


def _shown(service: str, action: str) -> str:
    """Write an action as the service's messages do (observed)."""
    prefix, _, name = action.partition(":")
    if service == "sqs":
        return f"{prefix}:{name.lower()}"
    return f"SNS:{name}" if service == "sns" else action


_KEY_CODES: Mapping[str, tuple[str, str | None]] = MappingProxyType(
    {
        "kinesis": ("KMSAccessDeniedException", None),
        "sns": ("KMSAccessDenied", None),
        "sqs": ("KmsAccessDenied", "KMS.AccessDeniedException"),
    }
)
"""Service → what it answers with where its caller may not use its key, and that code's older spelling (the models)."""


def key_denied(model: OperationModel, message: str) -> AwsError:
    """Return what a service answers whose caller may not use the key of what he asks for; the words are KMS's (I)."""
    service = model.service_model.service_name
    if service == "secretsmanager":  # F
        return AwsError("AccessDeniedException", "Access to KMS is not allowed", 400)
    if service not in _KEY_CODES:
        return access_denied(model, message)
    code, query_code = _KEY_CODES[service]
    return AwsError(code, message, 400, query_code=query_code)


def access_denied(model: OperationModel, message: str) -> AwsError:
    """Return what the service answers; to HEAD requests there is no body, so no more than the status."""
    if model.http.get("method") == "HEAD":
        return AwsError("403", "Forbidden", 403)
    service = model.service_model
    name = service.service_name
    code, status = _BY_SERVICE.get(name) or _BY_PROTOCOL.get(
        str(service.metadata.get("protocol")), ("AccessDeniedException", 400)
    )
    return AwsError(code, message, status, query_code=_QUERY_CODES.get(name))
