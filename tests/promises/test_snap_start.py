"""SnapStart: a published version runs its init once, and all its environments begin with what that left."""

from __future__ import annotations

import json
import os
import re
import signal
from datetime import datetime, timezone
from typing import Any

import boto3
import pytest
from lambda_support import ROLE, client, create, refused, zipped

import mocklambda

SHOW = """
import json, os, random, tempfile, uuid
from snapshot_restore_py import register_after_restore, register_before_snapshot

born = str(uuid.uuid4())
rolled = random.Random(random.random()).random()
with open(tempfile.gettempdir() + "/at-init", "w") as file:
    file.write(born)
calls = []


@register_before_snapshot
def first_registered():
    calls.append("before 1")


register_before_snapshot(calls.append, "before 2")
register_after_restore(calls.append, "after 1")
register_after_restore(calls.append, "after 2")


def handler(event, context):
    calls.append("handled")
    if event.get("do"):
        exec(event["do"])
    path = tempfile.gettempdir() + "/at-init"
    inner = None
    with open(path) as file:
        kept = file.read()
    with open(path, "a") as file:
        file.write("!")
    if event.get("again"):
        import boto3
        payload = json.dumps({"again": event["again"] - 1})
        answer = boto3.client("lambda").invoke(FunctionName="fn", Qualifier="1", Payload=payload)
        inner = json.load(answer["Payload"])
    return {
        "inner": inner,
        "born": born, "random": random.random(), "rolled": rolled, "calls": calls, "kept": kept, "pid": os.getpid(),
        "type": os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"], "stream": context.log_stream_name,
        "variable": os.environ["AWS_LAMBDA_LOG_STREAM_NAME"], "key": os.environ["AWS_ACCESS_KEY_ID"],
    }
"""
AFTER_RESTORE = "The afterRestore() runtime hook encountered an error. For more information, check the Amazon CloudWatch logs."
ON = {"ApplyOn": "PublishedVersions"}


FAILS = "raise ValueError('no init')\n\ndef handler(event, context):\n    return 1\n"
HOOK = """
from snapshot_restore_py import register_{}

@register_{}
def hook():
    {}

def handler(event, context):
    return "ran"
"""


@pytest.fixture(params=["auto", "directories"])
def lam(request: Any) -> Any:
    with mocklambda.mock_lambda(isolation=request.param):
        yield client()


def publish(lam: Any, source: str = SHOW, **members: Any) -> Any:
    create(lam, Code={"ZipFile": zipped(source)}, SnapStart=ON, **members)
    return lam.publish_version(FunctionName="fn")


def run(lam: Any, qualifier: str = "1", **event: Any) -> Any:
    found = lam.invoke(FunctionName="fn", Qualifier=qualifier, Payload=json.dumps(event))
    return json.loads(found["Payload"].read())


def two_at_once(lam: Any) -> tuple[Any, Any]:
    """Return what two environments show that were there at the same time."""
    outer = run(lam, again=1)
    return outer, outer["inner"]


def logged() -> list[str]:
    streams = mocklambda.current().logbook.streams(
        "/aws/lambda/fn", account="123456789012", region="us-east-1"
    )
    return [text for events in streams.values() for _, text in events]


def configuration(lam: Any, qualifier: str = "1") -> Any:
    return lam.get_function_configuration(FunctionName="fn", Qualifier=qualifier)


# -- one init for all ------------------------------------------------------------------------------------


def test_what_the_init_made_is_the_same_in_all_environments(lam: Any) -> None:
    publish(lam)
    one, other = two_at_once(lam)
    assert one["pid"] != other["pid"]
    assert (one["born"], one["rolled"]) == (other["born"], other["rolled"])


def test_environments_draw_the_same_numbers_from_a_generator_of_the_snapshot(lam: Any) -> None:
    publish(lam)
    one, other = two_at_once(lam)
    assert one["random"] == other["random"]


def test_each_environment_has_a_tmp_of_its_own_that_begins_as_it_was_at_the_snapshot(lam: Any) -> None:
    publish(lam)
    one, other = two_at_once(lam)
    assert (one["kept"], other["kept"]) == (one["born"], one["born"])
    assert run(lam)["kept"] == one["born"] + "!"


def test_each_environment_has_its_own_name_and_credentials(lam: Any) -> None:
    publish(lam)
    one, other = two_at_once(lam)
    assert one["stream"] != other["stream"]
    assert one["key"] != other["key"]
    assert (one["variable"], one["type"]) == (one["stream"], "snap-start")


