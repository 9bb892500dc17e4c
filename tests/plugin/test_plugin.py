"""What the pytest plugin does, seen by running pytest in pytest."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import boto3
import pytest

from mocklambda import UnmockedAWSCall, mock_lambda

HEAD = """
    import boto3, pytest
    import mocklambda
    from mocklambda import mock_lambda as mocked

    def swallow():
        try:
            boto3.client("mediaconvert").list_queues()
        except Exception:
            pass

    def refused():
        swallow()
"""
FAILING = (
    HEAD
    + """
    SOURCE = '''
    def handler(event, context):
        print("seen", event["n"])
        if event["n"] > 1:
            raise ValueError("too much")
    '''

    def work():
        cloud = mocklambda.current()
        fn = cloud.function("fn", source=SOURCE)
        fn.send({"n": 2})
        assert 1 == 2
"""
)


@pytest.fixture(scope="module", autouse=True)
def all_is_loaded() -> None:
    """Import before the inner runs do, which forget what they are first to import."""
    with mock_lambda(guard=False) as cloud:
        cloud.function("fn", source="def handler(event, context):\n    return event\n").invoke()
        with pytest.raises(UnmockedAWSCall):
            boto3.client("mediaconvert").list_queues()


@pytest.fixture
def run(pytester: pytest.Pytester) -> Any:
    def run_it(source: str, *args: str, ini: str = "") -> pytest.RunResult:
        pytester.makeini(f"[pytest]\nasyncio_default_fixture_loop_scope = function\n{ini}")
        pytester.makepyfile(source)
        is_apart = {"-n", "no:mocklambda"} & set(args)  # this process has loaded the plugin
        runs = pytester.runpytest_subprocess if is_apart else pytester.runpytest_inprocess
        return runs("-p", "no:cacheprovider", *args)

    return run_it


# -- the guard ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "test",
    [
        "def test_it(mock_lambda):\n        swallow()",
        "@pytest.mark.mock_lambda\n    def test_it():\n        swallow()",
        "@mocked\n    def test_it():\n        swallow()",
        "@mocked()\n    async def test_it():\n        swallow()\n    test_it = pytest.mark.asyncio(test_it)",
        "@mocked\n    class TestIt:\n        def test_it(self):\n            swallow()",
        "import unittest\n    @mocked\n    class TestIt(unittest.TestCase):\n        def test_it(self):\n            swallow()",
        "def test_it():\n        with mocked():\n            swallow()",
    ],
    ids=["fixture", "marker", "function", "coroutine", "class", "unittest", "with"],
)
def test_a_swallowed_call_to_aws_still_fails_the_test(run: Any, test: str) -> None:
    result = run(HEAD + f"\n    {test}\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*UnmockedAWSCall: mediaconvert.ListQueues is not served by mocklambda*"])


def test_a_swallowed_call_in_a_fixture_of_the_users_own_is_an_error_of_the_test(run: Any) -> None:
    result = run(
        HEAD
        + """
    @pytest.fixture
    def cloud():
        with mocked() as cloud:
            yield cloud

    def test_it(cloud):
        swallow()
"""
    )
    result.assert_outcomes(passed=1, errors=1)


def test_the_guard_can_be_turned_off(run: Any) -> None:
    result = run(
        HEAD + "\n    @pytest.mark.mock_lambda(guard=False)\n    def test_it():\n        swallow()\n"
    )
    result.assert_outcomes(passed=1)


def test_a_test_that_fails_by_itself_shows_its_own_error(run: Any) -> None:
    result = run(HEAD + "\n    def test_it(mock_lambda):\n        swallow()\n        assert 1 == 2\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E       assert 1 == 2", "calls that nothing served:", "  - mediaconvert.ListQueues is not*"]
    )


def test_an_expected_error_of_the_guard_still_fails_at_the_end(run: Any) -> None:
    result = run(
        HEAD
        + """
    def test_it(mock_lambda):
        with pytest.raises(mocklambda.UnmockedAWSCall):
            boto3.client("mediaconvert").list_queues()
