"""One cloud that answers over HTTP in real time, and the control calls under ``/_mocklambda/``."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from mocklambda.clock.ticker import Ticker
from mocklambda.config import Config
from mocklambda.errors import MocklambdaError
from mocklambda.wire.message import Request, Response

CONTROL = "/_mocklambda/"


class Instance:
    """A cloud with a ticker; ``reset`` puts a new one in its place."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._open()

    def _open(self) -> None:
        from mocklambda.cloud import Cloud

        self.cloud = cloud = Cloud(self._config)
        engine = cloud.engine
        self._ticker = Ticker(rest=engine.rest_until_due, fire=cloud.catch_up, wake=engine.wake)

    def close(self) -> None:
        """Stop time and everything that runs."""
        self._ticker.close()
        self.cloud.shut()

    def reset(self) -> None:
        """Drop all state and begin anew."""
        with self._lock:
            self.close()
            self._open()

    def answer(self, request: Request, source_ip: str) -> Response:
        """Answer a request of any client: AWS's API, or a control call."""
        try:
            if request.path.startswith(CONTROL):
                return self._control(request)
            return self.cloud.answer_foreign(request, source_ip)
        except MocklambdaError as error:
            return _json(501, {"message": str(error), "__type": type(error).__name__})
        except (ValueError, TypeError) as error:
            return _json(400, {"message": str(error)})

    def _control(self, request: Request) -> Response:
        name = request.path[len(CONTROL) :].strip("/")
        action = self._actions().get((request.method, name))
        if action is None:
            known = sorted(f"{method} {CONTROL}{path}" for method, path in self._actions())
            return _json(404, {"message": f"no such control call; there are {', '.join(known)}"})
        body = request.content()
        return _json(200, action(json.loads(body) if body else {}))

    def _actions(self) -> dict[tuple[str, str], Callable[[dict[str, Any]], Any]]:
        return {
            ("GET", "health"): self._health,
            ("POST", "reset"): self._reset,
            ("POST", "advance"): self._advance,
            ("POST", "settle"): self._settle,
            ("GET", "invocations"): self._invocations,
        }

    def _health(self, _: dict[str, Any]) -> Any:
        from mocklambda.services import SERVICES

        return {"status": "ok", "now": self.cloud.now, "services": sorted(SERVICES)}

    def _reset(self, _: dict[str, Any]) -> Any:
        self.reset()
        return {"now": self.cloud.now}

    def _advance(self, units: dict[str, Any]) -> Any:
        self.cloud.advance(timedelta(**units))
        return {"now": self.cloud.now}

    def _settle(self, _: dict[str, Any]) -> Any:
        self.cloud.settle()
        return {"now": self.cloud.now}

    def _invocations(self, _: dict[str, Any]) -> Any:
        return {"invocations": [asdict(one) for one in self.cloud.invocations()]}


def _json(status: int, document: Any) -> Response:
    body = json.dumps(document, default=_plain).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    return Response(status=status, headers=headers, body=body)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    raise TypeError(f"not JSON: {value!r}")
