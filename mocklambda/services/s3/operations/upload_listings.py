"""ListMultipartUploads and ListParts."""

from __future__ import annotations

from mocklambda.services.s3.acl import canonical_id
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.encryption import check_part
from mocklambda.services.s3.errors import invalid_argument
from mocklambda.services.s3.multipart import Part, Upload
from mocklambda.services.s3.operations.entry import Ctx, Request, Result, on_bucket, seconds
from mocklambda.services.s3.operations.listings import encoding, limit_of
from mocklambda.services.s3.operations.members import quoted
from mocklambda.services.s3.operations.uploads import abort_members, upload_at
from mocklambda.services.s3.upload_listing import upload_page


@on_bucket("ListMultipartUploads")
def list_multipart_uploads(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    encode = encoding(request)
    limit = limit_of(request, "MaxUploads", "max-uploads")
    prefix, delimiter = request.get("Prefix", ""), request.get("Delimiter", "")
    key_marker = request.get("KeyMarker", "")
    id_marker = request.get("UploadIdMarker", "") if key_marker else ""
    _check_marker(bucket, key_marker, id_marker)
    found = upload_page(
        bucket.uploads,
        prefix=prefix,
        delimiter=delimiter,
        key_marker=key_marker,
        id_marker=id_marker,
        limit=limit,
    )
    last = found.uploads[-1] if found.uploads else None
    result: Result = {
        "Bucket": bucket.name,
        "KeyMarker": encode(key_marker),
        "UploadIdMarker": id_marker,
        "NextKeyMarker": encode(last.key) if last else "",
        "NextUploadIdMarker": last.upload_id if last else "",
        "MaxUploads": limit,
        "IsTruncated": found.is_truncated,
    }
    if prefix:
        result["Prefix"] = encode(prefix)
    if delimiter:
        result["Delimiter"] = encode(delimiter)
    if "EncodingType" in request:
        result["EncodingType"] = "url"
    if found.uploads:
        result["Uploads"] = [_entry(bucket, upload, encode(upload.key)) for upload in found.uploads]
    if found.groups:
        result["CommonPrefixes"] = [{"Prefix": encode(group)} for group in found.groups]
    return result


@on_bucket("ListParts")
def list_parts(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    upload = upload_at(bucket, request)
    if request.get("SSECustomerKey") is not None:
        check_part(
            upload.wishes.encryption,
            request.get("SSECustomerAlgorithm"),
            request.get("SSECustomerKey"),
            request.get("SSECustomerKeyMD5"),
        )
    marker = request.get("PartNumberMarker") or 0
    limit = limit_of(request, "MaxParts", "max-parts")
    rest = sorted(number for number in upload.parts if number > marker)
    shown = rest[:limit]
    result: Result = {
        "Bucket": bucket.name,
        "Key": upload.key,
        "UploadId": upload.upload_id,
        "PartNumberMarker": marker,
        "NextPartNumberMarker": shown[-1] if shown else 0,
        "MaxParts": limit,
        "IsTruncated": len(rest) > len(shown),
        "StorageClass": upload.wishes.storage_class,
        "Initiator": _initiator(upload),
        "Owner": {"ID": canonical_id(bucket.account)},
    }
    result |= _checksum(upload)
    if shown:
        result["Parts"] = [_part(upload, upload.parts[number]) for number in shown]
    return result | abort_members(bucket, upload)


def _check_marker(bucket: Bucket, key_marker: str, id_marker: str) -> None:
    marked = bucket.uploads.find(id_marker) if id_marker else None
    if marked is not None and marked.key != key_marker:
        raise invalid_argument("Invalid uploadId marker", "upload-id-marker", id_marker)


def _entry(bucket: Bucket, upload: Upload, key: str) -> Result:
    return {
        "Key": key,
        "UploadId": upload.upload_id,
        "Initiated": seconds(upload.started_at),
        "StorageClass": upload.wishes.storage_class,
        "Owner": {"ID": canonical_id(bucket.account)},
        "Initiator": _initiator(upload),
        **_checksum(upload),
    }


def _initiator(upload: Upload) -> Result:
    return {"ID": canonical_id(upload.initiator), "DisplayName": upload.initiator}


def _checksum(upload: Upload) -> Result:
    if upload.algorithm is None:
        return {}
    return {"ChecksumAlgorithm": upload.algorithm, "ChecksumType": upload.checksum_type}


def _part(upload: Upload, part: Part) -> Result:
    entry: Result = {
        "PartNumber": part.number,
        "LastModified": seconds(part.uploaded_at),
        "ETag": quoted(part.etag),
        "Size": part.body.size,
    }
    if upload.algorithm is not None:
        entry[f"Checksum{upload.algorithm}"] = part.checksums[upload.algorithm]
    return entry
