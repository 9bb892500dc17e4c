"""A URL or request that is not what was signed is refused, where the session knows the secret it was signed with."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import boto3
import httpx
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from s3_support import BUCKET, client_with_bucket

V2, V4 = "s3", "s3v4"
MISMATCH = "The request signature we calculated does not match the signature you provided. Check your key and signing method."
ODD_KEYS = ["a b", "a+b", "dir/ü~(1)'!*.txt", "x%2Fy", "a&b=c", "//x", "日本"]


@pytest.fixture
def s3(mock_lambda):
    return client_with_bucket()


def presigned(operation="get_object", signature=V4, style="auto", key="k", client=None, **params):
    signer = client or boto3.client(
        "s3",
        region_name="us-east-1",
        config=Config(signature_version=signature, s3={"addressing_style": style}),
    )
    return signer.generate_presigned_url(
        operation, Params={"Bucket": BUCKET, "Key": key, **params}, ExpiresIn=60
    )


def error_of(response):
    members = re.findall(r"<(\w+)>([^<]*)</\1>", response.text)
    return {name: text for name, text in members if name not in {"RequestId", "HostId"}}


def test_what_should_have_been_signed_is_told(s3):
    url = presigned().replace("X-Amz-Expires=60", "X-Amz-Expires=600")

    response = requests.get(url, timeout=5)

    error = error_of(response)
    date, scope = (
        re.findall(r"X-Amz-Date=(\w+)|X-Amz-Credential=testing%2F(\w+)%2F", url)[1][0],
        "us-east-1/s3",
    )
    text = f"AWS4-HMAC-SHA256\n{date}\n{date[:8]}/{scope}/aws4_request\n"
    canonical = f"GET\n/k\n{url.partition('?')[2].partition('&X-Amz-Signature')[0]}\nhost:{urlsplit(url).netloc}\n\nhost\n"
    assert response.status_code == 403
    assert (error["Code"], error["Message"], error["AWSAccessKeyId"]) == (
        "SignatureDoesNotMatch",
        MISMATCH,
        "testing",
    )
    assert error["SignatureProvided"] == url.rpartition("=")[2]
    assert error["StringToSign"].startswith(text)
    assert bytes.fromhex(error["StringToSignBytes"]).decode() == error["StringToSign"]
    assert (
        bytes.fromhex(error["CanonicalRequestBytes"])
        .decode()
        .startswith("GET\n/k\nX-Amz-Algorithm=AWS4-HMAC-SHA256&")
    )
    assert sorted(canonical.split("\n")[2].split("&")) == sorted(
        bytes.fromhex(error["CanonicalRequestBytes"]).decode().split("\n")[2].split("&")
    )


def test_version_2_has_no_canonical_request(s3):
    error = error_of(requests.put(presigned(signature=V2), timeout=5))

    assert list(error) == [
        "Code",
        "Message",
        "AWSAccessKeyId",
        "StringToSign",
        "SignatureProvided",
        "StringToSignBytes",
    ]
    assert error["StringToSign"].split("\n")[:3] == ["PUT", "", ""]


def replaced(old, new):
    return lambda url: url.replace(old, new)


@pytest.mark.parametrize(
    ("signature", "forge"),
    [
        (V2, replaced("/k?", "/other?")),
        (V4, replaced("/k?", "/other?")),
        (V2, lambda url: url + "&versionId=null"),
        (V4, lambda url: url + "&versionId=null"),
        (V2, lambda url: re.sub(r"Signature=[^&]*", "Signature=0", url)),
        (V4, lambda url: re.sub(r"Signature=[^&]*", "Signature=0", url)),
        (V2, lambda url: re.sub(r"Expires=(\d+)", r"Expires=9\1", url)),
        (V4, replaced("Expires=60", "Expires=61")),
        (V4, lambda url: url + "&x-id=GetObject"),
    ],
)
def test_a_url_that_was_changed_gets_nothing(s3, signature, forge):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    s3.put_object(Bucket=BUCKET, Key="other", Body=b"secret")
    url = presigned(signature=signature)

    assert requests.get(url, timeout=5).content == b"x"
    assert error_of(requests.get(forge(url), timeout=5))["Code"] == "SignatureDoesNotMatch"


@pytest.mark.parametrize("signature", [V2, V4])
def test_a_url_to_read_does_not_write(s3, signature):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")

    for method in ("put", "delete", "head"):
        assert (
            requests.request(method, presigned(signature=signature), data=b"y", timeout=5).status_code == 403
        )
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"x"


@pytest.mark.parametrize("signature", [V2, V4])
def test_headers_that_were_signed_have_to_come(s3, signature):
    url = presigned("put_object", signature, ContentType="text/plain")

    assert requests.put(url, data=b"x", headers={"Content-Type": "text/html"}, timeout=5).status_code == 403
    assert requests.put(url, data=b"x", headers={"Content-Type": "text/plain"}, timeout=5).status_code == 200
    if signature == V4:
        assert requests.put(url, data=b"x", timeout=5).status_code == 403


def test_version_2_takes_no_more_headers_than_were_signed(s3):
    url = presigned("put_object", V2)

    for more in ({"Content-Type": "text/plain"}, {"x-amz-meta-a": "b"}):
        assert (
            error_of(requests.put(url, data=b"x", headers=more, timeout=5))["Code"] == "SignatureDoesNotMatch"
        )
    assert requests.put(url, data=b"x", headers={"Content-Encoding": "gzip"}, timeout=5).status_code == 200


@pytest.mark.parametrize("signature", [V2, V4])
@pytest.mark.parametrize("style", ["path", "virtual"])
@pytest.mark.parametrize("key", ODD_KEYS)
@pytest.mark.parametrize("get", [requests.get, httpx.get])
def test_keys_of_any_characters_are_signed_as_they_are(s3, signature, style, key, get):
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    params = {"ResponseContentDisposition": 'attachment; filename="ü b+c.txt"'}
    url = presigned(signature=signature, style=style, key=key, **({} if signature == V2 else params))

    assert get(url, timeout=5).content == b"x"


def test_uploads_in_parts_and_what_sdks_put_into_queries_are_signed(s3):
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="k")["UploadId"]
    for signature in (V2, V4):
        part = {"UploadId": upload, "PartNumber": 1}
        assert (
            requests.put(presigned("upload_part", signature, **part), data=b"x", timeout=5).status_code == 200
        )
        wanted = {"ResponseContentType": "text/plain; charset=utf-8", "ResponseCacheControl": "no-store"}
        s3.put_object(Bucket=BUCKET, Key="k", Body=b"x", Metadata={"a": "b"})
        assert requests.get(presigned("get_object", signature, **wanted), timeout=5).status_code == 200


@pytest.mark.parametrize("signature", [V2, V4])
def test_a_forms_policy_has_to_be_what_was_signed(s3, signature):
    signer = boto3.client("s3", region_name="us-east-1", config=Config(signature_version=signature))
    form = signer.generate_presigned_post(BUCKET, "k")
    name = "signature" if signature == V2 else "x-amz-signature"
    forged = form["fields"] | {name: "0" * 64}

    refused = requests.post(form["url"], data=forged, files={"file": b"x"}, timeout=5)
    taken = requests.post(form["url"], data=form["fields"], files={"file": b"x"}, timeout=5)

    policy = forged["policy"]
    assert (refused.status_code, taken.status_code) == (403, 204)
    assert error_of(refused) == {
        "Code": "SignatureDoesNotMatch",
        "Message": MISMATCH,
        "AWSAccessKeyId": "testing",
        "StringToSign": policy,
        "SignatureProvided": "0" * 64,
        "StringToSignBytes": policy.encode().hex(" "),
    }


def test_what_is_signed_with_an_unknown_secret_is_taken_for_good(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    stranger = boto3.client(
        "s3", region_name="us-east-1", aws_access_key_id="AKIASTRANGER", aws_secret_access_key="x",
        config=Config(signature_version=V4),
    )  # fmt: skip

    assert requests.get(presigned(client=stranger) + "0", timeout=5).content == b"x"


def test_what_expired_is_expired_first(mock_lambda, s3):
    url = presigned()
    mock_lambda.advance(minutes=2)

    assert error_of(requests.get(url + "0", timeout=5))["Message"] == "Request has expired"


SIGNS = f"""
import boto3
from botocore.config import Config

