"""Uploads by HTML form: reads the form up to its file, checks the policy, puts the object, answers."""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote, urlencode, urlsplit
from xml.sax.saxutils import escape

from mocklambda.services.s3 import checksums, metadata
from mocklambda.services.s3.bodies import CHUNK
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.checksums import Checksum
from mocklambda.services.s3.errors import (
    access_denied,
    bad_digest,
    invalid_argument,
    malformed_xml,
    precondition_failed,
    signature_does_not_match,
)
from mocklambda.services.s3.intake import sent_checksum
from mocklambda.services.s3.objects import StoredObject
from mocklambda.services.s3.operations.entry import Ctx, Result
from mocklambda.services.s3.operations.members import quoted
from mocklambda.services.s3.operations.puts import check_key, store
from mocklambda.services.s3.operations.wishes import wishes_of
from mocklambda.services.s3.post_policies import Policy, check_signature
from mocklambda.services.s3.public_access import may_anybody
from mocklambda.services.s3.tagging import object_tags
from mocklambda.services.service import AwsError, RawReply

if TYPE_CHECKING:
    from werkzeug.sansio.multipart import Event

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_MEMBERS = {
    "acl": "ACL",
    "x-amz-storage-class": "StorageClass",
    "x-amz-server-side-encryption": "ServerSideEncryption",
    "x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "x-amz-server-side-encryption-customer-algorithm": "SSECustomerAlgorithm",
    "x-amz-server-side-encryption-customer-key": "SSECustomerKey",
    "x-amz-server-side-encryption-customer-key-md5": "SSECustomerKeyMD5",
    "x-amz-website-redirect-location": "WebsiteRedirectLocation",
    "x-amz-object-lock-legal-hold": "ObjectLockLegalHoldStatus",
    **{f"x-amz-checksum-{name.lower()}": f"Checksum{name}" for name in checksums.SIZES},
}
_LATIN_MEMBERS = {
    "content-type": "ContentType",
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "content-language": "ContentLanguage",
}


@dataclass(slots=True)
class Form:
    """The fields before the file, by lower-case name, and the file's name and contents."""

    fields: dict[str, str] = field(default_factory=dict)
    file_name: str | None = None
    contents: bytes = b""

    @property
    def key(self) -> str:
        key = self.fields.get("key", "")
        return key if self.file_name is None else key.replace("${filename}", self.file_name)


def post(ctx: Ctx, bucket: Bucket, body: bytes | BinaryIO) -> RawReply:
    """Do one upload by form."""
    form = read(ctx.headers.get("content-type", ""), body)
    _check_allowed(ctx, bucket, form)
    key = form.key
    if not key:
        raise invalid_argument(
            "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of "
            "the fields.",
            "key",
            "",
        )
    check_key(key)
    return _answer(ctx, bucket, _put(ctx, bucket, key, form), form.fields)


def read(content_type: str, body: bytes | BinaryIO) -> Form:
    """Read a form; what follows the file does not count."""
    boundary = _BOUNDARY.search(content_type)
    if not content_type.startswith("multipart/form-data") or boundary is None:
        raise precondition_failed("Bucket POST must be of the enclosure-type multipart/form-data")
    return _gathered(_events(boundary[1].encode("latin-1"), body))


def _events(boundary: bytes, body: bytes | BinaryIO) -> Iterator[Event]:
    from werkzeug.sansio.multipart import Epilogue, MultipartDecoder, NeedData

    decoder = MultipartDecoder(boundary)
    pieces = iter([body]) if isinstance(body, bytes) else iter(lambda: body.read(CHUNK), b"")
    try:
        while True:
            event = decoder.next_event()
            if isinstance(event, NeedData):
                decoder.receive_data(next(pieces, None))
            elif isinstance(event, Epilogue):
                return
            else:
                yield event
    except ValueError:
        raise _malformed_post() from None


def _gathered(events: Iterator[Event]) -> Form:
    from werkzeug.sansio.multipart import Data, Field, File

    form, name, parts = Form(), "", [b""]
    for event in events:
        if isinstance(event, (Field, File)):
            name, parts = event.name.lower(), []
            if isinstance(event, File):
                form.file_name = event.filename.rpartition("\\")[2].rpartition("/")[2]
        elif isinstance(event, Data):
            parts.append(event.data)
            if event.more_data:
                continue
            if name == "file":
                form.contents = b"".join(parts)
                break
            form.fields[name] = b"".join(parts).decode("utf-8", "replace")
    return form


