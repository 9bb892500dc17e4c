"""Each example runs as a user would run it, on the small file beside it, and agrees with plain Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted(path.parent for path in (Path(__file__).parent.parent / "examples").glob("*/run.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_agrees_with_plain_python(example, tmp_path):
    if "moto" in (example / "run.py").read_text():
        pytest.importorskip("moto")
    (data,) = example.glob("small.*")
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(example / "run.py"), str(data)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout + ran.stderr
    assert "  ok " in ran.stdout
    assert "  NO " not in ran.stdout
    assert list(tmp_path.iterdir()) == []


def test_an_example_without_a_file_says_how_it_is_used():
    ran = subprocess.run(
        [sys.executable, str(EXAMPLES[0] / "run.py")], capture_output=True, text=True, check=False, timeout=60
    )

    assert ran.returncode == 1
    assert "Usage: python run.py" in ran.stderr
