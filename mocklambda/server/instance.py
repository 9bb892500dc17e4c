"""One cloud that answers over HTTP in real time: its beginning, its end, and who answers which request."""

from __future__ import annotations

import contextlib
import sys
import threading
import traceback

from mocklambda.clock.ticker import Ticker
from mocklambda.cloud import Cloud
from mocklambda.config import Config
from mocklambda.server import control
from mocklambda.wire.message import Request, Response


class Instance:
    """A cloud with a ticker; ``reset`` puts a new one in its place."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._running = Running(config)

    @property
    def cloud(self) -> Cloud:
        """The cloud that answers now."""
        return self._running.cloud

    def reset(self) -> None:
        """Drop all state and begin anew; calls that are waiting for the old state are told so."""
        with self._lock:
            old, self._running = self._running, Running(self._config)
            old.close()

    def close(self) -> None:
        """Stop time and everything that runs."""
        with self._lock:
            self._running.close()

    def answer(self, request: Request, source_ip: str) -> Response:
        """Answer a request of any client: AWS's API, or a control call."""
        if request.path.startswith(control.PREFIX):
            return control.answer(self, request)
        return self._running.answer(request, source_ip)


class Running:
    """A cloud whose timers fire as real time passes."""

    def __init__(self, config: Config) -> None:
        self.cloud = Cloud(config)
        engine = self.cloud.engine
        self._ticker = Ticker(rest=engine.rest_until_due, fire=self._fire, wake=engine.wake)

    def answer(self, request: Request, source_ip: str) -> Response:
        """Answer; what a test in this process would be told at its end is told and forgotten now."""
        response = self.cloud.answer_foreign(request, source_ip)
        gateway = self.cloud.gateway
        gateway.violations.clear()  # the client has it in its answer
        with contextlib.suppress(IndexError):  # all are told
            while True:
                traceback.print_exception(gateway.bugs.pop(0), file=sys.stderr)
        return response

    def close(self) -> None:
        self._ticker.close()
        self.cloud.shut()

    def _fire(self) -> None:
        try:
            self.cloud.engine.fire_due()
        except Exception:  # a bug of ours in one timer must not stop time for all others
            traceback.print_exc(file=sys.stderr)
