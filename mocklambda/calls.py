"""What one call is: who asks, for which operation, how it can be answered, and who answers beside us."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import NO_CAUSES, Causes
from mocklambda.flight import FlyingWork
from mocklambda.services.service import AwsError
from mocklambda.services.table_changes import TableChange
from mocklambda.wire.errors import NoSuchRoute
from mocklambda.wire.message import Request, Response

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from mocklambda.wire.protocols import Codec


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
        now: Millis,
        on_changes: Callable[[Sequence[TableChange]], None],
    ) -> Response:
        """Answer one request; ``on_changes`` is told what it did to tables that have a stream, if anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who asks: the test itself, a handler (then ``work`` is its invocation), or another program (server mode)."""

    causes: Causes = NO_CAUSES
    work: FlyingWork | None = None
    account: str | None = None
    settles: bool = True
    is_handler: bool = False
    caller_arn: str = ""
    """Of a handler: its role session."""
    source_ip: str = "127.0.0.1"


TEST = Origin()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request whose service and operation are known."""

    service: str
    model: OperationModel
    codec: Codec
    request: Request
    account: str
    region: str
    origin: Origin


@dataclass(slots=True)
class Answer:
    """A reply in both its forms: bytes for the wire, ``parsed`` for a caller in this process."""

    response: Response
    parsed: dict[str, Any] | None


@dataclass(slots=True)
class Fault:
    """A planned failure: answer ``error`` to this operation ``times`` more."""

    service: str
    operation: str
    error: AwsError
    times: int


def codec_of(model: OperationModel) -> Codec:
    """Return how an operation's requests and replies are read and written."""
    from mocklambda.wire.protocols import codec_for

    return codec_for(model.service_model)


def operation_of(service: str, request: Request) -> str:
    """Return which operation of a service a request asks for; nothing where it asks for none."""
    from mocklambda.wire.models import service_model
    from mocklambda.wire.routing import route

    try:
        return route(service_model(service), request).name
    except NoSuchRoute:
        return ""
