"""EventBridge Scheduler, as recorded from AWS and documented."""

import json

import pytest

from tests.services.bench import ACCOUNT, DEAD_LETTERS, FUNCTION, QUEUE, START

# The bench's clock starts at 2023-11-14T22:13:20Z.
ARN = f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule/default/s"
ROLE = "arn:aws:iam::123456789012:role/scheduler"
TARGET = {"Arn": FUNCTION, "RoleArn": ROLE}
OFF = {"Mode": "OFF"}
MINUTE = 60_000


def refusal(scheduler, expression="rate(1 minute)", **request):
    request = {"Target": TARGET, "FlexibleTimeWindow": OFF, **request}
    return scheduler.refusal("CreateSchedule", Name="s", ScheduleExpression=expression, **request)


def test_a_schedule_has_its_arn(scheduler):
    answer = scheduler.CreateSchedule(
        Name="s", ScheduleExpression="at(2022-12-31T23:59:59)", Target=TARGET, FlexibleTimeWindow=OFF
    )
    assert answer == {"ScheduleArn": ARN}


def test_a_schedule_is_shown_with_its_defaults(scheduler, create):
    create("cron(0 18 ? * MON-FRI *)")
    assert scheduler.GetSchedule(Name="s") == {
        "Arn": ARN,
        "GroupName": "default",
        "Name": "s",
        "ScheduleExpression": "cron(0 18 ? * MON-FRI *)",
        "ScheduleExpressionTimezone": "UTC",
        "State": "ENABLED",
        "ActionAfterCompletion": "NONE",
        "Target": {
            **TARGET,
            "RetryPolicy": {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185},
        },
        "FlexibleTimeWindow": OFF,
        "CreationDate": START,
        "LastModificationDate": START,
    }


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 1 * * * *)",
        "cron(7 20 * * NOT *)",
        "cron(INVALID)",
        "cron(0 dummy ? * MON-FRI *)",
        "cron(71 8 1 * ? *)",
        "cron()",
        "rate(10 seconds)",
        "rate(10 years)",
        "rate()",
        "rate(10)",
        "rate(10 minutess)",
        "rate(foo minutes)",
        "rate(-10 minutes)",
        "rate( 10 minutes )",
        " rate(10 minutes)",
        "at(2021-12-31T23:59:59Z)",
        "at(2021-12-31)",
    ],
)
def test_a_bad_expression_is_refused(scheduler, expression):
    assert refusal(scheduler, expression) == (
        "ValidationException",
        f"Invalid Schedule Expression {expression}.",
    )


def test_a_name_is_taken_once(scheduler, create):
    create("rate(1 minute)")
    assert refusal(scheduler) == ("ConflictException", "Schedule s already exists.")


def test_the_same_call_again_is_answered_alike(scheduler, create):
    create("rate(1 day)", ClientToken="t")
    create("rate(1 day)", ClientToken="t")
    assert len(scheduler.ListSchedules()["Schedules"]) == 1


@pytest.mark.parametrize("operation", ["GetSchedule", "DeleteSchedule"])
def test_an_unknown_schedule_does_not_exist(scheduler, operation):
    assert scheduler.refusal(operation, Name="s") == (
        "ResourceNotFoundException",
        "Schedule s does not exist.",
    )


def test_an_unknown_group_does_not_exist(scheduler):
    assert refusal(scheduler, GroupName="g") == (
        "ResourceNotFoundException",
        "Schedule group g does not exist.",
    )


@pytest.mark.parametrize(
    "target",
    [
        {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "RoleArn": ROLE},
        {**TARGET, "EcsParameters": {}},
    ],
)
def test_what_would_not_act_is_refused(scheduler, target):
    assert "mocklambda does not implement this" in refusal(scheduler, Target=target)[1]


# -- when ------------------------------------------------------------------------------------------------


def test_a_one_time_schedule_runs_once(bench, create):
    function = create("at(2023-11-14T22:15:00)")
    bench.advance(86_400)
    assert function.times == [100_000]


def test_a_one_time_schedule_is_parked_work(bench, create):
    function = create("at(2023-11-14T22:15:00)")
    bench.engine.run_until_idle(86_400_000)
    assert function.times == [100_000]


def test_a_past_instant_never_comes(bench, create):
    function = create("at(2022-12-31T23:59:59)")
    bench.advance(86_400)
    assert function.got == []


def test_a_time_zone_counts(bench, create):
    function = create("at(2023-11-14T17:15:00)", ScheduleExpressionTimezone="America/New_York")
    bench.advance(86_400)
    assert function.times == [100_000]


def test_an_unknown_time_zone_is_refused(scheduler):
    assert refusal(scheduler, ScheduleExpressionTimezone="Mars/Base")[0] == "ValidationException"


