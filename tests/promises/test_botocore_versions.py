"""The services, their sugar and handlers work with whatever botocore is installed: `make oldest` runs these with the
oldest that is promised, the whole suite with the newest.
"""

from __future__ import annotations

from typing import Any

import boto3
import pytest
import requests

from mocklambda import mock_lambda

FIRST = (
    ("application-autoscaling", "describe_scalable_targets", {"ServiceNamespace": "lambda"}),
    ("dynamodbstreams", "list_streams", {}),
    ("events", "list_rules", {}),
    ("kinesis", "list_streams", {}),
    ("lambda", "list_functions", {}),
    ("s3", "list_buckets", {}),
    ("scheduler", "list_schedules", {}),
    ("sns", "list_topics", {}),
    ("sqs", "list_queues", {}),
)
ECHO = "def handler(event, context):\n    return event\n"
STORES = """
import boto3

def handler(event, context):
    boto3.client("s3").put_object(Bucket="kept", Key=event["Records"][0]["eventID"], Body=b"bytes")
"""


@pytest.fixture(params=[False, True], ids=["fast", "wire"])
def cloud(request: Any) -> Any:
    with mock_lambda(wire=request.param) as started:
        yield started


@pytest.mark.parametrize(("service", "operation", "params"), FIRST)
def test_every_service_answers(cloud: Any, service: str, operation: str, params: dict[str, Any]) -> None:
    answer = getattr(boto3.client(service, region_name="us-east-1"), operation)(**params)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_objects_and_their_presigned_urls_and_errors_are_read(cloud: Any) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="a b", Body=b"bytes", Metadata={"a": "b"})
    answer = s3.get_object(Bucket="kept", Key="a b")
    assert (answer["Body"].read(), answer["Metadata"]) == (b"bytes", {"a": "b"})
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "kept", "Key": "a b"})
    assert requests.get(url, timeout=5).content == b"bytes"
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket="kept", Key="none")
    sqs = boto3.client("sqs", region_name="us-east-1")
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_url(QueueName="none")


def test_a_queue_and_an_upload_and_a_url_run_a_function(cloud: Any) -> None:
    done = cloud.queue("done")
    echo = cloud.function("echo", source=ECHO, on_success=done)
    queue, uploads = cloud.queue("queue"), cloud.bucket("uploads")
    echo.on_queue(queue)
    echo.on_upload(uploads)
    queue.send("hello", kind="greeting")
    uploads.put("a", "b")
    assert [one.error for one in echo.invocations] == [None, None]
    assert done.receive()[0]["Attributes"]["ApproximateReceiveCount"] == "1"
    assert echo.url().get("/hello").json()["rawPath"] == "/hello"


def test_a_stream_runs_a_function_which_calls_a_service_itself(cloud: Any) -> None:
    kept, stream = cloud.bucket("kept"), cloud.stream("stream")
    cloud.function("store", source=STORES).on_stream(stream)
    stream.put("record")
    assert len(kept.keys()) == 1


def test_retries_schedules_topics_and_rules_run_a_function(cloud: Any) -> None:
    given_up, topic = cloud.queue("given-up"), cloud.topic("topic")
    function = cloud.function(
        "fails", source="def handler(event, context):\n    1 / 0\n", on_failure=given_up
    )
    function.on_topic(topic)
    topic.publish("hello")
    function.on_rule({"source": ["mine"]})
    cloud.api("events", "PutEvents", Entries=[{"Source": "mine", "DetailType": "thing", "Detail": "{}"}])
    cloud.advance(minutes=5)
    assert sorted(one.attempt for one in function.invocations) == [1, 1, 2, 2, 3, 3]
    function.on_schedule("rate(1 hour)")
    cloud.advance(minutes=65)
    assert len(given_up.messages) == 2 + 2
