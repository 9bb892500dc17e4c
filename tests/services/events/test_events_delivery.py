"""Events on their way to targets, as recorded from AWS."""

import json

import pytest

from mocklambda.execution.ports import Delivery, Undeliverable
from tests.services.bench import ACCOUNT, DEAD_LETTERS, FUNCTION, QUEUE, START

BASE = f"arn:aws:events:us-east-1:{ACCOUNT}"
STREAM = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s"


@pytest.mark.parametrize("arn", [QUEUE, FUNCTION])
def test_a_target_gets_the_event(rule, put, arn):
    target = rule(arn)
    sent = put({"command": "grüße"}, Resources=["x"])
    assert target.bodies == [
        (
            f'{{"version":"0","id":"{sent["EventId"]}","detail-type":"dt","source":"my.app","account":"{ACCOUNT}",'
            '"time":"2023-11-14T22:13:20Z","region":"us-east-1","resources":["x"],"detail":{"command":"grüße"}}'
        )
    ]


def test_a_delivery_names_its_rule(rule, events):
    queue = rule(QUEUE, SqsParameters={"MessageGroupId": "g"})
    entry = {"Source": "my.app", "DetailType": "d", "Detail": "{}", "TraceHeader": "Root=1"}
    events.PutEvents(Entries=[entry])
    (delivery,) = queue.got
    assert (delivery.principal, delivery.source_arn, delivery.group_id, delivery.trace_header) == (
        "events.amazonaws.com",
        f"{BASE}:rule/r",
        "g",
        "Root=1",
    )


def test_fractions_of_the_time_are_dropped(rule, put):
    target = rule(QUEUE)
    put(Time=START + 1_999)
    assert target.documents[0]["time"] == "2023-11-14T22:13:21Z"


def test_other_events_pass_by(rule, put):
    target = rule(QUEUE)
    put(source="other")
    assert target.got == []


def test_a_disabled_rule_sleeps(rule, put, events):
    target = rule(QUEUE)
    events.DisableRule(Name="r")
    put()
    assert target.got == []


def test_every_rule_delivers(rule, put):
    rule(QUEUE, "a")
    target = rule(QUEUE, "b")
    put()
    assert len(target.got) == 2


def test_an_event_for_an_unknown_bus_is_lost(rule, put):
    target = rule(QUEUE)
    assert ("EventId" in put(EventBusName="nope"), target.got) == (True, [])


@pytest.mark.parametrize(
    ("entry", "code", "text"),
    [
        (
            {"DetailType": "d", "Detail": "{}"},
            "InvalidArgument",
            "Parameter Source is not valid. Reason: Source is a required argument.",
        ),
        (
            {"Source": "s", "DetailType": "", "Detail": "{}"},
            "InvalidArgument",
            "Parameter DetailType is not valid. Reason: DetailType is a required argument.",
        ),
        (
            {"Source": "s", "DetailType": "d"},
            "InvalidArgument",
            "Parameter Detail is not valid. Reason: Detail is a required argument.",
        ),
        ({"Source": "s", "DetailType": "d", "Detail": "NotJSON"}, "MalformedDetail", "Detail is malformed."),
        ({"Source": "s", "DetailType": "d", "Detail": "[]"}, "MalformedDetail", "Detail is malformed."),
        ({"Source": "s", "DetailType": "d", "Detail": "{{}"}, "MalformedDetail", "Detail is malformed."),
        (
            {"Source": "aws.s3", "DetailType": "d", "Detail": "{}"},
            "NotAuthorizedForSourceException",
            "Not authorized for the source.",
        ),
    ],
)
def test_a_bad_entry_fails_alone(events, entry, code, text):
    good = {"Source": "s", "DetailType": "d", "Detail": "{}"}
    answer = events.PutEvents(Entries=[entry, good])
    assert (answer["FailedEntryCount"], answer["Entries"][0], list(answer["Entries"][1])) == (
        1,
        {"ErrorCode": code, "ErrorMessage": text},
        ["EventId"],
    )


def test_eleven_entries_are_too_many(events):
    entry = {"Source": "S", "DetailType": "D", "Detail": '{"a": 1}', "EventBusName": "default"}
    printed = ", ".join(
        [
            (
                'PutEventsRequestEntry(time=null, source=S, resources=null, detailType=D, detail={"a": 1},'
                " eventBusName=default, traceHeader=null, kmsKeyIdentifier=null, internalMetadata=null)"
            )
        ]
        * 11
    )
    assert events.refusal("PutEvents", Entries=[entry] * 11) == (
        "ValidationException",
        (
            f"1 validation error detected: Value '[{printed}]' at 'entries' failed to satisfy constraint:"
            " Member must have length less than or equal to 10"
        ),
    )


