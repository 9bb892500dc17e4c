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


EARTHQUAKES = Path(__file__).parent.parent / "examples" / "earthquakes" / "run.py"


def run_earthquakes(feed: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", str(EARTHQUAKES), str(feed)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "can not be read as GeoJSON: [Errno 2] No such file or directory"),
        ("{", "can not be read as GeoJSON: Expecting property name"),
        ("[]", "is no GeoJSON feed: it has no list of features"),
        ('{"features": 1}', "is no GeoJSON feed: it has no list of features"),
    ],
)
def test_earthquakes_says_in_a_line_what_is_wrong_with_a_feed(tmp_path, text, said):
    feed = tmp_path / "feed.json"
    if text is not None:
        feed.write_text(text)
    ran = run_earthquakes(feed)

    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (1, "", 1)
    assert f"{feed} {said}" in ran.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "can not be read as CSV: [Errno 2] No such file or directory"),
        (b"\xff", "can not be read as CSV: 'utf-8' codec can't decode"),
        (b"", "is empty: a line of names and one for each airport are expected"),
    ],
)
def test_airports_says_in_a_line_what_is_wrong_with_a_file(tmp_path, content, said):
    file = tmp_path / "airports.csv"
    if content is not None:
        file.write_bytes(content)
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES[0] / "run.py"), str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (1, "", 1)
    assert f"{file} {said}" in ran.stderr


@pytest.mark.parametrize(
    "text",
    [
        '{"features": []}',
        (
            '{"features": [5, {}, {"id": "a", "properties": {}}, {"properties": {"mag": 7}}, {"id": "d", "properties": []}, '
            '{"id": "b", "properties": {"mag": "7"}}, {"id": "c", "properties": {"mag": 7}}, 6]}'
        ),
    ],
)
def test_earthquakes_agrees_with_plain_python_on_an_odd_feed(tmp_path, text):
    feed = tmp_path / "feed.json"
    feed.write_text(text)
    ran = run_earthquakes(feed)

    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert "  NO " not in ran.stdout
