"""Who we are compared with: moto and MiniStack from PyPI, each in a virtual environment of its own.

The environments are made once under a cache directory; MiniStack's server is started and stopped here.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stages import MINISTACK, MOTO

PACKAGES = {MOTO: ["moto[all]", "boto3"], MINISTACK: ["ministack", "boto3"]}
INSTALLING_SECONDS = 300
STARTING_SECONDS = 30


class PeerUnavailableError(Exception):
    """A peer that can not take part, and why."""


def cache_dir() -> Path:
    """Return where the peers' environments are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mocklambda-benchmarks"


def python_of(peer: str) -> Path:
    """Return the interpreter of a peer's own environment, made on first use."""
    home = cache_dir() / peer
    python, stamp = home / "bin" / "python", home / "complete"
    if not stamp.exists():
        try:
            _quietly([sys.executable, "-m", "venv", "--clear", str(home)])
            _quietly([str(python), "-m", "pip", "install", "--quiet", *PACKAGES[peer]])
        except (OSError, subprocess.SubprocessError) as error:
            raise PeerUnavailableError(f"{peer} can not be installed: {error}") from error
        stamp.touch()
    return python


def version_of(python: Path, peer: str) -> str:
    """Return which release of a peer is installed."""
    code = f"import importlib.metadata as m; print(m.version({peer!r}))"
    return subprocess.run(
        [str(python), "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def _quietly(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=INSTALLING_SECONDS)


@contextmanager
def served_by_ministack(python: Path) -> Iterator[str]:
    """Run MiniStack's server on a free port; gives its URL."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="ministack-") as home:
        settings = {"GATEWAY_PORT": str(port), "HOME": home, "TMPDIR": home, "LAMBDA_EXECUTOR": "local"}
        server = subprocess.Popen(
            [str(python.with_name("ministack"))],
            env={**os.environ, **settings},
            cwd=home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            _await(url, server)
            yield url
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()


def reset(url: str) -> None:
    """Empty MiniStack between two measures."""
    request = urllib.request.Request(f"{url}/_ministack/reset", method="POST")
    urllib.request.urlopen(request, timeout=30).close()


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise PeerUnavailableError(f"{MINISTACK} ended at once, with code {server.returncode}")
        try:
            urllib.request.urlopen(f"{url}/_ministack/health", timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise PeerUnavailableError(f"{MINISTACK} did not answer within {STARTING_SECONDS} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
