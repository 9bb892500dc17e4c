"""What a test can rely on: nothing reaches AWS, nothing else is touched, everything is put back exactly."""

from __future__ import annotations

import asyncio
import http.server
import io
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import botocore.session
import pytest
import requests
import responses
import urllib3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner

import mocklambda
from mocklambda import NotImplementedInMock, UnmockedAWSCall, mock_lambda

PATCHED = (
    (responses.RequestsMock, "_on_request"),
    (BaseClient, "_make_request"),
    (socket, "getaddrinfo"),
    (URLLib3Session, "send"),
    (botocore.session.Session, "get_scoped_config"),
    (RequestSigner, "get_auth"),
    (RequestSigner, "get_auth_instance"),
    (urllib3.connectionpool.HTTPConnectionPool, "urlopen"),
)
KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}


def make_client(service: str = "sqs", **options: Any) -> Any:
    return boto3.client(service, **{"region_name": "us-east-1", **options})


def works(client: Any) -> bool:
    return client.create_queue(QueueName="q")["QueueUrl"].endswith("/123456789012/q")


# -- the process environment (P9 to P11, demand 29) --------------------------------------------------------

REAL = {
    "AWS_ACCESS_KEY_ID": "AKIDREAL",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_SESSION_TOKEN": "real",
    "AWS_SECURITY_TOKEN": "real",
    "AWS_PROFILE": "production",
    "AWS_DEFAULT_PROFILE": "production",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/real",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "real",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/real",
    "AWS_ROLE_ARN": "arn:aws:iam::111111111111:role/real",
    "AWS_CONFIG_FILE": "/home/real/.aws/config",
    "AWS_SHARED_CREDENTIALS_FILE": "/home/real/.aws/credentials",
    "AWS_EC2_METADATA_DISABLED": "false",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
    "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:4566",
}


def test_no_real_credential_is_left_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in REAL.items():
        monkeypatch.setenv(name, value)
    with mock_lambda():
        left = {name: value for name, value in os.environ.items() if REAL.get(name) == value}
        found = boto3.Session().get_credentials().get_frozen_credentials()
    assert left == {}
    assert found[:3] == ("testing", "testing", "testing")


