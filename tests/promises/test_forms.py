"""``mock_lambda`` in each of its forms: where the cloud opens, where it closes, and what is shared."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
import textwrap
import unittest
from pathlib import Path
from typing import Any

import boto3
import pytest

import mocklambda
from mocklambda import NotStarted, UsageError, mock_lambda


def queues() -> list[str]:
    """Names of the queues that boto3 sees; fails where nothing is mocked."""
    mocklambda.current()
    urls = boto3.client("sqs", region_name="us-east-1").list_queues().get("QueueUrls", [])
    return [url.rpartition("/")[2] for url in urls]


def make(name: str) -> None:
    mocklambda.current()
    boto3.client("sqs", region_name="us-east-1").create_queue(QueueName=name)


def is_active() -> bool:
    try:
        mocklambda.current()
    except NotStarted:
        return False
    return True


# -- functions ---------------------------------------------------------------------------------------------


def test_a_bare_decorator_mocks_while_the_function_runs() -> None:
    @mock_lambda
    def decorated(name: str) -> list[str]:
        make(name)
        return queues()

    assert (decorated("a"), decorated("b"), is_active()) == (["a"], ["b"], False)


def test_a_decorator_with_options_applies_them() -> None:
    @mock_lambda(region="eu-west-1", account_id="999988887777")
    def decorated() -> str:
        return boto3.client("sqs").create_queue(QueueName="q")["QueueUrl"]

    assert decorated() == "https://sqs.eu-west-1.amazonaws.com/999988887777/q"


def test_a_decorated_function_keeps_its_name_and_signature() -> None:
    @mock_lambda
    def decorated(first: int, *, second: str = "x") -> None:
        """Say what it does."""

    assert (decorated.__name__, decorated.__doc__, str(inspect.signature(decorated))) == (
        "decorated",
        "Say what it does.",
        "(first: 'int', *, second: 'str' = 'x') -> 'None'",
    )


def test_a_decorated_function_that_raises_closes_its_cloud() -> None:
    @mock_lambda
    def decorated() -> None:
        make("q")
        raise ValueError("mine")

    with pytest.raises(ValueError, match=r"^mine$"):
        decorated()
    assert not is_active()


def test_a_recursive_decorated_function_shares_one_cloud() -> None:
    @mock_lambda
    def decorated(depth: int) -> list[str]:
        make(f"q{depth}")
        return decorated(depth - 1) if depth else queues()

    assert decorated(2) == ["q0", "q1", "q2"]


def test_a_decorated_coroutine_function_stays_one_and_is_mocked_across_awaits() -> None:
    @mock_lambda
    async def decorated() -> list[str]:
        make("q")
        await asyncio.sleep(0)
        return queues()

    assert inspect.iscoroutinefunction(decorated)
    assert asyncio.run(decorated()) == ["q"]


def test_a_decorated_generator_is_mocked_from_its_first_item_to_its_end() -> None:
    @mock_lambda
    def decorated() -> Any:
        make("q")
        sent = yield queues()
        return sent

    generator = decorated()
    assert inspect.isgeneratorfunction(decorated)
    assert not is_active()
    assert next(generator) == ["q"]
    assert is_active()
    with pytest.raises(StopIteration) as end:
        generator.send("back")
    assert end.value.value == "back"


def test_a_decorated_generator_that_is_closed_early_closes_its_cloud() -> None:
    @mock_lambda
    def decorated() -> Any:
        yield 1

    generator = decorated()
    next(generator)
    generator.close()
    assert not is_active()


def test_a_decorated_async_generator_stays_one_and_is_mocked() -> None:
    @mock_lambda
    async def decorated() -> Any:
        make("q")
        yield queues()
        await asyncio.sleep(0)
        yield queues()

    async def collect() -> list[list[str]]:
        return [item async for item in decorated()]

    assert inspect.isasyncgenfunction(decorated)
    assert asyncio.run(collect()) == [["q"], ["q"]]


def test_a_decorated_async_generator_gets_what_is_sent_and_thrown_into_it() -> None:
    @mock_lambda
    async def decorated() -> Any:
        got = yield "first"
        try:
            yield got
        except KeyError as error:
            yield f"caught {error}"

    async def drive() -> list[Any]:
        items = decorated()
        return [
            await items.asend(None),
            await items.asend("sent"),
            await items.athrow(KeyError("k")),
            await items.aclose(),
        ]

    assert asyncio.run(drive()) == ["first", "sent", "caught 'k'", None]


def test_what_can_not_be_decorated_is_refused() -> None:
    with pytest.raises(TypeError, match="decorates functions and classes, not 3"):
        mock_lambda()(3)  # type: ignore[type-var]


# -- with, async with, start and stop ----------------------------------------------------------------------


def test_with_gives_the_cloud_that_current_gives() -> None:
    with mock_lambda() as cloud:
        assert mocklambda.current() is cloud


def test_async_with_gives_the_cloud() -> None:
    async def main() -> bool:
        async with mock_lambda() as cloud:
            await asyncio.sleep(0)
            return mocklambda.current() is cloud

    assert asyncio.run(main())


def test_start_gives_the_cloud_and_stop_closes_it() -> None:
    mock = mock_lambda()
    cloud = mock.start()
    assert mocklambda.current() is cloud
    mock.stop()
    assert not is_active()


def test_a_second_stop_does_nothing() -> None:
    mock = mock_lambda()
    mock.start()
    mock.stop()
    mock.stop()
    with mock_lambda():
        mock.stop()
        assert is_active()


def test_stop_before_start_is_an_error_that_changes_nothing() -> None:
    with mock_lambda() as cloud:
        with pytest.raises(NotStarted, match=r"^stop\(\) before start\(\)"):
            mock_lambda().stop()
        assert mocklambda.current() is cloud
    with mock_lambda():
        assert queues() == []


def test_one_object_can_be_started_again_and_begins_empty() -> None:
    mock = mock_lambda()
    for _ in range(2):
        mock.start()
        assert queues() == []
        make("q")
        mock.stop()


def test_current_outside_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(
        NotStarted, match="no mock_lambda is active here; use it as a decorator, a fixture or a `with`"
    ):
        mocklambda.current()


@pytest.mark.mock_lambda
def test_a_marker_opens_the_cloud_of_the_test() -> None:
    assert queues() == []


@pytest.mark.mock_lambda(region="ap-south-1")
def test_the_fixture_is_the_cloud_of_the_marker(mock_lambda: Any) -> None:
    assert (mocklambda.current(), mock_lambda.region) == (mock_lambda, "ap-south-1")


# -- nesting -----------------------------------------------------------------------------------------------


def test_an_inner_start_shares_the_state_and_only_the_outermost_stop_clears_it() -> None:
    with mock_lambda() as outer:
        make("outer")
        with mock_lambda() as inner:
            assert inner is outer
            make("inner")
        assert queues() == ["inner", "outer"]
    with mock_lambda():
        assert queues() == []


def test_inner_options_lie_over_the_outer_ones_until_they_end() -> None:
    with mock_lambda(account_id="111111111111", settle="manual") as cloud:
        with mock_lambda(account_id="222222222222"):
            assert (cloud.config.account_id, cloud.config.settle) == ("222222222222", "manual")
            assert "/222222222222/" in boto3.client("sqs").create_queue(QueueName="q")["QueueUrl"]
        assert (cloud.config.account_id, cloud.config.settle) == ("111111111111", "manual")
        assert "/111111111111/" in boto3.client("sqs").create_queue(QueueName="q")["QueueUrl"]


def test_an_inner_region_is_that_of_new_clients_until_it_ends() -> None:
    with mock_lambda(region="eu-west-1"):
        with mock_lambda(region="eu-north-1"):
            assert boto3.client("sqs").meta.region_name == "eu-north-1"
        assert boto3.client("sqs").meta.region_name == "eu-west-1"


def test_inner_stops_out_of_order_leave_the_options_of_those_that_are_left() -> None:
    first, second = mock_lambda(account_id="111111111111"), mock_lambda(account_id="222222222222")
    with mock_lambda() as cloud:
        first.start()
        second.start()
        first.stop()
        assert cloud.config.account_id == "222222222222"
        second.stop()
        assert cloud.config.account_id == "123456789012"


def test_an_outermost_stop_leaves_the_cloud_to_the_inner_starts() -> None:
    outer, inner = mock_lambda(), mock_lambda()
    outer.start()
    inner.start()
    make("q")
    outer.stop()
    assert queues() == ["q"]
    inner.stop()


def test_what_the_cloud_is_built_on_can_not_change_inside() -> None:
    with mock_lambda(seed=1) as cloud:
        with pytest.raises(UsageError, match="shares the outer one's cloud and can not change seed"):
            mock_lambda(seed=2).start()
        assert cloud.config.seed == 1
        assert queues() == []


def test_fixture_and_decorator_share_one_cloud(mock_lambda: Any) -> None:
    @mocklambda.mock_lambda
    def decorated() -> list[str]:
        return queues()

    make("q")
    assert decorated() == ["q"]


# -- options -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"regoin": "eu-west-1"}, "mock_lambda has no option 'regoin'; did you mean 'region'?"),
        ({"settled": "auto"}, "mock_lambda has no option 'settled'; did you mean 'settle'?"),
        ({"settle": "never"}, "settle='never': one of 'auto', 'manual' is expected"),
        ({"account_id": "12"}, "account_id='12': an account has 12 digits"),
    ],
)
def test_a_wrong_option_is_an_error_where_it_is_written(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as error:
        mock_lambda(**options)
    assert str(error.value) == message


def test_an_unknown_option_that_is_like_no_other_names_them_all() -> None:
    with pytest.raises(UsageError, match=r"no option 'qqq'; there are account_id, clock, .*, wire$"):
        mock_lambda(qqq=1)


def test_options_come_from_the_environment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKLAMBDA_ACCOUNT_ID", "111122223333")
    monkeypatch.setenv("MOCKLAMBDA_WIRE", "yes")
    with mock_lambda() as cloud:
        assert (cloud.config.account_id, cloud.config.wire) == ("111122223333", True)


# -- classes of pytest -------------------------------------------------------------------------------------


@mock_lambda(account_id="111122223333")
class TestDecorated:
    def setup_method(self) -> None:
        assert queues() == []
        make("from-setup")

    def teardown_method(self) -> None:
        assert "from-setup" in queues()

    @pytest.fixture
    def from_fixture(self) -> str:
        make("from-fixture")
        return "from-fixture"

    def test_set_up_and_test_share_a_cloud(self) -> None:
        assert queues() == ["from-setup"]

    def test_each_test_has_a_cloud_of_its_own(self, from_fixture: str) -> None:
        assert queues() == [from_fixture, "from-setup"]

    @pytest.mark.parametrize("name", ["one", "two"])
    def test_each_case_has_a_cloud_of_its_own(self, name: str) -> None:
        make(name)
        assert queues() == ["from-setup", name]

    def test_the_options_hold(self) -> None:
        assert mocklambda.current().config.account_id == "111122223333"


@mock_lambda
class TestWithAClassInside:
    def test_the_outer_class_is_mocked(self) -> None:
        assert queues() == []

    class TestInside:
        def test_the_inner_class_is_mocked_too(self) -> None:
            assert queues() == []


class TestInherited(TestDecorated):
    def test_a_subclass_is_mocked_too(self) -> None:
        assert queues() == ["from-setup"]


@mock_lambda
class Shared:
    def setup_method(self) -> None:
        make("from-setup")


class TestInheritedWithSetupOfTheClass(Shared):
    @classmethod
    def setup_class(cls) -> None:
        make("class")

    def test_a_set_up_that_a_subclass_adds_is_mocked_too(self) -> None:
        assert queues() == ["class", "from-setup"]

    def test_which_lasts_to_its_end(self) -> None:
        assert queues() == ["class", "from-setup"]


@mock_lambda
class TestWithSetupOfTheClass:
    @classmethod
    def setup_class(cls) -> None:
        make("class")

    @classmethod
    def teardown_class(cls) -> None:
        assert queues() == ["class", "test"]

    def test_the_class_shares_what_its_set_up_made(self) -> None:
        make("test")

    def test_which_lasts_to_its_end(self) -> None:
        assert queues() == ["class", "test"]


# -- classes of unittest -----------------------------------------------------------------------------------


class Base(unittest.TestCase):
    def setUp(self) -> None:
        assert queues() == []
        make("inherited")
        self.addCleanup(lambda: self.assertTrue(is_active()))  # noqa: PT009 - an expression is needed

    def tearDown(self) -> None:
        assert "inherited" in queues()


@mock_lambda
class TestCaseWithInheritedSetUp(Base):
    def test_inherited_set_up_is_mocked(self) -> None:
        assert queues() == ["inherited"]

    def test_each_test_has_a_cloud_of_its_own(self) -> None:
        make("mine")
        assert queues() == ["inherited", "mine"]


class TestCaseInherited(TestCaseWithInheritedSetUp):
    def test_a_subclass_is_mocked_too(self) -> None:
        assert queues() == ["inherited"]


@mock_lambda
class TestCaseWithSetUpClass(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        make("class")

    @classmethod
    def tearDownClass(cls) -> None:
        assert queues() == ["class"]
        super().tearDownClass()

    def test_the_class_shares_what_its_set_up_made(self) -> None:
        assert queues() == ["class"]


class TestCaseInheritedSetUpClass(TestCaseWithSetUpClass):
    def test_a_subclass_has_a_cloud_of_its_own(self) -> None:
        assert queues() == ["class"]


class TestCaseOverridingSetUpClass(TestCaseWithSetUpClass):
    @classmethod
    def setUpClass(cls) -> None:
        make("class")

    def test_a_subclass_need_not_call_the_set_up_that_it_overrides(self) -> None:
        assert queues() == ["class"]


class TestCaseAddingSetUpClass(TestCaseWithInheritedSetUp):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        make("class")

    def setUp(self) -> None:
        assert "class" in queues()
        make("inherited")

    def test_inherited_set_up_is_mocked(self) -> None:
        assert queues() == ["class", "inherited"]

    def test_each_test_has_a_cloud_of_its_own(self) -> None:
        """No longer: what the class made would be gone."""


@mock_lambda
class TestAsyncCase(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        make("set-up")

    async def asyncTearDown(self) -> None:
        assert "set-up" in queues()

    async def test_coroutine_tests_are_mocked(self) -> None:
        await asyncio.sleep(0)
        assert queues() == ["set-up"]


SUITE = """
import sys, unittest
import boto3
from mocklambda import UnmockedAWSCall, current, mock_lambda

