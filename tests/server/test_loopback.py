"""What a handler runs, other than Python's own SDK in its own process, reaches the same cloud over HTTP."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time

import pytest

from mocklambda import UnmockedAWSCall, mock_lambda
from tests.server.live import code

RUNS = """
import os, subprocess, sys
def handler(event, context):
    done = subprocess.run([sys.executable, "-c", event["program"]], capture_output=True, text=True)
    return {"out": done.stdout, "err": done.stderr[-2000:], "endpoint": os.environ["AWS_ENDPOINT_URL"]}
"""
WITH_SDK = "import boto3\nclient = lambda name: boto3.client(name)\n"
WITH_URLLIB = """
import os, urllib.request, urllib.parse
form = urllib.parse.urlencode({"Action": "SendMessage", "MessageBody": "by form", "Version": "2012-11-05"})
scope = os.environ["AWS_ACCESS_KEY_ID"] + "/20240101/" + os.environ["AWS_REGION"] + "/sqs/aws4_request"
request = urllib.request.Request(
    os.environ["AWS_ENDPOINT_URL"] + "/123456789012/jobs",
    form.encode(),
    {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"},
)
print(urllib.request.urlopen(request).status)
"""


@pytest.fixture
def runner():
    with mock_lambda(region="eu-west-1") as cloud:
        yield cloud, cloud.function("runner", "app.handler", source=code(RUNS), timeout=30)


def listeners():
    return [thread.name for thread in threading.enumerate() if thread.name == "mocklambda-gateway"]


def test_an_sdk_in_a_process_of_the_handlers_sees_the_same_account_and_region(runner):
    cloud, function = runner
    cloud.queue("jobs")
    program = WITH_SDK + "print(client('sqs').list_queues()['QueueUrls'][0].split('/', 3)[3])"
    result = function.invoke({"program": program})
    assert (result.payload["err"], result.payload["out"]) == ("", "queue/eu-west-1/123456789012/jobs\n")


def test_the_tests_call_returns_after_what_such_a_process_has_set_off(runner):
    cloud, function = runner
    queue = cloud.queue("jobs")
    slow = "import time\ndef handler(event, context):\n    time.sleep(0.3)\n    return event['Records'][0]['body']"
    consumer = cloud.function("consumer", "app.handler", source=code(slow))
    consumer.on_queue(queue)
    program = WITH_SDK + f"client('sqs').send_message(QueueUrl={queue.url!r}, MessageBody='on')"
    function.invoke({"program": program})
    assert [one.result for one in cloud.invocations("consumer")] == ["on"]


def test_plain_http_reaches_a_queue(runner):
    cloud, function = runner
    queue = cloud.queue("jobs")
    result = function.invoke({"program": WITH_URLLIB})
    assert (result.payload["err"], result.payload["out"]) == ("", "200\n")
    assert [message.body for message in queue.messages] == ["by form"]


def test_such_a_process_may_invoke_functions_and_wait_for_them(runner):
    cloud, function = runner
    cloud.function("inner", "app.handler", source=code("def handler(event, context):\n    return event + 1"))
    program = (
        WITH_SDK + "print(client('lambda').invoke(FunctionName='inner', Payload=b'1')['Payload'].read())"
    )
    assert function.invoke({"program": program}).payload["out"] == "b'2'\n"


def test_such_a_process_may_wait_for_a_message_on_virtual_time(runner):
    cloud, function = runner
    queue = cloud.queue("jobs")
    queue.send("late", delay=15)
    program = WITH_SDK + (
        f"print(client('sqs').receive_message(QueueUrl={queue.url!r}, WaitTimeSeconds=20)['Messages'][0]['Body'])"
    )
    began = time.monotonic()
    result = function.invoke({"program": program})
    assert (result.payload["out"], time.monotonic() - began < 10) == ("late\n", True)


def test_other_services_are_answered_there_too(runner):
    pytest.importorskip("moto")
    _, function = runner
    program = WITH_SDK + (
        "client('ssm').put_parameter(Name='p', Value='v', Type='String')\n"
        "print(client('ssm').get_parameter(Name='p')['Parameter']['Value'])"
    )
    assert function.invoke({"program": program}).payload["out"] == "v\n"


def test_what_nobody_serves_fails_the_test_at_its_end():
    program = WITH_SDK + "client('gamelift').list_builds()"
    mock = mock_lambda()
    function = mock.start().function("runner", "app.handler", source=code(RUNS), timeout=30)
    error = function.invoke({"program": program}).payload["err"]
    with pytest.raises(UnmockedAWSCall, match="gamelift"):
        mock.stop()
    assert "(UnmockedAWSCall)" in error


def test_nothing_listens_before_an_environment_starts_nor_after_the_end():
    with mock_lambda() as cloud:
        function = cloud.function("runner", "app.handler", source=code(RUNS), timeout=30)
        before = listeners()
        address = function.invoke({"program": ""}).payload["endpoint"]
        during = listeners()
    host, _, port = address.removeprefix("http://").rpartition(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=5)
    assert (before, during, listeners()) == ([], ["mocklambda-gateway"], [])


def test_what_speaks_http_is_loaded_with_the_first_connection():
    program = """
import http.client, sys
from mocklambda import mock_lambda
with mock_lambda() as cloud:
    host = cloud.endpoint_url.removeprefix("http://")
    before = "werkzeug" in sys.modules
    connection = http.client.HTTPConnection(host)
    connection.request("GET", "/")
    connection.getresponse().read()
    print(before, "werkzeug" in sys.modules)
"""
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (told.stderr, told.stdout) == ("", "False True\n")


def test_it_ends_with_a_connection_left_open():
    with mock_lambda() as cloud:
        function = cloud.function("runner", "app.handler", source=code(RUNS), timeout=30)
        address = function.invoke({"program": ""}).payload["endpoint"]
        host, _, port = address.removeprefix("http://").rpartition(":")
        connection = socket.create_connection((host, int(port)), timeout=5)
        connection.sendall(b"GET /")
    assert connection.recv(1) == b""
    connection.close()