def test_what_an_invocation_changes_stays_in_its_environment(lam: Any) -> None:
    publish(lam)
    one, other = two_at_once(lam)
    again = run(lam)
    assert (one["calls"].count("handled"), other["calls"].count("handled")) == (1, 1)
    assert again["calls"].count("handled") == 2


def test_a_client_of_the_init_works_in_all_environments(lam: Any) -> None:
    boto3.client("sqs", region_name="us-east-1").create_queue(QueueName="q")
    source = (
        "import boto3\nsqs = boto3.client('sqs')\nurls = sqs.list_queues()['QueueUrls']\n"
        "def handler(event, context):\n    return [urls, sqs.list_queues()['QueueUrls']]\n"
    )
    publish(lam, source)
    first, second = run(lam)
    assert first == second != []


def test_versions_have_snapshots_of_their_own(lam: Any) -> None:
    publish(lam)
    lam.update_function_configuration(FunctionName="fn", Description="changed")
    lam.publish_version(FunctionName="fn")
    assert run(lam, "1")["born"] != run(lam, "2")["born"]


def test_code_that_is_published_as_it_is_uploaded_has_a_snapshot_too(lam: Any) -> None:
    create(lam, Code={"ZipFile": zipped(SHOW)}, SnapStart=ON, Publish=True)
    one, other = two_at_once(lam)
    assert one["born"] == other["born"]


def test_latest_is_started_on_demand_and_runs_no_hooks(lam: Any) -> None:
    publish(lam)
    shown = run(lam, "$LATEST")
    assert (shown["type"], shown["calls"]) == ("on-demand", ["handled"])


def test_an_environment_that_crashed_begins_anew_with_the_snapshot(lam: Any) -> None:
    publish(lam)
    born = run(lam)["born"]
    assert run(lam, do="os._exit(3)")["errorType"] == "Runtime.ExitError"
    again = run(lam)
    assert (again["born"], again["calls"].count("handled")) == (born, 1)


def test_an_environment_runs_an_init_of_its_own_where_the_snapshot_has_been_killed(lam: Any) -> None:
    publish(lam, "import os\nparent = os.getpid()\n" + SHOW.replace('"inner": inner,', '"parent": parent,'))
    first = run(lam)
    os.kill(first["parent"], signal.SIGKILL)
    again = [run(lam, again=1) for _ in range(3)]
    assert [shown["type"] for shown in again] == ["snap-start"] * 3


def test_a_copy_that_is_asked_of_a_snapshot_that_is_dead_runs_an_init_of_its_own() -> None:
    source = "import os\nprint(os.getpid(), os.getppid())\n\ndef handler(event, context):\n    return os.getpid()\n"
    with mocklambda.mock_lambda(settle="manual") as cloud:
        lam = client()
        create(lam, Code={"ZipFile": zipped(source)}, SnapStart=ON)
        cloud.settle()
        lam.publish_version(FunctionName="fn")
        cloud.settle()
        template, zygote = map(int, logged()[1].split())
        os.kill(zygote, signal.SIGSTOP)  # so that nobody hears of the other's death
        try:
            os.kill(template, signal.SIGKILL)
            for _ in range(2):
                lam.invoke(FunctionName="fn", Qualifier="1", InvocationType="Event")
        finally:
            os.kill(zygote, signal.SIGCONT)
        cloud.settle()
        assert [(one.ok, one.cold) for one in cloud.invocations()] == [(True, True)] * 2
        texts = "".join(logged())
        assert (texts.count("RESTORE_START"), texts.count("RESTORE_REPORT")) == (2, 2)


def test_sessions_may_end_while_snapshots_are_restored() -> None:
    for _ in range(3):
        with mocklambda.mock_lambda(settle="manual") as cloud:
            lam = client()
            create(lam, Code={"ZipFile": zipped(SHOW)}, SnapStart=ON)
            cloud.settle()
            lam.publish_version(FunctionName="fn")
            cloud.settle()
            for _ in range(5):
                lam.invoke(FunctionName="fn", Qualifier="1", InvocationType="Event")


def test_the_hooks_module_is_there_where_only_lambdas_own_packages_are() -> None:
    with mocklambda.mock_lambda(strict_packages=True):
        lam = client()
        publish(lam)
        assert run(lam)["calls"][-1] == "handled"


def test_an_interpreter_of_its_own_is_copied_too() -> None:
    with mocklambda.mock_lambda(start="spawn"):
        lam = client()
        publish(lam)
        one, other = two_at_once(lam)
        assert (one["born"], one["pid"] == other["pid"]) == (other["born"], False)


