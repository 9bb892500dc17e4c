"""FIFO queues: groups, their order, what counts as a duplicate, and receipt handles that expire."""

import pytest

from mocklambda.flight import PendingReply

NO_ID = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"


def put(sqs, url, *names):
    """Send messages named ``group-number``, in order."""
    for name in names:
        sqs.send(url, name, MessageGroupId=name.split("-")[0])


def handles(messages):
    return {message["Body"]: message["ReceiptHandle"] for message in messages}


def delete(sqs, url, handle):
    return sqs("DeleteMessage", QueueUrl=url, ReceiptHandle=handle)


def hide(sqs, url, handle, seconds):
    sqs("ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=seconds)


def test_a_send_answers_a_sequence_number_of_twenty_digits(sqs):
    url = sqs.fifo()
    first, second = (sqs.send(url, body, MessageGroupId="g")["SequenceNumber"] for body in "ab")
    assert len(first) == 20
    assert first < second


def test_all_system_attributes_are_seven(sqs):
    url = sqs.fifo()
    answer = sqs.send(url, "a", MessageGroupId="g")
    (message,) = sqs.receive(url, AttributeNames=["All"])
    assert message["Attributes"] == {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": "1700000000000",
        "SequenceNumber": answer["SequenceNumber"],
        "MessageGroupId": "g",
        "SenderId": message["Attributes"]["SenderId"],
        "MessageDeduplicationId": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
        "ApproximateFirstReceiveTimestamp": "1700000000000",
    }


# -- what is refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attributes", "request_", "code", "message"),
    [
        ({}, {}, "MissingParameter", "The request must contain the parameter MessageGroupId."),
        ({"ContentBasedDeduplication": "false"}, {"MessageGroupId": "g"}, "InvalidParameterValue", NO_ID),
        (
            {"DelaySeconds": 1},
            {"MessageGroupId": "g", "DelaySeconds": 2},
            "InvalidParameterValue",
            (
                "Value 2 for parameter DelaySeconds is invalid. "
                "Reason: The request include parameter that is not valid for this queue type."
            ),
        ),
        (
            {},
            {"MessageGroupId": "g", "MessageDeduplicationId": "d" * 129},
            "InvalidParameterValue",
            (
                f"Value {'d' * 129} for parameter MessageDeduplicationId is invalid. Reason: MessageDeduplicationId "
                "can only include alphanumeric and punctuation characters. 1 to 128 in length."
            ),
        ),
        (
            {},
            {"MessageGroupId": "a b"},
            "InvalidParameterValue",
            (
                "Value a b for parameter MessageGroupId is invalid. Reason: MessageGroupId "
                "can only include alphanumeric and punctuation characters. 1 to 128 in length."
            ),
        ),
    ],
)
def test_a_send_is_refused_in_aws_words(sqs, attributes, request_, code, message):
    url = sqs.fifo(**attributes)
    assert sqs.error("SendMessage", QueueUrl=url, MessageBody="a", **request_) == (code, message)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"MessageDeduplicationId": "d"}, "The request must contain the parameter MessageGroupId."),
        ({"MessageGroupId": "g"}, NO_ID),
    ],
)
def test_a_batch_without_ids_is_refused_as_a_whole(sqs, entry, message):
    url = sqs.fifo(ContentBasedDeduplication="false")
    entries = [{"Id": "1", "MessageBody": "a", **entry}]
    assert sqs.error("SendMessageBatch", QueueUrl=url, Entries=entries) == ("InvalidParameterValue", message)


# -- order (each case recorded) --------------------------------------------------------------------------


def test_a_receive_takes_all_it_can_of_one_group_first(sqs):
    url = sqs.fifo()
    put(sqs, url, "g1-1", "g2-1", "g1-2", "g1-3")
    assert sqs.bodies(url) == ["g1-1", "g1-2", "g1-3", "g2-1"]


@pytest.mark.parametrize(("extended", "seen"), [(0, []), (1, ["g-1"]), (2, ["g-1", "g-2"])])
def test_a_message_in_flight_holds_back_only_those_after_it(sqs, extended, seen):
    url = sqs.fifo()
    put(sqs, url, "g-1", "g-2", "g-3")
    messages = sqs.receive(url, VisibilityTimeout=1)
    hide(sqs, url, messages[extended]["ReceiptHandle"], 4)
    sqs.advance(2.5)
    assert sqs.bodies(url) == seen


