"""Buses, rules, targets and tags, as recorded from AWS."""

import json

import pytest

from tests.services.bench import ACCOUNT, FUNCTION, QUEUE, START

BASE = f"arn:aws:events:us-east-1:{ACCOUNT}"
PATTERN = '{"source":["my.app"]}'


def validation(text):
    return "ValidationException", text


# -- buses -----------------------------------------------------------------------------------------------


def test_a_bus_has_its_arn(events):
    assert events.CreateEventBus(Name="b", Description="d") == {
        "EventBusArn": f"{BASE}:event-bus/b",
        "Description": "d",
    }


def test_a_bus_exists_once(events):
    events.CreateEventBus(Name="b")
    assert events.refusal("CreateEventBus", Name="b") == (
        "ResourceAlreadyExistsException",
        "Event bus b already exists.",
    )


def test_without_a_name_the_default_bus_is_described(events):
    assert events.DescribeEventBus() == {
        "Name": "default",
        "Arn": f"{BASE}:event-bus/default",
        "CreationTime": START,
        "LastModifiedTime": START,
    }


def test_an_unknown_bus_does_not_exist(events):
    assert events.refusal("DescribeEventBus", Name="b") == (
        "ResourceNotFoundException",
        "Event bus b does not exist.",
    )


def test_buses_are_listed_by_name_in_pages(events):
    for name in ("b", "a"):
        events.CreateEventBus(Name=name)
    first = events.ListEventBuses(Limit=2)
    second = events.ListEventBuses(Limit=2, NextToken=first["NextToken"])
    names = [[bus["Name"] for bus in answer["EventBuses"]] for answer in (first, second)]
    assert (names, "NextToken" in second) == ([["a", "b"], ["default"]], False)


def test_the_default_bus_stays(events):
    assert events.refusal("DeleteEventBus", Name="default") == validation("Cannot delete event bus default.")


def test_deleting_a_bus_twice_is_fine(events):
    events.CreateEventBus(Name="b")
    events.DeleteEventBus(Name="b")
    assert events.DeleteEventBus(Name="b") == {}


def statement(principal, sid="s1"):
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal,
        "Action": "events:PutEvents",
        "Resource": f"{BASE}:event-bus/default",
    }


def test_permissions_become_statements(events):
    for principal, sid in (("333333333333", "s1"), ("*", "s2"), ("222222222222", "s1")):
        events.PutPermission(Action="events:PutEvents", Principal=principal, StatementId=sid)
    assert json.loads(events.DescribeEventBus()["Policy"]) == {
        "Version": "2012-10-17",
        "Statement": [statement({"AWS": "arn:aws:iam::222222222222:root"}), statement("*", "s2")],
    }


def test_all_permissions_are_removed(events):
    events.PutPermission(Action="events:PutEvents", Principal="*", StatementId="s1")
    events.RemovePermission(RemoveAllPermissions=True)
    assert "Policy" not in events.DescribeEventBus()


def test_an_unknown_permission_is_not_removed(events):
    assert events.refusal("RemovePermission", StatementId="s1") == (
        "ResourceNotFoundException",
        "Statement with the provided id does not exist.",
    )


# -- rules -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bus", "path"), [("default", "r"), ("b", "b/r")])
def test_a_rule_has_its_arn(events, bus, path):
    events.CreateEventBus(Name="b")
    assert events.PutRule(Name="r", EventBusName=bus, EventPattern=PATTERN) == {
        "RuleArn": f"{BASE}:rule/{path}"
    }


def test_a_rule_is_described(events):
    events.PutRule(Name="r", EventPattern=PATTERN, Description="d")
    assert events.DescribeRule(Name="r") == {
        "Name": "r",
        "Arn": f"{BASE}:rule/r",
        "EventBusName": "default",
        "EventPattern": PATTERN,
        "Description": "d",
        "State": "ENABLED",
        "CreatedBy": ACCOUNT,
    }


def test_an_update_keeps_the_targets(events, rule):
    rule(QUEUE)
    events.PutRule(Name="r", ScheduleExpression="rate(1 minute)")
    assert (events.ListRules()["Rules"], len(events.ListTargetsByRule(Rule="r")["Targets"])) == (
        [
            {
                "Name": "r",
                "Arn": f"{BASE}:rule/r",
                "EventBusName": "default",
                "ScheduleExpression": "rate(1 minute)",
                "State": "ENABLED",
            }
        ],
        1,
    )


@pytest.mark.parametrize(("operation", "state"), [("DisableRule", "DISABLED"), ("EnableRule", "ENABLED")])
def test_a_rule_is_switched(events, rule, operation, state):
    rule(QUEUE)
    getattr(events, operation)(Name="r")
    assert events.DescribeRule(Name="r")["State"] == state


@pytest.mark.parametrize("operation", ["DescribeRule", "EnableRule", "DisableRule"])
def test_an_unknown_rule_does_not_exist(events, operation):
    assert events.refusal(operation, Name="r") == (
        "ResourceNotFoundException",
        "Rule r does not exist on EventBus default.",
    )


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({}, "Parameter(s) EventPattern or ScheduleExpression must be specified."),
        ({"ScheduleExpression": "rate(1 minutes)"}, "Parameter ScheduleExpression is not valid."),
        ({"ScheduleExpression": "cron(0 1 * * * *)"}, "Parameter ScheduleExpression is not valid."),
        (
            {"ScheduleExpression": "rate(1 minute)", "EventBusName": "b"},
            "ScheduleExpression is supported only on the default event bus.",
        ),
    ],
)
def test_a_bad_rule_is_refused(events, request_, text):
    events.CreateEventBus(Name="b")
    assert events.refusal("PutRule", Name="r", **request_) == validation(text)


