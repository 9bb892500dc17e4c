"""No field is accepted and ignored: code names each member of each request, or it is said here why not."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mocklambda.services import SERVICES
from mocklambda.wire.models import service_model

ROOT = Path(importlib.import_module("mocklambda.services").__file__).parent
PARTS = ("Checksum" + name for name in ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"))
UNNAMED = {
    "lambda": {
        "FileSystemConfigs",  # what follows is inside of what is refused as a whole
        "SelfManagedEventSource",
        "SelfManagedKafkaEventSourceConfig",
        "AmazonManagedKafkaEventSourceConfig",
        "DocumentDBEventSourceConfig",
        "SourceAccessConfigurations",
        "MetricsConfig",
        "PropagateTags.ExplicitTags",
        "TelemetryConfig",
        "CapacityProviderScalingConfig.ScalingPolicies",
        "RuntimeConfig",
        "AcceleratorConfig",
    },
    "application-autoscaling": {
        "RoleARN",  # plays no part for Lambda
        "StepScalingPolicyConfiguration",  # refused by the policy's type, as is the next
        "PredictiveScalingPolicyConfiguration",
        "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification",
    },
    "sqs": set(),
    "s3": {
        *PARTS,  # named as a prefix and an algorithm
        "MultipartUpload",  # likewise, in its parts
        "RestoreRequest.SelectParameters",  # refused as a whole, as are the next five
        "RestoreRequest.OutputLocation",
        "CreateBucketConfiguration.Bucket",
        "ServerSideEncryptionConfiguration.Rules.BlockedEncryptionTypes",
        "AccessControlPolicy.Grants.Grantee.EmailAddress",
        "BucketLoggingStatus.LoggingEnabled.TargetGrants.Grantee.EmailAddress",
        "BucketLoggingStatus.LoggingEnabled.TargetObjectKeyFormat",  # one of the two forms is refused
        "RestoreRequest.Description",  # of a job, and there is none without SELECT
    },
    "kinesis": {"ScalingType"},  # has one value
    "dynamodbstreams": {"ShardFilter.Type"},  # likewise
    "sns": {"ReturnSubscriptionArn"},  # of subscriptions that wait to be confirmed: queues and functions do not
    "events": {
        "Force",  # of rules that AWS manages
        "LogConfig.IncludeDetail",  # refused but for OFF
        *(f"Targets.{kind}Parameters" for kind in (
            "RunCommand", "Ecs", "Batch", "Http", "RedshiftData", "SageMakerPipeline", "AppSync",
        )),  # targets have a list of what they take
    },
    "scheduler": {
        f"Target.{kind}Parameters"
        for kind in ("Ecs", "EventBridgePutEventsV2", "EventBridgePutRawEvents", "SageMakerPipeline")
    },
}  # fmt: skip


def members(shape: Any, around: frozenset[str], path: str = "") -> Iterator[str]:
    if shape is None or shape.name in around:
        return
    around |= {shape.name}
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield path + name
            yield from members(member, around, f"{path}{name}.")
    elif shape.type_name == "list":
        yield from members(shape.member, around, path)
    elif shape.type_name == "map":
        yield from members(shape.value, around, path)


def is_excused(path: str, excuses: set[str]) -> bool:
    return any(path == excuse or path.startswith(f"{excuse}.") for excuse in excuses)


@pytest.mark.parametrize("service", SERVICES)
def test_code_names_each_member_that_a_request_can_have(service):
    folder = SERVICES[service]
    code = "".join(path.read_text() for path in [*(ROOT / folder).rglob("*.py"), *ROOT.glob("*.py")])
    model = service_model(service)
    unnamed = {
        f"{operation}: {path}"
        for operation in importlib.import_module(f"mocklambda.services.{folder}").SERVICE.operations
        for path in members(model.operation_model(operation).input_shape, frozenset())
        if f'"{path.rpartition(".")[2]}"' not in code and not is_excused(path, UNNAMED[service])
    }

    assert unnamed == set()
