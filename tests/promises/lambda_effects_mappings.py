"""What each setting of an event source mapping does: sent at creation or by an update, seen from the handler."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import boto3

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
DEAD = "arn:aws:sqs:us-east-1:123456789012:dead"
BROKER = {"Type": "BASIC_AUTH", "URI": "arn:aws:secretsmanager:us-east-1:123456789012:secret:s"}
SOURCE = """
import base64

def body(record):
    return base64.b64decode(record["kinesis"]["data"]).decode() if "kinesis" in record else record["body"]

def handler(event, context):
    bad = [record for record in event["Records"] if body(record) == "bad"]
    if bad and "kinesis" in bad[0]:
        raise ValueError
    return {"state": {}, "batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in bad]}
"""

See = Callable[[Any, str], Any]
"""Feeds the source and looks at what came of it, with the cloud and the mapping's UUID."""


class Setting(NamedTuple):
    """Members that are sent, and what is seen without them and with them."""

    sent: dict[str, Any]
    see: See
    before: Any
    after: Any
    base: Mapping[str, Any] = MappingProxyType({})
    """What the mapping has both times."""
    is_stream: bool = False


def connect(is_stream: bool, **members: Any) -> str:
    where = (
        {"EventSourceArn": STREAM, "StartingPosition": "TRIM_HORIZON"}
        if is_stream
        else {"EventSourceArn": QUEUE}
    )
    made = boto3.client("lambda").create_event_source_mapping(**{"FunctionName": "fn", **where, **members})
    return made["UUID"]


def batches(cloud: Any) -> list[list[str]]:
    """Return what each invocation of any function got."""
    return [[_body(record) for record in ran.event["Records"]] for ran in cloud.invocations()]


def _body(record: dict[str, Any]) -> str:
    return base64.b64decode(record["kinesis"]["data"]).decode() if "kinesis" in record else record["body"]


def put(*data: str) -> None:
    """Put records of one shard, each under a key of its own name."""
    records = [{"Data": one.encode(), "PartitionKey": one} for one in data]
    boto3.client("kinesis").put_records(StreamName="s", Records=records)


def sends(*bodies: str) -> See:
    """Send messages that are there at once, and tell how they were taken."""

    def see(cloud: Any, mapping: str) -> list[list[str]]:
        with cloud.paused():
            for body in bodies:
                cloud.queue("q").send(body)
        cloud.advance(minutes=1)
        return sorted(batches(cloud))

    return see


def puts(*data: str, **later: float) -> See:
    """Put records that are there at once, and tell how they were taken by then."""

    def see(cloud: Any, mapping: str) -> list[list[str]]:
        with cloud.paused():
            put(*data)
        if later:
            cloud.advance(**later)
        return sorted(batches(cloud))

    return see


def at_once_and_later(cloud: Any, mapping: str) -> list[int]:
    cloud.queue("q").send("m")
    found = [len(batches(cloud))]
    cloud.advance(seconds=20)
    return [*found, len(batches(cloud))]


def limit(cloud: Any, mapping: str) -> int:
    """Return how many batches may run at once, where there is always more to do."""
    boto3.client("lambda").put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)
    url = cloud.queue("q").url
    cloud.api("sqs", "SetQueueAttributes", QueueUrl=url, Attributes={"VisibilityTimeout": "43200"})
    with cloud.paused():
        for start in range(0, 600, 10):
            entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(start, start + 10)]
            cloud.api("sqs", "SendMessageBatch", QueueUrl=url, Entries=entries)
    cloud.advance(minutes=1)
    return cloud.concurrent_batches(mapping)[1]


def who_ran(cloud: Any, mapping: str) -> list[str]:
    cloud.queue("q").send("m")
    return [ran.function for ran in cloud.invocations()]


def what_is_left(cloud: Any, mapping: str) -> tuple[int, int]:
    cloud.queue("q").send("m")
    return len(batches(cloud)), len(cloud.queue("q"))


def given_up(cloud: Any, mapping: str) -> int:
    put("bad")
    return len(cloud.queue("dead"))


def tries(cloud: Any, mapping: str) -> bool:
    put("bad")
    cloud.advance(hours=2)
    return len(batches(cloud)) > 3


def gets_past(cloud: Any, mapping: str) -> bool:
    """Tell whether a record behind one that always fails has been handled in two hours."""
    put("bad")
    put("good")
    cloud.advance(hours=2)
    return ["good"] in batches(cloud)


def windows(cloud: Any, mapping: str) -> list[bool]:
    put("a")
    cloud.advance(minutes=1)
    return ["window" in ran.event for ran in cloud.invocations()]


