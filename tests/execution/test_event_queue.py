from __future__ import annotations

import json

import pytest

from mocklambda.execution.observations import EventAccepted, EventDropped, EventStarted, RecordSent
from mocklambda.execution.ports import Attribute, Delivery

from .world import FAILURE, START, SUCCESS, World, arn_of, policy

QUEUE = "arn:aws:sqs:us-east-1:123456789012:ends"
BUS = "arn:aws:events:us-east-1:123456789012:event-bus/bus"


def failing(world: World) -> None:
    world.answers = lambda _: FAILURE


def record_of(delivery: Delivery) -> dict:
    return json.loads(delivery.body)


def test_an_event_runs_at_once_and_ends_in_silence(world: World) -> None:
    spec = world.function()
    request_id = world.accept(spec)
    ((at, invocation),) = world.sent
    assert (at, invocation.request_id, invocation.payload, invocation.attempt) == (
        0,
        request_id,
        b'{"k":1}',
        1,
    )
    assert world.clock.next_due() is not None  # only the idle environment's end
    assert world.of(EventDropped) == []


def test_an_event_for_a_function_that_is_not_there_is_not_accepted(world: World) -> None:
    world.function("other")
    assert (
        world.turn(
            lambda: world.execution.events.accept(arn_of("fn"), b"{}", trigger="async", causes=frozenset())
        )
        is None
    )


def test_an_event_without_a_payload_is_an_empty_object(world: World) -> None:
    world.accept(world.function(), b"")
    assert world.events() == [{}]


def test_a_failing_event_has_three_attempts_under_one_request_id(world: World) -> None:
    failing(world)
    world.accept(world.function())
    world.advance(59.999)
    assert world.times() == [0]
    world.advance(1000)
    assert world.times() == [0, 60, 180]
    assert len({invocation.request_id for _, invocation in world.sent}) == 1
    assert [invocation.attempt for _, invocation in world.sent] == [1, 2, 3]
    assert [started.age_ms for started in world.of(EventStarted)] == [0, 60_000, 180_000]


def test_an_event_that_recovers_is_not_tried_again(world: World) -> None:
    world.answers = lambda invocation: FAILURE if invocation.attempt == 1 else SUCCESS
    world.accept(world.function())
    world.advance(3600)
    assert world.times() == [0, 60]


def test_a_retry_runs_on_the_code_that_is_active_then(world: World) -> None:
    failing(world)
    spec = world.function(revision="1")
    world.accept(spec)
    world.function(revision="2")
    world.advance(60)
    assert [invocation.spec.revision for _, invocation in world.sent] == ["1", "2"]


def test_the_record_of_exhausted_retries_is_as_recorded(world: World) -> None:
    failing(world)
    inbox = world.inbox(QUEUE)
    request_id = world.accept(world.function(policy=policy(on_failure=QUEUE)))
    world.advance(180)
    (delivery,) = inbox.deliveries
    record = record_of(delivery)
    assert list(record) == [
        "version", "timestamp", "requestContext", "requestPayload", "responseContext", "responsePayload"
    ]  # fmt: skip
    assert record == {
        "version": "1.0",
        "timestamp": "2023-11-14T22:16:20.000Z",
        "requestContext": {
            "requestId": request_id,
            "functionArn": f"{arn_of('fn')}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {"k": 1},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "boom", "errorType": "ValueError"},
    }
    assert (delivery.principal, delivery.attributes) == ("lambda.amazonaws.com", {})


def test_the_record_of_a_success_has_no_function_error(world: World) -> None:
    inbox = world.inbox(QUEUE)
    world.accept(
        world.function(version="3", qualifier="live", policy=policy(on_success=QUEUE)), arn=arn_of("fn:live")
    )
    record = record_of(inbox.deliveries[0])
    assert record["requestContext"]["functionArn"] == arn_of("fn:live")
    assert record["requestContext"]["condition"] == "Success"
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "3"}
    assert record["responsePayload"] == "ok"


