"""One server for a module's tests, emptied before each; others start their own."""

from __future__ import annotations

import pytest

from tests.server.live import Live


@pytest.fixture(scope="module")
def running():
    live = Live()
    yield live
    status, stderr = live.stop()
    assert (status, stderr) == (0, "")


@pytest.fixture
def live(running):
    running.reset()
    return running
