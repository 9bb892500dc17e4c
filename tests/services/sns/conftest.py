import pytest

from tests.services.bench import Bench, Client


@pytest.fixture
def bench():
    return Bench()


@pytest.fixture
def sns(bench):
    return Client(bench, "sns")


@pytest.fixture
def topic(sns):
    return sns.CreateTopic(Name="t")["TopicArn"]