@pytest.mark.parametrize(("age", "attempts"), [(60, 1), (90, 2)])
def test_age_is_checked_ahead_of_the_wait(world: World, age: int, attempts: int) -> None:
    failing(world)
    inbox = world.inbox(QUEUE)
    world.accept(world.function(policy=policy(max_age_ms=age * 1000, on_failure=QUEUE)))
    world.advance(60 * (attempts - 1))
    (delivery,) = inbox.deliveries
    assert record_of(delivery)["requestContext"] | {"requestId": 0, "functionArn": 0} == {
        "requestId": 0,
        "functionArn": 0,
        "condition": "EventAgeExceeded",
        "approximateInvokeCount": attempts,
    }
    assert record_of(delivery)["responseContext"]["functionError"] == "Unhandled"


def test_with_no_concurrency_reserved_an_event_ends_at_once_without_an_attempt(world: World) -> None:
    inbox = world.inbox(QUEUE)
    spec = world.function(policy=policy(on_failure=QUEUE))
    world.execution.concurrency.reserve(spec.arn, 0)
    world.accept(spec)
    record = record_of(inbox.deliveries[0])
    assert record["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert record["requestContext"]["approximateInvokeCount"] == 0
    assert list(record) == ["version", "timestamp", "requestContext", "requestPayload"]
    assert world.sent == []


def test_a_dead_letter_is_the_event_as_sent_with_three_attributes(world: World) -> None:
    failing(world)
    inbox = world.inbox(QUEUE)
    request_id = world.accept(
        world.function(policy=policy(max_retries=0), dead_letter_arn=QUEUE), b'{ "raise_error": 1}'
    )
    (delivery,) = inbox.deliveries
    assert delivery.body == '{ "raise_error": 1}'
    assert delivery.attributes == {
        "RequestID": Attribute(data_type="String", value=request_id or ""),
        "ErrorCode": Attribute(data_type="Number", value="200"),
        "ErrorMessage": Attribute(data_type="String", value="boom"),
    }


def test_a_dead_letter_queue_and_a_destination_are_both_served(world: World) -> None:
    failing(world)
    letters, records = world.inbox(QUEUE), world.inbox(QUEUE + "2")
    world.accept(world.function(policy=policy(max_retries=0, on_failure=QUEUE + "2"), dead_letter_arn=QUEUE))
    assert (len(letters.deliveries), len(records.deliveries)) == (1, 1)


def test_a_record_for_an_event_bus_names_bus_and_function(world: World) -> None:
    inbox = world.inbox(BUS)
    world.accept(world.function(policy=policy(on_success=BUS)))
    delivery = inbox.deliveries[0]
    assert (delivery.detail_type, delivery.event_source, delivery.resources) == (
        "Lambda Function Invocation Result - Success",
        "lambda",
        (BUS, f"{arn_of('fn')}:$LATEST"),
    )


def test_a_record_for_a_bucket_has_a_key_of_function_and_instant(world: World) -> None:
    failing(world)
    inbox = world.inbox("arn:aws:s3:::bucket")
    world.accept(world.function(policy=policy(max_retries=0, on_failure="arn:aws:s3:::bucket")))
    key = inbox.deliveries[0].object_key or ""
    assert key.startswith("aws/lambda/async/fn/2023/11/14/2023-11-14T22.13.20-")


@pytest.mark.parametrize("is_there", [True, False])
def test_a_record_that_cannot_be_delivered_is_dropped_and_noted(world: World, is_there: bool) -> None:
    if is_there:
        world.inbox(QUEUE, refuses=True)
    request_id = world.accept(world.function(policy=policy(on_success=QUEUE)))
    assert world.of(RecordSent) == [
        RecordSent(
            arn=arn_of("fn"),
            request_id=request_id or "",
            purpose="OnSuccess",
            destination_arn=QUEUE,
            error="Gone: not here" if is_there else f"{QUEUE} does not exist",
            at=START,
        )
    ]


def test_a_throttled_event_runs_later_under_its_own_id_without_losing_an_attempt(world: World) -> None:
    spec = world.function()
    world.execution.concurrency.reserve(spec.arn, 1)
    world.answers = lambda _: None
    world.accept(spec)
    second = world.accept(spec)
    world.execution.concurrency.reserve(spec.arn, 2)
    assert len(world.sent) == 1
    world.answer()
    world.answers = lambda _: SUCCESS
    world.advance(1)
    assert [(at, invocation.request_id, invocation.attempt) for at, invocation in world.sent[1:]] == [
        (1000, second, 1)
    ]


def test_an_event_throttled_to_its_end_says_so_to_the_dead_letter_queue(world: World) -> None:
    inbox = world.inbox(QUEUE)
    spec = world.function(policy=policy(max_age_ms=60_000), dead_letter_arn=QUEUE)
    world.execution.concurrency.reserve(spec.arn, 1)
    world.answers = lambda _: None
    world.invoke(spec)
    request_id = world.accept(spec)
    world.turn(lambda: None)
    for _ in range(6):
        due = world.clock.next_due(lasting=True)
        if due is None:
            break
        world.clock.pin(due)
        world.turn(lambda: None)
    assert [(drop.request_id, drop.condition) for drop in world.of(EventDropped)] == [
        (request_id, "EventAgeExceeded")
    ]
    values = {name: attribute.value for name, attribute in inbox.deliveries[0].attributes.items()}
    assert values == {"RequestID": request_id, "ErrorCode": "429", "ErrorMessage": "Rate Exceeded."}


def test_a_loop_ends_in_the_failure_destination(world: World) -> None:
    inbox = world.inbox(QUEUE)
    spec = world.function(policy=policy(on_failure=QUEUE))
    header = None
    for _ in range(16):
        world.accept(spec, trace_header=header)
        header = world.sent[-1][1].trace_header
    world.accept(spec, trace_header=header)
    assert len(world.sent) == 16
    assert record_of(inbox.deliveries[0])["requestContext"]["condition"] == "RecursiveInvocation"


def test_a_function_that_may_loop_is_not_stopped(world: World) -> None:
    spec = world.function(is_recursion_allowed=True)
    header = None
    for _ in range(20):
        world.accept(spec, trace_header=header)
        header = world.sent[-1][1].trace_header
    assert len(world.sent) == 20


def test_an_event_whose_function_was_deleted_ends_as_not_found_after_its_retries(world: World) -> None:
    failing(world)
    inbox = world.inbox(QUEUE)
    world.accept(world.function(dead_letter_arn=QUEUE))
    world.directory.targets.clear()
    world.advance(180)
    assert world.times() == [0]
    values = {name: attribute.value for name, attribute in inbox.deliveries[0].attributes.items()}
    assert values["ErrorMessage"] == f"Function not found: {arn_of('fn')}"
    assert values["ErrorCode"] == "404"


def test_events_are_held_back_while_deliveries_are_paused(world: World) -> None:
    spec = world.function()
    world.engine.pause()
    world.accept(spec)
    world.accept(spec)
    assert (world.sent, world.execution.events.waiting()) == ([], 2)
    world.engine.resume()
    assert len(world.sent) == 2


def test_what_an_event_sets_off_counts_for_the_calls_that_it_descends_from(world: World) -> None:
    seen = []

    class Listener:
        arn = QUEUE

        def deliver(self, delivery: Delivery) -> None:
            seen.append(world.engine.causes)

        def permits(self, *_: str) -> bool:
            return True

    world.inboxes[QUEUE] = Listener()  # type: ignore[assignment]
    causes = world.engine.new_call()
    world.accept(world.function(policy=policy(on_success=QUEUE)), causes=causes)
    assert seen == [causes]


def test_an_accepted_event_is_observed_once_however_often_it_is_tried(world: World) -> None:
    failing(world)
    world.accept(world.function())
    world.advance(1000)
    assert len(world.of(EventAccepted)) == 1
