"""boto3 against a server of its own, over real HTTP and in real time."""

from __future__ import annotations

import io
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from botocore.exceptions import ClientError
from urllib3.exceptions import ProtocolError

from tests.promises.streaming_support import bootstrap
from tests.server.live import ROLE, create, eventually, in_background

ECHO = "def handler(event, context):\n    return event"


def test_a_function_runs_and_answers(live):
    functions = live.client("lambda")
    create(functions, "echo", ECHO)
    reply = functions.invoke(FunctionName="echo", Payload=b'{"a": 1}')
    assert json.loads(reply["Payload"].read()) == {"a": 1}


def test_a_response_stream_is_sent_as_events(live):
    functions = live.client("lambda")
    create(functions, "echo", ECHO)
    stream = functions.invoke_with_response_stream(FunctionName="echo", Payload=b'{"a": 1}')["EventStream"]
    assert (
        b"".join(event["PayloadChunk"]["Payload"] for event in stream if "PayloadChunk" in event)
        == b'{"a": 1}'
    )


def test_a_chunk_of_a_stream_is_sent_when_it_is_made(live):
    functions, queues = live.client("lambda"), live.client("sqs")
    functions.create_function(
        FunctionName="fn",
        Runtime="provided.al2023",
        Role=ROLE,
        Handler="any",
        Timeout=20,
        Code={"ZipFile": bootstrap()},
    )
    queue = queues.create_queue(QueueName="go-on")["QueueUrl"]
    event = json.dumps({"chunks": ["a"], "queue": queue})
    stream = iter(functions.invoke_with_response_stream(FunctionName="fn", Payload=event)["EventStream"])
    assert next(stream) == {"PayloadChunk": {"Payload": b"a"}}
    for text in ("b", "end"):
        queues.send_message(QueueUrl=queue, MessageBody=text)
    assert list(stream) == [{"PayloadChunk": {"Payload": b"b"}}, {"InvokeComplete": {}}]


def test_queue_urls_lead_back_to_the_server(live):
    queues = live.client("sqs")
    url = queues.create_queue(QueueName="jobs")["QueueUrl"]
    queues.send_message(QueueUrl=url, MessageBody="hello")
    messages = queues.receive_message(QueueUrl=url)["Messages"]
    assert (url, [message["Body"] for message in messages]) == (
        f"{live.url}/queue/us-east-1/123456789012/jobs",
        ["hello"],
    )


def test_accounts_and_regions_are_separate(live):
    for account, region in (("111111111111", "eu-west-1"), ("222222222222", "us-east-1")):
        live.client("sqs", account=account, region=region).create_queue(QueueName=f"of-{account}")
    here = live.client("sqs", account="111111111111", region="eu-west-1").list_queues()["QueueUrls"]
    assert here == [f"{live.url}/queue/eu-west-1/111111111111/of-111111111111"]


def test_streams_speak_cbor_and_json(live):
    streams = live.client("kinesis")
    streams.create_stream(StreamName="s", ShardCount=1)
    streams.get_waiter("stream_exists").wait(StreamName="s")
    streams.put_record(StreamName="s", Data=b"\x00\xff", PartitionKey="k")
    shard = streams.get_shard_iterator(
        StreamName="s", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )
    records = streams.get_records(ShardIterator=shard["ShardIterator"])["Records"]
    assert [record["Data"] for record in records] == [b"\x00\xff"]


@pytest.fixture
def subscribed(live):
    """Return a client, and what subscribes a consumer of its stream "s" from the beginning."""
    streams = live.client("kinesis")
    streams.create_stream(StreamName="s", ShardCount=1)
    streams.get_waiter("stream_exists").wait(StreamName="s")
    stream = streams.describe_stream(StreamName="s")["StreamDescription"]["StreamARN"]
    consumer = streams.register_stream_consumer(StreamARN=stream, ConsumerName="c")["Consumer"]["ConsumerARN"]
    eventually(
        lambda: streams.describe_stream_consumer(ConsumerARN=consumer)["ConsumerDescription"][
            "ConsumerStatus"
        ],
        "ACTIVE",
    )
    return streams, lambda: streams.subscribe_to_shard(
        ConsumerARN=consumer, ShardId="shardId-000000000000", StartingPosition={"Type": "TRIM_HORIZON"}
    )["EventStream"]


def data_of(event):
    return [record["Data"] for record in event["SubscribeToShardEvent"]["Records"]]


def put(streams, *data):
    streams.put_records(StreamName="s", Records=[{"Data": one, "PartitionKey": "k"} for one in data])


