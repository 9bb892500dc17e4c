"""Clients of aiobotocore are answered by the same cloud: awaited, and by default without bytes.

It pins an older botocore than the newest boto3 does: `make aio` runs these where it is installed.
"""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from streaming_support import bootstrap

from mocklambda import UnmockedAWSCall, mock_lambda

aiobotocore = pytest.importorskip("aiobotocore.session", reason="aiobotocore is not installed")
AioConfig = pytest.importorskip("aiobotocore.config").AioConfig
pytestmark = pytest.mark.asyncio

ECHO = "def handler(event, context):\n    return event\n"
CALLS_BACK = """
import urllib.request

def handler(event, context):
    return urllib.request.urlopen(event, timeout=20).read().decode()
"""
IMPORTED_LATE = """
import asyncio
from mocklambda import mock_lambda

async def test():
    from aiobotocore.session import get_session
    async with get_session().create_client("sqs", region_name="us-east-1") as sqs:
        return await sqs.create_queue(QueueName="q")

with mock_lambda():
    print(asyncio.run(test())["QueueUrl"])
"""


def client(service, **options):
    return aiobotocore.get_session().create_client(service, region_name="us-east-1", **options)


@pytest.fixture(params=[False, True], ids=["parsed", "wire"])
def cloud(request):
    with mock_lambda(wire=request.param) as started:
        yield started


async def test_a_message_is_sent_and_received(cloud):
    queue = cloud.queue("q")
    async with client("sqs") as sqs:
        await sqs.send_message(QueueUrl=queue.url, MessageBody="m")
        received = await sqs.receive_message(QueueUrl=queue.url)
    assert [message["Body"] for message in received["Messages"]] == ["m"]


@pytest.mark.parametrize("wire", [False, True])
async def test_a_client_made_before_the_start_without_credentials_is_caught(monkeypatch, wire):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    async with client("sqs") as sqs:
        with mock_lambda(wire=wire) as cloud:
            cloud.queue("q")
            listed = await sqs.list_queues()
    assert [url.rpartition("/")[2] for url in listed["QueueUrls"]] == ["q"]


async def test_an_account_is_told_by_its_key(cloud):
    async with client("sts", aws_access_key_id="111122223333", aws_secret_access_key="x") as sts:
        pytest.importorskip("moto")
        assert (await sts.get_caller_identity())["Account"] == "111122223333"


async def test_a_function_is_invoked_and_what_it_sends_has_arrived(cloud):
    queue = cloud.queue("q")
    sends = f"import boto3\ndef handler(event, context):\n    boto3.client('sqs').send_message(QueueUrl={queue.url!r}, MessageBody='m')\n    return event\n"
    cloud.function("f", source=sends)
    async with client("lambda") as functions:
        reply = await functions.invoke(FunctionName="f", Payload=b"[1]")
        async with reply["Payload"] as payload:
            assert json.loads(await payload.read()) == [1]
    assert [message.body for message in queue.messages] == ["m"]


async def test_the_loop_goes_on_while_a_function_runs(cloud):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.0 200 OK\r\n\r\nfrom the loop")
        await writer.drain()
        writer.close()

    cloud.function("f", source=CALLS_BACK, timeout=30)
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, client("lambda") as functions:
        reply = await functions.invoke(FunctionName="f", Payload=json.dumps(url).encode())
        assert json.loads(await reply["Payload"].read()) == "from the loop"


async def test_calls_gathered_run_at_once(cloud):
    cloud.function("f", source=ECHO)
    async with client("lambda") as functions:
        replies = await asyncio.gather(
            *(functions.invoke(FunctionName="f", Payload=str(number).encode()) for number in range(8))
        )
        assert [json.loads(await reply["Payload"].read()) for reply in replies] == list(range(8))


