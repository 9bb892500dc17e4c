"""What a service is made of, and what one request to it sees.

A service is a folder whose ``__init__`` holds ``SERVICE = Service(...)``. An operation is a function
``(ctx, request) -> dict`` under the API's own structures (see ``wire/``: instants are integer epoch
milliseconds, blobs are bytes). It raises ``AwsError`` before its first mutation, or does all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Generic, Protocol, TypeVar

from mocklambda.clock.base import Clock, Millis
from mocklambda.config import Config
from mocklambda.execution.ports import (
    Access,
    Causes,
    Destination,
    ObjectSource,
    Outbox,
    Pending,
    QueueSource,
    Scalable,
    StreamSource,
    Work,
)
from mocklambda.ids import Ids
from mocklambda.services.links import Links
from mocklambda.services.resources import Resource
from mocklambda.services.signed import Signatures

S = TypeVar("S")
Request = Mapping[str, Any]
Result = dict[str, Any]
Operation = Callable[["Context[Any]", Request], "Result | Pending"]


class AwsError(Exception):
    """What AWS answers when it refuses: code, message and HTTP status as AWS sends them.

    ``fields`` are further members of the error's structure (``Type``, ``Reason`` ...); ``headers`` go on the
    reply; ``query_code`` is the code's older spelling where a service sends one beside it.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        *,
        fields: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        query_code: str | None = None,
    ) -> None:
        self.code = code
        self.message = message
        self.status = status
        self.fields: Mapping[str, Any] = fields or {}
        self.headers: Mapping[str, str] = headers or {}
        self.query_code = query_code
        super().__init__(f"{code}: {message}")

    @property
    def sender_fault(self) -> bool:
        """Whether the caller is to blame, as the query protocol's ``Sender``."""
        return self.status < 500


@dataclass(slots=True)
class Reply:
    """What an operation may set on its reply beyond its result: for what no model tells."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


def never() -> bool:
    """Say of a body in pieces that it is not cut off."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReply:
    """An answer as it travels, to a request that is none of the API's operations."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | BinaryIO = b""
    repeated: tuple[tuple[str, str], ...] = ()
    """Headers that ``headers`` has already: cookies, above all."""
    chunks: Iterable[bytes] | None = None
    """The body in pieces, in place of ``body``; who can wait for them may get them one by one."""
    is_cut_off: Callable[[], bool] = never
    """Asked after the last piece: whether the connection breaks there."""


class Reader(Protocol):
    """Who reads an answer while it is being made."""

    @property
    def work(self) -> Work | None:
        """The invocation whose handler it is; None of the test, or another program."""

    @property
    def settles(self) -> bool:
        """Whether its calls wait for what they cause."""


class Execution(Protocol):
    """The execution core as Lambda's own service sees it; see ``execution/``."""


class Scope(Generic[S]):
    """The ground that a service's state for one account and region stands on."""

    __slots__ = (
        "_peer",
        "access",
        "account",
        "clock",
        "config",
        "execution",
        "ids",
        "links",
        "outbox",
        "region",
        "signatures",
    )

    def __init__(
        self,
        *,
        account: str,
        region: str,
        clock: Clock,
        outbox: Outbox,
        ids: Ids,
        links: Links,
        config: Config,
        execution: Any,
        peer: Callable[[str, str], S],
        access: Access | None = None,
        signatures: Signatures | None = None,
    ) -> None:
        self.access = access
        """What roles may do, where this session holds functions to theirs."""
        self.signatures = signatures
        """Who knows whether a signed request is what was signed, if anybody does."""
        self.account = account
        self.region = region
        self.clock = clock
        self.outbox = outbox
        self.ids = ids
        self.links = links
        self.config = config
        self.execution = execution
        self._peer = peer

    def peer(self, account: str, region: str) -> S:
        """Return the same service's state in another account or region."""
        return self._peer(account, region)


