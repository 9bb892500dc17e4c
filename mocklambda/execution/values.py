"""The core's vocabulary: what a function is, what one invocation asks, how it came out.

Nobody changes them. What each invocation makes anew is not frozen all the same, here and in what carries it: to
make a frozen value takes three times as long, and eight of them were a tenth of an invocation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import NO_CAUSES, Causes


class Executor(Enum):
    """Where a handler runs."""

    PROCESS = "process"
    """In an execution environment of its own: the default."""
    INLINE = "inline"
    """In the test's own process, so that ``unittest.mock.patch`` and breakpoints reach it."""
    STUB = "stub"
    """Nowhere: the test stands in for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRef:
    """Deployed code, unpacked once per content."""

    sha256: str
    """Base64 of the SHA-256, as CodeSha256."""
    size: int
    """Bytes of the zip, as CodeSize."""
    root: str
    """What becomes /var/task: an unpacked read-only tree, or the author's own ``source=`` directory."""
    is_shared: bool = True
    """False for a ``source=`` directory, which may change under us: the next cold start sees the edit."""
    unzipped_size: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)  # without slots: it is held weakly, too
class Zip:
    """What was uploaded, and its code: one for all functions, versions and layers of that content."""

    code: CodeRef
    content: bytes = field(repr=False)


class BadZip(Exception):
    """The store of unpacked code refuses an uploaded package, in AWS's own words where it has some."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(message)


class CodeStore(Protocol):
    """Unpacks what was uploaded, once per content; the sandbox has one."""

    def put_zip(self, content: bytes) -> Zip:
        """Unpack a zip, or return the one of equal content that somebody has; raises BadZip."""

    def directory(self, path: str) -> CodeRef:
        """Take an author's own directory as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionKeys:
    """ARNs of keys of the author's own, empty where AWS's are used."""

    variables: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DurableTerms:
    """What makes a function a durable one: how long its executions may take, and are known afterwards."""

    timeout_ms: Millis
    retention_ms: Millis
    key_arn: str = ""
    """The KMS key that inputs, results and errors are encrypted with; empty without one of one's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSpec:
    """All of one function version that running it needs; two environments are alike when theirs are equal."""

    account: str
    region: str
    name: str
    version: str
    """``$LATEST`` or a number."""
    runtime: str
    """``python3.12`` ...; for images the empty string."""
    handler: str
    code: CodeRef | None
    layers: tuple[CodeRef, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    memory_mb: int = 128
    timeout_ms: Millis = 3000
    ephemeral_mb: int = 512
    architecture: str = "x86_64"
    role: str = ""
    log_group: str = ""
    log_format: str = "Text"
    application_log_level: str | None = None
    system_log_level: str | None = None
    is_traced: bool = False
    """TracingConfig Active."""
    concurrency_key: str = ""
    """Whose share of concurrency it counts for, where that is not the function's: a version's own."""
    max_concurrency: int | None = None
    """On managed instances: how many invocations at once one of their environments serves."""
    is_tenant_isolated: bool = False
    """TenancyConfig PER_TENANT: an environment serves one tenant only."""
    initialization_type: str = "on-demand"
    durable: DurableTerms | None = None
    executor: Executor = Executor.PROCESS
    image: Any = None
    """For PackageType Image: an opaque reference the sandbox understands."""
    target: Any = None
    """For inline and stub: the callable that the test gave."""
    keys: FunctionKeys | None = None
    """The encryption keys that starting an environment takes, if any."""
    subnet_ids: tuple[str, ...] = ()
    """Whose routes decide what it reaches; empty where it reaches everything."""
    awaits_network: bool = False
    """Whether what connects it to its network is still being made."""
    revision: str = ""
    """Changes with every update of code or configuration: an environment of another revision is stale."""
    arn: str = field(init=False, compare=False, repr=False)
    """The unqualified function ARN."""

    def __post_init__(self) -> None:
        arn = f"arn:aws:lambda:{self.region}:{self.account}:function:{self.name}"
        object.__setattr__(self, "arn", arn)  # asked for ten times in each invocation

    @property
    def is_guarded(self) -> bool:
        """Whether starting an environment takes something that may be refused."""
        return self.keys is not None or self.awaits_network


class InvocationKind(Enum):
    """By which door an invocation came in."""

    REQUEST_RESPONSE = "RequestResponse"
    EVENT = "Event"
    MAPPING = "EventSourceMapping"


@dataclass(slots=True, kw_only=True)
class Invocation:
    """One attempt to run a function."""

    request_id: str
    spec: FunctionSpec
    invoked_arn: str
    """As invoked, with the qualifier that was used."""
    payload: bytes
    kind: InvocationKind
    trigger: str
    """What set it off, for people: ``invoke``, ``async``, ``sqs:queue-name``, ``s3:bucket`` ..."""
    causes: Causes = NO_CAUSES
    client_context: str | None = None
    """JSON text, already decoded from base64."""
    trace_header: str = ""
    """``Root=...;Parent=...;Sampled=0;Lineage=...`` as the handler's _X_AMZN_TRACE_ID."""
    attempt: int = 1
    tenant_id: str | None = None
    is_streamed: bool = False
    """Whether the caller takes the response as a stream, which may be longer than one that is kept whole."""


