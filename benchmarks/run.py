"""The benchmark: ours, botocore's floors, moto and MiniStack side by side in one run, with the targets.

    python benchmarks/run.py [--quick] [--only NAME] [--without-peers]

In a full run every figure comes from an interpreter of its own, one after the other: all of them meet the same machine.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the package beside us, installed or not

import peers
import worker
from measure import Measure
from measuring import QUICK
from report import shown, table, verdict
from stages import BEFORE_SIGNING, FLOORS, MINISTACK, MOTO, STAGES
from subjects import SUBJECTS
from targets import PACE, SEND, SET_AT_FLOOR_US, TARGETS

HERE = Path(__file__).resolve().parent
LONGEST_SECONDS = 300
PASSES = 3
PACED = frozenset(target.measure for target in TARGETS if target.follows_pace or target.is_of_floor)


class Run:
    """One run: who takes part, and what was found."""

    def __init__(self, *, is_quick: bool) -> None:
        self.scale = "quick" if is_quick else "full"
        self.figures: dict[tuple[str, str], float] = {}
        self._pythons: dict[str, str] = {}
        self._url = ""

    def invite(self, stack: ExitStack) -> None:
        """Prepare the peers; says who can not come, and why."""
        for peer in (MOTO, MINISTACK):
            print(self._invite(peer, stack), flush=True)

    def _invite(self, peer: str, stack: ExitStack) -> str:
        try:
            python = peers.python_of(peer)
            if peer == MINISTACK:
                self._url = stack.enter_context(peers.served_by_ministack(python))
        except peers.PeerUnavailableError as error:
            return f"without {peer}: {error}"
        self._pythons[peer] = str(python)
        return f"with {peer} {peers.version_of(python, peer)}"

    @property
    def stages(self) -> list[str]:
        """Who takes part, in the order of the columns."""
        return [stage for stage in STAGES if stage not in peers.PACKAGES or stage in self._pythons]

    def measure(self, measure: Measure) -> None:
        """Do one measure on every stage that knows it."""
        stages = [stage for stage in self.stages if stage in measure.stages]
        taken: dict[str, list[float]] = {stage: [] for stage in stages}
        for _ in range(self._passes(stages)):
            for stage in stages:
                value = self._figure(measure, stage)
                if value is not None:
                    taken[stage].append(value)
        if self.scale == "full" and measure.name in PACED:
            taken[PACE] = [self._pace()]
        found = {stage: median(values) for stage, values in taken.items() if values}
        self.figures.update({(measure.name, stage): value for stage, value in found.items()})
        shown_figures = (
            f"{stage} {shown(value, measure.unit)}" for stage, value in found.items() if stage != PACE
        )
        print(f"  {measure.name}: {', '.join(shown_figures)}", flush=True)

    def _pace(self) -> float:
        floor = self._figure(chosen(SEND)[0], BEFORE_SIGNING)
        assert floor is not None, "botocore's floor could not be measured"
        return floor / SET_AT_FLOOR_US

    def _passes(self, stages: Sequence[str]) -> int:
        """Take small calls beside a floor in turns: a busy moment must not meet one stage alone."""
        return PASSES if self.scale == "full" and not FLOORS.isdisjoint(stages) else 1

    def _figure(self, measure: Measure, stage: str) -> float | None:
        return _taken_here(measure, stage) if self.scale == "quick" else self._taken_apart(measure, stage)

    def _taken_apart(self, measure: Measure, stage: str) -> float | None:
        if stage == MINISTACK:
            peers.reset(self._url)
        command = [
            self._pythons.get(stage, sys.executable),
            str(HERE / "worker.py"),
            stage,
            measure.name,
            self.scale,
        ]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=True,
                timeout=LONGEST_SECONDS,
                env={
                    **os.environ,
                    "MINISTACK_URL": self._url,
                    "PYTHONPATH": os.pathsep.join(self._paths(stage)),
                },
            )
        except subprocess.TimeoutExpired:
            print(f"  {measure.name} on {stage}: given up after {LONGEST_SECONDS} s")
            return None
        except subprocess.CalledProcessError as error:
            print(f"  {measure.name} on {stage} failed: {error.stderr.strip().splitlines()[-1:]}")
            return None
        figure = json.loads(done.stdout.splitlines()[-1])["figure"]
        return None if figure is None else float(figure)

    def _paths(self, stage: str) -> list[str]:
        return [] if stage in self._pythons else [str(HERE.parent)]


def _taken_here(measure: Measure, stage: str) -> float | None:
    """Take a figure in this interpreter: starting one for each would take longer than a short run itself."""
    try:
        return worker.figure(measure, stage, QUICK)
    except Exception as error:
        print(f"  {measure.name} on {stage} failed: {error!r}")
        return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table; fails when one of our own figures could not be taken."""
    parser = argparse.ArgumentParser(description="mocklambda beside botocore's floors, moto and MiniStack")
    parser.add_argument(
        "--quick", action="store_true", help="small numbers, ours and the floors only: a smoke test"
    )
    parser.add_argument("--only", metavar="NAME", default="", help="a subject, or a part of a measure's name")
    parser.add_argument("--without-peers", action="store_true", help="ours and the floors only")
    options = parser.parse_args(arguments)
    wanted = chosen(options.only)
    if not wanted:
        parser.error(f"nothing is called {options.only!r}; there are {', '.join(SUBJECTS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that the peers' server is stopped, too
    started = time.monotonic()
    run = Run(is_quick=options.quick)
    with ExitStack() as stack:
        if not (options.quick or options.without_peers):
            run.invite(stack)
        for measure in wanted:
            run.measure(measure)
    print(f"\n{table(wanted, run.stages, run.figures)}\n")
    print(f"{verdict(run.figures)}; {time.monotonic() - started:.0f} s")
    return int(any((measure.name, STAGES[0]) not in run.figures for measure in wanted))


def chosen(name: str) -> list[Measure]:
    """List the measures of a subject, or those whose names contain ``name``."""
    if name in SUBJECTS:
        return list(SUBJECTS[name])
    every = [measure for measures in SUBJECTS.values() for measure in measures]
    return [measure for measure in every if name.lower() in measure.name.lower()]


if __name__ == "__main__":
    sys.exit(main())
