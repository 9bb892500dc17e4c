"""A stream's mapping hands over batches in order, retries, splits, discards, and follows resharding."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from mocklambda.execution.mapping import MappingState
from mocklambda.execution.observations import BatchFinished, BatchHandedOver, BatchPolled, RecordsDropped
from mocklambda.execution.stream_poller import StreamPoller

from .stream import (
    INBOX,
    Stream,
    answering,
    batches,
    connect,
    data_of,
    failing_on,
    given_up,
    reporting,
)
from .world import FAILURE, START, SUCCESS, World, arn_of

EXHAUSTED, TOO_OLD = "RetryAttemptsExhausted", "RecordAgeExceeded"


@pytest.fixture
def stream(world: World) -> Stream:
    world.function()
    return Stream(world)


def poller(world: World) -> StreamPoller:
    found = world.execution.mappings.poller("u")
    assert isinstance(found, StreamPoller)
    return found


# -- batches ---------------------------------------------------------------------------------------------


def test_records_of_one_put_come_in_one_batch_in_order(world: World, stream: Stream) -> None:
    connect(world, stream)
    stream.put(*range(10))
    assert batches(world) == [list(range(10))]
    ((_, invocation),) = world.sent
    assert (invocation.trigger, invocation.invoked_arn) == ("kinesis:s", arn_of("fn"))


def test_records_carry_the_functions_role(world: World) -> None:
    world.function(role="arn:role")
    stream = Stream(world)
    connect(world, stream)
    stream.put("a")
    assert world.events() == [{"Records": [{"n": "1", "data": "a", "invokeIdentityArn": "arn:role"}]}]


def test_the_next_batch_starts_after_the_one_before_returned(world: World, stream: Stream) -> None:
    world.answers = lambda _: None
    connect(world, stream, batch_size=10)
    stream.put(*range(20))
    before = batches(world)
    world.answer()
    assert (before, batches(world)[1:]) == ([list(range(10))], [list(range(10, 20))])


def test_shards_are_read_at_the_same_time(world: World) -> None:
    world.function()
    stream = Stream(world, shards=2)
    world.answers = lambda _: None
    connect(world, stream)
    stream.put("a", shard="shard-0")
    stream.put("b", shard="shard-1")
    assert batches(world) == [["a"], ["b"]]


@pytest.mark.parametrize(
    ("start", "seen"),
    [
        ({"starting_position": "TRIM_HORIZON"}, [["old", "new"], ["later"]]),
        ({"starting_position": "LATEST"}, [["later"]]),
        ({"starting_position": "AT_TIMESTAMP", "starting_timestamp": START + 1}, [["new"], ["later"]]),
    ],
)
def test_a_mapping_starts_at_its_position(world: World, stream: Stream, start: Any, seen: Any) -> None:
    stream.put("old")
    world.advance(1)
    stream.put("new")
    connect(world, stream, **start)
    stream.put("later")
    assert batches(world) == seen


def test_a_window_gathers_records(world: World, stream: Stream) -> None:
    connect(world, stream, window_ms=10_000)
    stream.put("a")
    world.advance(9)
    stream.put("b")
    before = batches(world)
    world.advance(1)
    assert (before, batches(world)) == ([], [["a", "b"]])


def test_a_full_batch_does_not_wait_for_its_window(world: World, stream: Stream) -> None:
    connect(world, stream, window_ms=1_000, batch_size=3)
    stream.put(*range(6))
    assert batches(world) == [[0, 1, 2], [3, 4, 5]]


def test_the_next_window_starts_when_the_invocation_before_it_completed(world: World, stream: Stream) -> None:
    world.answers = lambda invocation: FAILURE if invocation.attempt == 1 else SUCCESS
    connect(world, stream, window_ms=10_000, batch_size=2)
    stream.put("a", "b", "c")
    world.advance(20)
    assert [at for at, _ in world.sent] == [0, 500, 10_500, 11_000]


def test_an_event_holds_six_megabytes(world: World, stream: Stream) -> None:
    connect(world, stream)
    stream.put(*("x" * (1 << 21) for _ in range(4)))
    assert [len(batch) for batch in batches(world)] == [2, 2]


def test_a_payload_of_six_megabytes_does_not_wait_for_its_window(world: World, stream: Stream) -> None:
    connect(world, stream, window_ms=300_000)
    stream.put(*("x" * (1 << 21) for _ in range(3)), size=1 << 21)
    assert [len(batch) for batch in batches(world)] == [2]


def test_two_mappings_have_positions_of_their_own(world: World, stream: Stream) -> None:
    world.function("other")
    connect(world, stream)
    settings = connect(world, stream, function_arn=arn_of("other"), is_enabled=False)
    stream.put("a")
    world.turn(lambda: world.execution.mappings.update(settings, is_enabled=True))
    assert [(invocation.spec.name, data_of(invocation)) for _, invocation in world.sent] == [
        ("fn", ["a"]),
        ("other", ["a"]),
    ]


# -- failures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_a_failing_batch_is_retried_as_often_as_allowed_and_then_given_up(
    world: World, stream: Stream, retries: int
) -> None:
    world.answers = failing_on("bad")
    connect(world, stream, max_retries=retries, batch_size=2)
    stream.put("bad", "b", "c")
    world.advance(60)
    assert batches(world) == [["bad", "b"]] * (retries + 1) + [["c"]]
    assert given_up(world) == [(EXHAUSTED, retries + 1, 2, "1", "2")]


def test_a_retried_batch_is_the_same_event(world: World, stream: Stream) -> None:
    world.answers = failing_on("bad")
    connect(world, stream, max_retries=2)
    stream.put("bad")
    world.advance(60)
    assert len({invocation.payload for _, invocation in world.sent}) == 1
    assert [invocation.attempt for _, invocation in world.sent] == [1, 2, 3]


def test_retries_keep_growing_apart(world: World, stream: Stream) -> None:
    world.answers = failing_on("bad")
    connect(world, stream)
    stream.put("bad")
    world.advance(300)
    assert [at for at, _ in world.sent] == [
        0, 500, 1500, 3500, 7500, 15_500, 31_500, 63_500, 123_500, 183_500, 243_500,
    ]  # fmt: skip


def test_a_failing_batch_blocks_its_shard(world: World, stream: Stream) -> None:
    world.answers = failing_on("bad")
    connect(world, stream)
    stream.put("bad")
    stream.put("good")
    world.advance(0.5)
    assert batches(world) == [["bad"], ["bad"]]


def test_a_throttled_batch_uses_no_retries(world: World, stream: Stream) -> None:
    spec = world.function()
    world.execution.concurrency.reserve(spec.arn, 0)
    connect(world, stream, max_retries=0)
    stream.put("a")
    world.advance(20)
    world.execution.concurrency.reserve(spec.arn, None)
    world.advance(20)
    assert (batches(world), given_up(world)) == ([["a"]], [])


def test_a_batch_that_no_event_can_hold_counts_as_failed(world: World, stream: Stream) -> None:
    connect(world, stream, max_retries=0, on_failure=None)
    stream.put("x" * (7 << 20))
    stream.put("next")
    assert batches(world) == [["next"]]


def test_endless_retries_end_when_the_stream_has_dropped_the_record(world: World, stream: Stream) -> None:
    world.answers = failing_on("bad")
    connect(world, stream, max_record_age_ms=200_000)
    stream.retention_ms = 100_000
    stream.put("bad")
    world.advance(99.999)
    before = given_up(world)
    world.advance(0.001)
    assert (before, given_up(world)) == ([], [(TOO_OLD, 9, 1, "1", "1")])


# -- partial batch responses -----------------------------------------------------------------------------


def test_what_is_left_of_a_batch_starts_a_new_count(world: World, stream: Stream) -> None:
    world.answers = reporting(6)
    connect(world, stream, batch_size=3, max_retries=3, reports_failures=True)
    stream.put(*range(1, 7))
    world.advance(60)
    assert batches(world) == [[1, 2, 3], [4, 5, 6], [6], [6], [6], [6]]
    assert given_up(world) == [(EXHAUSTED, 4, 1, "6", "6")]


def test_the_lowest_reported_record_counts(world: World, stream: Stream) -> None:
    world.answers = lambda invocation: (
        answering({"batchItemFailures": [{"itemIdentifier": "4"}, {"itemIdentifier": "2"}]})
        if len(data_of(invocation)) == 4
        else answering(None)
    )
    connect(world, stream, reports_failures=True)
    stream.put(*range(1, 5))
    assert batches(world) == [[1, 2, 3, 4], [2, 3, 4]]


@pytest.mark.parametrize(
    "response",
    [
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"itemIdentifier": "99"}]},
        {"batchItemFailures": [{"itemIdentifier": 1}]},
        {"batchItemFailures": [{"foo": "1"}]},
    ],
)
def test_a_malformed_report_is_a_failure(world: World, stream: Stream, response: Any) -> None:
    world.answers = lambda _: answering(response)
    connect(world, stream, max_retries=2, reports_failures=True)
    stream.put("a")
    world.advance(60)
    assert (len(world.sent), given_up(world)) == (3, [(EXHAUSTED, 3, 1, "1", "1")])
    (delivery,) = world.inboxes[INBOX].deliveries
    assert json.loads(delivery.body)["responseContext"]["functionError"] is None


@pytest.mark.parametrize(
    "response", [None, [], {}, {"batchItemFailures": []}, {"batchItemFailures": None}, ""]
)
def test_any_form_of_success_is_one(world: World, stream: Stream, response: Any) -> None:
    world.answers = lambda _: answering(response)
    connect(world, stream, max_retries=2, reports_failures=True)
    stream.put("a")
    world.advance(60)
    assert (len(world.sent), poller(world).last_result) == (1, "OK")


def test_a_report_nobody_asked_for_is_ignored(world: World, stream: Stream) -> None:
    world.answers = reporting("a")
    connect(world, stream)
    stream.put("a")
    world.advance(60)
    assert batches(world) == [["a"]]


# -- bisecting -------------------------------------------------------------------------------------------


def test_a_failing_batch_is_split_until_the_bad_record_is_alone(world: World, stream: Stream) -> None:
    world.answers = failing_on("bad")
    connect(world, stream, bisects=True, max_retries=1)
    stream.put(1, 2, "bad", 4, 5, 6, 7, 8)
    world.advance(60)
    assert batches(world) == [
        [1, 2, "bad", 4, 5, 6, 7, 8],
        [1, 2, "bad", 4],
        [1, 2],
        ["bad", 4],
        ["bad"],
        ["bad"],
        [4],
        [5, 6, 7, 8],
    ]
    assert given_up(world) == [(EXHAUSTED, 2, 1, "3", "3")]


def test_splitting_uses_no_retries(world: World, stream: Stream) -> None:
    world.answers = failing_on("bad")
    connect(world, stream, bisects=True, max_retries=0)
    stream.put(1, "bad", 3)
    assert batches(world) == [[1, "bad", 3], [1], ["bad", 3], ["bad"], [3]]
    assert given_up(world) == [(EXHAUSTED, 1, 1, "2", "2")]


def test_with_a_report_the_split_is_where_it_says(world: World, stream: Stream) -> None:
    world.answers = reporting(3)
    connect(world, stream, bisects=True, max_retries=0, reports_failures=True)
    stream.put(1, 2, 3, 4, 5)
    assert batches(world) == [[1, 2, 3, 4, 5], [3, 4, 5], [3], [4, 5]]
    assert given_up(world) == [(EXHAUSTED, 1, 1, "3", "3")]


# -- record age ------------------------------------------------------------------------------------------


def test_a_record_that_is_too_old_is_given_up_alone_and_unseen(world: World, stream: Stream) -> None:
    stream.put("old")
    world.advance(60)
    stream.put(*range(5))
    connect(world, stream, max_retries=0, max_record_age_ms=60_000)
    assert batches(world) == [[0, 1, 2, 3, 4]]
    assert given_up(world) == [(TOO_OLD, 1, 1, "1", "1")]


def test_retries_end_at_the_records_age(world: World, stream: Stream) -> None:
    world.answers = failing_on("bad")
    connect(world, stream, max_record_age_ms=60_000)
    stream.put("bad")
    world.advance(59.999)
    before = given_up(world)
    world.advance(0.001)
    assert (before, given_up(world)) == ([], [(TOO_OLD, 8, 1, "1", "1")])


def test_the_younger_part_of_a_batch_goes_on(world: World, stream: Stream) -> None:
    world.answers = failing_on("b")
    connect(world, stream, window_ms=30_000, batch_size=2, max_record_age_ms=60_000)
    stream.put("a")
    world.advance(20)
    stream.put("b")
    world.advance(55)
    assert (batches(world)[-1], given_up(world)) == (["b"], [(TOO_OLD, 8, 1, "1", "1")])


# -- the record of what was given up ---------------------------------------------------------------------


def test_the_on_failure_record_has_the_recorded_form(world: World, stream: Stream) -> None:
    world.answers = lambda _: FAILURE
    connect(world, stream, max_retries=0)
    world.advance(1.5)
    stream.put("a")
    (delivery,) = world.inboxes[INBOX].deliveries
    ((_, invocation),) = world.sent
    assert list(json.loads(delivery.body).items()) == [
        (
            "requestContext",
            {
                "requestId": invocation.request_id,
                "functionArn": arn_of("fn"),
                "condition": EXHAUSTED,
                "approximateInvokeCount": 1,
            },
        ),
        ("responseContext", {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}),
        ("version", "1.0"),
        ("timestamp", "2023-11-14T22:13:21.500Z"),
        (
            "KinesisBatchInfo",
            {
                "shardId": "shard-0",
                "startSequenceNumber": "1",
                "endSequenceNumber": "1",
                "approximateArrivalOfFirstRecord": "2023-11-14T22:13:21.500Z",
                "approximateArrivalOfLastRecord": "2023-11-14T22:13:21.500Z",
                "batchSize": 1,
                "streamArn": stream.arn,
            },
        ),
    ]


def test_a_record_given_up_for_its_age_has_no_response(world: World, stream: Stream) -> None:
    stream.put("old")
    world.advance(60)
    connect(world, stream, max_record_age_ms=60_000)
    (delivery,) = world.inboxes[INBOX].deliveries
    assert list(json.loads(delivery.body)) == ["requestContext", "version", "timestamp", "KinesisBatchInfo"]


def test_a_tables_stream_is_named_otherwise_and_without_milliseconds(world: World) -> None:
    world.function()
    stream = Stream(world, service="dynamodb")
    world.answers = lambda _: FAILURE
    connect(world, stream, max_retries=0)
    stream.put("a")
    (delivery,) = world.inboxes[INBOX].deliveries
    info = json.loads(delivery.body)["DDBStreamBatchInfo"]
    assert info["approximateArrivalOfFirstRecord"] == "2023-11-14T22:13:20Z"
    assert world.sent[0][1].trigger == "dynamodb:t"


def test_a_bucket_gets_the_event_as_well(world: World, stream: Stream) -> None:
    world.answers = lambda _: FAILURE
    bucket = world.inbox("arn:aws:s3:::b")
    connect(world, stream, max_retries=0, on_failure=bucket.arn)
    stream.put("a")
    (delivery,) = bucket.deliveries
    assert json.loads(json.loads(delivery.body)["payload"]) == world.events()[0]
    assert delivery.object_key is not None
    assert delivery.object_key.startswith("aws/lambda/u/shard-0/2023/11/14/2023-11-14T22.13.20-")


def test_without_a_destination_the_batch_is_just_dropped(world: World, stream: Stream) -> None:
    world.answers = failing_on("bad")
    connect(world, stream, max_retries=0, on_failure=None)
    stream.put("bad")
    stream.put("good")
    assert batches(world) == [["bad"], ["good"]]


# -- parallelization -------------------------------------------------------------------------------------


def test_batches_of_one_shard_run_at_once_but_never_two_of_a_key(world: World, stream: Stream) -> None:
    world.answers = lambda _: None
    connect(world, stream, batch_size=1, parallelization_factor=2)
    for data, key in [("a1", "a"), ("a2", "a"), ("b1", "b"), ("c1", "c")]:
        stream.put(data, key=key)
    before = batches(world)
    world.answer()
    assert (before, batches(world)[2:]) == ([["a1"], ["b1"]], [["a2"]])


def test_a_failing_key_does_not_hold_back_others(world: World, stream: Stream) -> None:
    world.answers = failing_on("bad")
    connect(world, stream, batch_size=1, parallelization_factor=2)
    for data, key in [("bad", "a"), ("a2", "a"), ("b1", "b"), ("b2", "b")]:
        stream.put(data, key=key)
    world.advance(5)
    assert [batch for batch in batches(world) if batch != ["bad"]] == [["b1"], ["b2"]]


@pytest.mark.parametrize("factor", [1, 3])
def test_as_many_batches_as_the_factor_run_at_once(world: World, stream: Stream, factor: int) -> None:
    world.answers = lambda _: None
    connect(world, stream, batch_size=1, parallelization_factor=factor)
    stream.put(*range(10))
    assert (len(batches(world)), poller(world).running, poller(world).limit) == (factor, factor, factor)


# -- filters ---------------------------------------------------------------------------------------------


def test_only_records_that_match_a_filter_are_handed_over(world: World, stream: Stream) -> None:
    connect(world, stream, filters=('{"data": {"v": [2]}}', '{"data": {"v": [4]}}'))
    stream.put(*range(5))
    assert batches(world) == [[2, 4]]
    assert world.of(BatchPolled) == [BatchPolled(mapping_id="u", polled=5, filtered_out=3)]


def test_nothing_is_invoked_when_nothing_matches(world: World, stream: Stream) -> None:
    connect(world, stream, filters=('{"data": {"v": ["x"]}}',))
    stream.put(*range(5))
    assert (batches(world), poller(world).last_result) == ([], "No records processed")


def test_data_that_is_no_json_matches_no_pattern_of_data(world: World, stream: Stream) -> None:
    connect(world, stream, filters=('{"data": {"w": [{"exists": false}]}}',))
    stream.put("no json", "a")
    assert batches(world) == [["a"]]


# -- resharding ------------------------------------------------------------------------------------------


def test_parents_are_over_before_children_are_read(world: World, stream: Stream) -> None:
    world.answers = lambda _: None
    connect(world, stream, batch_size=1)
    stream.put("p1", "p2")
    stream.reshard(("shard-0",), "shard-1", "shard-2")
    stream.put("c1", shard="shard-1")
    stream.put("c2", shard="shard-2")
    seen = [batches(world)]
    world.answer()
    seen.append(batches(world)[1:])
    world.answer()
    seen.append(batches(world)[2:])
    assert seen == [[["p1"]], [["p2"]], [["c1"], ["c2"]]]


def test_a_merged_shard_waits_for_both_parents(world: World) -> None:
    world.function()
    stream = Stream(world, shards=2)
    world.answers = failing_on("bad")
    connect(world, stream, max_retries=2)
    stream.put("bad", shard="shard-1")
    stream.reshard(("shard-0", "shard-1"), "shard-2")
    stream.put("c", shard="shard-2")
    before = batches(world)
    world.advance(10)
    assert (before, batches(world)) == ([["bad"]], [["bad"]] * 3 + [["c"]])


def test_children_of_the_start_begin_at_the_starting_position(world: World, stream: Stream) -> None:
    stream.put("p")
    stream.reshard(("shard-0",), "shard-1")
    stream.put("old", shard="shard-1")
    connect(world, stream, starting_position="LATEST")
    stream.put("new", shard="shard-1")
    assert batches(world) == [["new"]]


def test_later_children_begin_at_their_first_record(world: World, stream: Stream) -> None:
    settings = connect(world, stream, starting_position="LATEST")
    world.turn(lambda: world.execution.mappings.update(settings, is_enabled=False))
    stream.reshard(("shard-0",), "shard-1")
    stream.put("a", shard="shard-1")
    world.turn(lambda: world.execution.mappings.update(settings, is_enabled=True))
    assert batches(world) == [["a"]]


# -- the life of a mapping -------------------------------------------------------------------------------


def test_a_disabled_mapping_goes_on_at_its_checkpoint(world: World, stream: Stream) -> None:
    settings = connect(world, stream)
    stream.put("a")
    disabling = world.turn(lambda: world.execution.mappings.update(settings, is_enabled=False))
    stream.put("b")
    before = batches(world)
    world.turn(lambda: world.execution.mappings.update(settings, is_enabled=True))
    assert (disabling, before, batches(world)) == (MappingState.DISABLING, [["a"]], [["a"], ["b"]])


def test_a_batch_in_retry_stops_with_its_mapping_and_goes_on_with_it(world: World, stream: Stream) -> None:
    world.answers = failing_on("bad")
    settings = connect(world, stream, max_retries=2)
    stream.put("bad")
    world.turn(lambda: world.execution.mappings.update(settings, is_enabled=False))
    world.advance(60)
    before = len(world.sent)
    world.turn(lambda: world.execution.mappings.update(settings, is_enabled=True))
    world.advance(60)
    assert (before, len(world.sent), given_up(world)) == (1, 3, [(EXHAUSTED, 3, 1, "1", "1")])


def test_records_that_expired_meanwhile_are_not_handed_over(world: World, stream: Stream) -> None:
    settings = connect(world, stream, window_ms=10_000)
    stream.put("a")
    world.advance(5)
    stream.put("b")
    world.turn(lambda: world.execution.mappings.update(settings, is_enabled=False))
    world.advance(86_396)
    world.turn(lambda: world.execution.mappings.update(settings, is_enabled=True))
    assert batches(world) == [["b"]]


def test_what_is_in_flight_when_a_mapping_stops_counts(world: World, stream: Stream) -> None:
    world.answers = lambda _: None
    settings = connect(world, stream, batch_size=1)
    stream.put("a", "b")
    world.turn(lambda: world.execution.mappings.update(settings, is_enabled=False))
    world.answer()
    before = batches(world)
    world.turn(lambda: world.execution.mappings.update(settings, is_enabled=True))
    assert (before, batches(world)) == ([["a"]], [["a"], ["b"]])


def test_a_deleted_mapping_leaves_nothing_on_the_clock(world: World, stream: Stream) -> None:
    world.answers = failing_on("bad")
    connect(world, stream, window_ms=1000)
    stream.put("bad")
    world.advance(2)
    stream.put("x")
    world.turn(lambda: world.execution.mappings.delete("u"))
    assert [timer for timer in world.clock.parked() if "s shard" in timer.label] == []
    assert stream.listeners == []


def test_a_new_function_gets_what_comes_next(world: World, stream: Stream) -> None:
    world.function("other")
    settings = connect(world, stream)
    stream.put("a")
    changed = replace(settings, function_arn=arn_of("other"))
    world.turn(lambda: world.execution.mappings.update(changed, is_enabled=True))
    stream.put("b")
    assert [invocation.spec.name for _, invocation in world.sent] == ["fn", "other"]


def test_a_mapping_waits_for_its_function(world: World, stream: Stream) -> None:
    connect(world, stream, function_arn=arn_of("later"))
    stream.put("a")
    before = batches(world)
    world.function("later")
    stream.put("b")
    assert (before, batches(world)) == ([], [["a", "b"]])


@pytest.mark.parametrize(("outcome", "result"), [(SUCCESS, "OK"), (FAILURE, "PROBLEM: Function call failed")])
def test_the_last_result_is_told(world: World, stream: Stream, outcome: Any, result: str) -> None:
    world.answers = lambda _: outcome
    connect(world, stream)
    before = poller(world).last_result
    stream.put("a")
    assert (before, poller(world).last_result) == ("No records processed", result)


# -- what is told, and who waits -------------------------------------------------------------------------


def test_the_age_of_the_last_record_is_noted_when_a_batch_is_handed_over(
    world: World, stream: Stream
) -> None:
    stream.put("a")
    world.advance(7)
    stream.put("b")
    world.advance(3)
    connect(world, stream)
    assert world.of(BatchHandedOver) == [
        BatchHandedOver(mapping_id="u", function_arn=arn_of("fn"), iterator_age_ms=3000)
    ]
    assert world.of(BatchFinished) == [BatchFinished(mapping_id="u", invoked=2, failed=0, deleted=0)]


def test_the_iterator_age_grows_while_a_shard_is_blocked(world: World, stream: Stream) -> None:
    world.answers = failing_on("bad")
    connect(world, stream)
    stream.put("bad")
    world.advance(9)
    assert poller(world).iterator_age_ms == 9000


def test_dropped_records_are_counted(world: World, stream: Stream) -> None:
    world.answers = failing_on("bad")
    connect(world, stream, max_retries=0)
    stream.put("bad", "too")
    assert world.of(RecordsDropped) == [RecordsDropped(mapping_id="u", count=2, reason=EXHAUSTED)]


def test_a_call_waits_for_its_records_behind_a_batch_in_flight(world: World, stream: Stream) -> None:
    world.answers = lambda _: None
    connect(world, stream, batch_size=1)
    stream.put("a", causes=frozenset({1}))
    stream.put("b", causes=frozenset({2}))
    (flight,) = world.execution.invoker.in_flight()
    assert flight.work.causes == {1, 2}


def test_the_call_that_made_the_mapping_waits_for_what_was_there(world: World, stream: Stream) -> None:
    stream.put("a", causes=frozenset({1}))
    world.answers = lambda _: None
    settings = connect(world, stream, is_enabled=False)
    world.turn(lambda: world.execution.mappings.update(settings, is_enabled=True), frozenset({2}))
    (flight,) = world.execution.invoker.in_flight()
    assert flight.work.causes == {1, 2}


def test_no_more_is_read_ahead_than_ten_thousand_records(world: World, stream: Stream) -> None:
    world.answers = lambda _: None
    stream.put(*range(10_050), key="k")
    connect(world, stream, batch_size=100)
    stream.put("more")
    assert stream.limits == [10_000, 100, 49]
