"""What pollers of queues and of streams share: settings, what they work with, and how they are driven."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mocklambda.clock.base import Clock, Millis
from mocklambda.execution.destination import Outlet
from mocklambda.execution.directory import Directories
from mocklambda.execution.invoker import Invoker
from mocklambda.execution.observations import Observer
from mocklambda.execution.ports import Access, Destination, IdSource, Outbox, QueueSource, StreamSource
from mocklambda.execution.values import FunctionSpec

NOTHING_PROCESSED = "No records processed"
_STREAM_CALLS = {
    "kinesis": "GetRecords, GetShardIterator, DescribeStream, ListShards, and ListStreams",
    "dynamodb": "GetRecords, GetShardIterator, DescribeStream, and ListStreams",
}
FOREVER = -1


class Links(Protocol):
    """Finds what stands behind an ARN."""

    def destination(self, arn: str) -> Destination | None:
        """Return what can be delivered to under this ARN, or None."""

    def queue_source(self, arn: str) -> QueueSource | None:
        """Return the queue under this ARN, or None."""

    def stream_source(self, arn: str) -> StreamSource | None:
        """Return the stream (or consumer) under this ARN, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingSettings:
    """An event source mapping, as far as it acts. Validated before it gets here."""

    mapping_id: str
    """Its UUID."""
    source_arn: str
    function_arn: str
    """As in the mapping, with the qualifier that was given."""
    batch_size: int = 10
    window_ms: Millis = 0
    filters: tuple[str, ...] = ()
    """Patterns as JSON text; a record passes when one matches."""
    reports_failures: bool = False
    """ReportBatchItemFailures."""
    maximum_concurrency: int | None = None
    provisioned_pollers: tuple[int, int] | None = None
    """Minimum and maximum, where ProvisionedPollerConfig is set."""

    # streams
    starting_position: str = "TRIM_HORIZON"
    starting_timestamp: Millis | None = None
    parallelization_factor: int = 1
    max_retries: int = FOREVER
    max_record_age_ms: Millis = FOREVER
    bisects: bool = False
    tumbling_window_ms: Millis = 0
    on_failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollerContext:
    """What every poller of a session works with."""

    clock: Clock
    outbox: Outbox
    ids: IdSource
    links: Links
    invoker: Invoker
    directories: Directories
    outlet: Outlet
    observer: Observer
    access: Access | None = None

    def may_poll(self, settings: MappingSettings, spec: FunctionSpec) -> bool:
        """Whether the function's role may read the mapping's source; asked before each read."""
        if self.access is None:
            return True
        missing = self.access.why_not_poll(spec.role, settings.source_arn, function_arn=spec.arn)
        return missing is None


def no_access(stream_arn: str) -> str:
    """Say that a role may not read a stream (F: so is the mapping's creation refused)."""
    calls = _STREAM_CALLS[stream_arn.split(":")[2]]
    return (
        f"Cannot access stream {stream_arn}. Please ensure the role can perform the {calls} Actions on your stream in "
        "IAM."
    )


class Poller(Protocol):
    """A machine woken by its source; never a thread."""

    def start(self) -> None:
        """Take up work where it stopped: subscribe, and look at what is there at the end of this turn."""

    def stop(self) -> None:
        """Take up nothing new; what is in flight ends as usual."""

    def update(self, settings: MappingSettings) -> None:
        """Work by other settings from the next batch on."""

    def wake(self) -> None:
        """Look again at what is there: something that kept it from reading may be over."""

    @property
    def running(self) -> int:
        """How many batches are in flight, or wait for concurrency."""

    @property
    def limit(self) -> int:
        """How many batches it may have in flight now."""

    @property
    def last_result(self) -> str:
        """LastProcessingResult."""
