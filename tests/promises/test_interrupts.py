"""Ctrl-C is heard at once, whatever a call is waiting for."""

from __future__ import annotations

import signal
import time

import boto3
import pytest

from mocklambda import mock_lambda

SLEEPER = "import time\ndef handler(event, context):\n    time.sleep(event.get('seconds', 0))\n"


@pytest.fixture
def soon():
    """Raise what Ctrl-C raises, in half a second."""

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    yield lambda: signal.setitimer(signal.ITIMER_REAL, 0.5)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("kind", ["RequestResponse", "Event"])
@pytest.mark.parametrize("wire", [False, True])
def test_a_call_that_waits_for_a_handler_ends_at_ctrl_c(soon, kind, wire):
    with mock_lambda(wire=wire) as cloud:
        function = cloud.function("sleeper", source=SLEEPER, timeout=60)
        assert function.invoke({}).error is None
        client = boto3.client("lambda", region_name="us-east-1")
        began = time.monotonic()
        soon()
        with pytest.raises(KeyboardInterrupt):
            client.invoke(FunctionName="sleeper", InvocationType=kind, Payload=b'{"seconds": 20}')
        assert time.monotonic() - began < 10
    assert time.monotonic() - began < 15