@pytest.mark.parametrize("value", ["", "real", None])
@pytest.mark.parametrize("name", [*REAL, "AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_environment_is_restored_exactly(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    monkeypatch.delenv(name, raising=False)
    if value is not None:
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    with mock_lambda():
        boto3.client("sqs").list_queues()
    assert dict(os.environ) == before


@pytest.mark.parametrize("name", ["AWS_DEFAULT_REGION", "AWS_REGION"])
def test_the_region_of_the_process_is_that_of_clients_and_handles_unless_one_is_given(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for other in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, "ap-south-1")
    with mock_lambda() as cloud:
        assert cloud.queue("q").url == boto3.client("sqs").get_queue_url(QueueName="q")["QueueUrl"]
        assert boto3.client("sqs").meta.region_name == "ap-south-1"
    with mock_lambda(region="eu-west-1"):
        assert boto3.client("sqs").meta.region_name == "eu-west-1"


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS"])
def test_an_endpoint_that_the_environment_names_is_put_out_of_the_way_and_one_named_inside_is_used(
    monkeypatch: pytest.MonkeyPatch, name: str, site: str
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    with mock_lambda():
        assert works(make_client())
        os.environ[name] = site
        client = make_client()
        assert client.get_queue_url(QueueName="q")["QueueUrl"] == "http://elsewhere/q"
        client.close()
        assert works(make_client(endpoint_url="https://sqs.us-east-1.amazonaws.com"))
    assert os.environ[name] == "http://127.0.0.1:9"


def test_a_session_with_a_profile_that_does_not_exist_here_works() -> None:
    with mock_lambda():
        client = boto3.Session(profile_name="production", region_name="us-east-1").client("sqs")
        assert works(client)


def test_boto3s_default_session_is_set_aside_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = boto3.Session(**KEYS)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", mine)
    with mock_lambda():
        assert works(boto3.client("sqs"))
        assert boto3.DEFAULT_SESSION is not mine
    assert boto3.DEFAULT_SESSION is mine


# -- the patches (P8, P12, P17) ----------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"wire": True}], ids=["fast", "wire"])
def test_patches_are_put_back_exactly(options: dict[str, Any]) -> None:
    before = [vars(owner)[name] for owner, name in PATCHED]
    with mock_lambda(**options):
        assert not any(vars(owner)[name] is old for (owner, name), old in zip(PATCHED, before, strict=True))
    assert all(vars(owner)[name] is old for (owner, name), old in zip(PATCHED, before, strict=True))


def test_patches_are_put_back_after_an_error() -> None:
    before = [vars(owner)[name] for owner, name in PATCHED]
    with pytest.raises(ZeroDivisionError), mock_lambda():
        1 / 0  # noqa: B018
    assert [vars(owner)[name] for owner, name in PATCHED] == before


def test_a_stray_stop_does_not_harm_the_next_start() -> None:
    mock = mock_lambda()
    with pytest.raises(mocklambda.NotStarted):
        mock.stop()
    with mock_lambda():
        assert works(make_client())


@pytest.mark.parametrize("wire", [False, True], ids=["fast", "wire"])
@pytest.mark.parametrize("keys", [KEYS, {}], ids=["credentials", "no credentials"])
@pytest.mark.parametrize("when", ["before", "inside"])
def test_clients_are_caught_whenever_and_however_they_were_made(
    monkeypatch: pytest.MonkeyPatch, wire: bool, keys: dict[str, str], when: str
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    early = make_client(**keys)
    with mock_lambda(wire=wire):
        assert works(early if when == "before" else make_client(**keys))


@pytest.mark.parametrize("wire", [False, True], ids=["fast", "wire"])
def test_a_client_from_one_cloud_is_caught_by_the_next(wire: bool) -> None:
    with mock_lambda(wire=wire):
        client = make_client()
    with mock_lambda(wire=wire):
        assert works(client)


def test_plain_botocore_is_caught_too() -> None:
    client = botocore.session.get_session().create_client("sqs", region_name="us-east-1", **KEYS)
    with mock_lambda():
        assert works(client)


def test_resources_and_paginators_and_waiters_work() -> None:
    with mock_lambda():
        bucket = boto3.resource("s3").create_bucket(Bucket="pictures")
        bucket.put_object(Key="a", Body=b"1")
        make_client("s3").get_waiter("object_exists").wait(Bucket="pictures", Key="a")
        pages = make_client("s3").get_paginator("list_objects_v2").paginate(Bucket="pictures")
        assert [one["Key"] for page in pages for one in page["Contents"]] == ["a"]


def test_other_threads_are_mocked_too() -> None:
    with mock_lambda():
        client = make_client()
        made: list[str] = []
        threads = [
            threading.Thread(
                target=lambda n=n: made.append(client.create_queue(QueueName=f"q{n}")["QueueUrl"])
            )
            for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(made) == sorted(client.list_queues()["QueueUrls"])


def test_importing_changes_nothing() -> None:
    script = """
import os, sys
before = dict(os.environ)
import botocore.client, botocore.httpsession, responses
old = botocore.client.BaseClient._make_request, botocore.httpsession.URLLib3Session.send, responses.mock.passthru_prefixes
import mocklambda, mocklambda.session, mocklambda.cloud, mocklambda.plugin, mocklambda.intercept.botocore_client
from mocklambda.intercept import botocore_send, environ, http_send
assert dict(os.environ) == before
assert old == (
    botocore.client.BaseClient._make_request, botocore.httpsession.URLLib3Session.send, responses.mock.passthru_prefixes
)
"""
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True, timeout=60)


# -- who and where -----------------------------------------------------------------------------------------


def test_a_twelve_digit_access_key_is_an_account() -> None:
    with mock_lambda():
        other = make_client(aws_access_key_id="111122223333", aws_secret_access_key="x")
        assert other.create_queue(QueueName="q")["QueueUrl"].split("/")[3] == "111122223333"
        assert make_client().list_queues().get("QueueUrls", []) == []


def test_any_other_access_key_is_the_default_account() -> None:
    with mock_lambda():
        assert make_client(**KEYS).create_queue(QueueName="q")["QueueUrl"].split("/")[3] == "123456789012"


@pytest.mark.parametrize(
    "region", ["cn-north-1", "us-gov-west-1", "us-iso-east-1", "eu-isoe-west-1", "us-isof-south-1"]
)
def test_handlers_call_the_cloud_in_regions_of_other_partitions(region: str) -> None:
    source = "import boto3\n\ndef handler(event, context):\n    return boto3.client('sqs').list_queues()['QueueUrls']\n"
    with mock_lambda(region=region) as cloud:
        cloud.queue("q")
        (url,) = cloud.function("lists", source=source).invoke().payload
        assert url.endswith("/123456789012/q")


@pytest.mark.parametrize("wire", [False, True], ids=["fast", "wire"])
def test_regions_are_separate(wire: bool) -> None:
    with mock_lambda(wire=wire):
        make_client(region_name="eu-west-1").create_queue(QueueName="q")
        assert make_client(region_name="eu-north-1").list_queues().get("QueueUrls", []) == []
        assert len(make_client(region_name="eu-west-1").list_queues()["QueueUrls"]) == 1


# -- the guard (P19, demand 5) -----------------------------------------------------------------------------


@pytest.mark.parametrize("wire", [False, True], ids=["fast", "wire"])
def test_a_service_that_nothing_serves_is_refused_by_name_and_at_the_end_once_more(wire: bool) -> None:
    with (
        pytest.raises(UnmockedAWSCall) as at_the_end,
        mock_lambda(wire=wire),
        pytest.raises(UnmockedAWSCall) as error,
    ):
        make_client("mediaconvert", **KEYS).list_queues()
    assert at_the_end.value is error.value
    assert (error.value.service, error.value.url.split("?")[0].split("/")[2]) == (
        "mediaconvert",
        "mediaconvert.us-east-1.amazonaws.com",
    )


def test_an_operation_that_is_not_implemented_is_refused_by_name_with_the_nearest() -> None:
    with mock_lambda(guard=False):
        make_client("s3").create_bucket(Bucket="b" * 3)
        with pytest.raises(NotImplementedInMock) as error:
            make_client("s3").delete_bucket_inventory_configuration(Bucket="b" * 3, Id="1")
        assert make_client("s3").list_buckets()["Buckets"][0]["Name"] == "bbb"
    assert error.value.operation == "DeleteBucketInventoryConfiguration"
    assert "nothing was done. The nearest that it has: " in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://mediaconvert.us-east-1.amazonaws.com/",
        "http://169.254.169.254/latest/meta-data/",
        "http://169.254.170.2/v2/credentials",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "https://vpce-0123.execute-api.us-east-1.vpce.amazonaws.com/x",
        "https://abcdef.lambda-url.us-east-1.on.aws/",
    ],
)
def test_requests_to_aws_by_other_ways_do_not_leave_either(url: str) -> None:
    with mock_lambda(guard=False):
        try:
            answer = requests.get(url, timeout=5)
        except UnmockedAWSCall:
            return
        assert answer.status_code in {403, 404}


def test_a_caught_refusal_is_no_error_with_the_guard_off() -> None:
    with mock_lambda(guard=False), pytest.raises(UnmockedAWSCall):
        make_client("mediaconvert").list_queues()


# -- everything else is untouched (P18) --------------------------------------------------------------------


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"from the site"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = b'{"QueueUrl": "http://elsewhere/q"}'
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Keep quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def by_requests(url: str) -> bytes:
    with requests.Session() as session:
        return session.get(url, timeout=5).content


def by_urllib(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read()


def by_urllib3(url: str) -> bytes:
    with urllib3.PoolManager() as pool:
        return pool.request("GET", url).data


@pytest.mark.parametrize("fetch", [by_requests, by_urllib, by_urllib3])
def test_traffic_to_other_hosts_passes(mock_lambda: Any, site: str, fetch: Any) -> None:
    assert fetch(site) == b"from the site"


@pytest.mark.parametrize("wire", [False, True], ids=["fast", "wire"])
def test_a_client_with_an_endpoint_of_its_own_is_left_alone(site: str, wire: bool) -> None:
    with mock_lambda(wire=wire):
        client = make_client(endpoint_url=site)
        assert client.get_queue_url(QueueName="q")["QueueUrl"] == "http://elsewhere/q"
        client.close()


# -- company: responses and moto, in both orders -----------------------------------------------------------


def both(url: str) -> tuple[int, str]:
    queue_url = make_client().create_queue(QueueName="q")["QueueUrl"]
    return requests.get(url, timeout=5).status_code, queue_url.rpartition("/")[2]


def test_responses_inside_mocks_what_is_not_aws(mock_lambda: Any) -> None:
    with responses.RequestsMock() as mocked:
        mocked.get("https://example.com/", status=418)
        assert both("https://example.com/") == (418, "q")


def test_responses_outside_mocks_what_is_not_aws() -> None:
    with responses.RequestsMock() as mocked, mock_lambda():
        mocked.get("https://example.com/", status=418)
        assert both("https://example.com/") == (418, "q")


@pytest.mark.parametrize("order", ["inside", "outside"])
def test_the_default_responses_mock_lets_presigned_urls_through(order: str) -> None:
    def act() -> None:
        s3 = make_client("s3")
        s3.create_bucket(Bucket="pictures")
        s3.put_object(Bucket="pictures", Key="a", Body=b"bytes")
        responses.get("https://example.com/", status=418)
        url = s3.generate_presigned_url("get_object", Params={"Bucket": "pictures", "Key": "a"})
        assert requests.get(url, timeout=5).content == b"bytes"
        assert requests.get("https://example.com/", timeout=5).status_code == 418

    before = responses.mock.passthru_prefixes
    if order == "inside":
        mock_lambda()(responses.activate(act))()
    else:
        responses.activate(mock_lambda()(act))()
    assert responses.mock.passthru_prefixes == before


def presigned() -> str:
    s3 = make_client("s3")
    s3.create_bucket(Bucket="pictures")
    s3.put_object(Bucket="pictures", Key="a", Body=b"bytes")
    return s3.generate_presigned_url("get_object", Params={"Bucket": "pictures", "Key": "a"})


def test_any_responses_mock_lets_presigned_urls_through_also_once_it_was_reset(mock_lambda: Any) -> None:
    url = presigned()
    with responses.RequestsMock() as mocked:
        assert requests.get(url, timeout=5).content == b"bytes"
        assert len(mocked.calls) == 0
    for _ in range(2):  # each resets the default one at its end
        responses.activate(lambda: requests.get(url, timeout=5))()
    responses.reset()


@pytest.mark.parametrize("registry", [None, responses.registries.OrderedRegistry])
def test_a_responses_mock_answers_an_aws_url_that_it_knows_itself(mock_lambda: Any, registry: Any) -> None:
    url = presigned()
    options = {} if registry is None else {"registry": registry}
    with responses.RequestsMock(**options) as mocked:
        mocked.get(url.partition("?")[0], body="its own")
        assert requests.get(url, timeout=5).text == "its own"
        assert len(mocked.calls) == 1


def test_responses_imported_inside_and_outside_a_cloud_is_as_it_was() -> None:
    script = """
from mocklambda import mock_lambda
with mock_lambda():
    import responses
    inside = responses.RequestsMock._on_request
assert responses.RequestsMock._on_request is not inside
"""
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True, timeout=60)


UPLOADS = """
import io
import boto3
from boto3.s3.transfer import TransferConfig

def handler(event, context):
    config = TransferConfig(preferred_transfer_client="crt", multipart_threshold=5 << 20)
    boto3.client("s3").upload_fileobj(io.BytesIO(bytes(6 << 20)), "pictures", "big", Config=config)
"""


@pytest.mark.parametrize("wire", [False, True], ids=["fast", "wire"])
def test_transfers_that_prefer_awscrt_go_through_clients_in_tests_and_in_handlers(wire: bool) -> None:
    with mock_lambda(wire=wire) as cloud:
        pictures = cloud.bucket("pictures")
        scope: dict[str, Any] = {}
        exec(UPLOADS, scope)
        scope["handler"](None, None)
        assert len(pictures.get("big")) == 6 << 20
        pictures.delete("big")
        assert cloud.function("uploads", source=UPLOADS, memory=512).invoke().error is None
        assert pictures.keys() == ["big"]


@pytest.mark.parametrize("order", ["inside", "outside"])
def test_moto_answers_for_its_services_and_we_for_ours(order: str) -> None:
    from moto import mock_aws

    def act() -> None:
        table = {"TableName": "t", "BillingMode": "PAY_PER_REQUEST"}
        key = {
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
        }
        make_client("dynamodb").create_table(**table, **key)
        assert make_client("dynamodb").list_tables()["TableNames"] == ["t"]
        cloud = mocklambda.current()
        fn = cloud.function("fn", source="def handler(event, context):\n    return event\n")
        assert fn.invoke(7).payload == 7

    if order == "inside":
        with mock_lambda(), mock_aws():
            act()
    else:
        with mock_aws(), mock_lambda():
            act()
    before = [vars(owner)[name] for owner, name in PATCHED]
    assert not any("mocklambda" in getattr(old, "__module__", "") for old in before)


def test_what_moto_was_told_before_is_there_and_stays() -> None:
    from moto import mock_aws

    with mock_aws():
        make_client("secretsmanager").create_secret(Name="password", SecretString="x")
        with mock_lambda():
            assert make_client("secretsmanager").get_secret_value(SecretId="password")["SecretString"] == "x"
        assert make_client("secretsmanager").get_secret_value(SecretId="password")["SecretString"] == "x"


# -- retries (P20) and errors ------------------------------------------------------------------------------


def test_no_call_is_repeated_or_slept_over_at_the_fast_seam() -> None:
    with mock_lambda() as cloud:
        cloud.faults.fail("sqs", "ListQueues", "ThrottlingException", times=2, status=400)
        with pytest.raises(ClientError) as error:
            make_client().list_queues()
        assert error.value.response["ResponseMetadata"]["RetryAttempts"] == 0
        with pytest.raises(ClientError):
            make_client().list_queues()
        make_client().list_queues()


def test_the_sdk_retries_for_real_on_the_wire() -> None:
    with mock_lambda(wire=True) as cloud:
        cloud.faults.fail("sqs", "ListQueues", "ThrottlingException", times=1, status=400)
        client = make_client(config=Config(retries={"total_max_attempts": 2, "mode": "standard"}))
        assert client.list_queues()["ResponseMetadata"]["RetryAttempts"] == 1


@pytest.mark.parametrize("wire", [False, True], ids=["fast", "wire"])
def test_events_of_the_sdk_are_still_emitted(wire: bool) -> None:
    seen: list[str] = []
    with mock_lambda(wire=wire):
        client = make_client()
        for event in ("provide-client-params", "before-parameter-build", "before-call", "after-call"):
            client.meta.events.register(
                f"{event}.sqs.ListQueues", lambda event_name, **_: seen.append(event_name.split(".")[0])
            )
        client.list_queues()
    assert seen == ["provide-client-params", "before-parameter-build", "before-call", "after-call"]


# -- presigned URLs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("wire", [False, True], ids=["fast", "wire"])
def test_presigned_urls_work_through_requests(wire: bool) -> None:
    with mock_lambda(wire=wire):
        s3 = make_client("s3")
        s3.create_bucket(Bucket="pictures")
        put = s3.generate_presigned_url("put_object", Params={"Bucket": "pictures", "Key": "a b"})
        assert requests.put(put, data=b"bytes", timeout=5).status_code == 200
        get = s3.generate_presigned_url("get_object", Params={"Bucket": "pictures", "Key": "a b"})
        assert requests.get(get, timeout=5).content == b"bytes"
        form = s3.generate_presigned_post("pictures", "posted")
        posted = requests.post(
            form["url"], data=form["fields"], files={"file": io.BytesIO(b"more")}, timeout=5
        )
        assert posted.status_code == 204
        assert s3.get_object(Bucket="pictures", Key="posted")["Body"].read() == b"more"


def test_a_presigned_url_expires_on_the_virtual_clock() -> None:
    with mock_lambda() as cloud:
        s3 = make_client("s3")
        s3.create_bucket(Bucket="pictures")
        s3.put_object(Bucket="pictures", Key="a", Body=b"bytes")
        url = s3.generate_presigned_url("get_object", Params={"Bucket": "pictures", "Key": "a"}, ExpiresIn=60)
        cloud.advance(seconds=61)
        assert requests.get(url, timeout=5).status_code == 403


@pytest.mark.parametrize(
    "url", ["https://mediaconvert.us-east-1.amazonaws.com/", "http://169.254.169.254/latest/meta-data/"]
)
def test_connections_that_nothing_answers_in_process_are_refused_too(url: str) -> None:
    with pytest.raises(UnmockedAWSCall) as at_the_end, mock_lambda(), pytest.raises(UnmockedAWSCall) as error:
        urllib.request.urlopen(url, timeout=5)
    assert at_the_end.value is error.value
    assert error.value.url == url.split("/")[2]


def test_connections_of_an_event_loop_are_refused_too() -> None:
    async def connect() -> None:
        await asyncio.open_connection("sqs.us-east-1.amazonaws.com", 443)

    with mock_lambda(guard=False), pytest.raises(UnmockedAWSCall):
        asyncio.run(connect())


# -- connections of handlers -------------------------------------------------------------------------------

CONNECTING = """
import asyncio, socket, urllib.request
import requests

def by_requests(host):
    requests.get(f"http://{host}/", timeout=5)

def by_urllib(host):
    urllib.request.urlopen(f"https://{host}/", timeout=5)

def by_socket(host):
    socket.create_connection((host, 443), timeout=5)

def by_event_loop(host):
    asyncio.run(asyncio.open_connection(host, 443))

def handler(event, context):
    try:
        globals()[event["way"]](event["host"])
    except OSError as error:
        return str(error)
"""


@pytest.mark.parametrize("way", ["by_urllib", "by_socket", "by_event_loop"])
@pytest.mark.parametrize(
    "host",
    [
        "sqs.us-east-1.amazonaws.com",
        "MediaConvert.eu-west-1.amazonaws.com.",
        "lambda.us-iso-east-1.c2s.ic.gov",
    ],
)
def test_connections_that_a_handler_opens_to_aws_by_itself_are_refused_and_fail_the_test(
    host: str, way: str
) -> None:
    mock = mock_lambda()
    function = mock.start().function("connecting", source=CONNECTING)
    told = function.invoke({"way": way, "host": host}).payload
    with pytest.raises(UnmockedAWSCall) as at_the_end:
        mock.stop()
    assert str(at_the_end.value) in told
    assert at_the_end.value.url == host.lower().rstrip(".")
    assert "AWS_ENDPOINT_URL" in told


@pytest.mark.parametrize("way", ["by_requests", "by_urllib", "by_socket"])
@pytest.mark.parametrize("host", ["169.254.169.254", "169.254.170.2"])
def test_a_handler_finds_no_metadata_service_as_on_lambda(mock_lambda: Any, host: str, way: str) -> None:
    function = mock_lambda.function("connecting", source=CONNECTING)
    assert "No route to host" in function.invoke({"way": way, "host": host}).payload


def test_connections_of_a_handler_to_other_hosts_pass(mock_lambda: Any, site: str) -> None:
    source = """
import urllib.request

def handler(url, context):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read().decode()
"""
    assert mock_lambda.function("connecting", source=source).invoke(site).payload == "from the site"
