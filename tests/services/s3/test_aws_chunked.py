"""Bodies in the aws-chunked coding are decoded as they stream."""

from __future__ import annotations

from io import BytesIO

import pytest

from mocklambda.services.s3.chunked import ChunkedBody, is_chunked
from mocklambda.services.service import AwsError

SIGNED = b"5;chunk-signature=ab\r\na\r\n;b\r\n3;chunk-signature=cd\r\nxyz\r\n0;chunk-signature=ef\r\n\r\n"
TRAILING = b"3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\nx-amz-trailer-signature:x\r\n\r\n"


class Drop(BytesIO):
    """A source that gives one byte at a time."""

    def read(self, size=-1):
        return super().read(1)


@pytest.mark.parametrize("source", [lambda data: data, BytesIO, Drop])
def test_data_may_hold_what_separates_chunks(source):
    assert b"".join(ChunkedBody(source(SIGNED))) == b"a\r\n;bxyz"


@pytest.mark.parametrize("source", [lambda data: data, BytesIO, Drop])
def test_trailers_come_after_the_data(source):
    body = ChunkedBody(source(TRAILING))

    assert b"".join(body) == b"abc"
    assert body.trailers == {"x-amz-checksum-crc32": "NSRBwg==", "x-amz-trailer-signature": "x"}


@pytest.mark.parametrize("data", [b"", b"5\r\nab", b"zz\r\nab\r\n", b"2\r\nabc\r\n0\r\n\r\n", SIGNED[:30]])
def test_what_ends_too_early_is_refused(data):
    with pytest.raises(AwsError, match="IncompleteBody"):
        list(ChunkedBody(data))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"content-encoding": "gzip"}, False),
        ({"content-encoding": "aws-chunked,gzip"}, True),
        ({"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}, True),
    ],
)
def test_headers_say_whether_a_body_is_chunked(headers, expected):
    assert is_chunked(headers) is expected