async def test_an_object_goes_in_from_a_file_and_comes_out_in_chunks(cloud):
    content = bytes(range(256)) * 1000
    async with client("s3") as s3:
        await s3.create_bucket(Bucket="box")
        await s3.put_object(Bucket="box", Key="k", Body=io.BytesIO(content), ChecksumAlgorithm="CRC32")
        got = await s3.get_object(Bucket="box", Key="k")
        chunks = [chunk async for chunk in got["Body"].iter_chunks(100_000)]
        head = await s3.head_object(Bucket="box", Key="k")
        where = await s3.get_bucket_location(Bucket="box")
    assert ([len(chunk) for chunk in chunks][:1], b"".join(chunks) == content) == ([100_000], True)
    assert (got["ContentLength"], head["ContentLength"], where["LocationConstraint"]) == (
        256_000,
        256_000,
        None,
    )


async def test_pages_and_waiters_work(cloud):
    async with client("s3") as s3:
        await s3.create_bucket(Bucket="box")
        await s3.get_waiter("bucket_exists").wait(Bucket="box")
        for number in range(5):
            await s3.put_object(Bucket="box", Key=str(number), Body=b"")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket="box", PaginationConfig={"PageSize": 2})
        keys = [[found["Key"] for found in page["Contents"]] async for page in pages]
    assert keys == [["0", "1"], ["2", "3"], ["4"]]


async def test_a_response_stream_is_read_event_by_event(cloud):
    cloud.function("f", source=ECHO)
    async with client("lambda") as functions:
        reply = await functions.invoke_with_response_stream(FunctionName="f", Payload=b"[1]")
        events = [event async for event in reply["EventStream"]]
    assert b"".join(each["PayloadChunk"]["Payload"] for each in events if "PayloadChunk" in each) == b"[1]"
    assert "InvokeComplete" in events[-1]


async def test_a_chunk_of_a_response_stream_is_there_while_the_function_waits_for_the_next_call(cloud):
    cloud.function("f", "any", source=bootstrap(), runtime="provided.al2023")
    bucket = cloud.bucket("polled")
    async with client("lambda") as functions, client("s3") as s3:
        event = json.dumps({"chunks": ["a"], "bucket": bucket.name})
        reply = await functions.invoke_with_response_stream(FunctionName="f", Payload=event)
        events = aiter(reply["EventStream"])
        found = [await anext(events)]
        reading = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)  # the reading has begun, and holds nothing up
        await s3.put_object(Bucket=bucket.name, Key="b", Body=b"")
        found.append(await reading)
        found += [event async for event in events]
    assert found == [
        {"PayloadChunk": {"Payload": b"a"}},
        {"PayloadChunk": {"Payload": b"b"}},
        {"InvokeComplete": {}},
    ]


async def test_a_subscription_to_a_shard_is_read_event_by_event(cloud):
    stream = cloud.stream("s")
    async with client("kinesis") as streams:
        arn = (await streams.describe_stream(StreamName="s"))["StreamDescription"]["StreamARN"]
        made = await streams.register_stream_consumer(StreamARN=arn, ConsumerName="c")
        cloud.advance(minutes=1)
        stream.put({"n": 1})
        reply = await streams.subscribe_to_shard(
            ConsumerARN=made["Consumer"]["ConsumerARN"],
            ShardId="shardId-000000000000",
            StartingPosition={"Type": "TRIM_HORIZON"},
        )
        async for event in reply["EventStream"]:
            records = event["SubscribeToShardEvent"]["Records"]
            break
        reply["EventStream"].close()
    assert [json.loads(record["Data"]) for record in records] == [{"n": 1}]


async def test_a_refusal_is_the_services_own(cloud):
    async with client("lambda") as functions:
        with pytest.raises(ClientError) as caught:
            await functions.invoke(FunctionName="none")
        with pytest.raises(functions.exceptions.ResourceNotFoundException):
            await functions.get_function(FunctionName="none")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