def test_too_large_a_call_is_refused(events):
    entry = {"Source": "S", "DetailType": "D", "Detail": "x" * 1_048_576}
    assert events.refusal("PutEvents", Entries=[entry]) == (
        "ValidationException",
        "Total size of the entries in the request is over the limit.",
    )


# -- shaping ---------------------------------------------------------------------------------------------

DETAIL = {
    "payload": {"acc_id": "0a78", "sf_id": "baz"},
    "list": ["ACTIVE", "INACTIVE"],
    "one": ["HIGH"],
    "flag": True,
}
PATHS = {
    "userId": "$.detail.payload.acc_id",
    "payload": "$.detail.payload",
    "list": "$.detail.list",
    "one": "$.detail.one",
    "flag": "$.detail.flag",
    "none": "$.detail.none",
    "first": "$.detail.list[0]",
}


def test_a_fixed_input_is_sent(rule, put):
    target = rule(QUEUE, Input='{"a": 1}')
    put()
    assert target.bodies == ['{"a": 1}']


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.detail.payload", ['{"acc_id":"0a78","sf_id":"baz"}']),
        ("$.detail.payload.sf_id", ['"baz"']),
        ("$.detail.nothing", []),
    ],
)
def test_a_part_is_sent(rule, put, path, expected):
    target = rule(QUEUE, InputPath=path)
    put(DETAIL)
    assert target.bodies == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('"Event of <userId> type"', '"Event of 0a78 type"'),
        (
            '"Payload of <payload> with users/<userId>"',
            '"Payload of {acc_id:0a78,sf_id:baz} with users/0a78"',
        ),
        ('"<one> single <list> multi <none> x"', '"[HIGH] single [ACTIVE,INACTIVE] multi  x"'),
        ('"Command is <flag>!"', '"Command is true!"'),
        ('"{[/Check <userId>"', '"{[/Check 0a78"'),
        ('"<one> a"\n"<list> b"', '"[HIGH] a"\n"[ACTIVE,INACTIVE] b"'),
    ],
)
def test_a_string_template_is_filled_in(rule, put, template, expected):
    target = rule(QUEUE, InputTransformer={"InputPathsMap": PATHS, "InputTemplate": template})
    put(DETAIL)
    assert target.bodies == [expected]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{"id" : <userId>}', {"id": "0a78"}),
        ('{"id" : "<userId>"}', {"id": "0a78"}),
        (
            '{"path": "users/<userId>/second/<userId>", "bod": <payload>}',
            {"path": "users/0a78/second/0a78", "bod": {"acc_id": "0a78", "sf_id": "baz"}},
        ),
        ('{"bod": [<userId>, "hardcoded"]}', {"bod": ["0a78", "hardcoded"]}),
        ('{"x": <one>}', {"x": ["HIGH"]}),
        ('{"x": <none>}', {"x": ""}),
        ('{"x": <first>}', {"x": "ACTIVE"}),
        ('{"rule": <aws.events.rule-name>}', {"rule": "r"}),
        ('{"rule": "<aws.events.rule-arn>"}', {"rule": f"{BASE}:rule/r"}),
        ('{"at": <aws.events.event.ingestion-time>}', {"at": "2023-11-14T22:13:20Z"}),
    ],
)
def test_a_json_template_is_filled_in(rule, put, template, expected):
    target = rule(QUEUE, InputTransformer={"InputPathsMap": PATHS, "InputTemplate": template})
    put(DETAIL)
    assert target.documents == [expected]


@pytest.mark.parametrize("template", ['{"x": "<payload>"}', '{"x": "a/<payload>"}', '{"x": "<one>"}'])
def test_an_object_within_quotes_is_never_delivered(rule, put, template):
    target = rule(QUEUE, InputTransformer={"InputPathsMap": PATHS, "InputTemplate": template})
    put(DETAIL)
    assert target.got == []


def test_the_whole_event_is_inserted(rule, put):
    template = '{"all": <aws.events.event.json>, "head": <aws.events.event>}'
    target = rule(QUEUE, InputTransformer={"InputTemplate": template})
    put(DETAIL)
    (document,) = target.documents
    assert (document["all"]["detail"], list(document["head"])) == (
        DETAIL,
        ["id", "account", "detailType", "time", "source", "region", "resources", "version"],
    )


