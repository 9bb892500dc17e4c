"""Receive, visibility, delete, retention, purge and long polls, on the clock."""

import pytest

from mocklambda.flight import PendingReply
from mocklambda.services.sqs.message import Message

START = 1_700_000_000_000


def numbered(sqs, url, count):
    for number in range(1, count + 1):
        sqs.send(url, f"m{number}")


def test_nothing_to_give_has_no_messages_member(sqs):
    assert sqs("ReceiveMessage", QueueUrl=sqs.queue()) == {}


def test_one_message_is_received_by_default(sqs):
    url = sqs.queue()
    numbered(sqs, url, 2)
    assert len(sqs("ReceiveMessage", QueueUrl=url)["Messages"]) == 1


def test_a_message_shows_only_what_was_asked_for(sqs):
    url = sqs.queue()
    sent = sqs.send(url, "foobar", MessageAttributes={"a": {"DataType": "String", "StringValue": "x"}})
    (message,) = sqs.receive(url)
    assert message == {
        "MessageId": sent["MessageId"],
        "ReceiptHandle": message["ReceiptHandle"],
        "MD5OfBody": "3858f62230ac3c915f300c664312c63f",
        "Body": "foobar",
    }


def test_all_system_attributes_are_four(sqs):
    url = sqs.queue()
    sqs.send(url)
    sqs.advance(2)
    (message,) = sqs.receive(url, AttributeNames=["All"], MessageSystemAttributeNames=["SenderId"])
    assert message["Attributes"] == {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": "1700000000000",
        "SenderId": message["Attributes"]["SenderId"],
        "ApproximateFirstReceiveTimestamp": "1700000002000",
    }
    assert message["Attributes"]["SenderId"].startswith("AIDA")


def test_a_system_attribute_that_the_message_lacks_is_skipped(sqs):
    url = sqs.queue()
    sqs.send(url)
    (message,) = sqs.receive(url, AttributeNames=["SequenceNumber"])
    assert "Attributes" not in message


@pytest.mark.parametrize(
    ("names", "shown", "md5"),
    [
        (["All"], {"Help.Me", "Hello", "General"}, "4c360f3fdafd970e05fae2f149d997f5"),
        ([".*"], {"Help.Me", "Hello", "General"}, "4c360f3fdafd970e05fae2f149d997f5"),
        (["*"], {"Help.Me", "Hello", "General"}, "4c360f3fdafd970e05fae2f149d997f5"),
        (["Hello", "General"], {"Hello", "General"}, "fca026605781cb4126a1e9044df24232"),
        (["Hello", "Help"], {"Hello"}, "a311262e065454b75da111d535b8dacd"),
        (["Hel.*"], {"Hello", "Help.Me"}, "83fee93c1bcd8b9a5a923ffacdc636c7"),
        (["unknown", "AWS.", "..foo"], set(), None),
        ([], set(), None),
    ],
)
def test_message_attributes_are_selected_and_digested_as_recorded(sqs, names, shown, md5):
    url = sqs.queue()
    values = {"Help.Me": "Me", "Hello": "There", "General": "Kenobi"}
    sqs.send(
        url,
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in values.items()
        },
    )
    (message,) = sqs.receive(url, MessageAttributeNames=names)
    assert (set(message.get("MessageAttributes", ())), message.get("MD5OfMessageAttributes")) == (shown, md5)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            {"MaxNumberOfMessages": 11},
            "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
        ),
        (
            {"MaxNumberOfMessages": 0},
            "Value 0 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
        ),
        (
            {"WaitTimeSeconds": 21},
            "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
        ),
        (
            {"VisibilityTimeout": 43201},
            (
                "Value 43201 for parameter VisibilityTimeout is invalid. "
                "Reason: Must be >= 0 and <= 43200, if provided."
            ),
        ),
        (
            {"ReceiveRequestAttemptId": "a"},
            (
                "Value a for parameter ReceiveRequestAttemptId is invalid. "
                "Reason: The request includes a parameter that is not valid for this queue type."
            ),
        ),
    ],
)
def test_a_receive_is_refused_in_aws_words(sqs, request_, message):
    assert sqs.error("ReceiveMessage", QueueUrl=sqs.queue(), **request_) == ("InvalidParameterValue", message)


@pytest.mark.parametrize("attempt_id", ["", "a b", "a" * 129])
def test_an_attempt_id_is_of_the_form_of_other_ids(sqs, attempt_id):
    url = sqs.fifo()
    assert sqs.error("ReceiveMessage", QueueUrl=url, ReceiveRequestAttemptId=attempt_id) == (
        "InvalidParameterValue",
        (
            f"Value {attempt_id} for parameter ReceiveRequestAttemptId is invalid. Reason: ReceiveRequestAttemptId "
            "can only include alphanumeric and punctuation characters. 1 to 128 in length."
        ),
    )