def test_a_rate_runs_at_once_and_then_on(bench, create):
    function = create("rate(5 minutes)")
    bench.advance(600)
    assert function.times == [0, 5 * MINUTE, 10 * MINUTE]


def test_a_rate_starts_at_its_start(bench, create):
    function = create("rate(5 minutes)", StartDate=START + MINUTE)
    bench.advance(600)
    assert function.times == [MINUTE, 6 * MINUTE]


def test_a_recurring_schedule_ends(bench, create):
    function = create("rate(5 minutes)", StartDate=START + MINUTE, EndDate=START + 7 * MINUTE)
    bench.advance(3_600)
    assert function.times == [MINUTE, 6 * MINUTE]


def test_a_cron_runs_at_its_times(bench, create):
    function = create("cron(15,20 22 * * ? *)")
    bench.advance(3_600)
    assert function.times == [100_000, 400_000]


def test_a_flexible_window_delays_each_run(bench, create):
    function = create(
        "cron(0 * * * ? *)", FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 10}
    )
    bench.advance(5 * 3_600)
    hours = [START + time - (START + time) // 3_600_000 * 3_600_000 for time in function.times]
    assert (len(hours), len(set(hours)), max(hours) < 10 * MINUTE) == (5, 5, True)


@pytest.mark.parametrize(
    ("window", "text"),
    [
        ({"Mode": "FLEXIBLE"}, "MaximumWindowInMinutes is required if Mode is FLEXIBLE."),
        (
            {"Mode": "OFF", "MaximumWindowInMinutes": 5},
            "MaximumWindowInMinutes is not allowed if Mode is OFF.",
        ),
    ],
)
def test_a_window_must_make_sense(scheduler, window, text):
    assert refusal(scheduler, FlexibleTimeWindow=window) == ("ValidationException", text)


@pytest.mark.parametrize(
    "dates", [{"StartDate": START - 400_000}, {"StartDate": START, "EndDate": START - 1}]
)
def test_dates_must_make_sense(scheduler, dates):
    assert refusal(scheduler, **dates)[0] == "ValidationException"


def test_a_disabled_schedule_stands_still(bench, create):
    function = create("rate(1 minute)", State="DISABLED")
    bench.advance(120)
    assert function.got == []


def test_an_update_replaces_the_times(bench, scheduler, create):
    function = create("rate(1 minute)", StartDate=START + MINUTE)
    scheduler.UpdateSchedule(
        Name="s", ScheduleExpression="at(2023-11-14T22:15:00)", Target=TARGET, FlexibleTimeWindow=OFF
    )
    bench.advance(600)
    assert function.times == [100_000]


def test_a_deleted_schedule_is_gone(bench, scheduler, create):
    function = create("rate(1 minute)", StartDate=START + MINUTE)
    scheduler.DeleteSchedule(Name="s")
    bench.advance(600)
    assert (function.got, bench.clock.next_due()) == ([], None)


@pytest.mark.parametrize(("action", "left"), [("DELETE", 0), ("NONE", 1)])
def test_a_completed_schedule_is_deleted_if_so_wished(bench, scheduler, create, action, left):
    create("at(2023-11-14T22:15:00)", ActionAfterCompletion=action)
    bench.advance(600)
    assert len(scheduler.ListSchedules()["Schedules"]) == left


# -- what ------------------------------------------------------------------------------------------------


def test_an_input_is_sent_with_its_context_filled_in(bench, create):
    text = '{"at": "<aws.scheduler.scheduled-time>", "by": "<aws.scheduler.schedule-arn>", "n": <aws.scheduler.attempt-number>}'
    function = create("at(2023-11-14T22:15:00)", target={"Input": text})
    bench.advance(600)
    assert function.documents == [{"at": "2023-11-14T22:15:00Z", "by": ARN, "n": 1}]


def test_without_an_input_an_event_is_sent(bench, create):
    function = create("at(2023-11-14T22:15:00)")
    bench.advance(600)
    (event,) = function.documents
    assert event.pop("id")
    assert event == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": ACCOUNT,
        "time": "2023-11-14T22:15:00Z",
        "region": "us-east-1",
        "resources": [ARN],
        "detail": "{}",
    }


def test_a_queue_gets_its_group(bench, create):
    queue = create(
        "at(2023-11-14T22:15:00)", QUEUE, target={"SqsParameters": {"MessageGroupId": "g"}, "Input": "x"}
    )
    bench.advance(600)
    assert [(delivery.body, delivery.group_id, delivery.source_arn) for delivery in queue.got] == [
        ("x", "g", ARN)
    ]