def test_groups_that_timed_out_come_after_those_never_received(sqs):
    url = sqs.fifo(VisibilityTimeout=2)
    put(sqs, url, "g1-1", "g1-2", "g1-3", "g1-4", "g2-1", "g3-1")
    taken = sqs.bodies(url, 2), sqs.bodies(url, 1)
    sqs.advance(2)
    assert (taken, sqs.bodies(url)) == (
        (["g1-1", "g1-2"], ["g2-1"]),
        ["g3-1", "g1-1", "g1-2", "g1-3", "g1-4", "g2-1"],
    )


def test_groups_received_with_timeout_zero_come_after_those_never_received(sqs):
    url = sqs.fifo()
    put(sqs, url, "g1-1", "g2-1", "g2-2", "g3-1", "g1-2")
    taken = sqs.bodies(url, 3, VisibilityTimeout=0)
    assert (taken, sqs.bodies(url)) == (["g1-1", "g1-2", "g2-1"], ["g3-1", "g1-1", "g1-2", "g2-1", "g2-2"])


@pytest.mark.parametrize("seconds", [0, 1])
def test_an_earlier_message_is_delivered_while_a_later_one_is_in_flight(sqs, seconds):
    url = sqs.fifo()
    put(sqs, url, "g1-1", "g1-2", "g2-1")
    first, _ = sqs.receive(url, 2)
    hide(sqs, url, first["ReceiptHandle"], seconds)
    sqs.advance(seconds)
    assert sqs.bodies(url, 3) == ["g2-1", "g1-1"]


@pytest.mark.parametrize(
    ("deleted", "seen"),
    [(["g1-1", "g1-2"], ["g2-1", "g2-2", "g1-3", "g1-4", "g3-1"]), (["g1-1"], ["g2-1", "g2-2", "g3-1"])],
)
def test_a_group_is_free_once_all_of_it_that_was_in_flight_is_deleted(sqs, deleted, seen):
    url = sqs.fifo()
    put(sqs, url, "g1-1", "g2-1", "g1-2", "g2-2", "g1-3", "g1-4", "g3-1")
    taken = handles(sqs.receive(url, 2))
    for body in deleted:
        delete(sqs, url, taken[body])
    assert sqs.bodies(url) == seen


