"""What a test breaks on purpose breaks as it would on AWS, so many times, and is whole again after."""

from __future__ import annotations

from datetime import datetime, timezone

import boto3
import pytest
from botocore.exceptions import ClientError

from mocklambda import UsageError

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)
COUNTS = """
count = 0

def handler(event, context):
    global count
    count += 1
    return count
"""

pytestmark = pytest.mark.mock_lambda(clock=NOON)


@pytest.fixture(params=["process", "inline", "stub"])
def fn(request, mock_lambda):
    if request.param == "stub":
        return mock_lambda.stub("fn", returns=1)
    return mock_lambda.function("fn", source=COUNTS, inline=request.param == "inline", timeout=7)


def endings(fn):
    return [ran.error and ran.error["errorType"] for ran in fn.invocations]


@pytest.mark.parametrize(("reserved", "reason"), [
    (None, "ConcurrentInvocationLimitExceeded"),
    (5, "ReservedFunctionConcurrentInvocationLimitExceeded"),
])  # fmt: skip
def test_a_throttled_function_is_refused_so_many_times(mock_lambda, reserved, reason):
    fn = mock_lambda.function("fn", source=COUNTS, reserved=reserved)
    mock_lambda.faults.throttle(fn, times=2)

    for _ in range(2):
        with pytest.raises(ClientError) as refusal:
            fn.invoke()
        assert refusal.value.response["Error"]["Code"] == "TooManyRequestsException"
        assert refusal.value.response["Reason"] == reason
    assert fn.invoke().payload == 1


def test_a_throttled_event_comes_again(mock_lambda, fn):
    mock_lambda.faults.throttle("fn")

    fn.send()
    assert fn.invocations == []
    mock_lambda.advance(minutes=1)

    assert endings(fn) == [None]


def test_a_crash_is_the_end_of_a_process_by_a_signal(mock_lambda, fn):
    mock_lambda.faults.crash(fn)

    failed = fn.invoke()

    assert failed.payload == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {failed.request_id} Error: Runtime exited with error: signal: killed",
    }
    assert "Status: error\tError Type: Runtime.ExitError" in failed.logs
    assert fn.invoke().payload == 1


def test_a_crash_takes_the_modules_state_with_it(mock_lambda):
    fn = mock_lambda.function("fn", source=COUNTS)
    assert [fn.invoke().payload, fn.invoke().payload] == [1, 2]

    mock_lambda.faults.crash(fn, times=2)
    assert [fn.invoke().error["errorType"] for _ in range(2)] == ["Runtime.ExitError"] * 2

    assert [fn.invoke().payload, fn.invoke().payload] == [1, 2]


def test_a_timeout_lasts_as_long_as_the_functions_own_and_takes_no_time(mock_lambda):
    fn = mock_lambda.function("fn", source=COUNTS, timeout=900)
    mock_lambda.faults.timeout(fn)

    failed = fn.invoke()

    assert failed.payload == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {failed.request_id} Error: Task timed out after 900.00 seconds",
    }
    (ran,) = fn.invocations
    assert ran.duration_ms == 900_000
    assert mock_lambda.now == NOON
    assert f"{failed.request_id} Task timed out after 900.00 seconds" in failed.logs
    assert fn.invoke().payload == 1


def test_faults_happen_in_the_order_of_their_planning_to_each_attempt_of_an_event(mock_lambda, fn):
    mock_lambda.faults.out_of_memory(fn)
    mock_lambda.faults.timeout(fn)

    fn.send()
    mock_lambda.run_until_idle()

    assert endings(fn) == ["Runtime.OutOfMemory", "Sandbox.Timedout", None]


def test_a_message_whose_delete_missed_a_copy_is_received_again(mock_lambda):
    queue = mock_lambda.queue("jobs", visibility_timeout=30)
    fn = mock_lambda.stub("fn", returns=None)
    fn.on_queue(queue)
    mock_lambda.faults.duplicate(queue)

    queue.send("once, it was said")
    mock_lambda.advance(minutes=2)

    assert [(ran.event["Records"][0]["messageId"], ran.event["Records"][0]["attributes"]["ApproximateReceiveCount"])
            for ran in fn.invocations] == [(fn.invocations[0].event["Records"][0]["messageId"], count)
                                           for count in ("1", "2")]  # fmt: skip
    assert queue.messages == []


def test_a_refused_call_is_refused_to_tests_handlers_and_handles_alike(mock_lambda):
    queue = mock_lambda.queue("jobs")
    source = (
        "import boto3\n\ndef handler(event, context):\n"
        "    boto3.client('sqs').send_message(QueueUrl=event, MessageBody='x')\n"
    )
    fn = mock_lambda.function("fn", source=source)
    mock_lambda.faults.fail("sqs", "SendMessage", "OverLimit", times=3, message="No.", status=403)

    with pytest.raises(ClientError) as refusal:
        boto3.client("sqs").send_message(QueueUrl=queue.url, MessageBody="x")
    assert str(refusal.value) == "An error occurred (OverLimit) when calling the SendMessage operation: No."
    with pytest.raises(ClientError, match="OverLimit"):
        queue.send("x")
    assert fn.invoke(queue.url).error["errorMessage"] == (
        "An error occurred (OverLimit) when calling the SendMessage operation: No."
    )

    assert fn.invoke(queue.url).error is None


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (lambda faults: faults.crash("fnn"), "there is no function 'fnn'; did you mean 'fn'?"),
        (lambda faults: faults.throttle("fn", times=0), "times=0: a fault happens once or more"),
        (lambda faults: faults.duplicate("jobs"), "there is no queue 'jobs'; did you mean 'jobs.fifo'?"),
        (lambda faults: faults.duplicate("jobs.fifo"), "jobs.fifo is a FIFO queue: those deliver a message once"),
        (lambda faults: faults.fail("sqs", "SendMesage", "X"),
         "there is no operation of sqs 'SendMesage'; did you mean 'SendMessage'?"),
        (lambda faults: faults.fail("sqss", "SendMessage", "X"), "there is no service 'sqss', by botocore's name"),
    ],
)  # fmt: skip
def test_a_fault_that_could_never_happen_is_refused(mock_lambda, plan, text):
    mock_lambda.stub("fn", returns=None)
    mock_lambda.queue("jobs", fifo=True)

    with pytest.raises(UsageError) as refusal:
        plan(mock_lambda.faults)

    assert str(refusal.value) == text


def test_a_throttled_batch_comes_again(mock_lambda):
    queue, stream = mock_lambda.queue("jobs", visibility_timeout=30), mock_lambda.stream("s")
    reads_queue, reads_stream = (mock_lambda.stub(name, returns=None) for name in ("queue", "stream"))
    reads_queue.on_queue(queue)
    reads_stream.on_stream(stream)
    for fn in (reads_queue, reads_stream):
        mock_lambda.faults.throttle(fn, times=2)

    queue.send("m")
    stream.put("r")
    assert mock_lambda.invocations() == []
    mock_lambda.advance(minutes=3)

    assert [len(fn.invocations) for fn in (reads_queue, reads_stream)] == [1, 1]
    assert queue.messages == []


def test_a_service_that_moto_answers_can_refuse_too(mock_lambda):
    mock_lambda.faults.fail("dynamodb", "ListTables", "ThrottlingException", message="Slower.")
    tables = boto3.client("dynamodb")

    with pytest.raises(ClientError, match=r"An error occurred \(ThrottlingException\).*: Slower."):
        tables.list_tables()
    assert tables.list_tables()["TableNames"] == []
