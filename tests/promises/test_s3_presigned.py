"""Presigned URLs work through any HTTP client, as long as they are good on the session's clock."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
import requests
from botocore.config import Config
from s3_support import BUCKET, client_with_bucket

V2, V4 = "s3", "s3v4"


@pytest.fixture
def s3(mock_lambda):
    return client_with_bucket()


@cache
def signer(signature):
    return boto3.client("s3", region_name="us-east-1", config=Config(signature_version=signature))


def presigned(operation, signature=V4, expires=60, **request):
    """Return a URL made by a client that signs so."""
    return signer(signature).generate_presigned_url(
        operation, Params={"Bucket": BUCKET, "Key": "k", **request}, ExpiresIn=expires
    )


def error_of(response):
    """Return status and members of an error document."""
    members = re.findall(r"<(\w[\w-]*)>([^<]*)</\1>", response.text)
    return {
        "Status": response.status_code,
        **{name: text for name, text in members if name not in {"RequestId", "HostId"}},
    }


@pytest.mark.parametrize("signature", [V2, V4])
def test_a_url_gets_the_object(s3, signature):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"abcd", ContentType="text/plain", Metadata={"a": "b"})

    response = requests.get(presigned("get_object", signature), timeout=5)

    assert (response.status_code, response.content) == (200, b"abcd")
    assert (response.headers["Content-Type"], response.headers["x-amz-meta-a"]) == ("text/plain", "b")
    assert "x-amz-checksum-crc32" not in response.headers


@pytest.mark.parametrize("signature", [V2, V4])
def test_a_url_puts_an_object(s3, signature):
    response = requests.put(presigned("put_object", signature), data=b"sent", timeout=5)

    assert (response.status_code, response.headers["ETag"]) == (200, '"789183b7e98646c11d5f0544c8f3c4c9"')
    head = s3.head_object(Bucket=BUCKET, Key="k", ChecksumMode="ENABLED")
    assert (head["ContentLength"], "ChecksumCRC64NVME" in head) == (4, True)


def test_a_range_is_read_through_a_url(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"abcd")

    response = requests.get(presigned("get_object"), headers={"Range": "bytes=1-2"}, timeout=5)

    assert (response.status_code, response.content, response.headers["Content-Range"]) == (
        206,
        b"bc",
        "bytes 1-2/4",
    )


def test_a_url_may_override_headers(s3):
    s3.put_object(Bucket=BUCKET, Key="k")

    response = requests.get(
        presigned("get_object", ResponseContentDisposition="attachment; filename=x"), timeout=5
    )

    assert response.headers["Content-Disposition"] == "attachment; filename=x"


@pytest.mark.parametrize("signature", [V2, V4])
def test_a_url_is_signed_with_the_sessions_time(mock_lambda, s3, signature):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")

    mock_lambda.advance(days=8)

    assert requests.get(presigned("get_object", signature), timeout=5).content == b"x"


@pytest.mark.parametrize("signature", [V2, V4])
def test_a_url_ends_with_its_time(mock_lambda, s3, signature):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    url = presigned("get_object", signature, expires=60)
    before = requests.get(url, timeout=5).status_code

    mock_lambda.advance(seconds=120)

    error = error_of(requests.get(url, timeout=5))
    assert before == 200
    assert (error["Status"], error["Code"], error["Message"]) == (403, "AccessDenied", "Request has expired")
    assert error.get("X-Amz-Expires") == ("60" if signature == V4 else None)


def test_a_url_lacking_a_parameter_is_refused(s3):
    url = re.sub(r"&X-Amz-Expires=\d+", "", presigned("get_object"))

    assert error_of(requests.get(url, timeout=5)) == {
        "Status": 400,
        "Code": "AuthorizationQueryParametersError",
        "Message": "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
        "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    }


def test_headers_beside_the_signed_ones_are_refused(s3):
    response = requests.put(presigned("put_object"), data=b"x", headers={"x-amz-meta-a": "b"}, timeout=5)

    assert error_of(response) == {
        "Status": 403,
        "Code": "AccessDenied",
        "Message": "There were headers present in the request which were not signed",
        "HeadersNotSigned": "x-amz-meta-a",
    }


def test_signed_headers_are_sent_along(s3):
    url = presigned("put_object", Metadata={"a": "b"})

    assert "x-amz-meta-a" in parse_qs(urlsplit(url).query)["X-Amz-SignedHeaders"][0]
    requests.put(url, data=b"x", headers={"x-amz-meta-a": "b"}, timeout=5).raise_for_status()
    assert s3.head_object(Bucket=BUCKET, Key="k")["Metadata"] == {"a": "b"}


def test_a_missing_key_is_an_error_document(s3):
    response = requests.get(presigned("get_object"), timeout=5)

    assert response.text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>')
    assert error_of(response) == {
        "Status": 404,
        "Code": "NoSuchKey",
        "Message": "The specified key does not exist.",
        "Key": "k",
    }


@pytest.mark.mock_lambda(guard=False)
def test_a_sub_resource_that_is_not_served_is_never_another_operation(mock_lambda, s3):
    url = f"https://{BUCKET}.s3.amazonaws.com/?inventory&id=i"

    with pytest.raises(Exception, match=r"inventory|Inventory") as caught:
        requests.delete(url, headers={"Authorization": "AWS key:signature"}, timeout=5)

    assert type(caught.value).__name__ == "NotImplementedInMock"
    assert s3.head_bucket(Bucket=BUCKET)
