"""What browsers send to S3 is answered: forms, preflights, websites, links without a signature."""

from __future__ import annotations

import json

import boto3
import pytest
import requests
from botocore.config import Config
from s3_support import BUCKET, client, client_with_bucket

HOST = f"https://{BUCKET}.s3.amazonaws.com"


@pytest.fixture
def s3(mock_lambda):
    return client_with_bucket()


def open_to_all(s3):
    s3.delete_public_access_block(Bucket=BUCKET)
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Statement": [statement]}))


@pytest.mark.parametrize("signature", ["s3", "s3v4"])
def test_a_presigned_post_uploads_a_file(s3, signature):
    signer = boto3.client("s3", region_name="us-east-1", config=Config(signature_version=signature))
    form = signer.generate_presigned_post(
        BUCKET, "up/${filename}", Conditions=[["content-length-range", 1, 10]]
    )

    response = requests.post(form["url"], data=form["fields"], files={"file": ("a.txt", b"abcd")}, timeout=5)

    assert (response.status_code, response.headers["ETag"]) == (204, '"e2fc714c4727ee9395f324cd2e7f331f"')
    assert s3.get_object(Bucket=BUCKET, Key="up/a.txt")["Body"].read() == b"abcd"


def test_a_presigned_post_outside_its_bounds_is_refused(s3):
    form = s3.generate_presigned_post(BUCKET, "k", Conditions=[["content-length-range", 1, 3]])

    response = requests.post(form["url"], data=form["fields"], files={"file": b"abcd"}, timeout=5)

    assert response.status_code == 400
    assert "<Code>EntityTooLarge</Code>" in response.text


def test_a_post_runs_what_the_bucket_notifies(mock_lambda, s3):
    queue = client("sqs").create_queue(QueueName="events")["QueueUrl"]
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET,
        NotificationConfiguration={
            "QueueConfigurations": [
                {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:events", "Events": ["s3:ObjectCreated:Post"]}
            ]
        },
        SkipDestinationValidation=True,
    )
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    client("sqs").set_queue_attributes(
        QueueUrl=queue, Attributes={"Policy": json.dumps({"Statement": [allowed]})}
    )
    form = s3.generate_presigned_post(BUCKET, "k")

    requests.post(form["url"], data=form["fields"], files={"file": b"abcd"}, timeout=5).raise_for_status()

    (message,) = client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"])["Records"][0]["eventName"] == "ObjectCreated:Post"


def test_an_unsigned_link_needs_public_access(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"abcd")
    denied = requests.get(f"{HOST}/k", timeout=5)
    open_to_all(s3)

    assert (denied.status_code, "<Code>AccessDenied</Code>" in denied.text) == (403, True)
    assert requests.get(f"{HOST}/k", timeout=5).content == b"abcd"


def test_a_preflight_is_answered_by_the_rules(s3):
    rule = {"AllowedMethods": ["PUT"], "AllowedOrigins": ["http://example.com"]}
    s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [rule]})
    headers = {"Origin": "http://example.com", "Access-Control-Request-Method": "PUT"}

    allowed = requests.options(f"{HOST}/k", headers=headers, timeout=5)
    forbidden = requests.options(f"{HOST}/k", headers={**headers, "Origin": "http://else"}, timeout=5)

    assert (allowed.status_code, allowed.headers["Access-Control-Allow-Origin"]) == (
        200,
        "http://example.com",
    )
    assert (forbidden.status_code, "<Code>AccessForbidden</Code>" in forbidden.text) == (403, True)


def test_a_website_shows_its_index(s3):
    open_to_all(s3)
    s3.put_bucket_website(Bucket=BUCKET, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    s3.put_object(Bucket=BUCKET, Key="index.html", Body=b"<h1>hi</h1>", ContentType="text/html")

    response = requests.get(f"http://{BUCKET}.s3-website-us-east-1.amazonaws.com/", timeout=5)

    assert (response.status_code, response.text, response.headers["Content-Type"]) == (
        200,
        "<h1>hi</h1>",
        "text/html",
    )


def test_metadata_in_a_signed_query_is_stored(s3):
    signer = boto3.client("s3", region_name="us-east-1", config=Config(signature_version="s3"))
    url = signer.generate_presigned_url(
        "put_object", Params={"Bucket": BUCKET, "Key": "k", "Metadata": {"a": "b"}}
    )

    requests.put(url, data=b"x", timeout=5).raise_for_status()

    assert s3.head_object(Bucket=BUCKET, Key="k")["Metadata"] == {"a": "b"}
