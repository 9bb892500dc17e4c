"""moto as a companion: it answers for the services that are not ours, in this process, by service name.

Loaded when first needed. Its state begins with the cloud's first such call and ends with the cloud, unless
the test itself has moto's ``mock_aws`` running: then that state is used, and left alone. Asked by service
name: by host name, moto does not recognise every host of a newer botocore (DynamoDB Streams).
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.journal import instant
from mocklambda.services.table_changes import TableChange
from mocklambda.table_tap import TableTap
from mocklambda.wire.message import Request, Response

NO_SIGNATURE = "0" * 64


class Moto:
    """The neighbour of one cloud."""

    def __init__(self) -> None:
        self._apps: dict[str, Any] = {}
        self._tap = TableTap()
        self._lock = threading.Lock()
        self._owns_state = False
        self._is_started = False

    @staticmethod
    def serves(service: str) -> bool:
        """Tell whether moto and the framework of its applications are installed, and it knows the service."""
        return _is_installed() and service in _known_services()

    @staticmethod
    def why_not(service: str) -> str:
        """Tell a test's author why a service can not be answered."""
        if not _is_installed():
            return "For services that are not its own, mocklambda asks moto: pip install 'mocklambda[moto]'"
        return f"moto, which answers for services that are not mocklambda's own, does not know {service} either."

    def handle(self, service: str, request: Request, *, account: str, region: str, now: Millis) -> Response:
        """Answer one request through moto's application for the service."""
        with self._lock:
            self._start()
            app = self._apps.get(service)
            if app is None:
                app = self._apps[service] = _application(service)
        self._tap.begin()
        return _run(app, _environ(service, request, account=account, region=region, now=now))

    def changes(self, response: Response, *, account: str, region: str) -> Sequence[TableChange]:
        """Return what the call that was answered so, in this thread, did to tables that have a stream."""
        return self._tap.end(account, region, is_refused=response.status >= 400)

    def close(self) -> None:
        """Drop the state, if it was ours."""
        if self._owns_state and not _is_mock_aws_active():
            _reset()
        self._owns_state = self._is_started = False
        self._apps.clear()
        self._tap = TableTap()

    def _start(self) -> None:
        if not self._is_started:
            self._is_started = True
            self._owns_state = not _is_mock_aws_active()
            if self._owns_state:
                _reset()


@lru_cache(maxsize=1)
def _is_installed() -> bool:
    return all(find_spec(name) is not None for name in ("moto", "flask", "flask_cors"))


@lru_cache(maxsize=1)
def _known_services() -> frozenset[str]:
    """Return what moto answers, by botocore's names, from its own index of URLs."""
    from botocore.session import get_session
    from moto import backend_index
    from moto.backends import ALT_SERVICE_NAMES

    known = {name for name, _ in backend_index.backend_url_patterns}
    names = get_session().get_available_services()
    return frozenset(name for name in names if name in known or _plain(name, ALT_SERVICE_NAMES) in known)


def _plain(name: str, alternatives: dict[str, str]) -> str:
    plain = name.replace("-", "")
    return alternatives.get(plain, plain)


def _is_mock_aws_active() -> bool:
    from moto.core.models import MockAWS

    return bool(MockAWS._nested_count > 0)  # noqa: SLF001 - moto tells no other way


def _reset() -> None:
    from moto.core.base_backend import BackendDict
    from moto.core.model_instances import reset_model_data

    BackendDict.reset()
    reset_model_data()


def _application(service: str) -> Any:
    with warnings.catch_warnings():  # it warns of missing extras of its server, which is not used
        warnings.simplefilter("ignore")
        from moto.moto_server.werkzeug_app import create_backend_app

        return create_backend_app(service)


def _environ(service: str, request: Request, *, account: str, region: str, now: Millis) -> dict[str, Any]:
    from werkzeug.test import EnvironBuilder

    headers = dict(request.headers)
    headers["x-moto-account-id"] = account
    if "authorization" not in headers and "X-Amz-Signature" not in request.query:
        headers["authorization"] = _authorization(service, region, now)
    headers["host"] = request.host
    builder = EnvironBuilder(
        method=request.method,
        base_url=f"{request.scheme}://{request.host}/",
        path=request.path,
        query_string=request.query,
        headers=headers,
        data=request.content(),
    )
    try:
        return builder.get_environ()
    finally:
        builder.close()


def _authorization(service: str, region: str, now: Millis) -> str:
    """Name service and region as a signature would; nobody checks it."""
    from mocklambda.wire.models import service_model

    scope = f"testing/{instant(now):%Y%m%d}/{region}/{service_model(service).signing_name}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={NO_SIGNATURE}"


def _run(app: Any, environ: dict[str, Any]) -> Response:
    from werkzeug.test import run_wsgi_app

    body, status, headers = run_wsgi_app(app, environ, buffered=True)
    content = b"".join(body)
    return Response(status=int(status.split(" ", 1)[0]), headers=dict(headers.items()), body=content)
