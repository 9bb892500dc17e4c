"""Handlers run however few files the test's process may have open, and its limit is as before when it is over."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SCRIPT = """
    import resource, sys, threading
    soft, hard = map(int, sys.argv[1:3])
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    from mocklambda import mock_lambda
    source = "import resource, time\\ndef handler(event, context):\\n    time.sleep(event)\\n    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]\\n"
    with mock_lambda() as cloud:
        results = [cloud.function(f"one-{n}", source=source).invoke(0).payload for n in range(30)]
        busy = cloud.function("busy", source=source, timeout=30)
        def invoke():
            results.append(busy.invoke(2).payload)
        threads = [threading.Thread(target=invoke) for _ in range(int(sys.argv[3]))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    print(len(results), set(results), resource.getrlimit(resource.RLIMIT_NOFILE))
    """


def run(soft, hard, concurrent):
    script = textwrap.dedent(SCRIPT)
    command = [sys.executable, "-W", "error", "-c", script, str(soft), str(hard), str(concurrent)]
    ended = subprocess.run(
        command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False
    )
    return ended.stdout + ended.stderr


@pytest.mark.parametrize("soft", [256, 1000])
def test_a_low_soft_limit_is_raised_while_many_environments_run(soft):
    assert run(soft, 4096, 60) == f"90 {{1024}} ({soft}, 4096)\n"


def test_under_a_low_hard_limit_fewer_environments_are_kept_and_handlers_have_that_limit():
    assert run(256, 256, 8) == "38 {256} (256, 256)\n"
