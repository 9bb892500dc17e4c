"""A server's cloud in this process: what it keeps, and what it says of itself."""

from __future__ import annotations

import pytest

from mocklambda.config import Config
from mocklambda.server.instance import Instance
from mocklambda.services.registry import Registry
from mocklambda.wire.message import Request


@pytest.fixture
def instance():
    made = Instance(Config(long_poll="real", settle="manual"))
    yield made
    made.close()


def ask(instance, target):
    request = Request(
        method="POST",
        scheme="http",
        host="localhost",
        path="/",
        query="",
        headers={"x-amz-target": target, "content-type": "application/x-amz-json-1.0"},
        body=b"{}",
    )
    return instance.answer(request, "127.0.0.1")


def test_a_call_that_nobody_serves_is_answered_and_forgotten(instance):
    assert ask(instance, "GameLift.ListBuilds").status == 501
    assert instance.cloud.gateway.violations == []


def test_a_bug_of_ours_is_answered_told_and_forgotten(instance, monkeypatch, capsys):
    def fail(*_):
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(Registry, "state", fail)
    assert (ask(instance, "AmazonSQS.ListQueues").status, instance.cloud.gateway.bugs) == (500, [])
    assert capsys.readouterr().err.endswith("ZeroDivisionError: ours\n")
