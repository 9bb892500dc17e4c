import json

import pytest

from tests.services.bench import Bench, Client


@pytest.fixture
def bench():
    return Bench()


@pytest.fixture
def events(bench):
    return Client(bench, "events")


@pytest.fixture
def put(events):
    def put(detail=None, source="my.app", detail_type="dt", **entry):
        entry |= {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail or {})}
        return events.PutEvents(Entries=[entry])["Entries"][0]

    return put


@pytest.fixture
def rule(bench, events):
    """Make a rule for all events of my.app with one target; returns the stand-in behind it."""

    def rule(arn, name="r", bus=None, pattern=None, expression=None, **target):
        where = {} if bus is None else {"EventBusName": bus}
        what = (
            {"ScheduleExpression": expression}
            if expression
            else {"EventPattern": pattern or '{"source":["my.app"]}'}
        )
        events.PutRule(Name=name, **what, **where)
        events.PutTargets(Rule=name, Targets=[{"Id": "1", "Arn": arn, **target}], **where)
        return bench.target(arn)

    return rule
