"""What unittest's own runner shows of mocked test cases: no pytest anywhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

CASES = """
import unittest

import boto3

import mocklambda
from mocklambda import mock_lambda


def swallow():
    try:
        boto3.client("mediaconvert").list_queues()
    except Exception:
        pass


@mock_lambda
class Swallows(unittest.TestCase):
    def test_calls(self):
        swallow()

    def test_calls_and_fails(self):
        swallow()
        self.fail("its own")

    def tearDown(self):
        mocklambda.current().queue("still-there")


@mock_lambda
class SwallowsAwaiting(unittest.IsolatedAsyncioTestCase):
    async def test_calls(self):
        swallow()


@mock_lambda
class Quiet(unittest.TestCase):
    def setUp(self):
        self.addCleanup(mocklambda.current().queue, "still-there")

    def test_one(self):
        mocklambda.current().queue("orders")

    def test_two(self):
        self.assertEqual(boto3.client("sqs").list_queues().get("QueueUrls"), None)

    @unittest.skip("not now")
    def test_skipped(self):
        pass

    @unittest.expectedFailure
    def test_expected(self):
        self.fail("expected")


class Undecorated(unittest.TestCase):
    def test_nothing_is_left_open(self):
        with self.assertRaises(mocklambda.NotStarted):
            mocklambda.current()
"""


@pytest.fixture
def run(tmp_path: Path) -> str:
    (tmp_path / "test_cases.py").write_text(CASES)
    home = str(Path(__file__).parents[2])
    command = [sys.executable, "-W", "error", "-m", "unittest", "-v", "test_cases"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={"PYTHONPATH": home},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stderr


def test_a_swallowed_call_to_aws_is_an_error_of_its_own_test_and_the_others_go_on(run: str) -> None:
    assert "ERROR: test_calls (test_cases.Swallows" in run
    assert "ERROR: test_calls (test_cases.SwallowsAwaiting" in run
    assert run.count("mocklambda.errors.UnmockedAWSCall: ") == 2
    assert "FAILED (failures=1, errors=2, skipped=1, expected failures=1)" in run
    assert re.search(r"Ran [78] tests", run)  # Python 3.12.1 alone does not count the skipped one


def test_a_test_that_fails_by_itself_shows_its_own_error_only(run: str) -> None:
    assert "FAIL: test_calls_and_fails" in run
    assert "ERROR: test_calls_and_fails" not in run