def queues():
    current()
    return [url.rpartition("/")[2] for url in boto3.client("sqs").list_queues().get("QueueUrls", [])]

class Base(unittest.TestCase):
    def setUp(self):
        assert queues() == []
        boto3.client("sqs").create_queue(QueueName="q")

@mock_lambda
class PerMethod(Base):
    def test_a(self):
        self.assertEqual(queues(), ["q"])
    def test_b(self):
        self.assertEqual(queues(), ["q"])

@mock_lambda
class PerClass(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        boto3.client("sqs").create_queue(QueueName="c")
    def test_a(self):
        self.assertEqual(queues(), ["c"])

@mock_lambda
class Async(unittest.IsolatedAsyncioTestCase):
    async def test_a(self):
        self.assertEqual(queues(), [])

class Single(unittest.TestCase):
    @mock_lambda(region="eu-west-1")
    def test_a(self):
        current().function("f", source="def handler(event, context):\\n    return event\\n")
        self.assertEqual(current().invocations(), [])

class PerSubclass(PerMethod):
    @classmethod
    def setUpClass(cls):
        boto3.client("sqs").create_queue(QueueName="c")
    def setUp(self):
        boto3.client("sqs").create_queue(QueueName="q")
    def test_a(self):
        self.assertEqual(queues(), ["c", "q"])
    test_b = test_a

@mock_lambda
class Plain:
    def test_a(self):
        return queues()
    @staticmethod
    def test_static():
        return queues()
    @classmethod
    def test_class(cls):
        return cls, queues()

if __name__ == "__main__":
    assert Plain().test_a() == Plain.test_static() == []
    assert Plain.test_class() == (Plain, [])
    assert "pytest" not in sys.modules
    unittest.main(argv=["suite", "-v"])
"""


def test_unittests_own_runner_needs_no_pytest(tmp_path: Path) -> None:
    path = tmp_path / "suite.py"
    path.write_text(textwrap.dedent(SUITE))
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, "Ran 7 tests" in done.stderr) == (0, True), done.stderr


UNSERVED = """
import unittest
import boto3
from mocklambda import mock_lambda

def swallow():
    try:
        boto3.client("mediaconvert", region_name="us-east-1").list_queues()
    except Exception:
        pass

@mock_lambda
class Swallowing(unittest.TestCase):
    def test_a_swallows(self):
        swallow()
    def test_b_is_well(self):
        pass
    def test_c_fails_by_itself(self):
        swallow()
        self.fail("its own error")
    @unittest.expectedFailure
    def test_d_is_expected_to_fail(self):
        swallow()
        self.fail()
    def test_e_swallows_in_a_cleanup(self):
        self.addCleanup(swallow)

@mock_lambda
class SharingACloud(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        pass
    def test_a_swallows(self):
        swallow()
    def test_b_is_well(self):
        pass

unittest.main(argv=["suite", "-v"])
"""


def test_under_unittest_a_swallowed_call_is_an_error_of_its_own_test_and_the_others_run(
    tmp_path: Path,
) -> None:
    path = tmp_path / "suite.py"
    path.write_text(UNSERVED)
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    told = [line for line in done.stderr.splitlines() if " ... " in line]
    assert [(line.split()[0], line.rpartition(" ... ")[2]) for line in told] == [
        ("test_a_swallows", "ERROR"),
        ("test_b_is_well", "ok"),
        ("test_a_swallows", "ERROR"),
        ("test_b_is_well", "ok"),
        ("test_c_fails_by_itself", "FAIL"),
        ("test_d_is_expected_to_fail", "ERROR"),
        ("test_e_swallows_in_a_cleanup", "ERROR"),
    ]
    assert done.stderr.count("UnmockedAWSCall: mediaconvert.ListQueues is not served") == 4
    assert "AssertionError: its own error" in done.stderr
