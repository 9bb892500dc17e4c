"""Airports through a bucket, a stream, a table, its stream, a topic and a queue: everything real but AWS.

Usage: python run.py AIRPORTS.csv

The file is uploaded to a bucket. `split` puts its rows to a Kinesis stream of four shards. `tally` takes
them, two batches of a shard at once, and counts the airports of each state in a DynamoDB table (moto keeps
it). The table's stream feeds `announce`, which publishes the new counts to a topic, and a queue hears of
them. A few rows are damaged on purpose: `tally` reports those, the batch is split around them, and each ends,
alone, in a queue.
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path

import boto3

from mocklambda import mock_lambda

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "handlers"))

CUT_EVERY = 700
RETRIES = 2


def load(path):
    """Return the file's lines, a few damaged: cut short, or without a position that is a number."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        sys.exit(f"{path} can not be read as CSV: {error}")
    if not lines:
        sys.exit(f"{path} is empty: a line of names and one for each airport are expected")
    lines[3::CUT_EVERY] = [line[: len(line) // 3] for line in lines[3::CUT_EVERY]]
    lines[7::CUT_EVERY] = [line.rpartition(",")[0] + ",west" for line in lines[7::CUT_EVERY]]
    return lines


def expected(lines):
    """Work out in plain Python what has to come out."""
    from rows import state_of

    counts, damaged = Counter(), []
    for line in lines[1:]:
        try:
            counts[state_of(line) or "(none)"] += 1
        except ValueError:
            damaged.append(line)
    return dict(counts), sorted(damaged)


def make_table():
    """Make the table with boto3, as ever; returns its stream's ARN."""
    return boto3.client("dynamodb").create_table(
        TableName="airports",
        AttributeDefinitions=[{"AttributeName": "state", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "state", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]["LatestStreamArn"]


def deploy(cloud):
    """Make everything and tie it together; returns the handles."""
    bucket, stream = cloud.bucket("uploads"), cloud.stream("rows", shards=4)
    topic, heard, unread = cloud.topic("counts"), cloud.queue("heard"), cloud.queue("unread")
    handlers = {"source": HERE / "handlers", "timeout": 30}
    split = cloud.function("split", "split.handler", env={"STREAM": stream.name}, **handlers)
    tally = cloud.function("tally", "tally.handler", env={"TABLE": "airports"}, **handlers)
    announce = cloud.function("announce", "announce.handler", env={"TOPIC_ARN": topic.arn}, **handlers)
    heard.on_topic(topic, raw=True)
    announce.on_stream(make_table())
    tally.on_stream(
        stream,
        batch_size=500,
        parallelization=2,
        bisect=True,
        partial=True,
        retries=RETRIES,
        on_failure=unread,
    )
    split.on_upload(bucket, suffix=".csv")
    return bucket, stream, heard, unread


def counted():
    """Return what the table holds."""
    table = boto3.resource("dynamodb").Table("airports")
    return {item["state"]: int(item["airports"]) for item in table.scan()["Items"]}


def last_heard(queue):
    """Return the highest count of each state that the queue was told."""
    counts = {}
    for message in queue.messages:
        told = message.json()
        counts[told["state"]] = max(counts.get(told["state"], 0), told["airports"])
    return counts


def given_up(stream, unread):
    """Return the rows that the records in the queue point to, and how many each record covers."""
    rows = {record.sequence_number: record.data.decode() for record in stream.records}
    batches = [message.json()["KinesisBatchInfo"] for message in unread.messages]
    return sorted(rows[batch["startSequenceNumber"]] for batch in batches), {
        batch["batchSize"] for batch in batches
    }


def check(what, found, wanted):
    """Print a line of comparison; returns whether both agree."""
    shown = found if len(str(found)) < 80 else f"{len(found)} of them"
    print(
        f"  {'ok ' if found == wanted else 'NO '} {what}: {shown}"
        + ("" if found == wanted else f", not {wanted}")
    )
    return found == wanted


def main(path):
    lines = load(path)
    began = time.perf_counter()
    with mock_lambda(region="us-east-1") as cloud:
        bucket, stream, heard, unread = deploy(cloud)
        began_at = cloud.now
        bucket.put("in/airports.csv", "\n".join(lines))
        cloud.run_until_idle()
        took, passed = time.perf_counter() - began, cloud.now - began_at

        counts, damaged = expected(lines)
        rows, sizes = given_up(stream, unread)
        print(f"{len(lines) - 1} airports from {path}")
        for state, number in sorted(counted().items(), key=lambda item: -item[1])[:5]:
            print(f"  {state:6} {number}")
        ran = cloud.invocations()
        for name, number in sorted(Counter(one.function for one in ran).items()):
            print(f"invocations of {name}: {number}")
        for message in unread.messages[:1]:
            print(f"  for example: {json.dumps(message.json()['requestContext'])}")
        print(f"virtual time: {passed}, real time: {took:.2f} s")
        print("against plain Python over the same file:")
        return all(
            [
                check("rows in the stream", len(stream), len(lines) - 1),
                check("airports by state in the table", counted(), counts),
                check("airports by state in the queue", last_heard(heard), counts),
                check("rows given up", rows, damaged),
                check("each of them alone", sizes, {1} if damaged else set()),
                check("functions that failed", sum(not one.ok for one in ran), 0),
            ]
        )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(0 if main(sys.argv[1]) else 1)
