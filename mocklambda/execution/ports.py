"""What the core needs from outside, and what services offer one another: small protocols only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from mocklambda.clock.base import Clock, Millis, Timer

T = TypeVar("T")
Causes = frozenset[int]
"""The test's calls that a piece of work descends from; a call waits for what carries its number."""

NO_CAUSES: Causes = frozenset()


class Work(Protocol):
    """Something under way in the real world, from the moment it is decided until its result is in state."""

    @property
    def causes(self) -> Causes:
        """The calls that wait for it."""

    def add(self, causes: Causes) -> None:
        """Let more calls wait for it."""

    def open(self, causes: Causes) -> None:
        """Let its caller go on before it has ended: from now on no calls but these wait for it; idempotent."""

    def end(self) -> None:
        """Say that all it led to in this instant is in state; idempotent."""


class Pending(Protocol):
    """A reply that is not there yet: an operation returns it in place of its result."""

    @property
    def done(self) -> bool:
        """Whether it was answered, or given up by its caller."""

    def begin(self, value: Any) -> None:
        """Answer with a result that its caller goes on reading, and that settles when it is read to its end."""

    def resolve(self, value: Any) -> None:
        """Answer with the operation's result; must be called inside a turn. The first answer counts."""

    def fail(self, error: Exception) -> None:
        """Answer with an error (an AwsError); must be called inside a turn."""


class Outbox(Protocol):
    """The engine as state sees it; every method is for use inside a turn only."""

    causes: Causes
    """The calls that the current turn works for; see ``working_for``."""

    def emit(self, effect: object) -> None:
        """Have the world touched (an Effect, or a plain callable) after this turn, in order."""

    def soon(self, action: Callable[[], None]) -> None:
        """Call ``action`` at the end of this turn, once however often asked; held back while paused."""

    def begin(self, label: str, causes: Causes) -> Work:
        """Count work as in flight from now on."""

    def pending(self) -> Pending:
        """Make a reply to be answered later."""

    def follow(
        self, take: Callable[[], Any], *, causes: Causes, work: Work | None, settles: bool
    ) -> Iterator[Any]:
        """Return what ``take`` gives, each time in a turn of its own, until that is None.

        For whoever reads it outside of turns: a reply that is not there yet is waited for. At the end, with
        ``settles``, also for all that descends from ``causes``; ``work`` is the invocation whose handler reads.
        """

    def later(self, action: Callable[[], T]) -> Callable[[], T]:
        """Make ``action`` something to be called from outside, after this turn, in a turn of its own."""


def union(causes: Iterable[Causes]) -> Causes:
    """Return all calls that several pieces of work descend from, sharing a set where one holds them all."""
    result = NO_CAUSES
    for some in causes:
        if some is not result and not some <= result:
            result = some if result <= some else result | some
    return result


class working_for:  # noqa: N801 - a word in a ``with`` statement; a class, since a generator takes thrice as long
    """Have what is done inside count for these calls."""

    __slots__ = ("_before", "_causes", "_outbox")

    def __init__(self, outbox: Outbox, causes: Causes) -> None:
        self._outbox = outbox
        self._causes = causes

    def __enter__(self) -> None:
        self._before = self._outbox.causes
        self._outbox.causes = self._causes

    def __exit__(self, *_: object) -> None:
        self._outbox.causes = self._before


class IdSource(Protocol):
    """Everything random, from one seed."""

    def uuid(self) -> str:
        """Return a request id."""

    def hex(self, digits: int) -> str:
        """Return random hexadecimal digits."""

    def token(self, size: int) -> str:
        """Return ``size`` random bytes in base64."""

    def letters(self, length: int) -> str:
        """Return random capital letters and digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A message attribute on its way between services: AWS's data type and its one value."""

    data_type: str
    value: str | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing that a service hands to another; a destination uses what applies to it."""

    body: str
    """The document or text: a queue's message body, a function's event, a topic's message."""
    principal: str
    """Who sends, as in resource policies: ``s3.amazonaws.com``, ``sns.amazonaws.com`` ..."""
    source_arn: str
    """The resource that sends: a bucket, a topic, a rule, a function."""
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    subject: str | None = None
    group_id: str | None = None
    deduplication_id: str | None = None
    partition_key: str | None = None
    """For streams."""
    detail_type: str | None = None
    event_source: str | None = None
    resources: Sequence[str] = ()
    """For event buses."""
    object_key: str | None = None
    """For buckets."""
    trace_header: str | None = None
    """The X-Ray header of the chain so far, with its Lineage."""


