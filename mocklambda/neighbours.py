"""moto as a companion: it answers for the services that are not ours, in this process, by service name.

Loaded when first needed. Its state begins with the cloud's first such call and ends with the cloud, unless
the test itself has moto's ``mock_aws`` running: then that state is used, and left alone. Asked by service
name: by host name, moto does not recognise every host of a newer botocore (DynamoDB Streams).
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib.util import find_spec
from typing import Any

from mocklambda import item_expiry, moto_networks
from mocklambda.calls import Ask
from mocklambda.clock import lending
from mocklambda.clock.base import Millis
from mocklambda.errors import MocklambdaError
from mocklambda.journal import instant
from mocklambda.logbook import Logbook
from mocklambda.moto_gaps import is_gap, not_in_moto
from mocklambda.moto_logs import LogCopies
from mocklambda.moto_managed import let_be_attached, managed_in
from mocklambda.moto_reach import Bridges
from mocklambda.services.table_changes import TableChange
from mocklambda.table_rules import check_stream, stream_settings
from mocklambda.table_tap import TableTap, as_expiry, is_stream_on, let_switch_on, tables_of
from mocklambda.wire.message import Request, Response

NO_SIGNATURE = "0" * 64


class Moto:
    """The neighbour of one cloud."""

    def __init__(self, logbook: Logbook) -> None:
        self._logs = LogCopies(logbook)
        self._apps: dict[str, Any] = {}
        self._tap = TableTap()
        self._bridges = Bridges()
        self._starting = threading.Lock()
        self._turns: dict[str, threading.RLock] = {}
        self._owns_state = False
        self._latest_label: Millis = 0
        self._take_clock_back: Callable[[], None] | None = None

    @staticmethod
    def is_installed() -> bool:
        """Tell whether there is a moto to ask."""
        return _is_installed()

    @staticmethod
    def serves(service: str) -> bool:
        """Tell whether moto and the framework of its applications are installed, and it knows the service."""
        return _is_installed() and service in _known_services() and _missing(service) is None

    @staticmethod
    def why_not(service: str) -> str:
        """Tell a test's author why a service can not be answered."""
        if not _is_installed():
            return "For services that are not its own, mocklambda asks moto: pip install 'mocklambda[moto]'"
        missing = _missing(service) if service in _known_services() else None
        if missing is not None:
            return f"moto needs the package {missing} for it: pip install {missing}, or moto's extra with it."
        return (
            f"moto, which answers for services that are not mocklambda's own, does not know {service} either."
        )

    def handle(
        self,
        service: str,
        request: Request,
        *,
        account: str,
        region: str,
        access_key: str | None,
        now: Millis,
        on_changes: Callable[[Sequence[TableChange]], None],
        ask: Ask,
    ) -> Response:
        """Answer one request through moto's application for the service.

        One at a time for each service: moto reads, then writes, so that of two updates at once one is lost.
        Inside that, too, others are told what happened to tables: in the order in which it did.
        """
        app = self._application(service)
        environ = _environ(service, request, account=account, region=region, access_key=access_key, now=now)
        wanted = stream_settings(request) if service == "dynamodb" else None
        with self._turns[service], lending.at(now if wanted is None else self._new_label(now)):
            if wanted is not None:
                check_stream(request, wanted, lambda table: is_stream_on(account, region, table))
                let_switch_on(account, region, wanted["TableName"])
            if service == "ec2":
                moto_networks.check_deletion(self.state("ec2"), account, region, request)
            if service == "iam":
                let_be_attached(account, managed_in(request.content()))
            if service == "logs":
                self._logs.bring(account, region, now)
            self._tap.begin()
            with self._bridges.open(service, request, ask):
                response = _run(app, environ, service, request)
            changes = self._tap.end(account, region, is_refused=response.status >= 400)
            if changes:
                on_changes(changes)
        return response

    def account_of(self, access_key: str) -> str | None:
        """Return the account of a user's key, or of a role's that somebody assumed; None where moto gave none such."""
        models = self.models("iam")
        for account, partitions in () if models is None else list(models.iam_backends.items()):
            if any(access_key in backend.access_keys for backend in list(partitions.values())):
                return str(account)
        return None

    def next_sweep(self, account: str, region: str, now: Millis) -> Millis | None:
        """Return when the next item of a table is over, by its time to live; None where none ever is."""
        with self._turns["dynamodb"]:
            return item_expiry.next_sweep(tables_of(account, region) or (), now)

    def sweep(
        self, account: str, region: str, now: Millis, on_changes: Callable[[Sequence[TableChange]], None]
    ) -> Millis | None:
        """Remove items that are over, and return when to come again: at once, if somebody is at the tables just now.

        Does not wait for them: they may be waiting for whoever moves time and asks this.
        """
        turn = self._turns["dynamodb"]
        if not turn.acquire(blocking=False):
            return now
        try:
            tables = tables_of(account, region) or ()
            with lending.at(now):
                self._tap.begin()
                item_expiry.sweep(tables, now)
                changes = self._tap.end(account, region, is_refused=False)
                if changes:
                    on_changes([as_expiry(change) for change in changes])
            return item_expiry.next_sweep(tables, now)
        finally:
            turn.release()

    def _new_label(self, now: Millis) -> Millis:
        """Return an instant for a stream's label: two streams of a table have different ones."""
        self._latest_label = max(now, self._latest_label + 1)
        return self._latest_label

    def tables_of_others(self) -> Iterator[tuple[str, str, Sequence[TableChange]]]:
        """Go through the tables that ``mock_aws`` holds already: account, region and what to know of them."""
        if "moto" in sys.modules and _is_mock_aws_active():
            for account, region in self._tap.places():
                changes = self._tap.end(account, region, is_refused=True)
                if changes:
                    yield account, region, changes

    def state(self, service: str) -> Any:
        """Return what moto holds of a service, by account and region; None while nothing was asked of it."""
        models = sys.modules.get(f"moto.{service}.models")
        if models is None:
            return None
        backends = getattr(models, f"{service}_backends")
        is_begun = service in self._apps or (_is_mock_aws_active() and any(map(len, backends.values())))
        return backends if is_begun else None

    def models(self, service: str) -> Any:
        """Return moto's module with all that it holds of a service; None while moto is not this session's."""
        is_ours = self._take_clock_back is not None or ("moto" in sys.modules and _is_mock_aws_active())
        return sys.modules.get(f"moto.{service}.models") if is_ours else None

    @contextmanager
    def turn(self, service: str) -> Iterator[None]:
        """Have a service ready with this session's state, and nobody else at it, inside the ``with``."""
        self._application(service)
        with self._turns[service]:
            yield

    def close(self) -> None:
        """Drop the state, if it was ours."""
        if self._take_clock_back is None:
            return
        self._bridges.close()
        self._take_clock_back()
        self._take_clock_back = None
        if self._owns_state and not _is_mock_aws_active():
            _reset()
        self._apps.clear()
        self._turns.clear()
        self._tap = TableTap()

    def _application(self, service: str) -> Any:
        with self._starting:
            if self._take_clock_back is None:
                self._owns_state = not _is_mock_aws_active()
                if self._owns_state:
                    _reset()
                self._take_clock_back = _lend_clock()
            if service not in self._apps:
                self._turns[service] = threading.RLock()
                self._apps[service] = _application(service)
            return self._apps[service]


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


