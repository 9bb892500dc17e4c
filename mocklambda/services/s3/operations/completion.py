"""CompleteMultipartUpload: which lists of parts are accepted, and the object they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from mocklambda.services.s3 import checksums
from mocklambda.services.s3.bodies import Body, Joined, chunks
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.checksums import COMPOSITE, FULL_OBJECT, Checksum
from mocklambda.services.s3.conditions import check_completion, check_write_form
from mocklambda.services.s3.errors import (
    bad_digest,
    entity_too_small,
    invalid_part,
    invalid_part_order,
    invalid_request,
    malformed_xml,
)
from mocklambda.services.s3.multipart import MINIMUM_PART, Completion, Part, Upload, joined_etag
from mocklambda.services.s3.objects import StoredPart
from mocklambda.services.s3.operations.entry import Ctx, Request, Result, on_bucket
from mocklambda.services.s3.operations.members import checksum_members, quoted, written
from mocklambda.services.s3.operations.puts import store
from mocklambda.services.s3.operations.uploads import location_of, upload_at

Listed = Mapping[str, Any]


@on_bucket("CompleteMultipartUpload")
def complete_multipart_upload(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    earlier = bucket.uploads.completion(request["UploadId"], ctx.now)
    if earlier is not None and (earlier.key, earlier.listed) == (request["Key"], _listed(request)):
        return dict(earlier.result)
    upload = upload_at(bucket, request)
    _check_conditions(bucket, upload, request)
    parts = _parts(upload, request)
    body = Joined([part.body for part in parts])
    _check_size(body, request)
    checksum = _checksum(upload, parts, body, request)
    encryption = upload.wishes.encryption
    is_default = upload.algorithm is None
    bucket.uploads.remove(upload)
    version = store(
        ctx,
        bucket,
        upload.key,
        upload.wishes,
        etag=joined_etag(parts),
        body=body,
        # R: a default upload under a customer's key shows no checksum anywhere
        checksum=None if is_default and encryption.customer_md5 is not None else checksum,
        parts=_stored(parts, checksum),
        event="ObjectCreated:CompleteMultipartUpload",
        reason="CompleteMultipartUpload",
    )
    result: Result = {
        "Location": location_of(ctx, bucket, upload.key),
        "Bucket": bucket.name,
        "Key": upload.key,
        "ETag": quoted(version.etag),
    }
    if encryption.is_plain or not is_default:
        result.update(checksum_members(checksum))
    if encryption.customer_md5 is None:
        result.update(written(bucket, version))
    elif bucket.settings.versioning == "Enabled":
        result["VersionId"] = version.version_id
    bucket.uploads.complete(
        upload, Completion(key=upload.key, listed=_listed(request), result=dict(result), at=ctx.now)
    )
    return result


def _listed(request: Request) -> Sequence[tuple[int, str]]:
    parts = (request.get("MultipartUpload") or {}).get("Parts") or ()
    return [(part.get("PartNumber", 0), (part.get("ETag") or "").strip('"')) for part in parts]


def _check_conditions(bucket: Bucket, upload: Upload, request: Request) -> None:
    if_match, if_none_match = request.get("IfMatch"), request.get("IfNoneMatch")
    check_write_form(if_match, if_none_match)
    history = bucket.history(upload.key)
    check_completion(
        upload.key,
        bucket.current_object(upload.key),
        if_match,
        if_none_match,
        existed_at_start=upload.existed_at_start,
        is_changed=(history[-1].order if history else 0) != upload.order_at_start,
    )


def _parts(upload: Upload, request: Request) -> list[Part]:
    """Return the parts that are listed; raises when the list does not fit what was uploaded."""
    document = request.get("MultipartUpload")
    if document is None:
        raise invalid_request("You must specify at least one part")
    listed: Sequence[Listed] = document.get("Parts") or ()
    if not listed or any(not part.get("PartNumber") for part in listed):
        raise malformed_xml()
    numbers = [part["PartNumber"] for part in listed]
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        raise invalid_part_order(upload.upload_id)
    parts = [_part(upload, item) for item in listed]
    for part, item in zip(parts, listed, strict=True):
        _check_part_checksum(upload, part, item)
    for part in parts[:-1]:
        if part.body.size < MINIMUM_PART:
            raise entity_too_small(part.body.size, MINIMUM_PART, PartNumber=str(part.number), ETag=part.etag)
    return parts


def _part(upload: Upload, item: Listed) -> Part:
    part = upload.parts.get(item["PartNumber"])
    etag = (item.get("ETag") or "").strip('"')
    if part is None or part.etag != etag:
        raise invalid_part(upload.upload_id, item["PartNumber"], etag)
    return part


def _check_part_checksum(upload: Upload, part: Part, item: Listed) -> None:
    given = {name: item[f"Checksum{name}"] for name in checksums.SIZES if item.get(f"Checksum{name}")}
    algorithm = upload.algorithm
    if algorithm is None:
        if given:
            raise invalid_part(upload.upload_id, part.number, part.etag)
        return
    if given and algorithm not in given:
        raise bad_digest(
            f"The {algorithm.lower()} you specified for part {part.number} did not match what we received."
        )
    if given and given[algorithm] != part.checksums[algorithm]:
        raise invalid_part(upload.upload_id, part.number, part.etag)
    if not given and upload.checksum_type == COMPOSITE:
        raise invalid_request(
            f"The upload was created using a {algorithm.lower()} checksum. The complete request must include "
            f"the checksum for each part. It was missing for part {part.number} in the request."
        )


def _check_size(body: Body, request: Request) -> None:
    announced = request.get("MpuObjectSize")
    if announced is not None and announced != body.size:
        raise invalid_request(
            f"The provided 'x-amz-mp-object-size' header value {announced} does not match what was computed: "
            f"{body.size}"
        )


def _checksum(upload: Upload, parts: Sequence[Part], body: Body, request: Request) -> Checksum:
    """Return the whole's checksum; raises when the request says another."""
    kind = request.get("ChecksumType")
    if kind is not None and kind != upload.checksum_type:
        raise invalid_request(
            f"The upload was created using the {upload.checksum_type or 'null'} checksum mode. The complete "
            "request must use the same checksum mode."
        )
    algorithm = upload.algorithm
    if algorithm is not None and upload.checksum_type == COMPOSITE:
        return checksums.composed(algorithm, [part.checksums[algorithm] for part in parts])
    running = checksums.hasher(algorithm or checksums.DEFAULT)
    for piece in chunks(body):
        running.update(piece)
    whole = Checksum(algorithm=algorithm or checksums.DEFAULT, value=checksums.encode(running.digest()))
    given = {name: request[f"Checksum{name}"] for name in checksums.SIZES if f"Checksum{name}" in request}
    if algorithm is not None and given and (kind != FULL_OBJECT or given != {algorithm: whole.value}):
        raise bad_digest(f"The {algorithm.lower()} you specified did not match the calculated checksum.")
    return whole


def _stored(parts: Sequence[Part], checksum: Checksum) -> tuple[StoredPart, ...]:
    stored, start = [], 0
    for part in parts:
        stored.append(
            StoredPart(
                number=part.number,
                start=start,
                size=part.body.size,
                checksum=part.checksums.get(checksum.algorithm),
            )
        )
        start += part.body.size
    return tuple(stored)