def test_the_time_of_the_init_is_in_the_snapshot_and_the_handlers_goes_on() -> None:
    with mocklambda.mock_lambda(clock=datetime(2024, 1, 1, tzinfo=timezone.utc)) as cloud:
        lam = client()
        source = (
            "import time\nborn = time.time()\ndef handler(event, context):\n    return [born, time.time()]\n"
        )
        publish(lam, source)
        cloud.advance(hours=5)
        born, now = run(lam)
    assert (round((born - 1704067200) / 60), round((now - born) / 60)) == (0, 300)


# -- hooks -----------------------------------------------------------------------------------------------


def test_hooks_before_run_last_first_and_hooks_after_first_first(lam: Any) -> None:
    publish(lam)
    assert run(lam)["calls"] == ["before 2", "before 1", "after 1", "after 2", "handled"]


def test_hooks_after_run_once_in_each_environment(lam: Any) -> None:
    publish(lam)
    one, other = two_at_once(lam)
    assert (one["calls"].count("after 1"), other["calls"].count("after 1")) == (1, 1)


def test_a_failure_after_the_restoration_fails_the_invocation_and_is_logged(lam: Any) -> None:
    publish(lam, HOOK.format("after_restore", "after_restore", "raise ValueError('no restore')"))
    assert refused(lam.invoke, FunctionName="fn", Qualifier="1") == (
        400,
        "SnapStartException",
        AFTER_RESTORE,
    )
    text = "".join(logged())
    assert "[ERROR] ValueError: no restore" in text
    assert "Status: error\tError Type: Runtime.AfterRestoreError\n" in text


