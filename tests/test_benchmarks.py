"""The benchmark runs: whether its figures are good is no test's business, that there are figures is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parent.parent / "benchmarks" / "run.py"


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(RUN), *arguments], check=False, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize(
    "subject", ["sqs", "lambda", "control-plane", "s3", "kinesis", "lifecycle", "suites"]
)
def test_quick_benchmark_of_a_subject_takes_every_figure_of_ours(subject: str) -> None:
    done = _run("--quick", "--only", subject)

    assert (done.returncode, done.stderr, " failed: " in done.stdout) == (0, "", False), done.stdout


def test_benchmark_names_its_subjects_when_asked_for_another() -> None:
    done = _run("--only", "no such thing")

    assert done.returncode == 2
    assert "there are sqs, lambda, control-plane, s3, kinesis, lifecycle" in done.stderr