def test_a_bad_pattern_is_refused_with_its_place(events):
    assert events.refusal("PutRule", Name="r", EventPattern='{"int": 42}') == (
        "InvalidEventPatternException",
        (
            'Event pattern is not valid. Reason: "int" must be an object or an array\n'
            ' at [Source: (String)"{"int": 42}"; line: 1, column: 11]'
        ),
    )


def test_a_rule_with_targets_stays(events, rule):
    rule(QUEUE)
    assert events.refusal("DeleteRule", Name="r") == validation("Rule can't be deleted since it has targets.")


def test_a_rule_goes_after_its_targets(events, rule):
    rule(QUEUE)
    events.RemoveTargets(Rule="r", Ids=["1"])
    events.DeleteRule(Name="r")
    assert (events.ListRules(), events.DeleteRule(Name="r")) == ({"Rules": []}, {})


def test_rules_are_found_by_their_target(events, rule):
    rule(QUEUE, "b")
    rule(QUEUE, "a")
    rule(FUNCTION, "c")
    assert events.ListRuleNamesByTarget(TargetArn=QUEUE) == {"RuleNames": ["a", "b"]}


# -- targets ---------------------------------------------------------------------------------------------


def target(target_id="1", arn=QUEUE, **members):
    return {"Id": target_id, "Arn": arn, **members}


def test_targets_are_listed_as_given(events):
    events.PutRule(Name="r", EventPattern=PATTERN)
    given = [target("1", Input='{"a":1}'), target("2", RetryPolicy={"MaximumRetryAttempts": 1})]
    answer = events.PutTargets(Rule="r", Targets=given)
    assert (answer, events.ListTargetsByRule(Rule="r")) == (
        {"FailedEntryCount": 0, "FailedEntries": []},
        {"Targets": given},
    )


@pytest.mark.parametrize(
    ("members", "text"),
    [
        (
            {"Input": "{}", "InputPath": "$.detail"},
            "Only one of Input, InputPath, or InputTransformer must be provided for target 1.",
        ),
        (
            {"InputTransformer": {"InputPathsMap": {"a": "$.detail"}, "InputTemplate": '{"x": <b>}'}},
            "InputTemplate for target 1 contains invalid placeholder b.",
        ),
    ],
)
def test_a_bad_target_is_refused(events, members, text):
    events.PutRule(Name="r", EventPattern=PATTERN)
    assert events.refusal("PutTargets", Rule="r", Targets=[target(**members)]) == validation(text)


@pytest.mark.parametrize(
    "members", [{"arn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:s"}, {"EcsParameters": {}}]
)
def test_what_would_not_act_is_refused(events, members):
    events.PutRule(Name="r", EventPattern=PATTERN)
    _, text = events.refusal("PutTargets", Rule="r", Targets=[target(**members)])
    assert "mocklambda does not implement this" in text


def test_a_rule_has_five_targets_at_most(events):
    events.PutRule(Name="r", EventPattern=PATTERN)
    targets = [target(f"{number}") for number in range(6)]
    assert events.refusal("PutTargets", Rule="r", Targets=targets) == (
        "LimitExceededException",
        "The requested resource exceeds the maximum number allowed.",
    )


# -- tags ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", ["event-bus/default", "event-bus/b", "rule/r", "rule/b/r"])
def test_tags_come_and_go(events, resource):
    events.CreateEventBus(Name="b")
    events.PutRule(Name="r", EventPattern=PATTERN)
    events.PutRule(Name="r", EventBusName="b", EventPattern=PATTERN)
    arn = f"{BASE}:{resource}"
    events.TagResource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    events.UntagResource(ResourceARN=arn, TagKeys=["a", "missing"])
    assert events.ListTagsForResource(ResourceARN=arn) == {"Tags": [{"Key": "b", "Value": "2"}]}


# -- patterns --------------------------------------------------------------------------------------------

EVENT = {"id": "1", "account": ACCOUNT, "source": "s", "time": "t", "region": "r", "detail-type": "d"}


@pytest.mark.parametrize(("source", "expected"), [("s", True), ("x", False)])
def test_a_pattern_is_tried(events, source, expected):
    pattern = json.dumps({"source": [source]})
    assert events.TestEventPattern(Event=json.dumps(EVENT), EventPattern=pattern) == {"Result": expected}


@pytest.mark.parametrize("event", ["text", "[]"])
def test_an_event_is_an_object(events, event):
    assert events.refusal("TestEventPattern", Event=event, EventPattern=PATTERN) == validation(
        "Parameter Event is not valid."
    )


@pytest.mark.parametrize("name", list(EVENT))
def test_an_event_has_its_members(events, name):
    event = json.dumps({key: value for key, value in EVENT.items() if key != name})
    assert events.refusal("TestEventPattern", Event=event, EventPattern=PATTERN) == validation(
        "Parameter Event is not valid."
    )
