"""Each test gets supervisors of its own, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading

import pytest

from mocklambda.sandbox.zygote import shared
from tests.sandbox.lab import Lab


@pytest.fixture(scope="session", autouse=True)
def zygote():
    """Started before descriptors are counted; it lives as long as this process."""
    shared().line().close()


def leftovers(directory):
    descriptors = []
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            descriptors.append(os.readlink(f"/proc/self/fd/{name}").partition("[")[0])
    threads = {thread.name for thread in threading.enumerate() if thread.name.startswith("mocklambda")}
    return sorted(descriptors), os.listdir(directory), threads


@pytest.fixture
def isolation(request):
    """Both, in turn, where a test says so."""
    return getattr(request, "param", "auto")


@pytest.fixture
def make_lab(tmp_path_factory, monkeypatch, isolation):
    labs = []
    directory = tmp_path_factory.mktemp("session")
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    before = leftovers(directory)

    def make(**options):
        labs.append(Lab(**{"isolation": isolation, **options}))
        return labs[-1]

    yield make
    for lab in labs:
        lab.supervisor.close()
    assert leftovers(directory) == before


@pytest.fixture
def lab(make_lab):
    return make_lab()
