"""What a test holds does what the API calls behind it do, and the journal tells what set a function off."""

from __future__ import annotations

import json
import textwrap
from datetime import datetime, timedelta, timezone

import boto3
import pytest
from botocore.exceptions import ClientError

from mocklambda import UsageError
from tests.promises.durable_support import PROTOCOL

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)

pytestmark = pytest.mark.mock_lambda(clock=NOON)


@pytest.fixture
def fn(mock_lambda):
    return mock_lambda.stub("fn", returns=None)


def runs(fn):
    """Return trigger and event of each invocation."""
    return [(ran.trigger, ran.event) for ran in fn.invocations]


def test_a_bucket_is_filled_read_and_listed(mock_lambda):
    bucket = mock_lambda.bucket("uploads")
    bucket.put("a/text", "grün")
    bucket.put("a/json", {"n": 1})
    bucket.put("b", b"\0", ContentType="application/x-nothing")
    bucket.put("c")
    bucket.delete("c")

    assert (bucket.get("a/text"), bucket.json("a/json"), bucket.get("b")) == (
        "grün".encode(),
        {"n": 1},
        b"\0",
    )
    assert (bucket.keys(), bucket.keys("a/"), len(bucket)) == (
        ["a/json", "a/text", "b"],
        ["a/json", "a/text"],
        3,
    )
    assert "b" in bucket
    assert "c" not in bucket
    assert bucket.arn == "arn:aws:s3:::uploads"
    assert boto3.client("s3").head_object(Bucket="uploads", Key="b")["ContentType"] == "application/x-nothing"


def test_a_bucket_lists_more_than_a_page(mock_lambda):
    bucket = mock_lambda.bucket("uploads")
    for number in range(1001):
        bucket.put(f"{number:04}")

    assert bucket.keys() == [f"{number:04}" for number in range(1001)]


def test_a_missing_object_is_the_apis_error(mock_lambda):
    with pytest.raises(ClientError, match="NoSuchKey"):
        mock_lambda.bucket("uploads").get("no")


def test_a_versioned_bucket_keeps_what_is_overwritten(mock_lambda):
    bucket = mock_lambda.bucket("uploads", versioned=True)
    bucket.put("k", "1")
    bucket.put("k", "2")

    assert len(boto3.client("s3").list_object_versions(Bucket="uploads")["Versions"]) == 2


@pytest.mark.mock_lambda(region="eu-west-1")
def test_everything_is_made_in_the_clouds_region(mock_lambda):
    bucket = mock_lambda.bucket("uploads")
    arns = [mock_lambda.stream("s").arn, mock_lambda.topic("t").arn, mock_lambda.queue("q").arn]

    assert [arn.split(":")[3] for arn in arns] == ["eu-west-1"] * 3
    assert boto3.client("s3").get_bucket_location(Bucket=bucket.name)["LocationConstraint"] == "eu-west-1"


def test_a_stream_shows_its_records(mock_lambda):
    stream = mock_lambda.stream("readings", shards=2)
    number = stream.put({"n": 1}, key="a")
    (record,) = stream.records

    assert (record.json(), record.partition_key, record.sequence_number) == ({"n": 1}, "a", number)
    assert (record.arrived_at, len(stream)) == (NOON, 1)
    assert len(boto3.client("kinesis").list_shards(StreamName="readings")["Shards"]) == 2


def test_a_stream_sets_a_function_off(mock_lambda, fn):
    stream = mock_lambda.stream("readings")
    fn.on_stream(stream, batch_size=2)
    stream.put("one")
    ((trigger, event),) = runs(fn)

    assert (trigger, len(event["Records"])) == ("kinesis:readings", 1)


def test_a_mappings_settings_arrive(mock_lambda, fn):
    dead, stream = mock_lambda.queue("dead"), mock_lambda.stream("readings")
    uuid = fn.on_stream(
        stream,
        start="LATEST",
        batch_size=7,
        window=1,
        partial=True,
        filters=[{"partitionKey": ["a"]}],
        parallelization=2,
        retries=3,
        max_age=60,
        bisect=True,
        on_failure=dead,
        enabled=False,
    )
    mapping = boto3.client("lambda").get_event_source_mapping(UUID=uuid)
    wanted = {
        "StartingPosition": "LATEST",
        "BatchSize": 7,
        "MaximumBatchingWindowInSeconds": 1,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "FilterCriteria": {"Filters": [{"Pattern": '{"partitionKey": ["a"]}'}]},
        "ParallelizationFactor": 2,
        "MaximumRetryAttempts": 3,
        "MaximumRecordAgeInSeconds": 60,
        "BisectBatchOnFunctionError": True,
        "DestinationConfig": {"OnFailure": {"Destination": dead.arn}},
    }

    assert {name: mapping.get(name) for name in wanted} == wanted