def test_a_bus_gets_an_event(bench, create):
    bench.call(
        "events",
        "PutRule",
        Name="r",
        EventPattern=json.dumps({"source": ["my.app"], "detail-type": ["d"]}),
    )
    bench.call("events", "PutTargets", Rule="r", Targets=[{"Id": "1", "Arn": QUEUE}])
    queue = bench.target(QUEUE)
    parameters = {"EventBridgeParameters": {"Source": "my.app", "DetailType": "d"}, "Input": '{"a": 1}'}
    create(
        "at(2023-11-14T22:15:00)", f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default", target=parameters
    )
    bench.targets.setdefault(QUEUE, queue)
    bench.advance(600)
    assert [event["detail"] for event in queue.documents] == [{"a": 1}]


def test_a_missing_target_means_the_dead_letter_queue(bench, create):
    create("at(2023-11-14T22:15:00)", target={"DeadLetterConfig": {"Arn": DEAD_LETTERS}, "Input": "x"})
    bench.targets.clear()
    letters = bench.target(DEAD_LETTERS)
    bench.advance(600)
    (letter,) = letters.got
    notes = {name: attribute.value for name, attribute in letter.attributes.items()}
    assert notes.pop("EXECUTION_ID")
    assert (letter.body, notes) == (
        "x",
        {
            "ERROR_CODE": "NO_RESOURCE",
            "ERROR_MESSAGE": f"{FUNCTION} does not exist.",
            "IS_PAYLOAD_TRUNCATED": "false",
            "RETRY_ATTEMPTS": "0",
            "SCHEDULED_TIME": "2023-11-14T22:15:00Z",
            "SCHEDULE_ARN": ARN,
            "TARGET_ARN": FUNCTION,
        },
    )


def test_a_failing_target_is_tried_again(bench, create):
    function = create("at(2023-11-14T22:15:00)")
    function.refusals = [500, 503]
    bench.advance(600)
    assert (len(function.tries), len(function.got)) == (3, 1)


def test_tries_come_to_an_end(bench, create):
    policy = {"RetryPolicy": {"MaximumRetryAttempts": 1}, "DeadLetterConfig": {"Arn": DEAD_LETTERS}}
    function = create("at(2023-11-14T22:15:00)", target=policy)
    function.refusals = [500] * 10
    letters = bench.target(DEAD_LETTERS)
    bench.advance(600)
    (letter,) = letters.got
    assert letter.attributes["EXHAUSTED_RETRY_CONDITION"].value == "MaximumRetryAttempts"
    assert letter.attributes["RETRY_ATTEMPTS"].value == "1"


# -- groups ----------------------------------------------------------------------------------------------


def test_groups_keep_names_apart(scheduler, create):
    scheduler.CreateScheduleGroup(Name="g")
    create("rate(1 day)")
    create("rate(1 day)", GroupName="g")
    names = [entry["GroupName"] for entry in scheduler.ListSchedules()["Schedules"]]
    assert (names, len(scheduler.ListSchedules(GroupName="g")["Schedules"])) == (["default", "g"], 1)


def test_schedules_are_listed_in_pages(scheduler, create):
    for name in ("b", "a", "c"):
        create("rate(1 day)", name=name)
    first = scheduler.ListSchedules(MaxResults=2)
    second = scheduler.ListSchedules(MaxResults=2, NextToken=first["NextToken"])
    names = [[entry["Name"] for entry in answer["Schedules"]] for answer in (first, second)]
    assert (names, "NextToken" in second) == ([["a", "b"], ["c"]], False)


def test_a_group_takes_its_schedules_along(bench, scheduler, create):
    scheduler.CreateScheduleGroup(Name="g")
    create("rate(1 minute)", GroupName="g", StartDate=START + MINUTE)
    scheduler.DeleteScheduleGroup(Name="g")
    assert (scheduler.ListSchedules(), bench.clock.next_due()) == ({"Schedules": []}, None)


def test_the_default_group_stays(scheduler):
    assert scheduler.refusal("DeleteScheduleGroup", Name="default")[0] == "ValidationException"


def test_groups_are_listed(scheduler):
    scheduler.CreateScheduleGroup(Name="g")
    assert [group["Name"] for group in scheduler.ListScheduleGroups()["ScheduleGroups"]] == ["default", "g"]


def test_a_group_is_shown(scheduler):
    arn = scheduler.CreateScheduleGroup(Name="g")["ScheduleGroupArn"]
    assert scheduler.GetScheduleGroup(Name="g") == {
        "Arn": arn,
        "Name": "g",
        "State": "ACTIVE",
        "CreationDate": START,
        "LastModificationDate": START,
    }


def test_tags_of_groups_come_and_go(scheduler):
    arn = scheduler.CreateScheduleGroup(Name="g", Tags=[{"Key": "a", "Value": "1"}])["ScheduleGroupArn"]
    scheduler.TagResource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    scheduler.UntagResource(ResourceArn=arn, TagKeys=["a"])
    assert scheduler.ListTagsForResource(ResourceArn=arn) == {"Tags": [{"Key": "b", "Value": "2"}]}
