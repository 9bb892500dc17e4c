"""Quiet: whatever a test did, nothing of it is left when it is over.

No thread, child process, descriptor, directory, environment variable or patch; only the zygote, the one
process that a whole run shares, may stay.
"""

from __future__ import annotations

import os
import select
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

CLASSES = (
    ("botocore.client", "BaseClient", "_make_request"),
    ("botocore.httpsession", "URLLib3Session", "send"),
    ("botocore.session", "Session", "get_scoped_config"),
    ("botocore.endpoint", "Endpoint", "_do_get_response"),
    ("botocore.signers", "RequestSigner", "get_auth"),
    ("botocore.signers", "RequestSigner", "get_auth_instance"),
    ("urllib3.connectionpool", "HTTPConnectionPool", "urlopen"),
)
PYTESTS_OWN = {"PYTEST_CURRENT_TEST"}
HAS_PROC = sys.platform == "linux"

_before = pytest.StashKey[dict[str, Any]]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    """Note what there is before a test's first fixture."""
    item.stash[_before] = _state()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """Compare it with what there is after its last, unless that belongs to more tests than one."""
    result = yield
    if not _is_cloud_open() and not _shares_fixtures(item):
        left = _left(item.stash[_before])
        if left:
            pytest.fail(f"left behind: {left}", pytrace=False)
    return result


def _left(before: dict[str, Any]) -> dict[str, Any]:
    for _ in range(100):  # a killed process takes a moment to be reaped by its parent
        left = _compare(before, _state())
        if not left:
            break
        select.select([], [], [], 0.01)
    return left


def _compare(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    new = {name: _new(before[name], found) for name, found in after.items()}
    new["environment"].update(dict.fromkeys(before["environment"].keys() - after["environment"].keys()))
    return {name: found for name, found in new.items() if found}


def _new(before: Any, after: Any) -> Any:
    return {name: value for name, value in after.items() if name not in before or before[name] != value}


def _state() -> dict[str, dict[Any, Any]]:
    zygote = _zygote()
    return {
        "threads": {thread.ident: thread.name for thread in threading.enumerate()},
        "processes": _processes(zygote) if HAS_PROC else {},
        "descriptors": _descriptors(zygote) if HAS_PROC else {},
        "environment": {name: value for name, value in os.environ.items() if name not in PYTESTS_OWN},
        "directories": dict.fromkeys(name for name in _made if _is_mine(name) and not _is_trees(name)),
        "patches": {
            f"{owner}.{name}": vars(getattr(sys.modules[module], owner))[name]
            for module, owner, name in CLASSES
            if module in sys.modules and _is_ours(vars(getattr(sys.modules[module], owner))[name])
        },
    }


def _is_mine(name: str) -> bool:
    return Path(name).name.startswith("mocklambda-") and Path(name).exists()


def _is_trees(name: str) -> bool:
    """Whether it is what is kept from one session to the next, and removed with the process."""
    trees = _trees()
    return trees is not None and trees._line is not None and Path(name).resolve() == Path(trees._root)


_made: set[str] = set()


def pytest_configure() -> None:
    """Remember which temporary directories this process makes."""
    sys.addaudithook(_note)


def _note(event: str, args: tuple[Any, ...]) -> None:
    if event == "tempfile.mkdtemp":
        _made.add(args[0])


def _is_ours(patch: Any) -> bool:
    return getattr(patch, "__module__", "").startswith("mocklambda.")


def _is_cloud_open() -> bool:
    active = sys.modules.get("mocklambda.intercept.active")
    return active is not None and active.top() is not None


def _shares_fixtures(item: pytest.Item) -> bool:
    info = getattr(item, "_fixtureinfo", None)
    found = {} if info is None else info.name2fixturedefs
    return any(
        each.scope != "function" for each in (defs[-1] for defs in found.values()) if _is_in_tests(each)
    )


def _is_in_tests(definition: Any) -> bool:
    return definition.baseid.startswith("tests/")


def _zygote() -> Any:
    module = sys.modules.get("mocklambda.sandbox.zygote")
    return None if module is None or not module.shared.cache_info().currsize else module.shared()


def _trees() -> Any:
    module = sys.modules.get("mocklambda.sandbox.trees")
    return None if module is None or not module.shared.cache_info().currsize else module.shared()


def _processes(zygote: Any) -> dict[str, str]:
    """Return the living descendants of this process, but for the zygote."""
    own = "" if zygote is None or zygote._process is None else str(zygote._process.pid)
    found, todo = {}, [str(os.getpid())]
    while todo:
        for child in _children(todo.pop()):
            todo.append(child)
            name = _name(child)
            if child != own and name:
                found[child] = name
    return found


def _children(process: str) -> list[str]:
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        return [child for task in tasks for child in (task / "children").read_text().split()]
    except OSError:  # it has ended meanwhile
        return []


def _name(process: str) -> str:
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return ""
    name, _, rest = text.partition("(")[2].rpartition(")")
    return "" if rest.split()[0] == "Z" else name


def _descriptors(zygote: Any) -> dict[str, str]:
    trees = _trees()
    lines = (zygote and zygote._mother, trees and trees._line)
    own = {str(line.fileno()) for line in lines if line is not None}
    found = {}
    for link in list(Path("/proc/self/fd").iterdir()):
        try:
            target = str(link.readlink())
        except OSError:  # the listing's own
            continue
        if link.name not in own:
            found[link.name] = target
    return found