"""
    )
    result.assert_outcomes(failed=1)


# -- the report --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "test",
    [
        "def test_it(mock_lambda):\n        work()",
        "@pytest.mark.mock_lambda\n    def test_it():\n        work()",
        "@mocked\n    def test_it():\n        work()",
        "@mocked\n    class TestIt:\n        def test_it(self):\n            work()",
        "import unittest\n    @mocked\n    class TestIt(unittest.TestCase):\n        def test_it(self):\n            work()",
        "def test_it():\n        with mocked():\n            work()",
    ],
    ids=["fixture", "marker", "function", "class", "unittest", "with"],
)
def test_a_failed_tests_report_shows_what_ran_and_what_is_parked(run: Any, test: str) -> None:
    result = run(FAILING + f"\n    {test}\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- mocklambda -*",
            "* fn  * ms, cold  <- async  ValueError: too much  [[]*",
            "    | seen 2",
            "parked on the clock:",
            "  - attempt 2 of fn (async, *), due in * s",
            "virtual time 20*, seed * (mock_lambda(seed=*) repeats it)",
        ]
    )
    assert result.stdout.str().count("- mocklambda -") == 1


def test_a_passed_tests_report_has_no_such_section(run: Any) -> None:
    result = run(HEAD + "\n    def test_it(mock_lambda):\n        mock_lambda.queue('q')\n", "-rA")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*- mocklambda -*")


# -- options -----------------------------------------------------------------------------------------------


def test_options_of_the_suite_come_from_its_ini_file(run: Any) -> None:
    result = run(
        HEAD
        + """
    def test_fixture(mock_lambda):
        assert (mock_lambda.region, mock_lambda.config.settle) == ("eu-west-1", "manual")

    @pytest.mark.mock_lambda(region="eu-north-1")
    def test_marker(mock_lambda):
        assert (mock_lambda.region, mock_lambda.config.settle) == ("eu-north-1", "manual")
""",
        ini="mocklambda_options =\n    region = eu-west-1\n    settle = manual\n",
    )
    result.assert_outcomes(passed=2)


PYPROJECT = """
[tool.mocklambda]
region = "eu-west-1"
settle = "manual"
guard = false
max_real_seconds = 5
clock = 2024-01-01T00:00:00Z
"""


def test_options_of_the_suite_come_from_pyproject(run: Any, pytester: Any) -> None:
    pytester.makefile(".toml", pyproject=PYPROJECT)
    result = run(
        HEAD
        + """
    def test_fixture(mock_lambda):
        config = mock_lambda.config
        assert (config.region, config.settle, config.guard, config.max_real_seconds) == ("eu-west-1", "manual", False, 5)
        assert mock_lambda.now.isoformat() == "2024-01-01T00:00:00+00:00"

    @pytest.mark.mock_lambda(region="eu-north-1")
    def test_marker(mock_lambda):
        assert (mock_lambda.region, mock_lambda.config.settle) == ("eu-north-1", "manual")
"""
    )
    result.assert_outcomes(passed=2)


def test_pyproject_wins_over_the_environment_and_the_ini_over_both(
    run: Any, pytester: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"REGION": "us-west-1", "SETTLE": "auto", "SEED": "7"}.items():
        monkeypatch.setenv(f"MOCKLAMBDA_{name}", value)
    pytester.makefile(".toml", pyproject='[tool.mocklambda]\nregion = "eu-west-1"\nsettle = "manual"\n')
    result = run(
        HEAD
        + """
    def test_it(mock_lambda):
        config = mock_lambda.config
        assert (config.region, config.settle, config.seed) == ("eu-north-1", "manual", 7)
""",
        ini="mocklambda_options =\n    region = eu-north-1\n",
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[tool.mocklambda]\nsetle = 'manual'\n",
            "*mock_lambda has no option 'setle'; did you mean 'settle'?",
        ),
        ("[tool.mocklambda]\nsettle = 'never'\n", "*settle='never': one of 'auto', 'manual' is expected"),
        ("[tool.mocklambda]\nguard = 1\n", "*guard=1: True or False is expected"),
        ("[tool.mocklambda]\nguard = 'maybe'\n", "*guard='maybe': a yes or no is expected"),
        ("[tool.mocklambda]\nclock = 2024-01-01\n", "*a datetime with a time zone is expected"),
        ("[tool]\nmocklambda = 1\n", "*tool.mocklambda is a table, [[]tool.mocklambda[]], not 1"),
        ("[tool.mocklambda\n", "*pyproject.toml can not be read: *"),
    ],
)
def test_what_pyproject_may_not_say_is_an_error(run: Any, pytester: Any, text: str, said: str) -> None:
    pytester.makefile(".toml", pyproject=text)
    result = run(
        HEAD + "\n    def test_it(mock_lambda):\n        pass\n", "-c", "tox.ini"
    )  # pytest does not read it
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([said])


def test_a_typo_in_a_marker_names_the_nearest_option(run: Any) -> None:
    result = run(HEAD + "\n    @pytest.mark.mock_lambda(setle='manual')\n    def test_it():\n        pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*mock_lambda has no option 'setle'; did you mean 'settle'?"])


def test_the_closest_marker_wins(run: Any) -> None:
    result = run(
        HEAD
        + """
    pytestmark = pytest.mark.mock_lambda(region="eu-west-1", settle="manual")

    @pytest.mark.mock_lambda(region="eu-north-1")
    def test_it(mock_lambda):
        assert (mock_lambda.region, mock_lambda.config.settle) == ("eu-north-1", "manual")