def test_a_subscriber_is_sent_what_the_stream_holds_and_what_comes(subscribed):
    streams, subscribe = subscribed
    put(streams, b"kept")
    with closing(subscribe()) as subscription:
        events = iter(subscription)
        assert data_of(next(events)) == [b"kept"]
        for batch in ([b"a"], [b"b", b"c"]):
            came, began = in_background(lambda: next(events)), time.monotonic()
            put(streams, *batch)
            assert data_of(came()) == batch
            assert time.monotonic() - began < 3


def test_a_subscriber_is_sent_an_empty_event_when_nothing_has_come_for_a_while(subscribed):
    with closing(subscribed[1]()) as subscription:
        events = iter(subscription)
        first, began = next(events), time.monotonic()
        assert [data_of(first), data_of(next(events))] == [[], []]
        assert 4 < time.monotonic() - began < 8


def test_a_subscriber_is_told_of_the_children_of_a_shard_that_is_split_and_no_more(subscribed):
    streams, subscribe = subscribed
    with closing(subscribe()) as subscription:
        events = iter(subscription)
        next(events)
        rest = in_background(lambda: list(events))
        streams.split_shard(StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey="5")
        children = [event["SubscribeToShardEvent"].get("ChildShards", []) for event in rest()]
    assert [child["ShardId"][-1] for child in children[-1]] == ["1", "2"]


def test_a_subscriber_that_leaves_can_come_again(subscribed):
    streams, subscribe = subscribed
    with closing(subscribe()) as subscription:
        next(iter(subscription))
    put(streams, b"late")

    def first():
        try:
            with closing(subscribe()) as subscription:
                return data_of(next(iter(subscription)))
        except ClientError as error:
            return error.response["Error"]["Code"]

    assert first() == "ResourceInUseException"
    assert eventually(first, [b"late"]) == [b"late"]


def test_a_subscription_ends_with_the_server_s_state(live, subscribed):
    with closing(subscribed[1]()) as subscription:
        events = iter(subscription)
        next(events)
        rest = in_background(lambda: list(events))
        live.reset()
        with pytest.raises(ProtocolError, match="ended prematurely"):
            rest()


def test_an_error_is_the_services_own(live):
    with pytest.raises(ClientError) as caught:
        live.client("lambda").get_function(FunctionName="none")
    assert caught.value.response["Error"] == {
        "Code": "ResourceNotFoundException",
        "Message": "Function not found: arn:aws:lambda:us-east-1:123456789012:function:none",
    }


def test_a_service_that_nobody_serves_is_named(live):
    with pytest.raises(ClientError, match="gamelift is not served") as caught:
        live.client("gamelift").list_builds()
    error = caught.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("UnmockedAWSCall", 501)


def test_other_services_are_answered_by_moto(live):
    pytest.importorskip("moto")
    tables = live.client("dynamodb")
    tables.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    tables.put_item(TableName="t", Item={"id": {"S": "1"}})
    assert tables.scan(TableName="t")["Items"] == [{"id": {"S": "1"}}]


def test_a_big_object_goes_in_and_comes_out(live):
    store = live.client("s3")
    store.create_bucket(Bucket="big")
    content = bytes(range(256)) * (20 << 12)
    store.put_object(Bucket="big", Key="deep//key with ünicode+", Body=io.BytesIO(content))
    got = store.get_object(Bucket="big", Key="deep//key with ünicode+")
    assert b"".join(got["Body"].iter_chunks(1 << 20)) == content


def test_a_part_of_an_object_is_sent_alone(live):
    store = live.client("s3")
    store.create_bucket(Bucket="parts")
    store.put_object(Bucket="parts", Key="k", Body=b"0123456789")
    got = store.get_object(Bucket="parts", Key="k", Range="bytes=2-4")
    assert (got["ResponseMetadata"]["HTTPStatusCode"], got["Body"].read()) == (206, b"234")


def test_an_objects_head_has_its_length_and_no_body(live):
    store = live.client("s3")
    store.create_bucket(Bucket="heads")
    store.put_object(Bucket="heads", Key="k", Body=b"0123456789", Metadata={"with_underscore": "x"})
    head = store.head_object(Bucket="heads", Key="k")
    assert (head["ContentLength"], head["Metadata"]) == (10, {"with_underscore": "x"})


def test_an_object_that_has_not_changed_is_not_sent(live):
    store = live.client("s3")
    store.create_bucket(Bucket="known")
    tag = store.put_object(Bucket="known", Key="k", Body=b"0123456789")["ETag"]
    with pytest.raises(ClientError, match="Not Modified") as caught:
        store.get_object(Bucket="known", Key="k", IfNoneMatch=tag)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 304