@pytest.mark.parametrize(
    ("parameters", "key"),
    [({"KinesisParameters": {"PartitionKeyPath": "$.detail.payload.sf_id"}}, "baz"), ({}, None)],
)
def test_a_stream_gets_a_partition_key(rule, put, parameters, key):
    target = rule(STREAM, **parameters)
    sent = put(DETAIL)
    assert target.got[0].partition_key == (key or sent["EventId"])


# -- other buses -----------------------------------------------------------------------------------------


def test_another_bus_gets_the_event_itself(events, rule, put):
    events.CreateEventBus(Name="b")
    rule(f"{BASE}:event-bus/b")
    target = rule(QUEUE, bus="b")
    sent = put({"a": 1})
    assert [(event["id"], event["detail"]) for event in target.documents] == [(sent["EventId"], {"a": 1})]


def test_a_third_bus_gets_nothing(events, rule, put):
    for name in ("b", "c"):
        events.CreateEventBus(Name=name)
    rule(f"{BASE}:event-bus/b")
    rule(f"{BASE}:event-bus/c", bus="b")
    target = rule(QUEUE, bus="c")
    put()
    assert target.got == []


def test_buses_that_point_at_each_other_come_to_rest(events, rule, put):
    events.CreateEventBus(Name="b")
    rule(f"{BASE}:event-bus/b")
    rule(f"{BASE}:event-bus/default", bus="b")
    target = rule(QUEUE, "s")
    put()
    assert len(target.got) == 1


def abroad(bench, events, account, region):
    events.CreateEventBus(Name="b", account=account, region=region)
    events.PutRule(
        Name="r", EventBusName="b", EventPattern='{"source":["my.app"]}', account=account, region=region
    )
    target = {"Id": "1", "Arn": QUEUE}
    events.PutTargets(Rule="r", EventBusName="b", Targets=[target], account=account, region=region)
    return f"arn:aws:events:{region}:{account}:event-bus/b", bench.target(QUEUE)


def test_another_region_gives_a_new_id(bench, events, rule, put):
    arn, target = abroad(bench, events, ACCOUNT, "eu-west-1")
    rule(arn)
    sent = put()
    (event,) = target.documents
    assert (event["id"] == sent["EventId"], event["region"]) == (False, "us-east-1")


@pytest.mark.parametrize("is_permitted", [True, False])
def test_another_account_must_permit(bench, events, rule, put, is_permitted):
    arn, target = abroad(bench, events, "222222222222", "us-east-1")
    if is_permitted:
        events.PutPermission(
            EventBusName="b",
            Action="events:PutEvents",
            Principal=ACCOUNT,
            StatementId="s",
            account="222222222222",
        )
    rule(arn)
    put()
    assert len(target.got) == is_permitted


def test_putting_on_a_bus_of_another_account_needs_consent(bench, events):
    arn, _ = abroad(bench, events, "222222222222", "us-east-1")
    entry = {"Source": "my.app", "DetailType": "d", "Detail": "{}", "EventBusName": arn}
    code, _ = events.refusal("PutEvents", Entries=[entry])
    assert code == "AccessDeniedException"


# -- what fails ------------------------------------------------------------------------------------------

DEAD_LETTER_CONFIG = {"DeadLetterConfig": {"Arn": DEAD_LETTERS}}


def notes(delivery):
    return {name: attribute.value for name, attribute in delivery.attributes.items()}


def test_a_missing_target_means_the_dead_letter_queue(bench, events, rule, put):
    rule(QUEUE, **DEAD_LETTER_CONFIG)
    bench.targets.clear()
    letters = bench.target(DEAD_LETTERS)
    put()
    assert [notes(letter) for letter in letters.got] == [
        {
            "RULE_ARN": f"{BASE}:rule/r",
            "TARGET_ARN": QUEUE,
            "ERROR_CODE": "NO_RESOURCE",
            "ERROR_MESSAGE": f"{QUEUE} does not exist.",
        }
    ]


def test_a_missing_permission_means_the_dead_letter_queue(bench, rule, put):
    rule(QUEUE, **DEAD_LETTER_CONFIG).is_permitted = False
    letters = bench.target(DEAD_LETTERS)
    put({"a": 1})
    (letter,) = letters.got
    assert (notes(letter)["ERROR_CODE"], json.loads(letter.body)["detail"]) == ("NO_PERMISSIONS", {"a": 1})


def test_a_failing_target_is_tried_again(bench, rule, put):
    target = rule(QUEUE)
    target.refusals = [500, 429]
    put()
    bench.advance(10)
    first, second = target.tries[1], target.tries[2] - target.tries[1]
    assert (len(target.got), 1_000 <= first <= 2_000, 2_000 <= second <= 4_000) == (1, True, True)


