"""Handlers are measured by coverage with its own ``patch = subprocess``, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytest.importorskip("coverage", minversion="7.10")

SCRIPT = """
    import sys
    from tests.sandbox.lab import Lab
    lab = Lab(start=sys.argv[2])
    function = lab.function("", code=lab.supervisor.code.directory(sys.argv[1]))
    print(function.result(), function.result({"odd": 1}))
    lab.supervisor.close()
    """


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_lines_of_handlers_are_counted(tmp_path, start):
    root = Path(__file__).parents[2]
    source = tmp_path / "src"
    source.mkdir()
    (source / "app.py").write_text(
        "def handler(event, context):\n    if event:\n        return 'odd'\n    if event is None:\n        return 'never'\n    return 'plain'\n"
    )
    (tmp_path / "script.py").write_text(textwrap.dedent(SCRIPT))
    settings = (
        f"[run]\npatch = subprocess\nparallel = true\nsource = {source}\ndata_file = {tmp_path}/.coverage\n"
    )
    (tmp_path / "settings").write_text(settings)

    def coverage(*arguments):
        command = [sys.executable, "-m", "coverage", *arguments]
        return subprocess.run(
            command,
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"},
        )

    settings = f"--rcfile={tmp_path}/settings"
    assert coverage("run", settings, str(tmp_path / "script.py"), str(source), start).stdout == "plain odd\n"
    coverage("combine", settings)
    coverage("json", settings, "-o", str(tmp_path / "report.json"))
    (report,) = json.loads((tmp_path / "report.json").read_text())["files"].values()
    assert report["missing_lines"] == [5]
