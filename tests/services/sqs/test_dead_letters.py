"""Redrive, the policies about it, and message move tasks."""

import base64
import json

import pytest


def policy(sqs, url, count):
    return json.dumps({"deadLetterTargetArn": sqs.arn(url), "maxReceiveCount": count})


@pytest.fixture
def pair(sqs):
    """A queue that gives up after the first receive, and its dead-letter queue."""
    dead = sqs.queue("dead")
    return sqs.queue("source", RedrivePolicy=policy(sqs, dead, 1), VisibilityTimeout=5), dead


def bury(sqs, source, *bodies):
    for body in bodies:
        sqs.send(source, body)
    sqs.receive(source)
    sqs.advance(5)
    assert sqs.receive(source) == []


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_message_moves_when_a_receive_would_exceed_the_count(sqs, count):
    dead = sqs.queue("dead")
    source = sqs.queue("source", RedrivePolicy=policy(sqs, dead, count))
    sqs.send(source)
    received = [sqs.bodies(source, VisibilityTimeout=0) for _ in range(count + 1)]
    assert (received, sqs.bodies(dead)) == ([["m"]] * count + [[]], ["m"])


def test_a_receive_goes_on_with_the_next_message(sqs, pair):
    source, _ = pair
    sqs.send(source, "first")
    sqs.receive(source)
    sqs.send(source, "second")
    sqs.advance(5)
    assert sqs.bodies(source, 1) == ["second"]


def test_a_dead_letter_keeps_what_it_was(sqs, pair):
    source, dead = pair
    trace = {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}
    sent = sqs.send(
        source,
        "body",
        MessageAttributes={"k": {"DataType": "String", "StringValue": "x"}},
        MessageSystemAttributes={"AWSTraceHeader": trace},
    )
    sqs.receive(source)
    sqs.advance(5)
    sqs.receive(source)
    (message,) = sqs.receive(dead, AttributeNames=["All"], MessageAttributeNames=["All"])
    assert message == {
        "MessageId": sent["MessageId"],
        "ReceiptHandle": message["ReceiptHandle"],
        "MD5OfBody": sent["MD5OfMessageBody"],
        "Body": "body",
        "Attributes": {
            "ApproximateReceiveCount": "2",
            "AWSTraceHeader": "Root=1-5759e988-bd862e3fe1be46a994272793",
            "SentTimestamp": "1700000000000",
            "SenderId": message["Attributes"]["SenderId"],
            "ApproximateFirstReceiveTimestamp": "1700000000000",
            "DeadLetterQueueSourceArn": sqs.arn(source),
        },
        "MD5OfMessageAttributes": "a45daa70926828a2f0a1db3418e6feb4",
        "MessageAttributes": {"k": {"DataType": "String", "StringValue": "x"}},
    }


def test_retention_goes_on_in_a_standard_dead_letter_queue(sqs):
    dead = sqs.queue("dead", MessageRetentionPeriod=60)
    source = sqs.queue("source", RedrivePolicy=policy(sqs, dead, 1), VisibilityTimeout=30)
    sqs.send(source)
    sqs.receive(source)
    sqs.advance(30)
    sqs.receive(source)
    sqs.advance(30)
    assert sqs.counts(dead) == (0, 0, 0)


def test_retention_and_sequence_begin_anew_in_a_fifo_dead_letter_queue(sqs):
    dead = sqs.fifo("dead.fifo", MessageRetentionPeriod=60)
    source = sqs.fifo("source.fifo", RedrivePolicy=policy(sqs, dead, 1), VisibilityTimeout=30)
    sent = sqs.send(source, "a", MessageGroupId="g")
    sqs.receive(source)
    sqs.advance(30)
    sqs.receive(source)
    sqs.send(source, "b", MessageGroupId="g")
    sqs.advance(59)
    (message,) = sqs.receive(dead, AttributeNames=["SequenceNumber", "MessageGroupId"])
    assert (message["Body"], message["Attributes"]["MessageGroupId"]) == ("a", "g")
    assert message["Attributes"]["SequenceNumber"] > sent["SequenceNumber"]
    assert sqs.bodies(source) == ["b"]


def test_a_long_poll_on_the_dead_letter_queue_wakes(sqs, pair):
    source, dead = pair
    sqs.send(source)
    sqs.receive(source)
    sqs.advance(5)
    poll = sqs.start("ReceiveMessage", QueueUrl=dead, WaitTimeSeconds=20)
    sqs.receive(source)
    assert [message["Body"] for message in poll.value["Messages"]] == ["m"]