def test_an_upload_sets_a_function_off(mock_lambda, fn):
    bucket = mock_lambda.bucket("uploads")
    other = mock_lambda.stub("other", returns=None)
    fn.on_upload(bucket, prefix="in/", suffix=".csv")
    other.on_upload("uploads", prefix="gone/", events=["s3:ObjectRemoved:*"])
    for key in ("in/a.csv", "in/a.txt", "out/a.csv", "gone/b"):
        bucket.put(key)
    bucket.delete("gone/b")
    names = {
        one.name: [(trigger, event["Records"][0]["eventName"]) for trigger, event in runs(one)]
        for one in (fn, other)
    }

    assert names == {
        "fn": [("s3:uploads", "ObjectCreated:Put")],
        "other": [("s3:uploads", "ObjectRemoved:Delete")],
    }


def test_a_topic_sets_a_function_off(mock_lambda, fn):
    topic = mock_lambda.topic("news")
    fn.on_topic(topic, filters={"kind": ["good"]})
    topic.publish({"n": 1}, subject="s", kind="good")
    topic.publish("unheard", kind="bad")
    ((trigger, event),) = runs(fn)
    notification = event["Records"][0]["Sns"]

    assert trigger == "sns:news"
    assert (notification["Message"], notification["Subject"]) == ('{"n": 1}', "s")


def test_a_filter_policy_may_look_at_the_body(mock_lambda, fn):
    topic = mock_lambda.topic("news")
    fn.on_topic(topic, filters={"n": [1]}, on_body=True)
    topic.publish({"n": 1})
    topic.publish({"n": 2})

    assert len(fn.invocations) == 1


def test_a_queue_hears_of_topics(mock_lambda):
    queue, raw = mock_lambda.queue("enveloped"), mock_lambda.queue("raw")
    one, two = mock_lambda.topic("one"), mock_lambda.topic("two")
    queue.on_topic(one)
    queue.on_topic(two)
    raw.on_topic(two, raw=True)
    one.publish("1")
    two.publish("2")

    assert [message.json()["Message"] for message in queue.messages] == ["1", "2"]
    assert [message.body for message in raw.messages] == ["2"]


def test_a_fifo_topic_fills_fifo_queues_in_order(mock_lambda):
    topic = mock_lambda.topic("orders", fifo=True, ContentBasedDeduplication="true")
    queue = mock_lambda.queue("orders", fifo=True)
    queue.on_topic(topic, raw=True)
    for message in "abc":
        topic.publish(message, group="g")

    assert [message.body for message in queue.messages] == ["a", "b", "c"]


def test_a_rule_sets_a_function_off(mock_lambda, fn):
    fn.on_rule({"source": ["shop"]})
    fn.on_rule({"source": ["bank"]}, payload={"from": "the bank"})
    events = boto3.client("events")
    for source in ("shop", "bank", "zoo"):
        events.put_events(Entries=[{"Source": source, "DetailType": "t", "Detail": json.dumps({"n": 1})}])
    (shop_trigger, shop), (_, bank) = runs(fn)

    assert shop_trigger.startswith("events:fn-")
    assert (shop["source"], shop["detail"]) == ("shop", {"n": 1})
    assert bank == {"from": "the bank"}


def test_a_rules_schedule_sets_a_function_off(mock_lambda, fn):
    fn.on_rule(schedule="cron(0 13 * * ? *)", name="at-one")
    mock_lambda.advance(hours=1)
    ((trigger, event),) = runs(fn)

    assert (trigger, event["detail-type"]) == ("events:at-one", "Scheduled Event")


def test_a_schedule_sets_a_function_off(mock_lambda, fn):
    fn.on_schedule("at(2024-01-01T14:00:00)", payload={"n": 1}, timezone="Europe/Berlin", name="once")
    mock_lambda.advance(minutes=59)
    assert fn.invocations == []
    mock_lambda.advance(minutes=1)

    assert runs(fn) == [("scheduler:once", {"n": 1})]


BUS = "arn:aws:events:us-east-1:123456789012:event-bus/default"
MAKERS = {
    "queue": lambda cloud: cloud.queue("told"),
    "topic": lambda cloud: cloud.topic("told"),
    "bucket": lambda cloud: cloud.bucket("told"),
    "function": lambda cloud: cloud.stub("told", returns=None),
    "bus": lambda cloud: BUS,
}


@pytest.mark.parametrize("kind", MAKERS)
def test_a_failed_event_is_told_to_any_kind_of_destination(mock_lambda, kind):
    target = MAKERS[kind](mock_lambda)
    failing = mock_lambda.stub("failing", raises=ValueError("no"))
    failing.configure_events(retries=0, on_failure=target)
    failing.send({"n": 1})

    assert failing.invocations[0].sent_to == (getattr(target, "arn", target),)