def handler(event, context):
    s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
    return s3.generate_presigned_url("get_object", Params={{"Bucket": "{BUCKET}", "Key": "k"}})
"""


@pytest.mark.parametrize("inline", [False, True])
def test_handlers_sign_with_secrets_of_their_own(mock_lambda, s3, inline):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")

    url = mock_lambda.function("fn", source=SIGNS, inline=inline).invoke().payload

    assert "ASIA" in url
    assert requests.get(url, timeout=5).content == b"x"
    assert requests.get(url.replace("/k?", "/l?"), timeout=5).status_code == 403


def test_secrets_that_iam_and_sts_gave_are_known(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    iam = boto3.client("iam")
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    role = boto3.client("sts").assume_role(
        RoleArn="arn:aws:iam::123456789012:role/r", RoleSessionName="session"
    )
    session = role["Credentials"]

    for given, more in ((key, {}), (session, {"aws_session_token": session["SessionToken"]})):
        client = boto3.client(
            "s3", aws_access_key_id=given["AccessKeyId"], aws_secret_access_key=given["SecretAccessKey"],
            config=Config(signature_version=V4), **more,
        )  # fmt: skip
        assert requests.get(presigned(client=client), timeout=5).content == b"x"
        assert requests.get(presigned(client=client).replace("/k?", "/l?"), timeout=5).status_code == 403


ECHO = "def handler(event, context):\n    return event['rawPath']\n"


def sign(method, url, body=b"", secret="testing", key="testing"):
    request = AWSRequest(method, url, data=body)
    SigV4Auth(Credentials(key, secret), "lambda", "us-east-1").add_auth(request)
    return dict(request.headers)


@pytest.fixture
def url(mock_lambda):
    return mock_lambda.function("echo", source=ECHO).url(auth="AWS_IAM").url


@pytest.mark.parametrize("path", ["", "a/b?x=1&y=a%20b&x=0", "a%20b"])
def test_a_function_url_is_run_for_what_was_signed(url, path):
    answer = requests.post(url + path, data=b"body", headers=sign("POST", url + path, b"body"), timeout=5)

    assert (answer.status_code, answer.text) == (200, urlsplit("/" + path).path)


def test_a_function_url_is_not_run_for_anything_else(url):
    signed = sign("POST", url + "a?b=c", b"body")

    for method, path, body, headers in [
        ("PUT", "a?b=c", b"body", signed),
        ("POST", "b?b=c", b"body", signed),
        ("POST", "a?b=d", b"body", signed),
        ("POST", "a?b=c", b"other", signed),
        ("POST", "a?b=c", b"body", sign("POST", url + "a?b=c", b"body", secret="wrong")),
    ]:
        answer = requests.request(method, url + path, data=body, headers=headers, timeout=5)
        assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (403, "InvalidSignatureException")
        assert json.loads(answer.text) == {
            "message": "The request signature we calculated does not match the signature you provided. Check your AWS "
            "Secret Access Key and signing method. Consult the service documentation for details."
        }
    assert (
        requests.post(url, headers=sign("POST", url, key="AKIASTRANGER", secret="any"), timeout=5).status_code
        == 200
    )
