"""Multipart uploads, from creation to completion or abortion."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from mocklambda.services.s3 import checksums, ranges
from mocklambda.services.s3.bodies import Body, Piece, chunks
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.encryption import Encryption, check_part
from mocklambda.services.s3.errors import invalid_argument, invalid_request, no_such_upload, refuse_header
from mocklambda.services.s3.intake import UNSUPPORTED, receive
from mocklambda.services.s3.lifecycle import abortion_of
from mocklambda.services.s3.multipart import Part, Upload
from mocklambda.services.s3.operations.copies import source_of
from mocklambda.services.s3.operations.entry import Ctx, Request, Result, on_bucket, seconds
from mocklambda.services.s3.operations.members import encryption_members, quoted
from mocklambda.services.s3.operations.puts import check_key
from mocklambda.services.s3.operations.wishes import wishes_of


@on_bucket("CreateMultipartUpload")
def create_multipart_upload(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    key = request["Key"]
    check_key(key)
    algorithm, kind = _checksum_of_upload(request)
    wishes = wishes_of(bucket, request, ctx.now, ctx.scope.links.keys)
    current = bucket.current_object(key)
    history = bucket.history(key)
    upload = Upload(
        upload_id=_upload_id(ctx),
        key=key,
        order=ctx.state.next_order(),
        started_at=ctx.now,
        initiator=ctx.account,
        wishes=wishes,
        algorithm=algorithm,
        checksum_type=kind,
        existed_at_start=current is not None,
        order_at_start=history[-1].order if history else 0,
    )
    bucket.uploads.add(upload)
    ctx.state.expiry.watch_upload(bucket, key, ctx.now)
    result: Result = {"Bucket": bucket.name, "Key": key, "UploadId": upload.upload_id}
    result.update(encryption_members(wishes.encryption))
    if algorithm is not None:
        result |= {"ChecksumAlgorithm": algorithm, "ChecksumType": kind}
    return result | abort_members(bucket, upload)


@on_bucket("UploadPart")
def upload_part(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    number, upload = _part_asked(bucket, request)
    encryption = upload.wishes.encryption
    received = receive(ctx.state.bodies, request, ctx.headers, expected_md5_in_hex=False)
    known = {received.checksum.algorithm: received.checksum.value}
    if upload.algorithm is not None and upload.algorithm not in known:
        if received.is_checksum_sent:
            raise _other_algorithm(upload.algorithm, received.checksum.algorithm)
        known = _checksums(received.body, upload.algorithm)
    part = Part(
        number=number,
        md5=received.md5,
        etag=_part_etag(ctx, received.md5, encryption),
        body=received.body,
        checksums=known if upload.algorithm is not None else {},
        uploaded_at=ctx.now,
    )
    upload.parts[number] = part
    result: Result = {"ETag": quoted(part.etag), **encryption_members(encryption)}
    if received.is_checksum_sent or upload.algorithm is not None:
        result |= {f"Checksum{name}": value for name, value in known.items()}
    return result


@on_bucket("UploadPartCopy")
def upload_part_copy(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    number, upload = _part_asked(bucket, request)
    encryption = upload.wishes.encryption
    source = source_of(ctx, request)
    body = source.version.body
    if request.get("CopySourceRange") is not None:
        body = Piece(body, *ranges.parse_copy(request["CopySourceRange"], body.size))
    md5 = hashlib.md5()
    for piece in chunks(body):
        md5.update(piece)
    known = _checksums(body, upload.algorithm) if upload.algorithm is not None else {}
    part = Part(
        number=number,
        md5=md5.digest(),
        etag=_part_etag(ctx, md5.digest(), encryption),
        body=body,
        checksums=known,
        uploaded_at=ctx.now,
    )
    upload.parts[number] = part
    shown: Result = {"ETag": quoted(part.etag), "LastModified": seconds(ctx.now)}
    shown |= {f"Checksum{name}": value for name, value in known.items()}
    result: Result = {"CopyPartResult": shown, **encryption_members(encryption)}
    if source.shown_version_id is not None:
        result["CopySourceVersionId"] = source.shown_version_id
    return result


@on_bucket("AbortMultipartUpload")
def abort_multipart_upload(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    refuse_header(
        request, "IfMatchInitiatedTime", "x-amz-if-match-initiated-time"
    )  # D: directory buckets only
    bucket.uploads.remove(upload_at(bucket, request))
    return {}


def upload_at(bucket: Bucket, request: Request) -> Upload:
    """Return the upload that a request names; its key must fit."""
    upload = bucket.uploads.find(request["UploadId"])
    if upload is None or upload.key != request["Key"]:
        raise no_such_upload(request["UploadId"])
    return upload


def abort_members(bucket: Bucket, upload: Upload) -> Result:
    """Return when a lifecycle rule will abort the upload, and which."""
    found = abortion_of(bucket.settings.lifecycle, upload.key, upload.started_at)
    return {} if found is None else {"AbortDate": found[0], "AbortRuleId": found[1]}


def location_of(ctx: Ctx, bucket: Bucket, key: str) -> str:
    """Return the URL of an object, in the form in which the bucket was addressed."""
    path = quote(key, safe="/~")
    host = ctx.host or "s3.amazonaws.com"
    if host.startswith(f"{bucket.name}."):
        return f"{ctx.scheme}://{host}/{path}"
    if "amazonaws.com" in host:
        return f"https://{bucket.name}.{host}/{path}"
    return f"{ctx.scheme}://{host}/{bucket.name}/{path}"


def _checksum_of_upload(request: Request) -> tuple[str | None, str | None]:
    algorithm, kind = request.get("ChecksumAlgorithm"), request.get("ChecksumType")
    if algorithm is None:
        if kind is not None:
            raise invalid_request(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
            )
        return None, None
    algorithm = algorithm.upper()
    if algorithm not in checksums.TYPES:
        raise invalid_request(UNSUPPORTED)
    types = checksums.TYPES[algorithm]
    if kind is None:
        return algorithm, types[0]
    if kind not in types:
        raise invalid_request(
            f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        )
    return algorithm, kind


def _part_asked(bucket: Bucket, request: Request) -> tuple[int, Upload]:
    """Return which part of which upload is sent, with the upload's own key."""
    number = _part_number(request)
    upload = upload_at(bucket, request)
    check_part(
        upload.wishes.encryption,
        request.get("SSECustomerAlgorithm"),
        request.get("SSECustomerKey"),
        request.get("SSECustomerKeyMD5"),
    )
    return number, upload


def _part_number(request: Request) -> int:
    number: int = request["PartNumber"]
    if not 1 <= number <= 10_000:
        raise invalid_argument(
            "Part number must be an integer between 1 and 10000, inclusive", "partNumber", str(number)
        )
    return number


def _other_algorithm(expected: str, actual: str) -> Exception:
    return invalid_request(
        f"Checksum Type mismatch occurred, expected checksum Type: {expected.lower()}, actual checksum Type: "
        f"{actual.lower()}"
    )


def _checksums(body: Body, algorithm: str) -> dict[str, str]:
    running = checksums.hasher(algorithm)
    for piece in chunks(body):
        running.update(piece)
    return {algorithm: checksums.encode(running.digest())}


def _part_etag(ctx: Ctx, md5: bytes, encryption: Encryption) -> str:
    return md5.hex() if encryption.is_plain else ctx.scope.ids.hex(32)


def _upload_id(ctx: Ctx) -> str:
    return ctx.scope.ids.token(96).replace("+", ".").replace("/", "_").rstrip("=")