@pytest.mark.parametrize("kind", ["queue", "topic", "bucket"])
def test_a_failed_batch_is_told_to_any_kind_of_destination(mock_lambda, kind):
    target, stream = MAKERS[kind](mock_lambda), mock_lambda.stream("readings")
    heard = mock_lambda.queue("heard")
    if kind == "topic":
        heard.on_topic(target, raw=True)
    failing = mock_lambda.stub("failing", raises=ValueError("no"))
    failing.on_stream(stream, retries=0, on_failure=target)
    number = stream.put("x")
    records = {
        "queue": lambda: [message.json() for message in target.messages],
        "topic": lambda: [message.json() for message in heard.messages],
        "bucket": lambda: [target.json(key) for key in target.keys("aws/lambda/")],
    }[kind]()

    assert [record["KinesisBatchInfo"]["startSequenceNumber"] for record in records] == [number]


def test_a_layer_lies_under_the_function(mock_lambda, tmp_path):
    package = tmp_path / "python" / "shared"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("ANSWER = 42\n")
    layer = mock_lambda.layer("shared", tmp_path)
    code = """
    import shared
    def handler(event, context):
        return shared.ANSWER
    """
    function = mock_lambda.function("uses", source=textwrap.dedent(code), layers=[layer])

    assert layer.arn == "arn:aws:lambda:us-east-1:123456789012:layer:shared:1"
    assert function.invoke().payload == 42


def test_a_layer_is_made_of_names_and_contents(mock_lambda):
    layer = mock_lambda.layer("shared", {"python/a.py": "X = 1"}, runtimes=["python3.12"])

    assert (layer.version, mock_lambda.layer("shared", {"python/a.py": "X = 2"}).version) == (1, 2)


def test_a_layer_of_nothing_is_refused(mock_lambda):
    with pytest.raises(UsageError, match="a directory, a zip file, zip bytes or a mapping is expected"):
        mock_lambda.layer("shared", "/no/such/directory")


def test_a_handle_shows_its_name(mock_lambda):
    assert repr(mock_lambda.topic("news")) == "<Topic news>"


def test_wiring_a_function_that_is_not_there_is_the_apis_error(mock_lambda, fn):
    boto3.client("lambda").delete_function(FunctionName="fn")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        fn.on_topic(mock_lambda.topic("news"))


ASK = """
for name in ("first", "second"):
    if run.status(name) is None:
        run.checkpoint(run.update(name, "CALLBACK", "START"))
if "STARTED" in (run.status("first"), run.status("second")):
    return PENDING
return done([run.operations["first"]["CallbackDetails"]["Error"], run.operations["second"]["CallbackDetails"]["Result"]])
"""


def deploy_durable(cloud, body, *, durable):
    lines = "\n".join("    " + line for line in body.strip().splitlines())
    return cloud.function(
        "flow",
        source=f"{PROTOCOL}\n\ndef handler(event, context):\n    run = Run(event)\n{lines}\n",
        durable=durable,
    )


def test_a_durable_execution_is_started_answered_and_looked_at(mock_lambda):
    flow = deploy_durable(mock_lambda, ASK, durable=timedelta(days=90))
    execution = flow.start({"order": 7}, name="order-7")
    assert flow.start({"order": 7}, name="order-7").arn == execution.arn
    assert (execution.name, execution.status, execution.result) == ("order-7", "RUNNING", None)
    assert list(execution.callbacks) == ["first", "second"]
    with pytest.raises(
        UsageError, match="waits for these callbacks: 'first', 'second'; name the one to answer"
    ):
        execution.succeed()

    execution.succeed({"ok": True}, callback="second")
    mock_lambda.advance(days=30)
    execution.fail("no", kind="Refused")

    assert execution.status == "SUCCEEDED"
    assert execution.result == [{"ErrorType": "Refused", "ErrorMessage": "no"}, '{"ok": true}']
    assert execution.error is None
    assert execution.history[-1]["EventType"] == "ExecutionSucceeded"
    assert execution.callbacks == {}


def test_a_durable_function_is_invoked_by_its_latest_version_unless_told_otherwise(mock_lambda):
    flow = deploy_durable(mock_lambda, "return done(run.input)", durable=timedelta(minutes=10))

    assert flow.invoke([1]).payload == [1]
    assert flow.send([2])
    execution = flow.start()
    execution.stop()
    assert execution.status == "SUCCEEDED"
    plain = mock_lambda.stub("plain", returns=None)
    with pytest.raises(UsageError, match="is not durable"):
        plain.start()


@pytest.mark.parametrize(
    "source",
    [
        "def handler(event, context): return event",
        "handler = lambda event, context: event",
        "import json; handler = lambda event, context: json.loads(json.dumps(event))",
    ],
)
@pytest.mark.parametrize("inline", [False, True])
def test_code_of_one_line_is_code(mock_lambda, source, inline):
    assert mock_lambda.function("f", source=source, inline=inline).invoke({"n": 1}).payload == {"n": 1}


@pytest.mark.parametrize("source", ["src", "src/app.py", "no such path", "lambda", "my-lambda/handler.py"])
def test_a_path_that_is_not_there_is_no_code(mock_lambda, source):
    with pytest.raises(UsageError, match="there is no such file or directory"):
        mock_lambda.function("f", source=source, handler="app.handler")
