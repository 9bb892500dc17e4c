"""A world in which every operation of the control plane has something to do, and a request to each that succeeds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import boto3
from botocore import xform_name
from lambda_support import FARN, ROLE, ZIP, create

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
OTHER_QUEUE = "arn:aws:sqs:us-east-1:123456789012:other"
LAYER = "arn:aws:lambda:us-east-1:123456789012:layer:l"
PROFILE = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/p"
LATER_FAMILIES = re.compile("Durable|CapacityProvider|ScalingConfig")
"""Operations that have a world and tests of their own."""


class World(NamedTuple):
    """What ``build`` made that has no name of the test's own choice."""

    mapping: str
    mapping_arn: str
    signing: str
    runtime: str


Members = dict[str, Any]


def build(lam: Any) -> World:
    """Make a function with a version, an alias and one of everything that a function may have."""
    sqs = boto3.client("sqs", region_name="us-east-1")
    for name in ("q", "other"):
        sqs.create_queue(QueueName=name)
    lam.publish_layer_version(LayerName="l", Content={"ZipFile": ZIP})
    lam.add_layer_version_permission(
        LayerName="l",
        VersionNumber=1,
        StatementId="s",
        Action="lambda:GetLayerVersion",
        Principal="*",
    )
    publishers = {"SigningProfileVersionArns": [PROFILE]}
    signing = lam.create_code_signing_config(AllowedPublishers=publishers)["CodeSigningConfig"]
    create(lam, Publish=True, Tags={"k": "v"})
    lam.update_function_configuration(FunctionName="fn", Description="changed since")
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    lam.put_function_code_signing_config(
        FunctionName="fn", CodeSigningConfigArn=signing["CodeSigningConfigArn"]
    )
    lam.create_function_url_config(FunctionName="fn", AuthType="NONE")
    lam.put_function_event_invoke_config(FunctionName="fn", MaximumRetryAttempts=1)
    lam.put_provisioned_concurrency_config(
        FunctionName="fn", Qualifier="1", ProvisionedConcurrentExecutions=1
    )
    lam.add_permission(FunctionName="fn", StatementId="s", Action="lambda:InvokeFunction", Principal="*")
    mapping = lam.create_event_source_mapping(FunctionName="fn", EventSourceArn=QUEUE)
    found = lam.get_function_configuration(FunctionName="fn")
    return World(
        mapping=mapping["UUID"],
        mapping_arn=mapping["EventSourceMappingArn"],
        signing=signing["CodeSigningConfigArn"],
        runtime=found["RuntimeVersionConfig"]["RuntimeVersionArn"],
    )


def _statement(world: World) -> Members:
    return {"StatementId": "new", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}


def _document(resource: str) -> str:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "lambda:*", "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": sid, **statement} for sid in "sx"]})


def _layer(**members: Any) -> Callable[[World], Members]:
    return lambda world: {"LayerName": "l", "VersionNumber": 1, **members}


def _of(**members: Any) -> Callable[[World], Members]:
    return lambda world: {"FunctionName": "fn", **members}


def _with(**members: Any) -> Callable[[World], Members]:
    return lambda world: members


def _signing(**members: Any) -> Callable[[World], Members]:
    return lambda world: {"CodeSigningConfigArn": world.signing, **members}


