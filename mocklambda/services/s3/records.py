"""What event records say, member by member in AWS's order: notifications, and details on the event bus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from mocklambda.ids import Ids
from mocklambda.services.s3.acl import principal_id
from mocklambda.services.s3.dates import iso_millis, iso_seconds

if TYPE_CHECKING:
    from mocklambda.services.s3.bucket import Bucket
    from mocklambda.services.s3.notifications import Event

MARKER_ETAG = "d41d8cd98f00b204e9800998ecf8427e"


def notification(bucket: Bucket, event: Event, rule_id: str, sequencer: str, ids: Ids) -> dict[str, Any]:
    """Return the record that queues, topics and functions get."""
    origin = event.origin
    version = "2.3" if event.name.startswith(_NEWER) else "2.1"
    record: dict[str, Any] = {
        "eventVersion": version,
        "eventSource": "aws:s3",
        "awsRegion": bucket.region,
        "eventTime": iso_millis(event.at),
        "eventName": event.name,
        "userIdentity": {"principalId": _user(bucket, event)},
        "requestParameters": {"sourceIPAddress": origin.source_ip},
        "responseElements": {
            "x-amz-request-id": origin.request_id or ids.letters(16),
            "x-amz-id-2": origin.host_id or ids.token(48),
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": rule_id,
            "bucket": {
                "name": bucket.name,
                "ownerIdentity": {"principalId": principal_id(bucket.account)},
                "arn": bucket.arn,
            },
            "object": _object(event, sequencer),
        },
    }
    if event.restored_until is not None:
        record["glacierEventData"] = {
            "restoreEventData": {
                "lifecycleRestorationExpiryTime": iso_millis(event.restored_until),
                "lifecycleRestoreStorageClass": event.storage_class,
            }
        }
    return record


_NEWER = ("ObjectTagging", "ObjectAcl", "Lifecycle")
_SIZED = ("ObjectCreated", "ObjectRestore", "LifecycleTransition")
_SEQUENCED = ("ObjectCreated", "ObjectRemoved", "ObjectRestore", "Lifecycle")


def _user(bucket: Bucket, event: Event) -> str:
    if event.name == "ObjectRestore:Completed":
        return f"AmazonCustomer:{principal_id(bucket.account)}"
    requester = event.origin.requester
    return f"AWS:{principal_id(requester)}" if requester.isdigit() else requester


def _object(event: Event, sequencer: str) -> dict[str, Any]:
    name = event.name
    found: dict[str, Any] = {"key": quote_plus(event.key, safe="/*")}
    if name.startswith(_SIZED):
        found["size"] = event.size
    etag = _etag(event)
    if etag is not None:
        found["eTag"] = etag
    if event.real_version_id is not None:
        found["versionId"] = event.real_version_id
    if name.startswith(_SEQUENCED):
        found["sequencer"] = sequencer
    return found


def _etag(event: Event) -> str | None:
    if event.name.endswith("DeleteMarkerCreated"):
        return MARKER_ETAG
    return event.etag


_DETAIL_TYPES = {
    "ObjectCreated": "Object Created",
    "ObjectRemoved": "Object Deleted",
    "LifecycleExpiration": "Object Deleted",
    "ObjectAcl": "Object ACL Updated",
    "ObjectTagging:Put": "Object Tags Added",
    "ObjectTagging:Delete": "Object Tags Deleted",
    "ObjectRestore:Post": "Object Restore Initiated",
    "ObjectRestore:Completed": "Object Restore Completed",
    "ObjectRestore:Delete": "Object Restore Expired",
    "LifecycleTransition": "Object Storage Class Changed",
}


def detail_type(event: Event) -> str | None:
    """Return what the event is called on the event bus."""
    return _DETAIL_TYPES.get(event.name) or _DETAIL_TYPES.get(event.name.partition(":")[0])


def detail(bucket: Bucket, event: Event, sequencer: str, ids: Ids) -> dict[str, Any]:
    """Return the ``detail`` that the event bus gets; its key is not url-encoded."""
    name = event.name
    origin = event.origin
    found: dict[str, Any] = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": _bus_object(event, sequencer),
        "request-id": origin.request_id or ids.letters(16),
        "requester": origin.requester,
    }
    if name != "ObjectRestore:Completed":
        found["source-ip-address"] = origin.source_ip
    if event.reason is not None:
        found["reason"] = event.reason
    if detail_type(event) == "Object Deleted":
        is_marker = name.endswith("DeleteMarkerCreated")
        found["deletion-type"] = "Delete Marker Created" if is_marker else "Permanently Deleted"
    if name.startswith("ObjectRestore"):
        if event.restored_until is not None:
            found["restore-expiry-time"] = iso_seconds(event.restored_until)
        found["source-storage-class"] = event.storage_class
    if name == "LifecycleTransition":
        found["destination-storage-class"] = event.storage_class
    return found


def _bus_object(event: Event, sequencer: str) -> dict[str, Any]:
    found: dict[str, Any] = {"key": event.key}
    if event.name.startswith(_SIZED):
        found["size"] = event.size
    etag = _etag(event)
    if etag is not None:
        found["etag"] = etag
    if event.real_version_id is not None:
        found["version-id"] = event.real_version_id
    if event.name.startswith(("ObjectCreated", "ObjectRemoved", "LifecycleExpiration")):
        found["sequencer"] = sequencer
    return found
