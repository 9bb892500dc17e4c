"""Request bodies in the ``aws-chunked`` coding: data in sized chunks, then trailing headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import BinaryIO

from mocklambda.services.s3.bodies import CHUNK
from mocklambda.services.s3.errors import incomplete_body


def is_chunked(headers: Mapping[str, str]) -> bool:
    """Whether a request's body is in this coding."""
    return "aws-chunked" in headers.get("content-encoding", "") or headers.get(
        "x-amz-content-sha256", ""
    ).startswith("STREAMING-")


class ChunkedBody:
    """Decodes while it is iterated over; ``trailers`` are there at the end."""

    def __init__(self, source: bytes | BinaryIO) -> None:
        self._source = BytesIO(source) if isinstance(source, bytes) else source
        self._left = b""
        self.trailers: dict[str, str] = {}

    def __iter__(self) -> Iterator[bytes]:
        while size := self._size():
            while size:
                data = self._take(min(size, CHUNK))
                size -= len(data)
                yield data
            if self._line():
                raise incomplete_body()
        self._read_trailers()

    def _size(self) -> int:
        try:
            return int(self._line().partition(b";")[0], 16)
        except ValueError:
            raise incomplete_body() from None

    def _read_trailers(self) -> None:
        while self._left or self._more():
            line = self._line()
            if not line:
                return
            name, _, value = line.partition(b":")
            self.trailers[name.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()

    def _line(self) -> bytes:
        while (end := self._left.find(b"\r\n")) < 0:
            if not self._more():
                raise incomplete_body()
        line, self._left = self._left[:end], self._left[end + 2 :]
        return line

    def _take(self, size: int) -> bytes:
        if not self._left and not self._more():
            raise incomplete_body()
        data, self._left = self._left[:size], self._left[size:]
        return data

    def _more(self) -> bool:
        data = self._source.read(CHUNK)
        self._left += data
        return bool(data)