"""
    )
    result.assert_outcomes(passed=1)


def test_the_marker_is_registered(run: Any) -> None:
    result = run(HEAD, "--markers", "--strict-markers")
    result.stdout.fnmatch_lines(["@pytest.mark.mock_lambda(*): mock AWS around this test*"])


# -- company -----------------------------------------------------------------------------------------------


KEPT = (
    HEAD
    + """
    import gc, sys

    class Big:
        made = []

    @pytest.fixture
    def late():
        yield
        assert False, "a fixture that fails to end"

    def use(cloud):
        import weakref
        big = Big()
        cloud.stub("fn", returns=1).note = big
        Big.made += [weakref.ref(big), weakref.ref(cloud)]
        return big

    def test_that_passes(mock_lambda):
        use(mock_lambda)

    @pytest.mark.mock_lambda
    def test_that_fails(mock_lambda):
        big = use(mock_lambda)
        assert big is None

    def test_whose_fixture_fails(late, mock_lambda):
        use(mock_lambda)

    def test_nothing_is_left():
        sys.last_value = sys.last_traceback = sys.last_exc = None  # the newest failure, which pytest keeps for pdb
        gc.collect()
        assert [ref() for ref in Big.made] == [None] * 6
"""
)


def test_a_test_that_is_over_leaves_neither_its_cloud_nor_its_error_in_memory(run: Any) -> None:
    result = run(KEPT, "-n", "0")  # in a process of its own: pytester keeps what hooks were called with
    result.assert_outcomes(passed=3, failed=1, errors=1)


SUITE = (
    HEAD
    + """
    @pytest.mark.parametrize("n", range(6))
    def test_many(mock_lambda, n):
        fn = mock_lambda.function("fn", source="def handler(event, context):\\n    return event * 2\\n")
        assert fn.invoke(n).payload == n * 2
        assert len(mock_lambda.invocations()) == 1
"""
)


def test_a_suite_runs_under_xdist_with_warnings_as_errors(run: Any) -> None:
    result = run(SUITE, "-n", "2", "-W", "error")
    result.assert_outcomes(passed=6)


def test_without_the_plugin_decorated_classes_are_mocked_too(run: Any) -> None:
    result = run(
        HEAD
        + """
    @mocked(region="eu-west-1")
    class TestIt:
        def setup_method(self, method):
            self.name = method.__name__
            mocklambda.current().queue(self.name)

        def teardown_method(self):
            mocklambda.current()

        def test_it(self):
            assert boto3.client("sqs").list_queues()["QueueUrls"][0].endswith("/test_it")
            assert mocklambda.current().region == "eu-west-1"

    class TestSub(TestIt):
        def test_more(self):
            mocklambda.current()

    def test_after():
        with pytest.raises(mocklambda.NotStarted):
            mocklambda.current()
""",
        "-p",
        "no:mocklambda",
        "-W",
        "error",
    )
    result.assert_outcomes(passed=4)


def test_a_set_up_that_fails_leaves_no_cloud_open(run: Any) -> None:
    result = run(
        HEAD
        + """
    @mocked
    class TestIt:
        def setup_method(self):
            raise ValueError

        def test_it(self):
            pass

    def test_after():
        with pytest.raises(mocklambda.NotStarted):
            mocklambda.current()
"""
    )
    result.assert_outcomes(passed=1, errors=1)


# -- cost --------------------------------------------------------------------------------------------------


def loaded_by(statement: str) -> set[str]:
    script = (
        f"import sys, pytest; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    )
    return set(
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        ).stdout.split()
    )


def test_the_plugin_imports_pytest_only() -> None:
    assert loaded_by("import mocklambda.plugin") <= {"mocklambda", "mocklambda.plugin"}


def test_importing_the_package_loads_nothing_and_changes_nothing() -> None:
    assert loaded_by("import mocklambda") == {"mocklambda"}


def test_importing_all_public_names_loads_no_botocore() -> None:
    loaded = loaded_by(
        "from mocklambda import mock_lambda, current, UsageError; mock_lambda(region='eu-west-1')"
    )
    assert not {
        name
        for name in loaded
        if name.partition(".")[0] in {"botocore", "boto3", "werkzeug", "responses", "moto"}
    }