@cache
def _missing(service: str) -> str | None:
    """Return the package that moto needs for this service and that is not installed."""
    try:
        _application(service)
    except ModuleNotFoundError as error:
        return error.name
    return None


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


def _lend_clock() -> Callable[[], None]:
    """Have moto's times be the session's: nearly all of them come from one function."""
    from moto.core import utils

    return lending.lend(utils)


def _application(service: str) -> Any:
    with warnings.catch_warnings():  # it warns of missing extras of its server, which is not used
        warnings.simplefilter("ignore")
        from moto.moto_server.werkzeug_app import create_backend_app

        return create_backend_app(service)


def _environ(
    service: str, request: Request, *, account: str, region: str, access_key: str | None, now: Millis
) -> dict[str, Any]:
    from werkzeug.datastructures import Headers
    from werkzeug.test import EnvironBuilder

    headers = Headers(list(request.headers.items()))
    headers["x-moto-account-id"] = account
    if "authorization" not in headers and "X-Amz-Signature" not in request.query:
        headers["authorization"] = _authorization(service, region, access_key or "testing", now)
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


def _authorization(service: str, region: str, access_key: str, now: Millis) -> str:
    """Name key, service and region as a signature would; nobody checks it."""
    from mocklambda.wire.models import service_model

    scope = f"{instant(now):%Y%m%d}/{region}/{service_model(service).signing_name}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders=host, Signature={NO_SIGNATURE}"


def _run(app: Any, environ: dict[str, Any], service: str, request: Request) -> Response:
    from werkzeug.test import run_wsgi_app

    try:
        body, status, headers = run_wsgi_app(app, environ, buffered=True)
    except MocklambdaError:
        raise
    except NotImplementedError as error:
        raise not_in_moto(service, request) from error
    except Exception as error:
        asked = environ.get("HTTP_X_AMZ_TARGET") or f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        raise MocklambdaError(f"moto failed to answer {asked}: {type(error).__name__}: {error}") from error
    content = b"".join(body)
    response = Response(status=int(status.split(" ", 1)[0]), headers=dict(headers.items()), body=content)
    if is_gap(request, response):
        raise not_in_moto(service, request)
    return response