def test_a_received_message_comes_back_after_its_visibility_timeout_before_later_ones(sqs):
    url = sqs.queue(VisibilityTimeout=5)
    sqs.send(url, "test1")
    (first,) = sqs.receive(url)
    sqs.send(url, "test2")
    sqs.advance(5)
    again, other = sqs.receive(url, AttributeNames=["ApproximateReceiveCount"])
    assert [again["Body"], again["Attributes"]["ApproximateReceiveCount"], other["Body"]] == [
        "test1",
        "2",
        "test2",
    ]
    assert again["ReceiptHandle"] != first["ReceiptHandle"]


def test_counts_are_exact(sqs):
    url = sqs.queue(VisibilityTimeout=5)
    numbered(sqs, url, 6)
    sqs.send(url, DelaySeconds=10)
    (message,) = sqs.receive(url, 1)
    before = sqs.counts(url)
    sqs("DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    deleted = sqs.counts(url)
    sqs.advance(10)
    assert (before, deleted, sqs.counts(url)) == ((5, 1, 1), (5, 1, 0), (6, 0, 0))


def test_any_earlier_handle_deletes_a_standard_message(sqs):
    url = sqs.queue(VisibilityTimeout=1)
    sqs.send(url)
    (first,) = sqs.receive(url)
    sqs.advance(1)
    sqs.receive(url)
    for _ in range(2):
        assert sqs("DeleteMessage", QueueUrl=url, ReceiptHandle=first["ReceiptHandle"]) == {}
    sqs.advance(60)
    assert sqs.counts(url) == (0, 0, 0)


def test_a_handle_of_another_queue_or_altered_is_invalid(sqs):
    url, other = sqs.queue(), sqs.queue("other")
    sqs.send(url)
    handle = sqs.receive(url)[0]["ReceiptHandle"]
    altered = handle[:-5] + ("A" if handle[-5] != "A" else "B") + handle[-4:]
    for queue_url, text in ((other, handle), (url, altered)):
        assert sqs.error("DeleteMessage", QueueUrl=queue_url, ReceiptHandle=text) == (
            "ReceiptHandleIsInvalid",
            f'The input receipt handle "{text}" is not a valid receipt handle.',
        )


def test_a_delete_batch_does_what_it_can(sqs):
    url = sqs.queue()
    sqs.send(url)
    handle = sqs.receive(url)[0]["ReceiptHandle"]
    entries = [{"Id": "1", "ReceiptHandle": handle}, {"Id": "2", "ReceiptHandle": "garbage"}]
    assert sqs("DeleteMessageBatch", QueueUrl=url, Entries=entries) == {
        "Successful": [{"Id": "1"}],
        "Failed": [
            {
                "Id": "2",
                "SenderFault": True,
                "Code": "ReceiptHandleIsInvalid",
                "Message": 'The input receipt handle "garbage" is not a valid receipt handle.',
            }
        ],
    }


def test_visibility_counts_from_the_moment_of_the_change(sqs):
    url = sqs.queue()
    sqs.send(url)
    handle = sqs.receive(url, VisibilityTimeout=2)[0]["ReceiptHandle"]
    for _ in range(5):
        sqs.advance(1)
        sqs("ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=2)
    hidden = sqs.bodies(url)
    sqs.advance(2)
    assert (hidden, sqs.bodies(url)) == ([], ["m"])


def test_the_first_handle_still_changes_visibility_while_a_later_receive_holds_the_message(sqs):
    url = sqs.queue(VisibilityTimeout=1)
    sqs.send(url)
    handle = sqs.receive(url)[0]["ReceiptHandle"]
    sqs.advance(1)
    sqs.receive(url, VisibilityTimeout=100)
    sqs("ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    assert sqs.bodies(url) == ["m"]


def test_a_timed_out_message_is_hidden_again_by_a_change(sqs):
    url = sqs.queue(VisibilityTimeout=1)
    sqs.send(url)
    handle = sqs.receive(url)[0]["ReceiptHandle"]
    sqs.advance(1)
    sqs("ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=10)
    hidden = sqs.bodies(url)
    sqs.advance(10)
    assert (hidden, sqs.bodies(url)) == ([], ["m"])


def test_visibility_of_a_deleted_message_cannot_change(sqs):
    url = sqs.queue()
    sqs.send(url)
    handle = sqs.receive(url)[0]["ReceiptHandle"]
    sqs("DeleteMessage", QueueUrl=url, ReceiptHandle=handle)
    assert sqs.error("ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=1) == (
        "InvalidParameterValue",
        (
            f"Value {handle} for parameter ReceiptHandle is invalid. "
            "Reason: Message does not exist or is not available for visibility timeout change."
        ),
    )


def test_a_message_is_hidden_for_twelve_hours_at_most(sqs):
    url = sqs.queue()
    sqs.send(url)
    handle = sqs.receive(url, VisibilityTimeout=10)[0]["ReceiptHandle"]
    sqs.advance(2)
    answer = sqs.error("ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=43199)
    assert answer == (
        "InvalidParameterValue",
        (
            "Value 43199 for parameter VisibilityTimeout is invalid. "
            "Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]."
        ),
    )


def test_visibility_timeout_zero_leaves_a_message_receivable(sqs):
    url = sqs.queue()
    sqs.send(url)
    first = sqs.receive(url, VisibilityTimeout=0)
    second = sqs.receive(url)
    assert first[0]["MessageId"] == second[0]["MessageId"]
    assert first[0]["ReceiptHandle"] != second[0]["ReceiptHandle"]
    assert sqs.counts(url) == (0, 0, 1)


def test_a_message_s_own_delay_goes_before_the_queue_s(sqs):
    url = sqs.queue(DelaySeconds=10)
    for delay in (0, 5):
        sqs.send(url, f"delay {delay}", DelaySeconds=delay)
    sqs.send(url, "delay of the queue")
    seen = []
    for _ in range(3):
        seen.append(sqs.bodies(url))
        sqs.advance(5)
    assert seen == [["delay 0"], ["delay 5"], ["delay of the queue"]]


def test_retention_counts_from_the_send_also_in_flight(sqs):
    url = sqs.queue(MessageRetentionPeriod=60, VisibilityTimeout=50)
    sqs.send(url)
    sqs.advance(30)
    handle = sqs.receive(url)[0]["ReceiptHandle"]
    sqs.advance(30)
    gone = sqs.counts(url)
    sqs.advance(100)
    assert (gone, sqs.bodies(url)) == ((0, 0, 0), [])
    assert sqs("DeleteMessage", QueueUrl=url, ReceiptHandle=handle) == {}


def test_a_shorter_retention_counts_at_once(sqs):
    url = sqs.queue()
    sqs.send(url)
    sqs.advance(100)
    sqs("SetQueueAttributes", QueueUrl=url, Attributes={"MessageRetentionPeriod": "60"})
    assert sqs.counts(url) == (0, 0, 0)


def test_a_purge_drops_everything_and_is_allowed_once_a_minute(sqs):
    url = sqs.queue()
    numbered(sqs, url, 2)
    sqs.send(url, DelaySeconds=10)
    sqs.receive(url, 1)
    sqs("PurgeQueue", QueueUrl=url)
    assert (sqs.counts(url), sqs.parked) == ((0, 0, 0), [])
    assert sqs.error("PurgeQueue", QueueUrl=url) == (
        "AWS.SimpleQueueService.PurgeQueueInProgress",
        "Only one PurgeQueue operation on q is allowed every 60 seconds.",
    )
    sqs.advance(60)
    sqs.send(url)
    sqs("PurgeQueue", QueueUrl=url)
    assert sqs.bodies(url) == []


# -- in flight -------------------------------------------------------------------------------------------


def test_a_hundred_and_twenty_thousand_messages_are_in_flight_at_most(sqs):
    url = sqs.queue()
    queue = sqs.state().queues["q"]
    for _ in range(120_001):
        queue.add(
            Message(
                message_id="",
                body="m",
                md5="",
                sender_id="",
                sent_at=START,
                causes=frozenset(),
                kept_from=START,
            ),
            START,
        )
    queue.receive(119_995, 30_000, START)
    assert (len(sqs.receive(url)), sqs.counts(url)) == (5, (1, 0, 120_000))
    assert sqs.error("ReceiveMessage", QueueUrl=url) == (
        "OverLimit",
        "Too many messages are in flight for this queue: at most 120000 are allowed.",
    )


@pytest.mark.parametrize("way", ["delete", "delete batch", "visibility", "timeout"])
def test_a_long_poll_waits_for_room_in_flight(sqs, monkeypatch, way):
    monkeypatch.setattr("mocklambda.services.sqs.queue.MOST_IN_FLIGHT", 3)
    url = sqs.queue(VisibilityTimeout=5)
    numbered(sqs, url, 4)
    held = sqs.receive(url)
    waiting = sqs.start("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20)
    handle = {"ReceiptHandle": held[0]["ReceiptHandle"]}
    was_done = waiting.done
    if way == "delete":
        sqs("DeleteMessage", QueueUrl=url, **handle)
    elif way == "delete batch":
        sqs("DeleteMessageBatch", QueueUrl=url, Entries=[{"Id": "1", **handle}])
    elif way == "visibility":
        sqs("ChangeMessageVisibility", QueueUrl=url, VisibilityTimeout=0, **handle)
    else:
        sqs.advance(5)
    (message,) = sqs.engine.wait(waiting)["Messages"]
    assert (len(held), was_done, message["Body"]) == (3, False, "m4" if "delete" in way else "m1")


def test_a_fifo_queue_with_too_many_in_flight_gives_nothing(sqs, monkeypatch):
    monkeypatch.setattr("mocklambda.services.sqs.queue.MOST_IN_FLIGHT", 1)
    url = sqs.fifo()
    for group in "ab":
        sqs.send(url, group, MessageGroupId=group)
    assert (sqs.bodies(url), sqs.bodies(url), sqs.counts(url)) == (["a"], [], (1, 0, 1))


# -- long polls ------------------------------------------------------------------------------------------


def test_a_long_poll_on_an_empty_queue_ends_after_its_wait(sqs):
    url = sqs.queue(ReceiveMessageWaitTimeSeconds=20)
    assert (sqs("ReceiveMessage", QueueUrl=url), sqs.seconds) == ({}, 20)


def test_an_explicit_wait_of_zero_overrides_the_queue(sqs):
    url = sqs.queue(ReceiveMessageWaitTimeSeconds=20)
    assert (sqs("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=0), sqs.seconds) == ({}, 0)


def test_a_long_poll_answers_at_once_when_there_is_something(sqs):
    url = sqs.queue()
    numbered(sqs, url, 2)
    assert (sqs.bodies(url, 3, WaitTimeSeconds=5), sqs.seconds) == (["m1", "m2"], 0)


@pytest.mark.parametrize("way", ["send", "delay", "visibility"])
def test_a_long_poll_wakes_when_a_message_becomes_visible(sqs, way):
    url = sqs.queue(VisibilityTimeout=3)
    if way == "delay":
        sqs.send(url, DelaySeconds=3)
    elif way == "visibility":
        sqs.send(url)
        sqs.receive(url)
    waiting = sqs.start("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20)
    assert isinstance(waiting, PendingReply)
    if way == "send":
        sqs.advance(3)
        sqs.send(url)
    answer = sqs.engine.wait(waiting)
    assert ([message["Body"] for message in answer["Messages"]], sqs.seconds) == (["m"], 3)


def test_long_polls_are_served_in_the_order_in_which_they_came(sqs):
    url = sqs.queue()
    polls = [sqs.start("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20) for _ in range(3)]
    sqs("SendMessageBatch", QueueUrl=url, Entries=[{"Id": body, "MessageBody": body} for body in "ab"])
    assert [poll.done for poll in polls] == [True, True, False]
    assert [poll.value["Messages"][0]["Body"] for poll in polls[:2]] == ["a", "b"]


def test_a_batch_ends_one_long_poll_as_a_whole(sqs):
    url = sqs.queue()
    poll = sqs.start("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20, MaxNumberOfMessages=10)
    sqs("SendMessageBatch", QueueUrl=url, Entries=[{"Id": body, "MessageBody": body} for body in "abc"])
    assert [message["Body"] for message in poll.value["Messages"]] == ["a", "b", "c"]


def test_a_caller_that_went_away_takes_no_message(sqs):
    url = sqs.queue()
    poll = sqs.start("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20)
    poll.resolve({})
    sqs.send(url)
    assert (sqs.counts(url), sqs.parked) == ((1, 0, 0), [])


def test_deleting_the_queue_ends_a_long_poll(sqs):
    url = sqs.queue()
    poll = sqs.start("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20)
    sqs("DeleteQueue", QueueUrl=url)
    assert (poll.error.query_code, sqs.parked) == ("AWS.SimpleQueueService.NonExistentQueue", [])


# -- costs -----------------------------------------------------------------------------------------------


def test_one_timer_serves_all_hidden_messages_and_none_stays_behind(sqs):
    url = sqs.queue()
    numbered(sqs, url, 20)
    handles = [message["ReceiptHandle"] for _ in range(2) for message in sqs.receive(url)]
    parked = sqs.parked
    for handle in handles:
        sqs("DeleteMessage", QueueUrl=url, ReceiptHandle=handle)
    assert (parked, sqs.parked) == (["a hidden message of q"], [])


def test_heaps_do_not_grow_with_what_passed_through(sqs):
    url = sqs.queue()
    for _ in range(500):
        sqs.send(url)
        sqs("DeleteMessage", QueueUrl=url, ReceiptHandle=sqs.receive(url)[0]["ReceiptHandle"])
    queue = sqs.state().queues["q"]
    assert max(len(queue._agenda), len(queue._ages), len(queue._line._heap)) <= 66
