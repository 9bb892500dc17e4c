"""What AWS refuses about event source mappings, in the order in which it looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocklambda.execution.pattern_reader import InvalidPattern
from mocklambda.execution.patterns import compile_pattern
from mocklambda.execution.ports import QueueSource
from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.source_mapping import (
    DYNAMODB,
    KINESIS,
    QUEUE_ONLY,
    SQS,
    STREAM_ONLY,
    STREAMS,
    SourceMapping,
)
from mocklambda.services.links import Arn
from mocklambda.services.service import AwsError

FILTER_LIMIT = 5
_UNSERVED = {"kafka": "Amazon MSK", "mq": "Amazon MQ", "rds": "Amazon DocumentDB"}
_UNSERVED_MEMBERS = (
    "Topics",
    "Queues",
    "AmazonManagedKafkaEventSourceConfig",
    "SelfManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
    "SourceAccessConfigurations",
    "MetricsConfig",
    "LoggingConfig",
)
_NULL_POSITION = (
    "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
    "Member must not be null."
)


def source_kind(request: Mapping[str, Any]) -> str:
    """Return what a create request's source is; raises for what is none."""
    arn = request.get("EventSourceArn")
    if arn is None:
        if request.get("SelfManagedEventSource") is None:
            raise errors.invalid_parameter("Unrecognized event source.")
        if not request.get("SourceAccessConfigurations"):
            raise errors.invalid_parameter("Required 'sourceAccessConfigurations' parameter is missing.")
        raise errors.not_simulated("A self-managed Apache Kafka event source")
    try:
        service = Arn.parse(arn).service
    except ValueError:
        service = ""
    if service in _UNSERVED:
        raise errors.not_simulated(f"{_UNSERVED[service]} as an event source")
    if service not in {SQS, KINESIS, DYNAMODB}:
        raise errors.invalid_parameter("Unrecognized event source.")
    return service


def check_members(kind: str, request: Mapping[str, Any]) -> None:
    """Raise for members that this kind of source does not know."""
    destinations = request.get("DestinationConfig")
    if destinations is not None and (kind == SQS or destinations.get("OnSuccess")):
        # R: before function and queue are looked at; D: no mapping has a destination for successes
        raise _unsupported("DestinationConfig")
    if kind == SQS and (
        request.get("StartingPosition") is not None or request.get("StartingPositionTimestamp") is not None
    ):
        raise errors.invalid_parameter("StartingPosition is not valid for SQS event sources.")
    for name in STREAM_ONLY if kind == SQS else QUEUE_ONLY:
        if request.get(name) is not None:
            raise _unsupported(name)
    for name in _UNSERVED_MEMBERS:
        if request.get(name):
            raise errors.not_simulated(f"{name} of an event source mapping")


def check_starting_position(kind: str, request: Mapping[str, Any]) -> None:
    """Raise for a stream without a place to start from, or one that it does not have."""
    if kind not in STREAMS:
        return
    position = request.get("StartingPosition")
    if position is None:
        raise errors.invalid_parameter(_NULL_POSITION)
    if position == "AT_TIMESTAMP":
        if kind == DYNAMODB:
            raise errors.invalid_parameter(
                f"Unsupported starting position for arn type: {request['EventSourceArn']}"
            )
        if request.get("StartingPositionTimestamp") is None:
            raise errors.invalid_parameter("Need to specify a timestamp")


def check_values(kind: str, members: Mapping[str, Any], queue: QueueSource | None) -> None:
    """Raise for values that do not go together."""
    size, window = members["BatchSize"], members["MaximumBatchingWindowInSeconds"]
    if queue is not None and queue.is_fifo:
        if window:
            raise errors.invalid_parameter("Batching window is not supported for FIFO queues")
        if size > 10:
            raise errors.invalid_parameter("Batch size can not be greater than 10 for FIFO queues")
    if kind == SQS and size > 10 and not window:
        raise errors.invalid_parameter(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )
    if -1 < members.get("MaximumRecordAgeInSeconds", -1) < 60:
        raise errors.invalid_parameter(
            "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)"
        )
    if members.get("ScalingConfig") and members.get("ProvisionedPollerConfig"):
        raise errors.invalid_parameter(
            "MaximumConcurrency and ProvisionedPollerConfig can not be set at the same time."
        )
    _check_pollers(members.get("ProvisionedPollerConfig"))
    _check_destination(members)
    _check_filters(members)


def check_timeout(queue: QueueSource | None, timeout_s: int) -> None:
    """Raise for a queue that would show messages again while the function may still be at them."""
    if queue is not None and queue.visibility_timeout_ms < timeout_s * 1000:
        raise errors.invalid_parameter(
            f"Queue visibility timeout: {queue.visibility_timeout_ms // 1000} seconds is less than Function "
            "timeout: "
            f"{timeout_s} seconds"
        )


def missing_source(kind: str, arn: str) -> AwsError:
    if kind == SQS:
        return errors.invalid_parameter(
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
            "SQS Error Message: The specified queue does not exist."
        )
    return errors.invalid_parameter(f"Stream not found: {arn}")


def duplicate(kind: str, existing: SourceMapping) -> AwsError:
    arn, name, uuid = existing.source_arn, existing.function_name, existing.mapping_id
    advice = f"Please update or delete the existing mapping with UUID {uuid}"
    if kind == SQS:
        return errors.conflict(
            f'An event source mapping with SQS arn (" {arn} ") and function (" {name} ") already exists. '
            f"{advice}"
        )
    return errors.conflict(
        f'The event source arn (" {arn} ") and function (" {name} ") provided mapping already exists. '
        f"{advice}"
    )


def _unsupported(name: str) -> AwsError:
    return errors.invalid_parameter(f"Unsupported {name} parameter for given event source mapping type.")


def _check_filters(members: Mapping[str, Any]) -> None:
    filters = (members.get("FilterCriteria") or {}).get("Filters", ())
    if len(filters) > FILTER_LIMIT:
        raise errors.invalid_parameter(f"Maximum number of filters allowed is {FILTER_LIMIT}.")
    if not all(_compiles(one.get("Pattern", "")) for one in filters):
        raise errors.invalid_parameter("Invalid filter pattern definition.")


def _compiles(text: str) -> bool:
    try:
        compile_pattern(text)
    except InvalidPattern:
        return False
    return True


def _check_pollers(config: Mapping[str, Any] | None) -> None:
    if not config:
        return
    if config.get("PollerGroupName"):
        raise errors.not_simulated("PollerGroupName")
    least, most = config.get("MinimumPollers", 2), config.get("MaximumPollers", 200)
    if least < 2 or most < least:
        raise errors.invalid_parameter(
            "MinimumPollers must be at least 2 and not greater than MaximumPollers for SQS event sources."
        )


def _check_destination(members: Mapping[str, Any]) -> None:
    arn = (members.get("DestinationConfig") or {}).get("OnFailure", {}).get("Destination")
    if not arn:
        return
    try:
        service = Arn.parse(arn).service
    except ValueError:
        service = ""
    if service not in {"sqs", "sns", "s3"}:
        raise errors.invalid_parameter(
            "The provided destination config DestinationConfig(onSuccess=null, "
            f"onFailure=OnFailure(destination={arn})) is invalid."
        )
