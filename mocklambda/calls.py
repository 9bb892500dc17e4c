"""What one call is: who asks, for which operation, how it can be answered, and who answers beside us."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import NO_CAUSES, Causes
from mocklambda.flight import FlyingWork
from mocklambda.services.service import AwsError, Context
from mocklambda.services.table_changes import TableChange
from mocklambda.wire.errors import NoSuchRoute
from mocklambda.wire.message import Request, Response
from mocklambda.wire.own_protocol import own_protocol

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from mocklambda.wire.protocols import Codec


class Ask(Protocol):
    """Does an operation of a service that is ours, and returns its output; raises AwsError as it does."""

    def __call__(
        self, service: str, operation: str, params: dict[str, Any], account: str, region: str
    ) -> dict[str, Any]: ...


class Neighbours(Protocol):
    """Whoever answers for services that are not ours."""

    def serves(self, service: str) -> bool:
        """Tell whether it can answer for a service, by botocore's name."""

    def why_not(self, service: str) -> str:
        """Tell a test's author why it can not answer for a service."""

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
        """Answer one request; ``on_changes`` is told what it did to tables that have a stream, if anything.

        ``ask`` does for it what its services do to ours.
        """

    def account_of(self, access_key: str) -> str | None:
        """Return the account of credentials that it gave; None for others."""

    def next_sweep(self, account: str, region: str, now: Millis) -> Millis | None:
        """Return when the next item of a table is over, by its time to live; None where none ever is."""

    def sweep(
        self, account: str, region: str, now: Millis, on_changes: Callable[[Sequence[TableChange]], None]
    ) -> Millis | None:
        """Remove items that are over, and return when to come again: at once, if somebody is at the tables now."""


class Guard(Protocol):
    """Whoever holds handlers' calls to what their roles may do."""

    def identified(self, origin: Origin, access_key: str | None) -> Origin:
        """Return the origin with the role whose credentials a call is signed with."""

    def run(
        self,
        call: Call,
        function: Callable[[Context[Any], Mapping[str, Any]], Any],
        ctx: Context[Any],
        params: Mapping[str, Any],
        about: str | None,
    ) -> Any:
        """Do an operation if the role that asks may, in the turn; ``about`` is its resource where only it knows.

        Raises AwsError as the service refuses.
        """

    def check(
        self, service: str, operation: str, request: Request, account: str, region: str, origin: Origin
    ) -> None:
        """Raise AwsError unless the role that asks may do what it asks of a service that is not ours, in a turn.

        ``operation`` is empty where only the bytes are known.
        """


@dataclass(slots=True, kw_only=True)
class Origin:
    """Who asks: the test itself, a handler (then ``work`` is its invocation), or another program (server mode).

    Nobody changes one; it is not frozen since there is one for each call of a handler.
    """

    causes: Causes = NO_CAUSES
    work: FlyingWork | None = None
    account: str | None = None
    settles: bool = True
    is_handler: bool = False
    caller_arn: str = ""
    """Of a handler: its role session."""
    caller_id: str = ""
    """Of a handler: its role session's ``UserId``."""
    role: str = ""
    """Of a handler: the ARN of the role that its calls are made with; empty where that is no matter."""
    session_policy: str = ""
    """Of a role that the handler assumed: what it asked to be kept to, if anything."""
    access_key: str = ""
    """Of a handler: its environment's own."""
    function_arn: str = ""
    """Of a handler: its function's, unqualified."""
    source_ip: str = "127.0.0.1"


TEST = Origin()


@dataclass(slots=True, kw_only=True)
class Call:
    """A request whose service and operation are known; not frozen, as there is one for each call."""

    service: str
    model: OperationModel
    codec: Codec
    request: Request
    account: str
    region: str
    origin: Origin
    delay_ms: Millis = 0


@dataclass(slots=True)
class Answer:
    """A reply in both its forms: bytes for the wire, ``parsed`` for a caller in this process."""

    response: Response
    parsed: dict[str, Any] | None


@dataclass(slots=True)
class Fault:
    """A plan for ``times`` more calls of an operation: to answer an error, or to answer late."""

    service: str
    operation: str
    times: int
    error: AwsError | None = None
    delay_ms: Millis = 0


def meet(faults: list[Fault], service: str, operation: str) -> Millis:
    """Return how late a call is to be answered, by the first plan that is left for it; raises that plan's error."""
    for fault in faults:
        if (fault.service, fault.operation) == (service, operation):
            fault.times -= 1
            if not fault.times:
                faults.remove(fault)
            if fault.error is not None:
                raise fault.error.with_traceback(None)  # or each time makes it longer
            return fault.delay_ms
    return 0


@lru_cache(maxsize=2048)
def target_of(service: str, operation: str) -> tuple[OperationModel, Codec]:
    """Return what tells how an operation is asked for and answered, by botocore's names of both.

    Raises botocore's UnknownServiceError and OperationNotFoundError.
    """
    from mocklambda.wire.models import service_model

    model = service_model(service).operation_model(operation)
    return model, codec_of(model)


def codec_of(model: OperationModel) -> Codec:
    """Return how an operation's requests and replies are read and written."""
    service = model.service_model
    return _codec(service.service_name, own_protocol(service))


@lru_cache(maxsize=512)
def _codec(service: str, protocol: str) -> Codec:
    from mocklambda.wire.protocols import codec_named

    return codec_named(service, protocol)


def operation_of(service: str, request: Request) -> str:
    """Return which operation of a service a request asks for; nothing where it asks for none."""
    from mocklambda.wire.models import service_model
    from mocklambda.wire.routing import route

    try:
        return route(service_model(service), request).name
    except NoSuchRoute:
        return ""
