"""The first function that needs a process has what starts processes get ready, while the test goes on."""

from __future__ import annotations

import subprocess
import sys

import pytest

ASKS = """
from mocklambda import mock_lambda
from mocklambda.sandbox.zygote import shared

with mock_lambda(executor={executor!r}) as cloud:
    {make}
    print(shared().is_running)
"""


@pytest.mark.parametrize(
    ("executor", "make", "is_running"),
    [
        ("process", "cloud.function('fn', source='def handler(event, context):\\n    pass')", True),
        ("process", "cloud.function('fn', source=lambda event, context: None, inline=True)", False),
        ("process", "cloud.stub('fn')", False),
        ("inline", "cloud.function('fn', source='def handler(event, context):\\n    pass')", False),
        ("process", "cloud.queue('q')", False),
    ],
)
def test_only_a_function_that_needs_a_process_is_made_ready_for(executor, make, is_running):
    script = ASKS.format(executor=executor, make=make)

    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )

    assert told.stdout.split() == [str(is_running)]