def test_a_long_poll_wakes_when_its_group_is_set_free(sqs):
    url = sqs.fifo()
    put(sqs, url, "g1-1")
    (first,) = sqs.receive(url)
    polls = [sqs.start("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20) for _ in range(3)]
    put(sqs, url, "g1-2")
    before = [poll.done for poll in polls]
    delete(sqs, url, first["ReceiptHandle"])
    assert (before, [poll.done for poll in polls]) == ([False] * 3, [True, False, False])
    assert [message["Body"] for message in polls[0].value["Messages"]] == ["g1-2"]


def test_an_emptied_group_takes_new_messages(sqs):
    url = sqs.fifo()
    put(sqs, url, "g-1")
    delete(sqs, url, sqs.receive(url)[0]["ReceiptHandle"])
    put(sqs, url, "g-2")
    assert sqs.bodies(url) == ["g-2"]


def test_a_queue_s_delay_hides_all_until_due_then_in_order(sqs):
    url = sqs.fifo(DelaySeconds=2)
    for name in ("g1-1", "g2-1", "g1-2"):
        sqs.send(url, name, MessageGroupId=name[:2], DelaySeconds=0)
    hidden = sqs.bodies(url)
    sqs.advance(2)
    assert (hidden, sqs.bodies(url)) == ([], ["g1-1", "g1-2", "g2-1"])


def test_a_message_that_expires_in_flight_sets_its_group_free(sqs):
    url = sqs.fifo(MessageRetentionPeriod=60)
    put(sqs, url, "g-1")
    sqs.receive(url, VisibilityTimeout=600)
    sqs.advance(30)
    put(sqs, url, "g-2")
    sqs.advance(20)
    assert (sqs.bodies(url, WaitTimeSeconds=20), sqs.seconds) == (["g-2"], 60)


def test_messages_behind_a_locked_group_still_count_as_visible(sqs):
    url = sqs.fifo()
    put(sqs, url, "g1-1", "g1-2", "g2-1", "g2-2", "g3-1", "g3-2")
    sqs.receive(url, 1)
    sqs.receive(url, 1)
    assert sqs.counts(url) == (4, 0, 2)


# -- receipt handles -------------------------------------------------------------------------------------


def test_a_delete_after_the_timeout_fails_and_the_message_stays(sqs):
    url = sqs.fifo(VisibilityTimeout=1)
    put(sqs, url, "g-1")
    handle = sqs.receive(url)[0]["ReceiptHandle"]
    sqs.advance(1)
    assert sqs.error("DeleteMessage", QueueUrl=url, ReceiptHandle=handle) == (
        "InvalidParameterValue",
        f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.",
    )
    assert sqs.bodies(url) == ["g-1"]


def test_an_extended_handle_stays_valid(sqs):
    url = sqs.fifo(VisibilityTimeout=1)
    put(sqs, url, "g-1")
    handle = sqs.receive(url)[0]["ReceiptHandle"]
    hide(sqs, url, handle, 10)
    sqs.advance(5)
    delete(sqs, url, handle)
    assert delete(sqs, url, handle) == {}


def test_a_retried_receive_gets_the_same_messages_hidden_anew(sqs):
    url = sqs.fifo(VisibilityTimeout=10)
    put(sqs, url, "g-1", "g-2", "h-1")
    first = sqs.receive(url, 2, ReceiveRequestAttemptId="a")
    sqs.advance(6)
    again = sqs.receive(url, 2, ReceiveRequestAttemptId="a")
    sqs.advance(6)
    assert (again, sqs.bodies(url)) == (first, ["h-1"])


def test_a_retried_receive_is_a_new_one_once_a_message_was_deleted(sqs):
    url = sqs.fifo()
    put(sqs, url, "g-1", "h-1")
    (first,) = sqs.receive(url, 1, ReceiveRequestAttemptId="a")
    delete(sqs, url, first["ReceiptHandle"])
    assert sqs.bodies(url, 1, ReceiveRequestAttemptId="a") == ["h-1"]


# -- duplicates ------------------------------------------------------------------------------------------


def test_a_duplicate_is_answered_like_the_first_and_not_stored(sqs):
    url = sqs.fifo()
    first = sqs.send(url, "a", MessageGroupId="g")
    delete(sqs, url, sqs.receive(url)[0]["ReceiptHandle"])
    sqs.advance(299)
    assert (sqs.send(url, "a", MessageGroupId="other"), sqs.bodies(url)) == (first, [])


def test_an_id_is_free_again_after_five_minutes(sqs):
    url = sqs.fifo()
    sqs.send(url, "a", MessageGroupId="g", MessageDeduplicationId="d")
    sqs.advance(300)
    sqs.send(url, "b", MessageGroupId="g", MessageDeduplicationId="d")
    assert sqs.bodies(url) == ["a", "b"]


def test_an_explicit_id_goes_before_the_content(sqs):
    url = sqs.fifo()
    for number in "12":
        sqs.send(url, "same", MessageGroupId="g", MessageDeduplicationId=number)
    assert sqs.bodies(url) == ["same", "same"]


def test_scope_message_group_compares_inside_the_group(sqs):
    url = sqs.fifo(DeduplicationScope="messageGroup")
    for group in ("g1", "g2", "g1"):
        sqs.send(url, "a", MessageGroupId=group)
    assert sqs.counts(url) == (2, 0, 0)


def test_a_new_scope_counts_a_minute_after_the_change(sqs):
    url = sqs.fifo()
    sqs("SetQueueAttributes", QueueUrl=url, Attributes={"DeduplicationScope": "messageGroup"})
    sqs.send(url, "a", MessageGroupId="g1")
    sqs.send(url, "a", MessageGroupId="g2")
    before = sqs.counts(url)
    sqs.advance(60)
    sqs.send(url, "a", MessageGroupId="g2")
    assert (before, sqs.counts(url)) == ((1, 0, 0), (2, 0, 0))


def test_a_purge_forgets_duplicates(sqs):
    url = sqs.fifo()
    put(sqs, url, "g-1")
    sqs("PurgeQueue", QueueUrl=url)
    put(sqs, url, "g-1")
    assert sqs.bodies(url) == ["g-1"]


def test_a_waiting_poll_is_a_pending_reply_while_its_group_is_locked(sqs):
    url = sqs.fifo()
    put(sqs, url, "g-1", "g-2")
    sqs.receive(url, 1)
    assert isinstance(sqs.start("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=1), PendingReply)
