"""Server access logs: a line per request to a bucket that has them on, delivered at each full hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mocklambda.clock.base import Millis
from mocklambda.services.s3.acl import Grant, canonical_id, owner_grant
from mocklambda.services.s3.arrivals import put_from_service
from mocklambda.services.s3.dates import log_date
from mocklambda.services.s3.notifications import SERVICE

if TYPE_CHECKING:
    from mocklambda.services.s3.bucket import Bucket
    from mocklambda.services.s3.state import S3State

_HOUR = 3_600_000
_NAMES = {
    "CopyObject": "REST.COPY.OBJECT",
    "UploadPartCopy": "REST.COPY.PART",
    "UploadPart": "REST.PUT.PART",
    "CreateMultipartUpload": "REST.POST.UPLOADS",
    "CompleteMultipartUpload": "REST.POST.UPLOAD",
    "AbortMultipartUpload": "REST.DELETE.UPLOAD",
    "ListParts": "REST.GET.UPLOAD",
    "ListMultipartUploads": "REST.GET.UPLOADS",
    "DeleteObjects": "REST.POST.MULTI_OBJECT_DELETE",
    "ListObjectVersions": "REST.GET.BUCKETVERSIONS",
    "RestoreObject": "REST.POST.OBJECT",
}
_SUB_RESOURCES = {
    "Acl": "ACL",
    "Tagging": "TAGGING",
    "Location": "LOCATION",
    "Versioning": "VERSIONING",
    "NotificationConfiguration": "NOTIFICATION",
    "LifecycleConfiguration": "LIFECYCLE",
    "Lifecycle": "LIFECYCLE",
    "Policy": "BUCKETPOLICY",
    "Cors": "CORS",
    "Website": "WEBSITE",
    "Encryption": "ENCRYPTION",
    "Logging": "LOGGING_STATUS",
    "Retention": "OBJECT_LOCK_RETENTION",
    "LegalHold": "OBJECT_LOCK_LEGALHOLD",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One request, as its line tells it."""

    operation: str
    method: str
    key: str | None
    path: str
    at: Millis
    requester: str
    source_ip: str
    request_id: str
    host: str
    user_agent: str
    status: int
    error_code: str | None
    size: int | None
    version_id: str | None


class AccessLogs:
    """Gathers lines per bucket until they are delivered."""

    def __init__(self, state: S3State) -> None:
        self._state = state
        self._lines: dict[str, list[str]] = {}

    def note(self, bucket: Bucket, access: Access) -> None:
        """Add a request's line; the first one of an hour sets the delivery."""
        lines = self._lines.get(bucket.name)
        if lines is None:
            lines = self._lines[bucket.name] = []
            when = (access.at // _HOUR + 1) * _HOUR
            self._state.scope.clock.call_at(
                when, partial(self._deliver, bucket), label=f"S3 access log of {bucket.name}", recurring=True
            )
        lines.append(_line(bucket, access))

    def _deliver(self, bucket: Bucket) -> None:
        lines = self._lines.pop(bucket.name, [])
        logging = bucket.settings.logging
        target = None if logging is None else self._state.buckets.get(logging["TargetBucket"])
        if not lines or logging is None or target is None:
            return
        now = self._state.scope.clock.now()
        key = _key(bucket, logging, now, self._state.scope.ids.hex(16).upper())
        log = put_from_service(self._state, target, key, "".join(lines).encode())
        if logging.get("TargetGrants"):
            log.grants = (owner_grant(target.account), *map(_grant, logging["TargetGrants"]))


def _grant(document: Mapping[str, Any]) -> Grant:
    grantee = document["Grantee"]
    return Grant(permission=document["Permission"], user_id=grantee.get("ID"), group=grantee.get("URI"))


def _key(bucket: Bucket, logging: Mapping[str, Any], at: Millis, unique: str) -> str:
    moment = datetime.fromtimestamp(at // 1000, tz=timezone.utc)
    prefix = logging["TargetPrefix"]
    if (logging.get("TargetObjectKeyFormat") or {}).get("PartitionedPrefix") is not None:
        prefix += f"{bucket.account}/{bucket.region}/{bucket.name}/{moment:%Y/%m/%d}/"
    return f"{prefix}{moment:%Y-%m-%d-%H-%M-%S}-{unique}"


def _line(bucket: Bucket, access: Access) -> str:
    key = "-" if access.key is None else quote(access.key, safe="/")
    requester = canonical_id(access.requester) if access.requester != SERVICE else access.requester
    fields = (
        canonical_id(bucket.account),
        bucket.name,
        f"[{log_date(access.at)}]",
        access.source_ip,
        requester,
        access.request_id,
        _name(access),
        key,
        f'"{access.method} {access.path or "/"} HTTP/1.1"',
        str(access.status),
        access.error_code or "-",
        "-" if access.size is None or access.method != "GET" else str(access.size),
        "-" if access.size is None else str(access.size),
        "1",
        "1",
        '"-"',
        f'"{access.user_agent or "-"}"',
        access.version_id or "-",
        "-",
        "SigV4",
        "TLS_AES_128_GCM_SHA256",
        "AuthHeader",
        access.host or "-",
        "TLSv1.3",
        "-",
        "-",
    )
    return " ".join(fields) + "\n"


def _name(access: Access) -> str:
    """Return the operation as logs name it: ``REST.PUT.OBJECT``."""
    if access.operation in _NAMES:
        return _NAMES[access.operation]
    thing = "BUCKET" if access.key is None else "OBJECT"
    for ending, name in _SUB_RESOURCES.items():
        if access.operation.endswith(ending):
            of_object = name == "TAGGING" and access.key is not None
            thing = "OBJECT_TAGGING" if of_object else name
    return f"REST.{access.method}.{thing}"
