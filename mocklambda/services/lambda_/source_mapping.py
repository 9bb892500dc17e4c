"""An event source mapping as the control plane keeps it: defaults, merging, replies. It polls nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.mapping import MappingState
from mocklambda.execution.poller import MappingSettings

SQS, KINESIS, DYNAMODB = "sqs", "kinesis", "dynamodb"
STREAMS = frozenset({KINESIS, DYNAMODB})
_COMMON: dict[str, Any] = {"MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": []}
_STREAM: dict[str, Any] = {
    "ParallelizationFactor": 1,
    "DestinationConfig": {"OnFailure": {}},
    "MaximumRecordAgeInSeconds": -1,
    "BisectBatchOnFunctionError": False,
    "MaximumRetryAttempts": -1,
    "TumblingWindowInSeconds": 0,
}
DEFAULTS: dict[str, dict[str, Any]] = {
    SQS: {"BatchSize": 10, **_COMMON},
    KINESIS: {"BatchSize": 100, **_COMMON, **_STREAM},
    DYNAMODB: {"BatchSize": 100, **_COMMON, **_STREAM},
}
STREAM_ONLY = (*_STREAM, "StartingPosition", "StartingPositionTimestamp")
QUEUE_ONLY = ("ScalingConfig", "ProvisionedPollerConfig")
_PLAIN = (
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "FunctionResponseTypes",
    "StartingPosition",
    "StartingPositionTimestamp",
    "ParallelizationFactor",
    "MaximumRecordAgeInSeconds",
    "BisectBatchOnFunctionError",
    "MaximumRetryAttempts",
    "TumblingWindowInSeconds",
)
_CLEARABLE = (("FilterCriteria", "Filters"), ("ScalingConfig", "MaximumConcurrency"))


@dataclass(slots=True, kw_only=True, eq=False)
class SourceMapping:
    """One mapping."""

    mapping_id: str
    serial: int
    """In the order of creation."""
    arn: str
    kind: str
    source_arn: str
    function_arn: str
    """As replies show it: it mirrors how the function was named."""
    function_name: str
    members: dict[str, Any]
    """The API's own members, with their defaults filled in."""
    is_enabled: bool
    modified_at: Millis
    tags: dict[str, str] = field(default_factory=dict)
    change: MappingState | None = None
    """What is being done to it until the end of the turn: until then it takes no other change."""

    @property
    def key(self) -> tuple[str, str]:
        """What no two mappings share."""
        return (self.source_arn, self.function_name)

    def settings(self) -> MappingSettings:
        """Return what the core polls by."""
        return to_settings(self.mapping_id, self.source_arn, self.function_arn, self.members)

    def reply(self, state: str, last_result: str) -> dict[str, Any]:
        """Return the mapping as every operation shows it; queues have no last result."""
        reply: dict[str, Any] = {"UUID": self.mapping_id}
        reply |= self.members
        reply |= {
            "EventSourceArn": self.source_arn,
            "FunctionArn": self.function_arn,
            "LastModified": self.modified_at,
            "State": state,
            "StateTransitionReason": "User action" if self.kind in STREAMS else "USER_INITIATED",
            "EventSourceMappingArn": self.arn,
        }
        if self.kind in STREAMS:
            reply["LastProcessingResult"] = last_result
        return reply


def merged(current: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """Return members with what a request sends on top; emptied objects are taken off."""
    members = dict(current)
    for name in _PLAIN:
        if request.get(name) is not None:
            members[name] = request[name]
    for name, inner in _CLEARABLE:
        if name in request:
            members.pop(name, None)
            if request[name].get(inner):
                members[name] = request[name]
    if "ProvisionedPollerConfig" in request:
        members.pop("ProvisionedPollerConfig", None)
        if request["ProvisionedPollerConfig"]:
            members["ProvisionedPollerConfig"] = request["ProvisionedPollerConfig"]
    if request.get("KMSKeyArn") is not None:
        members.pop("KMSKeyArn", None)
        if request["KMSKeyArn"]:
            members["KMSKeyArn"] = request["KMSKeyArn"]
    failure = (request.get("DestinationConfig") or {}).get("OnFailure")
    if failure is not None:
        destination = failure.get("Destination")
        members["DestinationConfig"] = {"OnFailure": {"Destination": destination} if destination else {}}
    return members


def to_settings(
    mapping_id: str, source_arn: str, function_arn: str, members: Mapping[str, Any]
) -> MappingSettings:
    """Translate the API's members into what the core polls by."""
    pollers = members.get("ProvisionedPollerConfig")
    age = members.get("MaximumRecordAgeInSeconds", -1)
    filters = (members.get("FilterCriteria") or {}).get("Filters", ())
    return MappingSettings(
        mapping_id=mapping_id,
        source_arn=source_arn,
        function_arn=function_arn,
        batch_size=members["BatchSize"],
        window_ms=members["MaximumBatchingWindowInSeconds"] * 1000,
        filters=tuple(one.get("Pattern", "") for one in filters),
        reports_failures="ReportBatchItemFailures" in members["FunctionResponseTypes"],
        maximum_concurrency=(members.get("ScalingConfig") or {}).get("MaximumConcurrency"),
        provisioned_pollers=pollers
        and (pollers.get("MinimumPollers", 2), pollers.get("MaximumPollers", 200)),
        starting_position=members.get("StartingPosition", "TRIM_HORIZON"),
        starting_timestamp=members.get("StartingPositionTimestamp"),
        parallelization_factor=members.get("ParallelizationFactor", 1),
        max_retries=members.get("MaximumRetryAttempts", -1),
        max_record_age_ms=age if age < 0 else age * 1000,
        bisects=members.get("BisectBatchOnFunctionError", False),
        tumbling_window_ms=members.get("TumblingWindowInSeconds", 0) * 1000,
        on_failure=on_failure(members),
    )


def on_failure(members: Mapping[str, Any]) -> str | None:
    """Return the ARN that records of what was given up go to."""
    destination: str | None = (members.get("DestinationConfig") or {}).get("OnFailure", {}).get("Destination")
    return destination