class Undeliverable(Exception):
    """A destination refused: it is gone, of the wrong kind, or its policy says no."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        self.code = code
        self.message = message
        self.status = status
        super().__init__(f"{code}: {message}")


class Destination(Protocol):
    """Something that other services deliver to, found by its ARN."""

    @property
    def arn(self) -> str:
        """Its full ARN."""

    def deliver(self, delivery: Delivery) -> str | None:
        """Take it, inside the current turn; returns an id of its own where it has one.

        Raises Undeliverable. For a function: accepted for asynchronous invocation.
        """

    def permits(self, principal: str, source_arn: str, source_account: str) -> bool:
        """Whether its resource policy lets that service act on it."""


class Subscription(Protocol):
    """A wish to be told; cancelled when no longer wanted."""

    def cancel(self) -> None:
        """Stop telling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRecord:
    """One message received from a queue by a poller."""

    message_id: str
    receipt_handle: str
    record: Mapping[str, Any]
    """The event record as Lambda sends it, without ``md5OfMessageAttributes: null``: the mapping's."""
    causes: Causes
    group_id: str | None = None
    trace_header: str | None = None


class QueueSource(Protocol):
    """A queue as a poller sees it."""

    @property
    def arn(self) -> str:
        """Its full ARN."""

    @property
    def is_fifo(self) -> bool:
        """Whether groups are kept in order."""

    @property
    def visibility_timeout_ms(self) -> Millis:
        """What a receive hides a message for, now."""

    def receive(self, limit: int, *, visibility_timeout_ms: Millis | None = None) -> list[QueueRecord]:
        """Receive up to ``limit`` visible messages (any number, not only ten), as ReceiveMessage does."""

    def delete(self, receipt_handles: Sequence[str]) -> None:
        """Delete what was processed."""

    def waiting(self) -> Causes:
        """Return the calls whose messages are visible now and not received yet."""

    def backlog(self) -> int:
        """How many messages are visible now (O(1))."""

    def subscribe(self, on_visible: Callable[[], None]) -> Subscription:
        """Be called, in the turn, whenever a message has become visible (sent, timed out, redriven)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRecord:
    """One record of a shard."""

    sequence_number: str
    partition_key: str
    arrived_at: Millis
    record: Mapping[str, Any]
    """The event record as Lambda sends it (without what belongs to the mapping's identity)."""
    match: Callable[[], Mapping[str, Any]]
    """Makes the document that filter patterns are matched against; asked for only where there are filters."""
    causes: Causes
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A shard as a poller sees it."""

    shard_id: str
    parents: tuple[str, ...] = ()
    is_closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one read of a shard gave."""

    records: Sequence[StreamRecord]
    position: int
    """Where to read on."""
    is_end: bool
    """The shard is closed and read to its end."""


class StreamSource(Protocol):
    """A stream as a poller sees it. Positions are opaque integers per shard, in record order."""

    @property
    def arn(self) -> str:
        """Its full ARN."""

    @property
    def retention_ms(self) -> Millis:
        """How long after their arrival records are kept, now."""

    def shards(self) -> Sequence[Shard]:
        """List shards, parents before children, closed ones with records still in retention included."""

    def position(self, shard_id: str, start: str, timestamp: Millis | None = None) -> int:
        """Translate LATEST, TRIM_HORIZON or AT_TIMESTAMP."""

    def read(self, shard_id: str, position: int, limit: int) -> Page:
        """Read up to ``limit`` records from ``position``, O(page)."""

    def subscribe(self, on_records: Callable[[str], None]) -> Subscription:
        """Be called with a shard's id, in the turn, when it has records more, was closed, or is new."""


class CapacityWatcher(Protocol):
    """Somebody who follows how a capacity is used; both are called in the turn in which it happens."""

    def used(self, in_use: int, allocated: int) -> None:
        """Take note that one unit more is in use now, of so many that are there."""

    def settled(self, *, is_reached: bool) -> None:
        """Take note that what was asked for is there, or that it can not be had."""


class NotScaled(Exception):
    """A capacity can not be what was asked for: why, in AWS's words."""


class Scalable(Protocol):
    """A resource with a capacity that others may set."""

    @property
    def capacity(self) -> int:
        """What is asked for, there yet or not; 0 without any."""

    def scale(self, wanted: int) -> None:
        """Ask for another capacity; raises NotScaled."""

    def watch(self, watcher: CapacityWatcher) -> Subscription:
        """Tell a watcher from now on, also of a capacity that is asked for later."""


class MissingObject(Exception):
    """A bucket or an object in it cannot be read: AWS's code and message for that."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}")


class ObjectSource(Protocol):
    """A bucket as other services read it, and put into it what they offer for download."""

    @property
    def region(self) -> str:
        """Where it lies."""

    def read(self, key: str, version_id: str | None = None) -> bytes:
        """Return an object's bytes; raises MissingObject."""

    def offer(self, key: str, content: bytes) -> None:
        """Have an object under this key, unless it is there."""


KEY_CALLS = "kms:"
"""What a call begins with that a role must be able to have KMS do, for what is encrypted with a key of one's own."""


class Access(Protocol):
    """What the roles of functions may do, where a session holds them to it."""

    def can(
        self,
        role: str,
        action: str,
        resource: str,
        *,
        function_arn: str = "",
        context: Mapping[str, str] = MappingProxyType({}),
    ) -> bool:
        """Tell whether a role may do something for a function: ``ec2:DescribeSubnets`` on an ARN, or ``*``."""

    def is_assumable(self, role: str, *, by: str = "lambda.amazonaws.com", source_arn: str = "") -> bool:
        """Tell whether a role is there and lets a service act as it, for the resource ``source_arn``."""

    def why_not_deliver(
        self, role: str, arn: str, *, function_arn: str = "", session: str = "", key: str | None = None
    ) -> str | None:
        """Return the call that a role may not make, so that nothing can be delivered to ``arn``; else None.

        It is made for a function, or by another service in a session of that name. It begins with KEY_CALLS where all
        that is missing is a right to the target's key.
        """

    def why_not_poll(self, role: str, arn: str, *, function_arn: str) -> str | None:
        """Return the call that a role may not make, so that a source can not be read; else None.

        It begins with KEY_CALLS where all that is missing is the right to the source's key.
        """


class LogSink(Protocol):
    """Where log lines go."""

    def append(
        self,
        group: str,
        stream: str,
        events: Sequence[tuple[Millis, str]],
        *,
        account: str,
        region: str,
        role: str = "",
        function_arn: str = "",
    ) -> None:
        """Store events; makes group and stream when they are not there. ``role`` is the function's that logs."""


__all__ = [
    "KEY_CALLS",
    "NO_CAUSES",
    "Access",
    "Attribute",
    "CapacityWatcher",
    "Causes",
    "Clock",
    "Delivery",
    "Destination",
    "IdSource",
    "LogSink",
    "Millis",
    "MissingObject",
    "NotScaled",
    "ObjectSource",
    "Outbox",
    "Page",
    "Pending",
    "QueueRecord",
    "QueueSource",
    "Scalable",
    "Shard",
    "StreamRecord",
    "StreamSource",
    "Subscription",
    "Timer",
    "Undeliverable",
    "Work",
    "union",
    "working_for",
]