@pytest.mark.parametrize(
    ("policy", "condition", "retries"),
    [
        ({"MaximumRetryAttempts": 2}, "MaximumRetryAttempts", "2"),
        ({"MaximumRetryAttempts": 0}, "MaximumRetryAttempts", "0"),
        ({"MaximumEventAgeInSeconds": 60}, "MaximumEventAgeInSeconds", None),
    ],
)
def test_tries_come_to_an_end(bench, rule, put, policy, condition, retries):
    target = rule(QUEUE, RetryPolicy=policy, **DEAD_LETTER_CONFIG)
    target.refusals = [500] * 300
    letters = bench.target(DEAD_LETTERS)
    put()
    bench.advance(86_400)
    (letter,) = letters.got
    found = notes(letter)
    assert found["EXHAUSTED_RETRY_CONDITION"] == condition
    assert retries in {None, found["RETRY_ATTEMPTS"]}


def test_what_was_given_up_is_told(bench, rule, put):
    rule(QUEUE, **DEAD_LETTER_CONFIG)
    bench.targets.clear()
    bench.target(DEAD_LETTERS)
    put()
    assert bench.registry.undelivered() == [
        f"{BASE}:rule/r -> {QUEUE}: {QUEUE} does not exist. (ResourceNotFoundException); kept in {DEAD_LETTERS}"
    ]


# -- schedules -------------------------------------------------------------------------------------------


def test_a_rate_runs_from_its_first_period_on(bench, rule):
    target = rule(FUNCTION, expression="rate(5 minutes)")
    bench.advance(15 * 60)
    assert target.times == [300_000, 600_000, 900_000]


def test_a_schedule_tells_its_time(bench, rule):
    target = rule(FUNCTION, expression="cron(15 22 * * ? *)")
    bench.advance(120)
    (event,) = target.documents
    assert event.pop("id")
    assert event == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": "2023-11-14T22:15:00Z",
        "region": "us-east-1",
        "resources": [f"{BASE}:rule/r"],
        "detail": {},
    }


def test_a_disabled_schedule_stands_still(bench, events, rule):
    target = rule(FUNCTION, expression="rate(1 minute)")
    events.DisableRule(Name="r")
    bench.advance(120)
    assert target.got == []


def test_an_enabled_schedule_starts_anew(bench, events, rule):
    target = rule(FUNCTION, expression="rate(1 minute)")
    events.DisableRule(Name="r")
    bench.advance(90)
    events.EnableRule(Name="r")
    bench.advance(60)
    assert target.times == [150_000]


def test_a_deleted_schedule_is_gone(bench, events, rule):
    target = rule(FUNCTION, expression="rate(1 minute)")
    events.RemoveTargets(Rule="r", Ids=["1"])
    events.DeleteRule(Name="r")
    bench.advance(120)
    assert (target.got, bench.clock.next_due()) == ([], None)


def test_a_schedule_is_no_parked_work(bench, rule):
    target = rule(FUNCTION, expression="rate(1 minute)")
    bench.engine.run_until_idle(3_600_000)
    assert target.got == []


def test_events_never_fire_a_schedule(rule, put):
    target = rule(FUNCTION, expression="rate(1 minute)")
    put()
    assert target.got == []


# -- other services --------------------------------------------------------------------------------------


def test_a_bus_takes_deliveries(bench, rule):
    target = rule(QUEUE, pattern='{"source":["lambda"]}')
    arn = f"{BASE}:event-bus/default"
    bench.deliver(
        arn,
        Delivery(
            body='{"a": 1}',
            principal="lambda.amazonaws.com",
            source_arn=FUNCTION,
            detail_type="Lambda Function Invocation Result - Success",
            event_source="lambda",
            resources=[arn, FUNCTION],
        ),
    )
    (event,) = target.documents
    assert (event["detail-type"], event["source"], event["resources"], event["detail"]) == (
        "Lambda Function Invocation Result - Success",
        "lambda",
        [arn, FUNCTION],
        {"a": 1},
    )


def test_a_delivery_that_is_no_object_is_refused(bench):
    with pytest.raises(Undeliverable, match="Detail is malformed"):
        bench.deliver(f"{BASE}:event-bus/default", Delivery(body="x", principal="p", source_arn="s"))


def test_a_bus_permits_its_own_account(bench):
    assert bench.permits(f"{BASE}:event-bus/default", "s3.amazonaws.com", "arn:aws:s3:::b")
