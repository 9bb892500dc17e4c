"""The pytest side: fixture, marker, options, report section. Imports pytest only until a test wants more."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mocklambda.cloud import Cloud
    from mocklambda.session import MockLambda

MARKER = "mock_lambda(**options): mock AWS around this test; options as of mocklambda.mock_lambda(...)"
OPTIONS_INI = "options of mock_lambda for the whole suite, one `name = value` a line"

_suite = pytest.StashKey[dict[str, Any]]()
_marked = pytest.StashKey["MockLambda"]()
_section = pytest.StashKey["Cloud"]()
_error = pytest.StashKey[BaseException]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ini option."""
    parser.addini("mocklambda_options", OPTIONS_INI, type="linelist", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", MARKER)


def _options(config: pytest.Config) -> dict[str, Any]:
    """Return the options of the whole suite: of ``pyproject.toml`` in pytest's root, and over them those of its ini."""
    if _suite not in config.stash:
        from mocklambda.config import Config

        pairs = (line.partition("=") for line in config.getini("mocklambda_options"))
        config.stash[_suite] = {
            **Config.from_pyproject(config.rootpath / "pyproject.toml"),
            **Config.parse({name.strip(): value.strip() for name, _, value in pairs}),
        }
    return config.stash[_suite]


def _marker_options(item: pytest.Item) -> dict[str, Any] | None:
    marks = list(item.iter_markers("mock_lambda"))
    if not marks:
        return None
    options: dict[str, Any] = {}
    for mark in reversed(marks):  # the closest one wins
        if mark.args:
            raise pytest.UsageError("@pytest.mark.mock_lambda takes options by name only")
        options.update(mark.kwargs)
    return options


def _mock(config: pytest.Config, options: dict[str, Any]) -> MockLambda:
    from mocklambda.session import MockLambda

    return MockLambda({**_options(config), **options})


def _inner() -> MockLambda:
    from mocklambda.session import MockLambda

    return MockLambda({})


@pytest.fixture
def mock_lambda(request: pytest.FixtureRequest) -> Generator[Cloud, None, None]:
    """Mock AWS for one test: the `mocklambda.Cloud`."""
    node = request.node
    mock = _inner() if _marked in node.stash else _mock(request.config, _marker_options(node) or {})
    cloud = mock.start()
    node.stash[_section] = cloud
    yield cloud
    mock.stop_after(node.stash.get(_error, None))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Open a marked test's cloud before any fixture of it."""
    options = _marker_options(item)
    if options is not None:
        mock = _mock(item.config, options)
        item.stash[_section] = mock.start()
        item.stash[_marked] = mock


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """Close a marked test's cloud after all its fixtures."""
    try:
        return (yield)
    finally:
        mock = item.stash.get(_marked, None)
        if mock is not None:
            del item.stash[_marked]
            mock.stop_after(item.stash.get(_error, None))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a test that called AWS for what nothing serves, even if it swallowed the error."""
    try:
        result = yield
    except BaseException as error:
        item.stash[_error] = error
        raise
    cloud = item.stash.get(_section, None)
    if cloud is not None:
        cloud.raise_violations()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a failed test's invocations, their logs and what is still parked."""
    report = yield
    if report.failed and "mocklambda.cloud" in sys.modules:
        told = _told_by(call) or _told_by_active(item)
        if told:
            report.sections.append(("mocklambda", told))
    if call.when == "teardown":  # the last report; pytest keeps the item to the suite's end
        _forget(item)
    return report


def _forget(item: pytest.Item) -> None:
    """Let go of all that a test held by its cloud and its error's frames."""
    if _section in item.stash:
        del item.stash[_section]
    if _error in item.stash:
        del item.stash[_error]


def _told_by(call: pytest.CallInfo[None]) -> str | None:
    """Return what a cloud that an error has left said of itself."""
    from mocklambda.session import EXPLANATION

    return None if call.excinfo is None else getattr(call.excinfo.value, EXPLANATION, None)


def _told_by_active(item: pytest.Item) -> str | None:
    from mocklambda.cloud import Cloud
    from mocklambda.explain import explain
    from mocklambda.intercept import active

    cloud = item.stash.get(_section, None) or active.top()
    return explain(cloud) if isinstance(cloud, Cloud) else None