def test_a_message_stays_when_its_dead_letter_queue_is_gone(sqs, pair):
    source, dead = pair
    sqs("DeleteQueue", QueueUrl=dead)
    sqs.send(source)
    assert [sqs.bodies(source, VisibilityTimeout=0) for _ in range(3)] == [["m"]] * 3


# -- the two policies ------------------------------------------------------------------------------------

ARN = "arn:aws:sqs:us-east-1:111111111111:dead"
COUNT = "valid values are from 1 to 1000 both inclusive."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nonsense", "Redrive policy is not a valid JSON map."),
        ("[]", "Redrive policy is not a valid JSON map."),
        ("{}", "Redrive policy does not contain mandatory attribute: maxReceiveCount."),
        (
            '{"maxReceiveCount": 1}',
            "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.",
        ),
        (
            f'{{"deadLetterTargetArn": "{ARN}", "maxReceiveCount": 1001}}',
            f"Invalid value for maxReceiveCount: 1001, {COUNT}",
        ),
        (
            f'{{"deadLetterTargetArn": "{ARN}", "maxReceiveCount": "a"}}',
            f"Invalid value for maxReceiveCount: a, {COUNT}",
        ),
        (
            f'{{"deadLetterTargetArn": "{ARN}", "maxReceiveCount": true}}',
            f"Invalid value for maxReceiveCount: true, {COUNT}",
        ),
        (
            f'{{"deadLetterTargetArn": "{ARN}", "maxReceiveCount": "\u0663"}}',
            f"Invalid value for maxReceiveCount: \u0663, {COUNT}",
        ),
        ('{"deadLetterTargetArn": "dummy", "maxReceiveCount": 1}', "Invalid value for deadLetterTargetArn."),
    ],
)
def test_a_redrive_policy_is_refused_in_aws_words(sqs, text, reason):
    url = sqs.queue()
    sqs.queue("dead")
    answer = sqs.error("SetQueueAttributes", QueueUrl=url, Attributes={"RedrivePolicy": text})
    assert answer == (
        "InvalidParameterValue",
        f"Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}",
    )


@pytest.mark.parametrize(
    ("arn", "reason"),
    [
        ("arn:aws:sqs:us-east-1:111111111111:none", "Dead letter target does not exist."),
        (
            "arn:aws:sqs:us-east-1:111111111111:d.fifo",
            "Dead-letter queue must be same type of queue as the source.",
        ),
        ("arn:aws:sqs:us-east-1:222222222222:dead", "Dead-letter target owner should be same as the source."),
    ],
)
def test_a_dead_letter_queue_must_be_there_and_alike(sqs, arn, reason):
    url = sqs.queue()
    sqs.fifo("d.fifo")
    text = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1}, separators=(",", ":"))
    answer = sqs.error("SetQueueAttributes", QueueUrl=url, Attributes={"RedrivePolicy": text})
    assert answer == (
        "InvalidParameterValue",
        f"Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}",
    )


def test_a_redrive_policy_reads_back_with_a_number_and_goes_with_an_empty_text(sqs):
    dead, url = sqs.queue("dead"), sqs.queue()
    sqs("SetQueueAttributes", QueueUrl=url, Attributes={"RedrivePolicy": policy(sqs, dead, "42")})
    read = sqs("GetQueueAttributes", QueueUrl=url, AttributeNames=["RedrivePolicy"])
    for _ in range(2):
        sqs("SetQueueAttributes", QueueUrl=url, Attributes={"RedrivePolicy": ""})
    assert read == {
        "Attributes": {"RedrivePolicy": f'{{"deadLetterTargetArn":"{ARN}","maxReceiveCount":42}}'}
    }
    assert sqs("GetQueueAttributes", QueueUrl=url, AttributeNames=["RedrivePolicy"]) == {}


@pytest.mark.parametrize(
    ("allow", "is_allowed"),
    [
        ({"redrivePermission": "allowAll"}, True),
        ({"redrivePermission": "denyAll"}, False),
        ({"redrivePermission": "byQueue", "sourceQueueArns": ["arn:aws:sqs:us-east-1:111111111111:q"]}, True),
        (
            {"redrivePermission": "byQueue", "sourceQueueArns": ["arn:aws:sqs:us-east-1:111111111111:x"]},
            False,
        ),
    ],
)
def test_a_queue_says_whose_dead_letters_it_takes(sqs, allow, is_allowed):
    dead, url = sqs.queue("dead", RedriveAllowPolicy=json.dumps(allow)), sqs.queue()
    request = {"QueueUrl": url, "Attributes": {"RedrivePolicy": policy(sqs, dead, 1)}}
    if is_allowed:
        assert sqs("SetQueueAttributes", **request) == {}
    else:
        assert sqs.error("SetQueueAttributes", **request)[0] == "InvalidParameterValue"


