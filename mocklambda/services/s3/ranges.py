"""Which bytes a Range header asks for. Knows no object but its size."""

from __future__ import annotations

import re

from mocklambda.services.s3.errors import invalid_argument, invalid_range, invalid_request

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_COPY_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


def parse(text: str, size: int) -> tuple[int, int] | None:
    """Return start and end (exclusive), or None when S3 ignores the header.

    Raises InvalidRange when nothing of the object lies in it.
    """
    match = _RANGE.fullmatch(text)
    if match is None or text == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        length = int(last)
        if length == 0 or size == 0:
            raise invalid_range(text, size)
        return max(0, size - length), size
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise invalid_range(text, size)
    return start, min(size, int(last) + 1) if last else size


def parse_copy(text: str, size: int) -> tuple[int, int]:
    """Return start and end (exclusive) of an UploadPartCopy range, which must be wholly in the source."""
    match = _COPY_RANGE.fullmatch(text)
    start, last = (int(match[1]), int(match[2])) if match else (1, 0)
    if last < start:
        raise invalid_argument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last "
            "are the zero-based offsets of the first and last bytes to copy",
            "x-amz-copy-source-range",
            text,
        )
    if start >= size:
        raise invalid_request("The specified copy range is invalid for the source object size")
    if last >= size:
        raise invalid_argument(
            f"Range specified is not valid for source object of size: {size}",
            "x-amz-copy-source-range",
            text,
        )
    return start, last + 1
