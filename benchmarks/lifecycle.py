"""Sessions: what an import, a start and a day of virtual time cost."""

from __future__ import annotations

import subprocess
import sys
from statistics import median

from measure import Measure
from measuring import Scale, micros, seconds
from stages import MOTO, OURS, Stage, opened

PARKED = 1_000
RETRIES = {"max_environments": 64}


def start_and_stop(stage: Stage, scale: Scale) -> float:
    def once() -> None:
        with opened(stage.name):
            pass

    return micros(once, scale, calls=max(5, scale.calls // 10))


def start_call_and_stop(stage: Stage, scale: Scale) -> float:
    client = stage.client("sqs")

    def once() -> None:
        with opened(stage.name):
            client.create_queue(QueueName="q")

    return micros(once, scale, calls=max(5, scale.calls // 10))


def importing(stage: Stage, scale: Scale) -> float:
    """Import in new interpreters, which time themselves: what they take to start is not counted."""
    package = "mocklambda" if stage.is_ours else "moto"
    code = f"import time; at = time.perf_counter(); import {package}; print(time.perf_counter() - at)"
    command = [sys.executable, "-c", code]
    taken = [subprocess.run(command, check=True, capture_output=True).stdout for _ in range(scale.rounds + 2)]
    return median(float(text) for text in taken) * 1e6


def day_of_retries(stage: Stage, _: Scale) -> float:
    """Fail 1,000 asynchronous invocations and let a day pass: two attempts more each, in one second or so."""
    function = stage.cloud.stub("fails", raises=RuntimeError("no"))
    for each in range(PARKED):
        function.send({"n": each})
    taken = seconds(lambda: stage.cloud.advance(days=1))
    assert len(function.invocations) == 3 * PARKED
    return taken


MEASURES = (
    Measure(name="start + stop", unit="us", run=start_and_stop, stages=(OURS, MOTO), opens=False),
    Measure(
        name="start + first call + stop", unit="us", run=start_call_and_stop, stages=(OURS,), opens=False
    ),
    Measure(name="import", unit="us", run=importing, stages=(OURS, MOTO), opens=False),
    Measure(name="a day with 1,000 parked retries", unit="s", run=day_of_retries, stages=(OURS,)),
)