LOG_TAIL = 4096
"""Bytes of a log that its invoker may have."""


class OutcomeKind(Enum):
    """How an invocation ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """The handler raised, could not be imported, or its result could not be sent."""
    TIMED_OUT = "timed_out"
    CRASHED = "crashed"
    """The process ended: exit, signal."""
    OUT_OF_MEMORY = "out_of_memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """A response in the chunks in which its runtime sent it; of one that failed, those before."""

    chunks: tuple[bytes, ...]
    content_type: str


@dataclass(slots=True, kw_only=True)
class Outcome:
    """The result of one attempt, as the caller gets it, and what it cost."""

    kind: OutcomeKind
    payload: bytes
    """The handler's JSON, or the error document."""
    error_type: str | None = None
    error_message: str | None = None
    logs: str = ""
    """All of this invocation's log lines, and of the init that came before it."""
    own_logs_at: int = 0
    """Where in ``logs`` the invocation's own begin."""
    duration_ms: float = 0.0
    billed_ms: int = 0
    init_ms: float | None = None
    """Of the environment's init, in the first invocation only."""
    max_memory_mb: int = 0
    is_environment_lost: bool = False
    """The environment can not serve again: process gone, or reset needed."""
    streamed: Streamed | None = None
    """What was streamed, by a runtime that streams; None for a response that came whole."""
    is_final: bool = False
    """No further attempt will be of use: a durable execution has made its own."""
    is_restore_failure: bool = False
    """No snapshot could be restored for it: the invocation has not begun."""

    @property
    def is_error(self) -> bool:
        return self.kind is not OutcomeKind.SUCCEEDED

    @property
    def log_tail(self) -> bytes:
        """The last 4 KB of the invocation's own log."""
        return self.logs[self.own_logs_at :][-LOG_TAIL:].encode("utf-8", "replace")[-LOG_TAIL:]


class Mishap(Enum):
    """What a test may have go wrong with an attempt."""

    THROTTLE = "throttle"
    """It is not admitted."""
    CRASH = "crash"
    """The environment's process is killed before the handler runs; likewise below."""
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out of memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogStream:
    """Where an environment logs to."""

    group: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The role session of one environment."""

    access_key: str
    secret_key: str
    session_token: str = field(repr=False)


__all__ = [
    "BadZip",
    "CodeRef",
    "CodeStore",
    "Credentials",
    "DurableTerms",
    "Executor",
    "FunctionKeys",
    "FunctionSpec",
    "Invocation",
    "InvocationKind",
    "LogStream",
    "Mishap",
    "Outcome",
    "OutcomeKind",
    "Streamed",
    "Zip",
]
