from __future__ import annotations

import json
from typing import Any

import pytest

from mocklambda.execution.mapping import MappingState, UnknownSource
from mocklambda.execution.observations import AttemptRefused, BatchFinished, BatchPolled
from mocklambda.execution.poller import MappingSettings
from mocklambda.execution.values import Invocation, Outcome, OutcomeKind

from .world import FAILURE, SUCCESS, Queue, World, arn_of


def connect(world: World, queue: Queue, *, is_enabled: bool = True, **changes: Any) -> MappingSettings:
    settings = MappingSettings(
        mapping_id="u",
        source_arn=queue.arn,
        function_arn=changes.pop("function_arn", arn_of("fn")),
        **changes,
    )
    world.turn(lambda: world.execution.mappings.create(settings, is_enabled=is_enabled))
    return settings


def put(world: World, queue: Queue, *bodies: str, **options: Any) -> None:
    """Send all in one turn."""

    def send() -> None:
        for body in bodies:
            queue.put(body, **options)

    world.turn(send)


def batches(world: World) -> list[list[str]]:
    """Bodies, per invocation."""
    return [[record["body"] for record in event["Records"]] for event in world.events()]


def answering(payload: Any) -> Outcome:
    return Outcome(kind=OutcomeKind.SUCCEEDED, payload=json.dumps(payload).encode())


@pytest.fixture
def queue(world: World) -> Queue:
    world.function()
    return world.queue()


# -- success and failure ---------------------------------------------------------------------------------


def test_a_message_is_handed_over_and_deleted(world: World, queue: Queue) -> None:
    connect(world, queue)
    put(world, queue, "a")
    assert (batches(world), queue.deleted, queue.backlog()) == ([["a"]], ["m1"], 0)
    ((_, invocation),) = world.sent
    assert (invocation.trigger, invocation.invoked_arn) == ("sqs:q", arn_of("fn"))


def test_messages_that_waited_before_the_mapping_are_taken(world: World, queue: Queue) -> None:
    put(world, queue, *"abcd")
    connect(world, queue)
    assert batches(world) == [["a", "b", "c", "d"]]


def test_batches_are_filled_up_to_their_size(world: World, queue: Queue) -> None:
    connect(world, queue, batch_size=2)
    put(world, queue, *"abcde")
    assert batches(world) == [["a", "b"], ["c", "d"], ["e"]]


def test_a_failed_batch_comes_back_when_its_messages_are_visible_again(world: World, queue: Queue) -> None:
    world.answers = lambda _: FAILURE if len(world.sent) < 3 else SUCCESS
    connect(world, queue)
    put(world, queue, "a", "b")
    assert queue.deleted == []
    world.advance(60)
    assert world.times() == [0, 30, 60]
    assert queue.deleted == ["m1", "m2"]


def test_the_qualifier_of_the_mapping_is_what_runs(world: World, queue: Queue) -> None:
    world.function(version="2", qualifier="live")
    connect(world, queue, function_arn=arn_of("fn:live"))
    put(world, queue, "a")
    ((_, invocation),) = world.sent
    assert (invocation.spec.version, invocation.invoked_arn) == ("2", arn_of("fn:live"))


def test_without_its_function_a_mapping_leaves_messages_in_the_queue(world: World, queue: Queue) -> None:
    connect(world, queue)
    world.directory.targets.clear()
    put(world, queue, "a")
    assert (world.sent, queue.backlog()) == ([], 1)


# -- partial batch responses -----------------------------------------------------------------------------