def test_a_queue_that_no_longer_takes_dead_letters_gets_none(sqs, pair):
    source, dead = pair
    sqs(
        "SetQueueAttributes",
        QueueUrl=dead,
        Attributes={"RedriveAllowPolicy": '{"redrivePermission":"denyAll"}'},
    )
    sqs.send(source)
    assert [sqs.bodies(source, VisibilityTimeout=0) for _ in range(3)] == [["m"]] * 3


def test_the_sources_of_a_dead_letter_queue_are_listed_page_by_page(sqs):
    dead = sqs.queue("dead")
    urls = [sqs.queue(name, RedrivePolicy=policy(sqs, dead, 1)) for name in "abc"]
    first = sqs("ListDeadLetterSourceQueues", QueueUrl=dead, MaxResults=2)
    second = sqs("ListDeadLetterSourceQueues", QueueUrl=dead, MaxResults=2, NextToken=first["NextToken"])
    assert (first["queueUrls"], second) == (urls[:2], {"queueUrls": urls[2:]})
    assert sqs("ListDeadLetterSourceQueues", QueueUrl=urls[0]) == {"queueUrls": []}


# -- message move tasks ----------------------------------------------------------------------------------


def start(sqs, dead, **more):
    return sqs("StartMessageMoveTask", SourceArn=sqs.arn(dead), **more)["TaskHandle"]


def tasks(sqs, dead, limit=None):
    return sqs("ListMessageMoveTasks", SourceArn=sqs.arn(dead), MaxResults=limit).get("Results", [])


def test_messages_go_back_to_their_own_source_as_new_ones(sqs, pair):
    source, dead = pair
    other = sqs.queue("other", RedrivePolicy=policy(sqs, dead, 1), VisibilityTimeout=5)
    bury(sqs, source, "a", "b")
    bury(sqs, other, "c")
    start(sqs, dead)
    sqs.engine.settle()
    first, second = sqs.receive(
        source, AttributeNames=["ApproximateReceiveCount", "DeadLetterQueueSourceArn"]
    )
    assert (first["Body"], first["Attributes"], second["Body"]) == (
        "a",
        {"ApproximateReceiveCount": "1"},
        "b",
    )
    assert (sqs.bodies(other), sqs.counts(dead)) == (["c"], (0, 0, 0))


def test_a_finished_task_has_no_handle(sqs, pair):
    source, dead = pair
    bury(sqs, source, "a", "b")
    start(sqs, dead)
    sqs.engine.settle()
    assert tasks(sqs, dead) == [
        {
            "Status": "COMPLETED",
            "SourceArn": sqs.arn(dead),
            "ApproximateNumberOfMessagesMoved": 2,
            "ApproximateNumberOfMessagesToMove": 2,
            "StartedTimestamp": 1_700_000_005_000,
        }
    ]


def test_a_rate_of_one_moves_one_message_a_second(sqs, pair):
    source, dead = pair
    bury(sqs, source, "a", "b", "c", "d")
    target = sqs.queue("target")
    handle = start(sqs, dead, DestinationArn=sqs.arn(target), MaxNumberOfMessagesPerSecond=1)
    sqs.advance(2)
    assert tasks(sqs, dead) == [
        {
            "TaskHandle": handle,
            "Status": "RUNNING",
            "SourceArn": sqs.arn(dead),
            "DestinationArn": sqs.arn(target),
            "MaxNumberOfMessagesPerSecond": 1,
            "ApproximateNumberOfMessagesMoved": 3,
            "ApproximateNumberOfMessagesToMove": 4,
            "StartedTimestamp": 1_700_000_005_000,
        }
    ]
    sqs.advance(1)
    assert (tasks(sqs, dead)[0]["Status"], sqs.bodies(target)) == ("COMPLETED", ["a", "b", "c", "d"])