def test_a_restoration_that_takes_too_long_is_a_timeout(lam: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("mocklambda.sandbox.phases.Restore.limit_ms", 100)
    publish(lam, HOOK.format("after_restore", "after_restore", "import time; time.sleep(30)"))
    assert refused(lam.invoke, FunctionName="fn", Qualifier="1") == (
        408,
        "SnapStartTimeoutException",
        "Lambda couldn't restore the snapshot within the timeout limit.",
    )


def test_an_asynchronous_event_is_tried_again_when_the_restoration_failed() -> None:
    with mocklambda.mock_lambda() as cloud:
        lam = client()
        body = "import os; os.path.exists('/tmp/none') or 1 / 0"
        publish(lam, HOOK.format("after_restore", "after_restore", body))
        lam.invoke(FunctionName="fn", Qualifier="1", InvocationType="Event")
        cloud.advance(minutes=10)
        assert len(cloud.invocations()) == 3


# -- what the version shows ------------------------------------------------------------------------------


def test_a_version_is_pending_until_its_snapshot_is_taken(lam: Any) -> None:
    reply = publish(lam)
    found = configuration(lam)
    assert (reply["State"], reply["StateReasonCode"]) == ("Pending", "Creating")
    assert (found["State"], found["LastUpdateStatus"], found["SnapStart"]) == (
        "Active",
        "Successful",
        {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"},
    )


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (FAILS, "no init"),
        (HOOK.format("before_snapshot", "before_snapshot", "raise ValueError('no hook')"), "no hook"),
    ],
)
def test_a_version_whose_init_failed_has_failed_and_is_not_run(lam: Any, source: str, reason: str) -> None:
    publish(lam, source)
    found = configuration(lam)
    assert (found["State"], found["StateReasonCode"], found["StateReason"], found["SnapStart"]) == (
        "Failed",
        "FunctionError",
        reason,
        {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"},
    )
    assert refused(lam.invoke, FunctionName="fn", Qualifier="1") == (
        409,
        "ResourceConflictException",
        "The operation cannot be performed at this time. The function is currently in the following state: Failed",
    )


def test_an_init_that_never_ends_fails_the_version(lam: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("mocklambda.sandbox.phases.AHEAD_INIT_MS", 100)
    publish(lam, "while True: pass\n", Timeout=1)
    found = configuration(lam)
    assert (found["State"], found["StateReasonCode"]) == ("Failed", "FunctionError.InitTimeout")


def test_a_version_is_not_ready_while_its_init_runs() -> None:
    with mocklambda.mock_lambda(settle="manual") as cloud:
        lam = client()
        create(lam, Code={"ZipFile": zipped("import time\ntime.sleep(1)\n" + SHOW)}, SnapStart=ON)
        cloud.settle()
        lam.publish_version(FunctionName="fn")
        assert refused(lam.invoke, FunctionName="fn", Qualifier="1") == (
            409,
            "SnapStartNotReadyException",
            "Lambda is initializing your function. You can invoke the function when the function state becomes Active.",
        )
        cloud.settle()
        assert run(lam)["type"] == "snap-start"


def test_a_version_of_another_runtime_is_published_without_being_run(mock_lambda: Any) -> None:
    lam = client()
    create(lam, Runtime="java21", SnapStart=ON)
    lam.publish_version(FunctionName="fn")
    assert configuration(lam)["State"] == "Active"


def test_a_deleted_version_is_gone_with_its_snapshot(lam: Any) -> None:
    publish(lam)
    run(lam)
    lam.delete_function(FunctionName="fn", Qualifier="1")
    assert refused(lam.invoke, FunctionName="fn", Qualifier="1")[1] == "ResourceNotFoundException"
    lam.delete_function(FunctionName="fn")


# -- logs ------------------------------------------------------------------------------------------------


def test_the_init_is_logged_at_publication_and_the_restoration_at_the_invocation(lam: Any) -> None:
    publish(lam, "print('init')\n\ndef handler(event, context):\n    print('run')\n")
    label = "Runtime Version: python:3.12.v64\tRuntime Version ARN: "
    start, printed = logged()
    assert (start.startswith(f"INIT_START {label}"), printed) == (True, "init\n")
    run(lam)
    start, restored, begun, printed, _, report = logged()[2:]
    assert (start.startswith(f"RESTORE_START {label}"), printed) == (True, "run\n")
    assert re.fullmatch(r"RESTORE_REPORT Restore Duration: [0-9.]+ ms\n", restored)
    assert begun.endswith(" Version: 1\n")
    assert re.search(
        r"Max Memory Used: \d+ MB\tRestore Duration: [0-9.]+ ms\tBilled Restore Duration: \d+ ms\t\n$", report
    )
    run(lam)
    assert "Restore" not in "".join(logged()[8:])


def test_in_json_the_restoration_has_events_of_its_own(lam: Any) -> None:
    publish(lam, LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "DEBUG"})
    run(lam)
    events = [json.loads(text) for text in logged()]
    restored = [event for event in events if "restore" in event["type"].lower()]
    assert [event["type"] for event in restored] == [
        "platform.restoreStart",
        "platform.restoreRuntimeDone",
        "platform.restoreReport",
    ]
    (report,) = [event["record"] for event in events if event["type"] == "platform.report"]
    assert report["metrics"]["restoreDurationMs"] > 0
    assert restored[2]["record"] == {
        "status": "success",
        "metrics": {"durationMs": report["metrics"]["restoreDurationMs"]},
    }


# -- what does not go with it ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ({"Runtime": "python3.11"}, "python3.11"),
        ({"EphemeralStorage": {"Size": 513}}, "Ephemeral storage of more than 512 MB"),
    ],
)
def test_functions_that_can_not_be_snapshots_are_refused(
    mock_lambda: Any, members: dict[str, Any], what: str
) -> None:
    lam = client()
    refusal = (
        400,
        "InvalidParameterValueException",
        f"{what} is not supported for SnapStart enabled functions.",
    )
    wanted = {"FunctionName": "new", "Role": ROLE, "Handler": "a.b", "Code": {"ZipFile": zipped()}}
    settings = {"Runtime": "python3.12", "SnapStart": ON, **members}
    assert refused(lam.create_function, **wanted, **settings) == refusal
    create(lam, **members)
    assert refused(lam.update_function_configuration, FunctionName="fn", SnapStart=ON) == refusal


def test_environments_are_not_provisioned_for_snapshots(lam: Any) -> None:
    publish(lam)
    assert refused(
        lam.put_provisioned_concurrency_config,
        FunctionName="fn",
        Qualifier="1",
        ProvisionedConcurrentExecutions=1,
    ) == (
        400,
        "InvalidParameterValueException",
        "Provisioned concurrency is not supported for SnapStart enabled functions.",
    )


@pytest.mark.xfail(strict=True, reason="a process is copied with the thread that copies it, and no other")
def test_threads_of_the_init_live_on_in_all_environments(mock_lambda: Any) -> None:
    lam = client()
    source = (
        "import threading, queue\nasked, answered = queue.Queue(), queue.Queue()\n"
        "threading.Thread(target=lambda: answered.put(asked.get()), daemon=True).start()\n"
        "def handler(event, context):\n    asked.put(event)\n    return answered.get(timeout=0.2)\n"
    )
    publish(lam, source)
    assert run(lam, a=1) == {"a": 1}