@pytest.mark.parametrize("reply", [None, {}, [], "", {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_a_report_without_failures_deletes_all(world: World, queue: Queue, reply: Any) -> None:
    world.answers = lambda _: answering(reply)
    connect(world, queue, reports_failures=True)
    put(world, queue, "a", "b")
    assert queue.deleted == ["m1", "m2"]


def test_only_reported_messages_stay(world: World, queue: Queue) -> None:
    world.answers = lambda _: answering({"batchItemFailures": [{"itemIdentifier": "m2"}]})
    connect(world, queue, reports_failures=True)
    put(world, queue, "a", "b", "c")
    world.answers = lambda _: SUCCESS
    assert queue.deleted == ["m1", "m3"]
    world.advance(30)
    assert batches(world) == [["a", "b", "c"], ["b"]]


@pytest.mark.parametrize("entry", [{"itemIdentifier": "m9"}, {"itemIdentifier": ""}, {"foo": "m1"}, "m1"])
def test_a_malformed_report_fails_the_batch(world: World, queue: Queue, entry: Any) -> None:
    world.answers = lambda _: answering({"batchItemFailures": [{"itemIdentifier": "m1"}, entry]})
    connect(world, queue, reports_failures=True)
    put(world, queue, "a", "b")
    assert queue.deleted == []


def test_a_report_that_was_not_asked_for_is_ignored(world: World, queue: Queue) -> None:
    world.answers = lambda _: answering({"batchItemFailures": [{"itemIdentifier": "m1"}]})
    connect(world, queue)
    put(world, queue, "a")
    assert queue.deleted == ["m1"]


def test_a_function_error_fails_the_batch_whatever_it_reports(world: World, queue: Queue) -> None:
    world.answers = lambda _: FAILURE
    connect(world, queue, reports_failures=True)
    put(world, queue, "a")
    assert queue.deleted == []
    assert world.of(BatchFinished) == [BatchFinished(mapping_id="u", invoked=1, failed=1, deleted=0)]


# -- windows ---------------------------------------------------------------------------------------------


def test_a_window_gathers_messages_until_it_ends(world: World, queue: Queue) -> None:
    connect(world, queue, window_ms=10_000)
    put(world, queue, "a")
    world.advance(4)
    put(world, queue, "b")
    assert batches(world) == []
    world.advance(6)
    assert (batches(world), world.times()) == ([["a", "b"]], [10])


def test_a_full_batch_does_not_wait_for_its_window(world: World, queue: Queue) -> None:
    connect(world, queue, batch_size=3, window_ms=1000)
    put(world, queue, *"abcdefg")
    assert batches(world) == [["a", "b", "c"], ["d", "e", "f"]]
    world.advance(1)
    assert batches(world)[2:] == [["g"]]


def test_large_batches_are_gathered_from_many_receives(world: World, queue: Queue) -> None:
    connect(world, queue, batch_size=10_000, window_ms=10_000)
    put(world, queue, *map(str, range(500)))
    put(world, queue, *map(str, range(500)))
    world.advance(10)
    assert [len(batch) for batch in batches(world)] == [1000]


@pytest.mark.parametrize(
    ("window_ms", "visibility"),
    [(0, None), (20_000, None), (27_000, None), (27_001, 60_001), (300_000, 333_000)],
)
def test_a_window_longer_than_visibility_allows_stretches_it(
    world: World, queue: Queue, window_ms, visibility
) -> None:
    connect(world, queue, window_ms=window_ms)
    put(world, queue, "a")
    assert queue.visibilities[-1] == visibility


@pytest.mark.parametrize("window_ms", [0, 1000])
def test_the_digest_of_no_attributes_is_null_only_with_a_window(
    world: World, queue: Queue, window_ms: int
) -> None:
    connect(world, queue, window_ms=window_ms)
    put(world, queue, "a")
    world.advance(1)
    record = world.events()[0]["Records"][0]
    expected = ["messageId", "body", "attributes", "messageAttributes", "md5OfBody"]
    if window_ms:
        expected.insert(4, "md5OfMessageAttributes")
        assert record["md5OfMessageAttributes"] is None
    assert list(record) == expected


def test_messages_that_wait_in_a_window_are_not_waited_for(world: World, queue: Queue) -> None:
    connect(world, queue, window_ms=1000)
    causes = world.engine.new_call()
    put(world, queue, "a", causes=causes)
    world.engine.settle_call(causes)
    assert world.sent == []


# -- size ------------------------------------------------------------------------------------------------


def test_an_event_holds_six_megabytes_at_most(world: World, queue: Queue) -> None:
    connect(world, queue)
    put(world, queue, *["x" * 1_000_000] * 8)
    assert [len(batch) for batch in batches(world)] == [6, 2]
    assert all(len(invocation.payload) <= 6 * 1024 * 1024 for _, invocation in world.sent)


def test_a_message_that_no_event_can_hold_is_left_to_the_queue(world: World, queue: Queue) -> None:
    connect(world, queue)
    put(world, queue, "a", "\x01" * 1_100_000, "b")
    assert (batches(world), queue.deleted, len(queue.hidden)) == ([["a", "b"]], ["m1", "m3"], 1)


# -- filters ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "passing", "refused"),
    [
        ('{"body":{"k":["a","b"]}}', '{"k":"b"}', '{"k":"c"}'),
        ('{"body":{"k":["a"]}}', '{"k":"a"}', "plain"),
        ('{"body.k":["a"]}', '{"k":"a"}', '{"k":"b"}'),
        ('{"body":["plain"]}', "plain", '{"plain":1}'),
        ('{"body":[{"prefix":"pl"}]}', "plain", "simple"),
        ('{"body":[{"exists":true}]}', "plain", "[1]"),
        ('{"messageId":["m2"],"body":{"k":[1]}}', '{"k":1}', "{}"),
        ('{"body":{"$or":[{"k":[1]},{"n":[2]}]}}', '{"n":2}', '{"n":1}'),
        ('{"$or":[{"body":{"k":[1]}},{"body":{"n":[2]}}]}', '{"n":2}', "plain"),
        ('{"$or":[{"body":{"k":[1]}},{"body":["plain"]}]}', "plain", '"plain"'),
        ('{"$or":[{"body":{"k":[1]}},{"messageId":["m2"]}]}', "anything", "something"),
        ('{"body":{"k":[1]}} and more', '{"k":1}', "{}"),
        ('{"body":{"k":[{"exists":false}]}}', "{}", "[" * 100_000),
    ],
)
def test_filters_let_through_what_matches_and_delete_the_rest(
    world, queue, pattern, passing, refused
) -> None:
    connect(world, queue, filters=(pattern,))
    put(world, queue, refused, passing)
    assert batches(world) == [[passing]]
    assert queue.deleted == ["m1", "m2"]
    assert world.of(BatchPolled) == [BatchPolled(mapping_id="u", polled=2, filtered_out=1)]


def test_one_matching_filter_is_enough(world: World, queue: Queue) -> None:
    connect(world, queue, filters=('{"body":{"k":[1]}}', '{"body":{"k":[2]}}'))
    put(world, queue, '{"k":1}', '{"k":2}', '{"k":3}')
    assert batches(world) == [['{"k":1}', '{"k":2}']]


def test_nothing_runs_when_no_message_passes(world: World, queue: Queue) -> None:
    connect(world, queue, filters=('{"body":{"k":[1]}}',))
    put(world, queue, "x", "y")
    assert (world.sent, queue.deleted) == ([], ["m1", "m2"])


def test_filters_are_applied_before_a_batch_is_counted(world: World, queue: Queue) -> None:
    connect(world, queue, batch_size=2, filters=('{"body":{"k":[1]}}',))
    put(world, queue, "x", '{"k":1}', "y", '{"k":1, "n":2}')
    assert batches(world) == [['{"k":1}', '{"k":1, "n":2}']]


# -- concurrency -----------------------------------------------------------------------------------------


def test_five_batches_run_at_first(world: World, queue: Queue) -> None:
    world.answers = lambda _: None
    connect(world, queue, batch_size=1)
    put(world, queue, *"abcdefgh")
    assert batches(world) == [["a"], ["b"], ["c"], ["d"], ["e"]]
    world.answer()
    assert batches(world)[5:] == [["f"]]


def test_a_maximum_concurrency_caps_the_batches_in_flight(world: World, queue: Queue) -> None:
    world.answers = lambda _: None
    connect(world, queue, batch_size=1, maximum_concurrency=2)
    put(world, queue, *"abc")
    assert batches(world) == [["a"], ["b"]]


def test_pollers_are_added_on_the_clock_while_messages_wait(world: World, queue: Queue) -> None:
    world.answers = lambda _: None
    queue.visibility_timeout_ms = 10**9
    connect(world, queue, batch_size=1)
    put(world, queue, *map(str, range(400)))
    poller = world.execution.mappings.poller("u")
    assert (len(world.sent), poller.limit) == (5, 5)
    world.clock.pin(world.clock.now() + 60_000)
    world.turn(lambda: None)
    assert (len(world.sent), poller.limit) == (305, 305)
    world.clock.pin(world.clock.now() + 60_000)
    world.turn(lambda: None)
    assert (len(world.sent), poller.limit, poller.running) == (400, 5, 400)


def test_thirty_messages_at_two_at_a_time_are_two_events(world: World, queue: Queue) -> None:
    put(world, queue, *map(str, range(30)))
    world.execution.concurrency.reserve(arn_of("fn"), 2)
    connect(world, queue, batch_size=20, window_ms=1000, maximum_concurrency=2)
    world.advance(1)
    assert [len(batch) for batch in batches(world)] == [20, 10]


def test_a_call_returns_only_when_its_waiting_message_was_processed(world: World, queue: Queue) -> None:
    world.answers = lambda _: None
    connect(world, queue, batch_size=1, maximum_concurrency=2)
    first, second, third = (world.engine.new_call() for _ in range(3))
    for body, causes in (("a", first), ("b", second), ("c", third)):
        put(world, queue, body, causes=causes)
    flights = world.execution.invoker.in_flight()
    assert [flight.work.causes for flight in flights] == [first | third, second]
    world.answer()
    assert [flight.work.causes for flight in world.execution.invoker.in_flight()] == [second, third]
    world.answer()
    world.answer()
    for causes in (first, second, third):
        world.engine.settle_call(causes)


def test_a_batch_counts_for_the_calls_of_all_its_messages(world: World, queue: Queue) -> None:
    world.answers = lambda _: None
    first, second = world.engine.new_call(), world.engine.new_call()
    put(world, queue, "a", causes=first)
    put(world, queue, "b", causes=second)
    connect(world, queue)
    assert [flight.work.causes for flight in world.execution.invoker.in_flight()] == [first | second]


def test_the_call_that_enables_a_mapping_waits_until_what_was_visible_is_processed(world, queue) -> None:
    world.answers = lambda _: None
    put(world, queue, *"abc")
    settings = connect(world, queue, is_enabled=False, batch_size=1, maximum_concurrency=1)
    causes = world.engine.new_call()
    world.turn(lambda: world.execution.mappings.update(settings, is_enabled=True), causes)
    for _ in range(3):
        assert [flight.work.causes for flight in world.execution.invoker.in_flight()] == [causes]
        world.answer()
    world.engine.settle_call(causes)
    put(world, queue, "d")
    assert [flight.work.causes for flight in world.execution.invoker.in_flight()] == [frozenset()]


def test_single_sends_become_one_batch_while_deliveries_are_paused(world: World, queue: Queue) -> None:
    connect(world, queue)
    world.engine.pause()
    put(world, queue, "a")
    put(world, queue, "b")
    world.engine.resume()
    assert batches(world) == [["a", "b"]]


# -- throttling and loops --------------------------------------------------------------------------------


def test_a_throttled_batch_is_tried_again_while_its_messages_are_hidden(world: World, queue: Queue) -> None:
    world.execution.concurrency.reserve(arn_of("fn"), 0)
    connect(world, queue)
    put(world, queue, "a")
    world.advance(6.5)
    world.execution.concurrency.reserve(arn_of("fn"), None)
    assert [refusal.at - refusal_start(world) for refusal in world.of(AttemptRefused)] == [0, 1000, 3000]
    world.advance(0.5)
    assert (batches(world), queue.deleted, world.times()) == ([["a"]], ["m1"], [7])


def refusal_start(world: World) -> int:
    return world.of(AttemptRefused)[0].at


def test_a_batch_throttled_too_long_returns_to_the_queue(world: World, queue: Queue) -> None:
    queue.visibility_timeout_ms = 5000
    world.execution.concurrency.reserve(arn_of("fn"), 0)
    connect(world, queue)
    put(world, queue, "a")
    world.advance(4.999)
    world.execution.concurrency.reserve(arn_of("fn"), None)
    world.advance(0.001)
    assert [invocation.request_id for _, invocation in world.sent] != []
    assert (batches(world), queue.deleted) == ([["a"]], ["m1"])


def test_what_a_throttled_poller_holds_takes_its_room(world: World, queue: Queue) -> None:
    world.execution.concurrency.reserve(arn_of("fn"), 0)
    connect(world, queue, batch_size=1)
    put(world, queue, *"abcdefgh")
    assert (len(world.of(AttemptRefused)), queue.backlog()) == (5, 3)


def test_a_loop_is_refused_and_its_message_left_to_the_queue(world: World, queue: Queue) -> None:
    connect(world, queue)
    header = None
    for _ in range(16):
        put(world, queue, "a", trace=header)
        header = world.sent[-1][1].trace_header
    put(world, queue, "a", trace=header)
    assert len(world.sent) == 16
    assert [refusal.reason for refusal in world.of(AttemptRefused)] == ["RecursiveInvocation"]
    assert len(queue.hidden) == 1


# -- FIFO ------------------------------------------------------------------------------------------------


@pytest.fixture
def fifo(world: World) -> Queue:
    world.function()
    return world.queue("q.fifo")


def test_a_group_has_one_batch_in_flight_and_groups_run_side_by_side(world: World, fifo: Queue) -> None:
    world.answers = lambda _: None
    connect(world, fifo, batch_size=1)
    put(world, fifo, "a1", "a2", group="a")
    put(world, fifo, "b1", "b2", group="b")
    assert batches(world) == [["a1"], ["b1"]]
    world.answer()
    assert batches(world)[2:] == [["a2"]]


def test_waiting_messages_of_a_group_arrive_in_one_event(world: World, fifo: Queue) -> None:
    put(world, fifo, *"1234", group="g")
    connect(world, fifo)
    assert batches(world) == [["1", "2", "3", "4"]]


def test_a_reported_group_comes_back_in_order(world: World, fifo: Queue) -> None:
    fifo.visibility_timeout_ms = 8000

    def answer(invocation: Invocation) -> Outcome:
        failing = ["m2", "m3", "m4"] if len(world.sent) == 1 else ["m4"]
        return answering({"batchItemFailures": [{"itemIdentifier": item} for item in failing]})

    world.answers = answer
    put(world, fifo, *"1234", group="g")
    connect(world, fifo, reports_failures=True)
    world.advance(8)
    assert batches(world) == [["1", "2", "3", "4"], ["2", "3", "4"]]
    assert fifo.deleted == ["m1", "m2", "m3"]


def test_what_did_not_fit_waits_for_its_group(world: World, fifo: Queue) -> None:
    world.answers = lambda _: None
    connect(world, fifo)
    put(world, fifo, *["x" * 1_000_000] * 8, group="g")
    assert [len(batch) for batch in batches(world)] == [6]
    world.answer()
    assert [len(batch) for batch in batches(world)] == [6, 2]


def test_what_did_not_fit_does_not_pass_a_failed_batch_of_its_group(world: World, fifo: Queue) -> None:
    world.answers = lambda _: None
    connect(world, fifo)
    put(world, fifo, *["x" * 1_000_000] * 8, group="g")
    world.answer(FAILURE)
    assert [len(batch) for batch in batches(world)] == [6]


# -- life ------------------------------------------------------------------------------------------------


def test_a_disabled_mapping_leaves_messages_in_the_queue(world: World, queue: Queue) -> None:
    connect(world, queue, is_enabled=False)
    put(world, queue, "a")
    assert (world.sent, queue.backlog()) == ([], 1)


@pytest.mark.parametrize(
    ("was_enabled", "is_enabled", "shown"),
    [
        (False, True, MappingState.ENABLING),
        (True, False, MappingState.DISABLING),
        (True, True, MappingState.UPDATING),
        (False, False, MappingState.UPDATING),
    ],
)
def test_an_update_shows_the_state_in_between(world, queue, was_enabled, is_enabled, shown) -> None:
    settings = connect(world, queue, is_enabled=was_enabled)
    mappings = world.execution.mappings
    assert world.turn(lambda: mappings.update(settings, is_enabled=is_enabled)) is shown
    assert mappings.state("u") is (MappingState.ENABLED if is_enabled else MappingState.DISABLED)
    put(world, queue, "a")
    assert len(world.sent) == is_enabled


@pytest.mark.parametrize(
    ("is_enabled", "shown"), [(True, MappingState.CREATING), (False, MappingState.DISABLED)]
)
def test_a_creation_shows_the_state_in_between(world: World, queue: Queue, is_enabled, shown) -> None:
    settings = MappingSettings(mapping_id="u", source_arn=queue.arn, function_arn=arn_of("fn"))
    assert world.turn(lambda: world.execution.mappings.create(settings, is_enabled=is_enabled)) is shown


def test_a_mapping_of_no_source_is_refused(world: World) -> None:
    settings = MappingSettings(mapping_id="u", source_arn="arn:aws:sqs:x:1:none", function_arn=arn_of("fn"))
    with pytest.raises(UnknownSource):
        world.execution.mappings.create(settings, is_enabled=True)


def test_an_update_counts_from_the_next_batch_on(world: World, queue: Queue) -> None:
    world.function(version="2", qualifier="2")
    connect(world, queue)
    changed = MappingSettings(mapping_id="u", source_arn=queue.arn, function_arn=arn_of("fn:2"), batch_size=1)
    world.turn(lambda: world.execution.mappings.update(changed, is_enabled=True))
    put(world, queue, "a", "b")
    assert [invocation.spec.version for _, invocation in world.sent] == ["2", "2"]


def test_a_deleted_mapping_takes_nothing_more_but_finishes_what_it_has(world: World, queue: Queue) -> None:
    world.answers = lambda _: None
    connect(world, queue)
    put(world, queue, "a")
    assert world.turn(lambda: world.execution.mappings.delete("u")) is MappingState.DELETING
    put(world, queue, "b")
    world.answer()
    assert (batches(world), queue.deleted, queue.listeners) == ([["a"]], ["m1"], [])