def test_a_cancelled_task_moves_no_more(sqs, pair):
    source, dead = pair
    bury(sqs, source, "a", "b", "c", "d")
    handle = start(sqs, dead, MaxNumberOfMessagesPerSecond=1)
    sqs.advance(1)
    answer = sqs("CancelMessageMoveTask", TaskHandle=handle)
    sqs.advance(10)
    assert (answer, sqs.bodies(dead)) == ({"ApproximateNumberOfMessagesMoved": 2}, ["c", "d"])
    assert tasks(sqs, dead)[0]["Status"] == "CANCELLED"
    assert sqs.error("CancelMessageMoveTask", TaskHandle=handle) == (
        "ResourceNotFoundException",
        "Task does not exist.",
    )


def test_a_task_fails_when_its_destination_vanishes(sqs, pair):
    source, dead = pair
    bury(sqs, source, "a", "b")
    target = sqs.queue("target")
    start(sqs, dead, DestinationArn=sqs.arn(target), MaxNumberOfMessagesPerSecond=1)
    sqs.engine.settle()
    sqs("DeleteQueue", QueueUrl=target)
    sqs.advance(1)
    (task,) = tasks(sqs, dead)
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "AWS.SimpleQueueService.NonExistentQueue")


def test_the_newest_tasks_are_listed_first(sqs, pair):
    source, dead = pair
    for body in "ab":
        bury(sqs, source, body)
        start(sqs, dead)
        sqs.engine.settle()
    started = [task["StartedTimestamp"] for task in tasks(sqs, dead, 10)]
    assert started == [1_700_000_010_000, 1_700_000_005_000]
    assert len(tasks(sqs, dead)) == 1


def test_a_handle_is_what_aws_makes_it_of(sqs, pair):
    source, dead = pair
    bury(sqs, source, "a")
    document = json.loads(base64.b64decode(start(sqs, dead)))
    assert document == {"taskId": document["taskId"], "sourceArn": sqs.arn(dead)}


def test_a_task_is_refused_in_aws_words(sqs, pair):
    source, dead = pair
    bury(sqs, source, "a", "b")
    gone = f"{sqs.arn(source)}x"
    not_a_dlq = sqs.error("StartMessageMoveTask", SourceArn=sqs.arn(source))
    no_destination = sqs.error("StartMessageMoveTask", SourceArn=sqs.arn(dead), DestinationArn=gone)
    no_source = sqs.error("StartMessageMoveTask", SourceArn=gone)
    no_arn = sqs.error("StartMessageMoveTask", SourceArn="text")
    start(sqs, dead, MaxNumberOfMessagesPerSecond=1)
    running = sqs.error("StartMessageMoveTask", SourceArn=sqs.arn(dead))
    assert [not_a_dlq, no_destination, no_source, no_arn, running] == [
        ("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue."),
        (
            "ResourceNotFoundException",
            "The resource that you specified for the DestinationArn parameter doesn't exist.",
        ),
        (
            "ResourceNotFoundException",
            "The resource that you specified for the SourceArn parameter doesn't exist.",
        ),
        (
            "InvalidParameterValue",
            (
                "You must use this format to specify the SourceArn: "
                "arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
            ),
        ),
        (
            "InvalidParameterValue",
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
        ),
    ]


@pytest.mark.parametrize(
    ("document", "code", "message"),
    [
        (None, "InvalidParameterValue", "Value for parameter TaskHandle is invalid."),
        (
            {"taskId": "t", "sourceArn": "arn:aws:sqs:us-east-1:111111111111:none"},
            "ResourceNotFoundException",
            "The resource that you specified for the SourceArn parameter doesn't exist.",
        ),
        (
            {"taskId": "t", "sourceArn": "arn:aws:sqs:us-east-1:111111111111:dead"},
            "ResourceNotFoundException",
            "Task does not exist.",
        ),
    ],
)
def test_a_cancel_is_refused_in_aws_words(sqs, pair, document, code, message):
    handle = "x" if document is None else base64.b64encode(json.dumps(document).encode()).decode()
    assert sqs.error("CancelMessageMoveTask", TaskHandle=handle) == (code, message)


def test_a_message_sent_straight_to_the_dead_letter_queue_has_no_way_back(sqs, pair):
    _, dead = pair
    sqs.send(dead)
    start(sqs, dead)
    sqs.engine.settle()
    (task,) = tasks(sqs, dead)
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")


def test_deleting_the_source_of_a_task_takes_it_off_the_clock(sqs, pair):
    source, dead = pair
    bury(sqs, source, "a", "b")
    start(sqs, dead, MaxNumberOfMessagesPerSecond=1)
    sqs("DeleteQueue", QueueUrl=dead)
    assert sqs.parked == []
