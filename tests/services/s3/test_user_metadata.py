"""User metadata comes back as plain ASCII, or as encoded words."""

from __future__ import annotations

import pytest

from mocklambda.services.s3.metadata import content_encoding, encoded, kept, tags_of_header
from mocklambda.services.service import AwsError


@pytest.mark.parametrize(
    ("sent", "returned"),
    [
        ("plain", "plain"),
        (" \ttrimmed ", "trimmed"),
        ("=?UTF-8?B?YWJj?=", "abc"),
        ("=?UTF-8?Q?actually-ascii?=", "actually-ascii"),
        (
            "=?UTF-8?Q?test=5F=E2=80=94=5Ffile%E2%80%94=5F=C3=A9=5F2=3F.pdf?=",
            "=?UTF-8?Q?test=5F=E2=80=94=5Ffile%E2%80%94=5F=C3=A9=5F2=3F.pdf?=",
        ),
        ("=?UTF-8?B?w4RNw4Raw5XDkSBTMw==?=", "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?="),
        ("=?UTF-8?B?AAECAw==?=", "=?UTF-8?B?AAECAw==?="),
        ("=?UTF-8?B?77+977+977+977+977+977+977+9?=", "=?UTF-8?B?77+977+977+977+977+977+977+9?="),
        ("=?UTF-8?B?=GGG?=", "=?UTF-8?B?77+9Ye+/vQ==?="),
    ],
)
def test_a_value_is_returned_as_recorded(sent, returned):
    assert kept({"Name": sent}) == {"name": returned}


def test_raw_text_is_encoded_when_it_is_not_ascii():
    text = "non-ascii-%E2%80%94_—_é_"

    assert encoded(text) == "=?UTF-8?Q?non-ascii-%E2%80%94=5F=E2=80=94=5F=C3=A9=5F?="


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (None, None),
        ("gzip", "gzip"),
        ("aws-chunked", None),
        ("aws-chunked,gzip", "gzip"),
        ("gzip, aws-chunked", "gzip"),
    ],
)
def test_aws_chunked_is_not_stored(sent, stored):
    assert content_encoding(sent) == stored


def test_a_tagging_header_is_a_query():
    assert tags_of_header("a=1&b=&c&&d+e=f%26") == {"a": "1", "b": "", "c": "", "d e": "f&"}


@pytest.mark.parametrize("text", ["a=1&a=2", "a=1,2"])
def test_a_faulty_tagging_header_is_refused(text):
    with pytest.raises(AwsError, match="shall be encoded as UTF-8"):
        tags_of_header(text)