def _pollers(fewest: int, most: int) -> dict[str, Any]:
    return {"ProvisionedPollerConfig": {"MinimumPollers": fewest, "MaximumPollers": most}}


ONE = {"BatchSize": 1}
BOTH: dict[str, Setting] = {
    "Enabled": Setting({"Enabled": False}, what_is_left, (1, 0), (0, 1)),
    "FunctionName": Setting({"FunctionName": "other"}, who_ran, ["fn"], ["other"]),
    "BatchSize": Setting({"BatchSize": 2}, sends("a", "b", "c"), [["a", "b", "c"]], [["a", "b"], ["c"]]),
    "MaximumBatchingWindowInSeconds": Setting(
        {"MaximumBatchingWindowInSeconds": 20}, at_once_and_later, [1, 1], [0, 1]
    ),
    "FilterCriteria.Filters": Setting(
        {"FilterCriteria": {"Filters": [{"Pattern": '{"body": ["b"]}'}]}},
        sends("a", "b"),
        [["a", "b"]],
        [["b"]],
    ),
    "FunctionResponseTypes": Setting(
        {"FunctionResponseTypes": ["ReportBatchItemFailures"]},
        sends("good", "bad"),
        [["good", "bad"]],
        [["bad"], ["bad"], ["good", "bad"]],
    ),
    "ScalingConfig.MaximumConcurrency": Setting(
        {"ScalingConfig": {"MaximumConcurrency": 2}}, limit, 305, 2, ONE
    ),
    "ProvisionedPollerConfig.MinimumPollers": Setting(_pollers(3, 3), limit, 20, 30, _pollers(2, 2) | ONE),
    "ProvisionedPollerConfig.MaximumPollers": Setting(_pollers(2, 4), limit, 20, 40, _pollers(2, 2) | ONE),
    "ParallelizationFactor": Setting(
        {"ParallelizationFactor": 2}, gets_past, False, True, ONE, is_stream=True
    ),
    "DestinationConfig.OnFailure.Destination": Setting(
        {"DestinationConfig": {"OnFailure": {"Destination": DEAD}}},
        given_up,
        0,
        1,
        {"MaximumRetryAttempts": 0},
        is_stream=True,
    ),
    "MaximumRecordAgeInSeconds": Setting(
        {"MaximumRecordAgeInSeconds": 60}, gets_past, False, True, ONE, is_stream=True
    ),
    "MaximumRetryAttempts": Setting({"MaximumRetryAttempts": 1}, tries, True, False, is_stream=True),
    "BisectBatchOnFunctionError": Setting(
        {"BisectBatchOnFunctionError": True},
        puts("a", "bad", "c", minutes=1),
        [["a", "bad", "c"]],
        [["a"], ["a", "bad", "c"], ["bad"], ["bad", "c"], ["c"]],
        {"MaximumRetryAttempts": 0},
        is_stream=True,
    ),
    "TumblingWindowInSeconds": Setting(
        {"TumblingWindowInSeconds": 30}, windows, [False], [True, True], is_stream=True
    ),
}
"""Settings of both CreateEventSourceMapping and UpdateEventSourceMapping."""

_KAFKA = {"ConsumerGroupId": "g"}
REFUSED: dict[str, dict[str, Any]] = {
    "MetricsConfig.Metrics": {"MetricsConfig": {"Metrics": ["EventCount"]}},
    "LoggingConfig.SystemLogLevel": {"LoggingConfig": {"SystemLogLevel": "INFO"}},
    "SourceAccessConfigurations": {"SourceAccessConfigurations": [BROKER]},
    "AmazonManagedKafkaEventSourceConfig": {"AmazonManagedKafkaEventSourceConfig": _KAFKA},
    "SelfManagedKafkaEventSourceConfig": {"SelfManagedKafkaEventSourceConfig": _KAFKA},
    "DocumentDBEventSourceConfig": {"DocumentDBEventSourceConfig": {"DatabaseName": "d"}},
    "ProvisionedPollerConfig.PollerGroupName": {"ProvisionedPollerConfig": {"PollerGroupName": "g"}},
}
"""Settings of both that would not act, and are refused."""
REFUSED_AT_CREATION: dict[str, dict[str, Any]] = {
    "Topics": {"Topics": ["topic"]},
    "Queues": {"Queues": ["queue"]},
    "SelfManagedEventSource.Endpoints": {
        "EventSourceArn": None,
        "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["kafka.example.com:1000"]}},
        "Topics": ["topic"],
        "SourceAccessConfigurations": [BROKER],
    },
}