@dataclass(slots=True, kw_only=True)
class Context(Generic[S]):
    """One request, as an operation sees it."""

    state: S
    """This service's state for the caller's account and the client's region."""
    scope: Scope[S]
    account: str
    """The caller's account."""
    region: str
    now: Millis
    request_id: str
    reply: Reply
    causes: Causes
    """The test's calls that this request works for; what it sets off must carry them."""
    trace_header: str | None = None
    """``X-Amzn-Trace-Id`` as sent with the request (inside handlers the SDK sends it)."""
    caller_arn: str = ""
    """The role session of the handler that asks; empty for the account's own user."""
    caller_id: str = ""
    """That session's ``UserId``."""
    caller_role: str = ""
    """The ARN of that handler's role."""
    caller_function: str = ""
    """The ARN of that handler's function, unqualified."""
    host: str = ""
    """The host the request was sent to, for replies that name URLs."""
    scheme: str = "https"
    source_ip: str = "127.0.0.1"
    path: str = ""
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    """As it came, where it came whole."""
    access_key: str | None = None
    reader: Reader | None = None
    """Who asks, where the answer may go on after it has begun: None where nobody could wait for the rest."""

    @property
    def outbox(self) -> Outbox:
        return self.scope.outbox

    def follow(self, take: Callable[[], Any]) -> Iterator[Any]:
        """Return, for ``reader`` to read after its call, what ``take`` gives, until that is None."""
        assert self.reader is not None
        return self.outbox.follow(
            take,
            causes=self.causes,
            work=self.reader.work,
            settles=self.reader.settles and self.scope.config.settle == "auto",
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Service(Generic[S]):
    """A service's plug: there is one of each."""

    name: str
    """botocore's name of the service."""
    operations: Mapping[str, Callable[[Context[S], Request], Result | Pending]]
    """API operation name → function. What is not here is refused by name."""
    state: Callable[[Scope[S]], S]
    is_global: bool = False
    """One state for all accounts and regions (S3's buckets): made once, with the default account and region."""
    validates: bool = False
    """Whether requests are checked against the model's constraints, with AWS's ``ValidationException`` texts."""
    validation_code: str = "ValidationException"
    validation_overrides: Mapping[str, Any] = field(default_factory=dict)
    destination: Callable[[S, str], Destination | None] | None = None
    """State and ARN → what other services deliver to; None when there is no such resource."""
    queue_source: Callable[[S, str], QueueSource | None] | None = None
    stream_source: Callable[[S, str], StreamSource | None] | None = None
    object_source: Callable[[S, str], ObjectSource | None] | None = None
    scalable: Callable[[S, str], Scalable | None] | None = None
    owns: Callable[[bytes], bool] | None = None
    """Body → whether the request is ours to answer, of a service that is shared with whoever answers the rest."""
    front: Callable[[Context[S], str, str, bytes | BinaryIO], RawReply | None] | None = None
    """Method, path (in path style) and body of a request that came as bytes → its answer where no operation
    is meant: forms, preflights, websites. None lets the request go on to its operation."""
    doors: Mapping[str, Callable[[Context[S], str, str, bytes | BinaryIO], RawReply | Pending | None]] = (
        field(default_factory=dict)
    )
    """What answers at hosts that are no API's, by their kind (see ``wire/doors.py``); arguments as ``front``'s.
    None says that there is nothing at this host."""
    lifted: Callable[[str, Mapping[str, str]], Mapping[str, str]] | None = None
    """Query and headers of a request that came as bytes → its headers with those that the query carries."""
    resource_policy: Callable[[S, str], str | None] | None = None
    """State and ARN → the resource's own policy, where it has one."""
    resource: Callable[[S, str], Resource | None] | None = None
    """State and ARN → what decides about the resource beside that, if it is there."""
    resource_version: Callable[[S, str, str], Resource | None] | None = None
    """State, ARN and version → the same of an object's version, where it has any."""
    about: Callable[[Context[S], Request], str | None] | None = None
    """A request → the ARN of what it is about, where its members name it by a token only."""
    arn_service: str | None = None
    """The service part of its ARNs where it is not ``name`` (``dynamodb`` of ``dynamodbstreams``)."""


def operation_table(module: Mapping[str, Any]) -> dict[str, Operation]:
    """Collect what ``@operation`` marked in a module's namespace: ``operation_table(vars(operations))``."""
    return {found.aws_operation: found for found in module.values() if hasattr(found, "aws_operation")}


F = TypeVar("F", bound=Callable[..., Any])


def operation(name: str) -> Callable[[F], F]:
    """Mark a function as the implementation of the API operation ``name``."""

    def mark(function: F) -> F:
        function.aws_operation = name  # type: ignore[attr-defined]
        return function

    return mark