REQUESTS: dict[str, tuple[int, Callable[[World], Members]]] = {
    "CreateFunction": (
        201,
        _of(
            FunctionName="new",
            Runtime="python3.12",
            Role=ROLE,
            Handler="index.handler",
            Code={"ZipFile": ZIP},
        ),
    ),
    "CreateAlias": (201, _of(Name="new", FunctionVersion="1")),
    "CreateCodeSigningConfig": (
        201,
        _with(AllowedPublishers={"SigningProfileVersionArns": [PROFILE]}),
    ),
    "CreateEventSourceMapping": (202, _of(EventSourceArn=OTHER_QUEUE)),
    "CreateFunctionUrlConfig": (201, _of(Qualifier="live", AuthType="NONE")),
    "AddLayerVersionPermission": (
        201,
        _layer(StatementId="new", Action="lambda:GetLayerVersion", Principal="*"),
    ),
    "AddPermission": (201, lambda world: {"FunctionName": "fn", **_statement(world)}),
    "PublishLayerVersion": (201, _with(LayerName="l", Content={"ZipFile": ZIP})),
    "PublishVersion": (201, _of()),
    "TagResource": (204, _with(Resource=FARN, Tags={"new": "v"})),
    "GetAccountSettings": (200, _with()),
    "GetAlias": (200, _of(Name="live")),
    "GetCodeSigningConfig": (200, _signing()),
    "GetEventSourceMapping": (200, lambda world: {"UUID": world.mapping}),
    "GetFunction": (200, _of()),
    "GetFunctionCodeSigningConfig": (200, _of()),
    "GetFunctionConcurrency": (200, _of()),
    "GetFunctionConfiguration": (200, _of()),
    "GetFunctionEventInvokeConfig": (200, _of()),
    "GetFunctionRecursionConfig": (200, _of()),
    "GetFunctionUrlConfig": (200, _of()),
    "GetLayerVersion": (200, _layer()),
    "GetLayerVersionByArn": (200, _with(Arn=f"{LAYER}:1")),
    "GetLayerVersionPolicy": (200, _layer()),
    "GetPolicy": (200, _of()),
    "GetProvisionedConcurrencyConfig": (200, _of(Qualifier="1")),
    "GetResourcePolicy": (200, _with(ResourceArn=FARN)),
    "GetRuntimeManagementConfig": (200, _of()),
    "Invoke": (200, _of(Payload=b"1")),
    "InvokeAsync": (202, _of(InvokeArgs=b"1")),
    "InvokeWithResponseStream": (200, _of(Payload=b"1")),
    "ListAliases": (200, _of()),
    "ListCodeSigningConfigs": (200, _with()),
    "ListEventSourceMappings": (200, _of()),
    "ListFunctionEventInvokeConfigs": (200, _of()),
    "ListFunctionUrlConfigs": (200, _of()),
    "ListFunctions": (200, _with()),
    "ListFunctionsByCodeSigningConfig": (200, _signing()),
    "ListLayerVersions": (200, _with(LayerName="l")),
    "ListLayers": (200, _with()),
    "ListProvisionedConcurrencyConfigs": (200, _of()),
    "ListTags": (200, _with(Resource=FARN)),
    "ListVersionsByFunction": (200, _of()),
    "PutFunctionCodeSigningConfig": (200, _signing(FunctionName="fn")),
    "PutFunctionConcurrency": (200, _of(ReservedConcurrentExecutions=5)),
    "PutFunctionEventInvokeConfig": (200, _of(MaximumRetryAttempts=0)),
    "PutFunctionRecursionConfig": (200, _of(RecursiveLoop="Allow")),
    "PutProvisionedConcurrencyConfig": (202, _of(Qualifier="1", ProvisionedConcurrentExecutions=2)),
    "PutResourcePolicy": (200, lambda world: {"ResourceArn": FARN, "Policy": _document(FARN)}),
    "PutRuntimeManagementConfig": (
        200,
        lambda world: {
            "FunctionName": "fn",
            "UpdateRuntimeOn": "Manual",
            "RuntimeVersionArn": world.runtime,
        },
    ),
    "UpdateAlias": (200, _of(Name="live", Description="d")),
    "UpdateCodeSigningConfig": (200, _signing(Description="d")),
    "UpdateEventSourceMapping": (202, lambda world: {"UUID": world.mapping, "BatchSize": 5}),
    "UpdateFunctionCode": (200, _of(ZipFile=ZIP)),
    "UpdateFunctionConfiguration": (200, _of(Timeout=4)),
    "UpdateFunctionEventInvokeConfig": (200, _of(MaximumEventAgeInSeconds=60)),
    "UpdateFunctionUrlConfig": (200, _of(AuthType="AWS_IAM")),
    "UntagResource": (204, _with(Resource=FARN, TagKeys=["k"])),
    "RemoveLayerVersionPermission": (204, _layer(StatementId="s")),
    "RemovePermission": (204, _of(StatementId="s")),
    "DeleteEventSourceMapping": (202, lambda world: {"UUID": world.mapping}),
    "DeleteFunctionCodeSigningConfig": (204, _of()),
    "DeleteFunctionConcurrency": (204, _of()),
    "DeleteFunctionEventInvokeConfig": (204, _of()),
    "DeleteFunctionUrlConfig": (204, _of()),
    "DeleteProvisionedConcurrencyConfig": (204, _of(Qualifier="1")),
    "DeleteResourcePolicy": (204, _with(ResourceArn=FARN)),
    "DeleteAlias": (204, _of(Name="live")),
    "DeleteLayerVersion": (204, _layer()),
    "DeleteFunction": (204, _of()),
    "DeleteCodeSigningConfig": (204, _signing()),
}
"""Operation → the status of its success, and a request that succeeds; in an order in which all succeed."""


def ask(lam: Any, operation: str, world: World, **instead: Any) -> Any:
    """Send an operation's request with other members in it; a member that is None is left out."""
    members = REQUESTS[operation][1](world) | instead
    sent = {name: value for name, value in members.items() if value is not None}
    return getattr(lam, xform_name(operation))(**sent)