async def test_moto_answers_for_other_services(cloud):
    pytest.importorskip("moto")
    async with client("ssm") as parameters:
        await parameters.put_parameter(Name="p", Value="v", Type="String")
        found = await parameters.get_parameter(Name="p")
        with pytest.raises(parameters.exceptions.ParameterNotFound):
            await parameters.get_parameter(Name="none")
    assert found["Parameter"]["Value"] == "v"


async def test_what_nobody_serves_is_refused():
    mock = mock_lambda()
    mock.start()
    async with client("gamelift") as games:
        with pytest.raises(UnmockedAWSCall, match="gamelift"):
            await games.list_builds()
    with pytest.raises(UnmockedAWSCall, match="gamelift"):
        mock.stop()


async def test_a_call_given_up_is_answered_all_the_same(cloud):
    cloud.function("f", source="import time\ndef handler(event, context):\n    time.sleep(0.3)\n")
    async with client("lambda") as functions:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(functions.invoke(FunctionName="f"), 0.05)
        cloud.settle()
    assert [one.ok for one in cloud.invocations("f")] == [True]


async def test_aioboto3_is_caught_with_it(cloud):
    session = pytest.importorskip("aioboto3").Session(region_name="us-east-1")
    got = io.BytesIO()
    async with session.resource("s3") as s3:
        bucket = await s3.create_bucket(Bucket="box")
        await bucket.upload_fileobj(io.BytesIO(b"content"), "k")
        await bucket.download_fileobj("k", got)
        keys = [found.key async for found in bucket.objects.all()]
    assert (got.getvalue(), keys) == (b"content", ["k"])


async def test_the_end_puts_back_what_was():
    from aiobotocore.client import AioBaseClient
    from aiobotocore.httpsession import AIOHTTPSession
    from aiobotocore.signers import AioRequestSigner

    def seams():
        signer = AioRequestSigner
        return [AioBaseClient._make_request, AIOHTTPSession.send, signer.get_auth, signer.get_auth_instance]

    before = seams()
    with mock_lambda():
        during = seams()
    assert ([a is b for a, b in zip(before, during, strict=True)], seams()) == ([False] * 4, before)


async def test_one_imported_later_is_caught_too():
    told = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", IMPORTED_LATE], capture_output=True, text=True, timeout=60
    )
    assert (told.stderr, told.stdout) == ("", "https://sqs.us-east-1.amazonaws.com/123456789012/q\n")


IN_A_HANDLER = """
import asyncio
from aiobotocore.session import get_session

async def store(text):
    async with get_session().create_client("s3", region_name="us-east-1") as s3:
        await s3.put_object(Bucket="notes", Key="a note", Body=text.encode())
        answer = await s3.get_object(Bucket="notes", Key="a note")
        return (await answer["Body"].read()).decode()

def handler(event, context):
    return asyncio.run(store(event))
"""


async def test_a_handlers_client_calls_the_same_cloud(cloud):
    notes = cloud.bucket("notes")
    function = cloud.function("noting", source=IN_A_HANDLER, timeout=20, memory=512)
    assert function.invoke("hello").payload == "hello"
    assert notes.keys() == ["a note"]


async def test_a_late_answer_is_awaited_in_virtual_time_for_as_long_as_the_client_would(cloud):
    queue = cloud.queue("q")
    cloud.faults.delay("sqs", "SendMessage", times=2, seconds=5)
    began = cloud.now
    async with client("sqs") as sqs:
        await sqs.send_message(QueueUrl=queue.url, MessageBody="patient")
    assert 5 <= (cloud.now - began).total_seconds() < 6

    settings = AioConfig(read_timeout=3, retries={"total_max_attempts": 1})
    async with client("sqs", config=settings) as sqs:
        with pytest.raises(ReadTimeoutError) as late:
            await sqs.send_message(QueueUrl=queue.url, MessageBody="done all the same")
    assert str(late.value) == 'Read timeout on endpoint URL: "https://sqs.us-east-1.amazonaws.com/"'
    assert 8 <= (cloud.now - began).total_seconds() < 9
    assert [message.body for message in queue.messages] == ["patient", "done all the same"]
