"""Takes a request's body in: decodes, counts, verifies what the sender says of it, and stores it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from mocklambda.services.s3 import checksums
from mocklambda.services.s3.bodies import CHUNK, Body
from mocklambda.services.s3.checksums import Checksum
from mocklambda.services.s3.chunked import ChunkedBody, is_chunked
from mocklambda.services.s3.errors import bad_digest, incomplete_body, invalid_request
from mocklambda.services.s3.spill import BodyStore
from mocklambda.services.service import AwsError

_HEADERS = {f"x-amz-checksum-{name.lower()}": name for name in checksums.SIZES}
_MEMBERS = {f"Checksum{name}": name for name in checksums.SIZES}
_NAMED = frozenset(_MEMBERS)
_OTHERS = frozenset(
    {"ChecksumSHA512", "ChecksumMD5", "ChecksumXXHASH64", "ChecksumXXHASH3", "ChecksumXXHASH128"}
)
UNSUPPORTED = (
    "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
    "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A body that was taken in, and what it comes to."""

    body: Body
    md5: bytes
    checksum: Checksum
    is_checksum_sent: bool
    """Whether the sender named the checksum, rather than S3 choosing."""


def sent_checksum(request: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return algorithm and value of the one checksum header; raises for two, or a value of the wrong form."""
    if not _OTHERS.isdisjoint(request):
        raise invalid_request(UNSUPPORTED)
    if _NAMED.isdisjoint(request):
        return None
    found = [(_MEMBERS[name], request[name]) for name in request if name in _MEMBERS]
    if len(found) > 1:
        raise invalid_request(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    _check_form(*found[0])
    return found[0]


def receive(
    store: BodyStore, request: Mapping[str, Any], headers: Mapping[str, str], *, expected_md5_in_hex: bool
) -> Received:
    """Store the request's Body; raises, and keeps nothing, when it is not what was announced."""
    incoming = _Incoming(request, headers, expected_md5_in_hex=expected_md5_in_hex)
    body = store.keep(incoming.pieces())
    return Received(
        body=body,
        md5=incoming.md5.digest(),
        checksum=Checksum(
            algorithm=incoming.algorithm or checksums.DEFAULT,
            value=checksums.encode(incoming.running.digest()),
        ),
        is_checksum_sent=incoming.algorithm is not None,
    )


def check_document(headers: Mapping[str, str], document: bytes) -> None:
    """Verify what the sender says of a request's document; raises when it comes to something else."""
    sent = sent_checksum({f"Checksum{_HEADERS[name]}": headers[name] for name in _HEADERS if name in headers})
    if sent is not None:
        algorithm, value = sent
        running = checksums.hasher(algorithm)
        running.update(document)
        if checksums.encode(running.digest()) != value:
            raise _checksum_differs(algorithm)
    expected = _content_md5(headers.get("content-md5"))
    if expected is not None:
        calculated = hashlib.md5(document).digest()
        if calculated != expected:
            raise _md5_differs(expected, calculated, in_hex=False)


class _Incoming:
    """Counts a body on its way in, and verifies it at its end, before it counts as stored."""

    __slots__ = (
        "_body",
        "_chunked",
        "_content_md5",
        "_in_hex",
        "_length",
        "_sent",
        "algorithm",
        "md5",
        "running",
    )

    def __init__(
        self, request: Mapping[str, Any], headers: Mapping[str, str], *, expected_md5_in_hex: bool
    ) -> None:
        self._sent = sent_checksum(request)
        self._content_md5 = _content_md5(request.get("ContentMD5"))
        self._in_hex = expected_md5_in_hex
        self._body: bytes | BinaryIO = request.get("Body", b"")
        self._chunked = ChunkedBody(self._body) if is_chunked(headers) else None
        self._length = headers.get("x-amz-decoded-content-length")
        trailer = headers.get("x-amz-trailer", "").strip().lower()
        self.algorithm = self._sent[0] if self._sent else _HEADERS.get(trailer)
        self.running = checksums.hasher(self.algorithm or checksums.DEFAULT)
        self.md5 = hashlib.md5()

    def pieces(self) -> Iterable[bytes]:
        """Give out the body; what lies in one piece is verified before it is given, else at the last piece."""
        body = self._body
        if self._chunked is not None:
            return self._counted(self._chunked)
        if not isinstance(body, bytes):
            return self._counted(iter(lambda: body.read(CHUNK), b""))
        self._count(body)
        self._verify(len(body))
        return (body,)

    def _counted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        size = 0
        for piece in pieces:
            size += len(piece)
            self._count(piece)
            yield piece
        self._verify(size)

    def _count(self, piece: bytes) -> None:
        self.md5.update(piece)
        self.running.update(piece)

    def _verify(self, size: int) -> None:
        if self._chunked is not None and self._length is not None and self._length != str(size):
            raise incomplete_body()
        value = self._sent[1] if self._sent else _trailing(self._chunked, self.algorithm)
        if value is not None and checksums.encode(self.running.digest()) != value:
            raise _checksum_differs(self.algorithm)
        if self._content_md5 is not None and self.md5.digest() != self._content_md5:
            raise _md5_differs(self._content_md5, self.md5.digest(), in_hex=self._in_hex)


def _trailing(chunked: ChunkedBody | None, algorithm: str | None) -> str | None:
    if chunked is None or algorithm is None:
        return None
    value = chunked.trailers.get(f"x-amz-checksum-{algorithm.lower()}")
    if value is None:
        raise incomplete_body()
    _check_form(algorithm, value)
    return value


def _check_form(algorithm: str, value: str) -> None:
    if checksums.decode(value, checksums.SIZES[algorithm]) is None:
        raise invalid_request(f"Value for x-amz-checksum-{algorithm.lower()} header is invalid.")


def _content_md5(value: str | None) -> bytes | None:
    if value is None:
        return None
    try:
        raw = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 16:
        raise AwsError(
            "InvalidDigest", "The Content-MD5 you specified was invalid.", fields={"Content-MD5": value}
        )
    return raw


def _checksum_differs(algorithm: str | None) -> AwsError:
    return bad_digest(f"The {algorithm} you specified did not match the calculated checksum.")


def _md5_differs(expected: bytes, calculated: bytes, *, in_hex: bool) -> AwsError:
    return bad_digest(
        "The Content-MD5 you specified did not match what we received.",
        # R: hexadecimal on PutObject, base64 on UploadPart
        ExpectedDigest=expected.hex() if in_hex else checksums.encode(expected),
        CalculatedDigest=checksums.encode(calculated),
    )