def test_a_presigned_url_is_good_for_plain_http(live):
    store = live.client("s3")
    store.create_bucket(Bucket="signed")
    put = store.generate_presigned_url("put_object", {"Bucket": "signed", "Key": "k"})
    get = store.generate_presigned_url("get_object", {"Bucket": "signed", "Key": "k"})
    live.ask("PUT", put.removeprefix(live.url), b"by hand")
    status, _, body = live.ask("GET", get.removeprefix(live.url))
    assert (status, body) == (200, b"by hand")


def test_a_long_poll_on_an_empty_queue_waits_for_real(live):
    queues = live.client("sqs")
    url = queues.create_queue(QueueName="empty")["QueueUrl"]
    began = time.monotonic()
    reply = queues.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    assert ("Messages" in reply, 0.9 < time.monotonic() - began < 5) == (False, True)


def test_a_long_poll_is_answered_by_what_another_client_sends(live):
    queues = live.client("sqs")
    url = queues.create_queue(QueueName="jobs")["QueueUrl"]
    poll = in_background(lambda: live.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20))
    queues.send_message(QueueUrl=url, MessageBody="now")
    assert [message["Body"] for message in poll()["Messages"]] == ["now"]


def test_a_long_poll_ends_when_time_is_advanced(live):
    queues = live.client("sqs")
    url = queues.create_queue(QueueName="jobs")["QueueUrl"]
    queues.send_message(QueueUrl=url, MessageBody="late", DelaySeconds=600)
    poll = in_background(lambda: live.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20))
    while "Messages" not in (
        reply := {} if live.control("POST", "advance", {"minutes": 11})[0] != 200 else poll()
    ):
        pass
    assert [message["Body"] for message in reply["Messages"]] == ["late"]


def test_a_delayed_message_reaches_its_function_with_nobody_calling(live):
    functions, queues = live.client("lambda"), live.client("sqs")
    source, target = (queues.create_queue(QueueName=name)["QueueUrl"] for name in ("source", "target"))
    create(
        functions,
        "forward",
        "import boto3\n"
        "def handler(event, context):\n"
        "    for record in event['Records']:\n"
        f"        boto3.client('sqs').send_message(QueueUrl={target!r}, MessageBody=record['body'])\n",
    )
    functions.create_event_source_mapping(
        FunctionName="forward", EventSourceArn="arn:aws:sqs:us-east-1:123456789012:source"
    )
    queues.send_message(QueueUrl=source, MessageBody="later", DelaySeconds=1)
    reply = queues.receive_message(QueueUrl=target, WaitTimeSeconds=20)
    assert [message["Body"] for message in reply["Messages"]] == ["later"]


def test_a_function_that_a_timer_has_set_off_does_not_stop_time(live):
    functions, queues = live.client("lambda"), live.client("sqs")
    url = queues.create_queue(QueueName="source")["QueueUrl"]
    create(functions, "slow", "import time\ndef handler(event, context):\n    time.sleep(2)\n")
    functions.create_event_source_mapping(
        FunctionName="slow", EventSourceArn="arn:aws:sqs:us-east-1:123456789012:source"
    )
    queues.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=1)
    time.sleep(1.2)
    first = live.control("GET", "health")[1]["now"]
    time.sleep(0.1)
    assert live.control("GET", "health")[1]["now"] > first


def test_many_clients_are_answered_at_once(live):
    functions = live.client("lambda", max_pool_connections=8)
    create(
        functions, "slow", "import time\ndef handler(event, context):\n    time.sleep(0.5)\n    return event"
    )

    def invoke(number):
        return json.loads(
            functions.invoke(FunctionName="slow", Payload=str(number).encode())["Payload"].read()
        )

    invoke(0)
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(invoke, range(8)))
    assert (found, time.monotonic() - began < 3.5) == (list(range(8)), True)


def test_an_asynchronous_invocation_is_retried_when_time_is_advanced(live):
    functions = live.client("lambda")
    create(functions, "broken", "def handler(event, context):\n    raise ValueError('no')")
    functions.invoke(FunctionName="broken", InvocationType="Event", Payload=b"{}")
    live.control("POST", "settle")
    live.control("POST", "advance", {"minutes": 4})
    _, told = live.control("GET", "invocations?function=broken")
    assert [one["attempt"] for one in told["invocations"]] == [1, 2, 3]


def test_what_is_set_off_is_not_waited_for(live):
    functions = live.client("lambda")
    create(functions, "slow", "import time\ndef handler(event, context):\n    time.sleep(0.5)")
    functions.invoke(FunctionName="slow", InvocationType="Event", Payload=b"{}")
    at_once = live.control("GET", "invocations")[1]["invocations"]
    later = eventually(lambda: len(live.control("GET", "invocations")[1]["invocations"]), 1)
    assert (at_once, later) == ([], 1)
