import pytest

from tests.services.bench import FUNCTION, Bench, Client

ROLE = "arn:aws:iam::123456789012:role/scheduler"


@pytest.fixture
def bench():
    return Bench()


@pytest.fixture
def scheduler(bench):
    return Client(bench, "scheduler")


@pytest.fixture
def create(bench, scheduler):
    """Make a schedule with a function as its target; returns the stand-in behind it."""

    def create(expression, arn=FUNCTION, name="s", target=None, **request):
        request = {"FlexibleTimeWindow": {"Mode": "OFF"}, **request}
        scheduler.CreateSchedule(
            Name=name,
            ScheduleExpression=expression,
            Target={"Arn": arn, "RoleArn": ROLE, **(target or {})},
            **request,
        )
        return bench.target(arn)

    bench.target(FUNCTION)
    return create