def _malformed_post() -> AwsError:
    return AwsError(
        "MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data."
    )


def _check_allowed(ctx: Ctx, bucket: Bucket, form: Form) -> None:
    text = form.fields.get("policy")
    if text is None:
        if not may_anybody(bucket, "POST", ""):
            raise access_denied()
        return
    check_signature(form.fields)
    signatures = ctx.scope.signatures
    forgery = None if signatures is None else signatures.form_forgery(form.fields)
    if forgery is not None:
        raise signature_does_not_match(forgery)
    policy = Policy(text)
    policy.check({**form.fields, "key": form.key}, bucket.name, ctx.now)
    policy.check_size(len(form.contents))


def _request(fields: Mapping[str, str]) -> Result:
    """Return the fields as the members that a put would have."""
    request: Result = {_MEMBERS[name]: value for name, value in fields.items() if name in _MEMBERS}
    for name, member in _LATIN_MEMBERS.items():
        if name in fields:
            request[member] = "".join(letter if letter < "\u0100" else " " for letter in fields[name])
    return request


def _put(ctx: Ctx, bucket: Bucket, key: str, form: Form) -> StoredObject:
    request = _request(form.fields)
    wishes = wishes_of(bucket, request, ctx.now, ctx.scope.links.keys)
    said = {
        name.removeprefix("x-amz-meta-"): metadata.encoded(value)
        for name, value in form.fields.items()
        if name.startswith("x-amz-meta-")
    }
    wishes = replace(
        wishes, description=replace(wishes.description, metadata=said), tags=_tags(form.fields.get("tagging"))
    )
    return store(
        ctx,
        bucket,
        key,
        wishes,
        etag=hashlib.md5(form.contents).hexdigest(),
        body=ctx.state.bodies.keep([form.contents]),
        checksum=_checksum(form.contents, sent_checksum(request)),
        event="ObjectCreated:Post",
        reason="POST Object",
    )


def _checksum(contents: bytes, sent: tuple[str, str] | None) -> Checksum:
    algorithm = sent[0] if sent else checksums.DEFAULT
    running = checksums.hasher(algorithm)
    running.update(contents)
    value = checksums.encode(running.digest())
    if sent and sent[1] != value:
        raise bad_digest(f"The {algorithm} you specified did not match the calculated checksum.")
    return Checksum(algorithm=algorithm, value=value)


def _tags(text: str | None) -> Mapping[str, str]:
    if not text:
        return {}
    try:
        root = ET.fromstring(text)  # noqa: S314 - the test's own document
    except ET.ParseError:
        raise malformed_xml() from None
    if root.tag.rpartition("}")[2] != "Tagging":
        return {}
    tags: list[Mapping[str, Any]] = [
        {child.tag.rpartition("}")[2]: child.text or "" for child in tag}
        for tag in root.iter()
        if tag.tag.rpartition("}")[2] == "Tag"
    ]
    return object_tags(tags)


def _answer(ctx: Ctx, bucket: Bucket, version: StoredObject, fields: Mapping[str, str]) -> RawReply:
    location = f"https://{bucket.name}.s3.amazonaws.com/{quote(version.key, safe='/~')}"
    headers = {"ETag": quoted(version.etag), "Location": location}
    if version.checksum is not None:
        headers[f"x-amz-checksum-{version.checksum.algorithm.lower()}"] = version.checksum.value
        headers["x-amz-checksum-type"] = version.checksum.kind
    if bucket.settings.versioning == "Enabled":
        headers["x-amz-version-id"] = version.version_id
    redirect = fields.get("success_action_redirect") or fields.get("redirect")
    if redirect and urlsplit(redirect).scheme in {"http", "https"} and urlsplit(redirect).netloc:
        query = urlencode({"bucket": bucket.name, "key": version.key, "etag": quoted(version.etag)})
        mark = "&" if "?" in redirect else "?"
        return RawReply(status=303, headers={**headers, "Location": f"{redirect}{mark}{query}"})
    status = fields.get("success_action_status")
    if status == "201":
        body = _post_response(location, bucket.name, version)
        return RawReply(status=201, headers={**headers, "Content-Type": "application/xml"}, body=body)
    return RawReply(status=200 if status == "200" else 204, headers=headers)


def _post_response(location: str, bucket: str, version: StoredObject) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<PostResponse><Location>{escape(location)}</Location><Bucket>{bucket}</Bucket>"
        f"<Key>{escape(version.key)}</Key><ETag>{quoted(version.etag)}</ETag></PostResponse>"
    ).encode()
