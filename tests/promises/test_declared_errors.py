"""Each error that an operation of durable executions and of managed instances declares can be met by a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from botocore import xform_name
from control_plane_causes import CONFLICT, INVALID, MISSING, MODEL, NEVER
from control_plane_support import LATER_FAMILIES
from lambda_support import ROLE, client, create, refused, zipped

from mocklambda import mock_lambda

pytestmark = pytest.mark.usefixtures("standing")

PROVIDER = "arn:aws:lambda:us-east-1:123456789012:capacity-provider:"
CLOSED = "CallbackTimeoutException"
ASK = """
import boto3

client = boto3.client("lambda")

def handler(event, context):
    if len(event["InitialExecutionState"]["Operations"]) == 1:
        client.checkpoint_durable_execution(
            DurableExecutionArn=event["DurableExecutionArn"],
            CheckpointToken=event["CheckpointToken"],
            Updates=[{"Id": "ask", "Type": "CALLBACK", "Action": "START"}],
        )
    return {"Status": "PENDING"}
"""


class World(NamedTuple):
    """A durable execution that goes on and one that was stopped, and their callbacks."""

    running: str
    stopped: str
    open: str
    closed: str


def callback(lam: Any, arn: str) -> str:
    events = lam.get_durable_execution_history(DurableExecutionArn=arn)["Events"]
    (found,) = (one for one in events if one["EventType"] == "CallbackStarted")
    return found["CallbackStartedDetails"]["CallbackId"]


def provider(lam: Any, name: str) -> None:
    lam.create_capacity_provider(
        CapacityProviderName=name,
        VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        PermissionsConfig={"CapacityProviderOperatorRoleArn": ROLE},
    )


@pytest.fixture(scope="module")
def standing() -> Iterator[tuple[Any, World]]:
    """A world that all tests share: what is refused changes nothing."""
    with mock_lambda() as cloud:
        lam = client()
        create(lam, "plain", Publish=True)
        create(lam, "flow", Code={"ZipFile": zipped(ASK)}, DurableConfig={"ExecutionTimeout": 86400})
        arns = [
            lam.invoke(FunctionName="flow:$LATEST", InvocationType="Event", Payload=b"{}")[
                "DurableExecutionArn"
            ]
            for _ in range(2)
        ]
        running, stopped = arns
        world = World(running, stopped, *(callback(lam, arn) for arn in arns))
        lam.stop_durable_execution(DurableExecutionArn=stopped)
        provider(lam, "used")
        cloud.advance(minutes=1)
        where = {"CapacityProviderArn": f"{PROVIDER}used"}
        create(
            lam,
            "hosted",
            Runtime="python3.13",
            Publish=True,
            CapacityProviderConfig={"LambdaManagedInstancesCapacityProviderConfig": where},
        )
        provider(lam, "new")
        yield lam, world


Members = Callable[[World], dict[str, Any]]


def same(**members: Any) -> Members:
    return lambda world: members


def of(**members: Any) -> Members:
    """Name the execution that goes on."""
    return lambda world: {"DurableExecutionArn": world.running, **members}


def no_execution(world: World) -> dict[str, Any]:
    return {"DurableExecutionArn": world.running[:-4] + "0000"}


def stopped(world: World) -> dict[str, Any]:
    return {"DurableExecutionArn": world.stopped}


def no_callback(world: World) -> dict[str, Any]:
    return {"CallbackId": world.open[:-8] + "AAAAAAA="}


def closed(world: World) -> dict[str, Any]:
    return {"CallbackId": world.closed}


A_MARKER = {"Marker": "???"}
TOKEN = "AAAA"
NOBODY = same(CapacityProviderName="nobody")
SCALE = {"FunctionScalingConfig": {"MinExecutionEnvironments": 2, "MaxExecutionEnvironments": 1}}
CREATION = {
    "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    "PermissionsConfig": {"CapacityProviderOperatorRoleArn": ROLE},
}
CAUSES: dict[str, dict[str, Members]] = {
    "CheckpointDurableExecution": {INVALID: of(CheckpointToken=TOKEN)},
    "CreateCapacityProvider": {
        INVALID: same(CapacityProviderName="cp", Tags={str(n): "v" for n in range(51)}, **CREATION),
        CONFLICT: same(CapacityProviderName="used", **CREATION),
    },
    "DeleteCapacityProvider": {CONFLICT: same(CapacityProviderName="used"), MISSING: NOBODY},
    "DeleteDurableExecution": {CONFLICT: of(), MISSING: no_execution},
    "GetCapacityProvider": {MISSING: NOBODY},
    "GetDurableExecution": {MISSING: no_execution},
    "GetDurableExecutionHistory": {INVALID: of(**A_MARKER), MISSING: no_execution},
    "GetDurableExecutionState": {INVALID: of(CheckpointToken=TOKEN)},
    "GetFunctionScalingConfig": {
        INVALID: same(FunctionName="plain", Qualifier="1"),
        MISSING: same(FunctionName="nobody", Qualifier="1"),
    },
    "ListCapacityProviders": {INVALID: same(**A_MARKER)},
    "ListDurableExecutionsByFunction": {
        INVALID: same(FunctionName="flow", **A_MARKER),
        MISSING: same(FunctionName="nobody"),
    },
    "ListFunctionVersionsByCapacityProvider": {
        INVALID: same(CapacityProviderName="used", **A_MARKER),
        MISSING: NOBODY,
    },
    "PauseDurableExecution": {CONFLICT: stopped, MISSING: no_execution},
    "PutFunctionScalingConfig": {
        INVALID: same(FunctionName="hosted", Qualifier="1", **SCALE),
        MISSING: same(FunctionName="nobody", Qualifier="1", **SCALE),
    },
    "ResumeDurableExecution": {CONFLICT: of(), MISSING: no_execution},
    "SendDurableExecutionCallbackFailure": {MISSING: no_callback, CLOSED: closed},
    "SendDurableExecutionCallbackHeartbeat": {MISSING: no_callback, CLOSED: closed},
    "SendDurableExecutionCallbackSuccess": {
        INVALID: lambda world: {"CallbackId": world.open, "Result": b"\xff"},
        MISSING: no_callback,
        CLOSED: closed,
    },
    "StopDurableExecution": {MISSING: no_execution},
    "UpdateCapacityProvider": {
        INVALID: same(CapacityProviderName="used", CapacityProviderScalingConfig={"ScalingMode": "Manual"}),
        CONFLICT: same(CapacityProviderName="new"),
        MISSING: NOBODY,
    },
}
UNCAUSED = {
    # nothing that the model lets through is known to be refused
    INVALID: "DeleteCapacityProvider DeleteDurableExecution GetCapacityProvider GetDurableExecution "
    "PauseDurableExecution ResumeDurableExecution SendDurableExecutionCallbackFailure "
    "SendDurableExecutionCallbackHeartbeat StopDurableExecution",
    # scaling anew takes the place of scaling that is under way
    CONFLICT: "PutFunctionScalingConfig",
}


@pytest.mark.parametrize(
    ("operation", "code", "members"),
    [(name, code, one) for name, more in CAUSES.items() for code, one in more.items()],
)
def test_each_declared_error_is_answered_and_nothing_has_changed(
    standing: tuple[Any, World], operation: str, code: str, members: Members
) -> None:
    lam, world = standing
    before = seen(lam)
    assert refused(getattr(lam, xform_name(operation)), **members(world))[1] == code
    assert seen(lam) == before


def seen(lam: Any) -> Any:
    """What a refused call may not change."""
    executions = lam.list_durable_executions_by_function(FunctionName="flow")["DurableExecutions"]
    return (
        executions,
        [
            len(lam.get_durable_execution_history(DurableExecutionArn=one["DurableExecutionArn"])["Events"])
            for one in executions
        ],
        lam.list_capacity_providers()["CapacityProviders"],
        lam.get_function_scaling_config(FunctionName="hosted", Qualifier="1")[
            "RequestedFunctionScalingConfig"
        ],
    )


def test_no_declared_error_that_can_be_caused_is_left_out() -> None:
    names = [name for name in MODEL.operation_names if LATER_FAMILIES.search(name)]
    declared = {(name, error.name) for name in names for error in MODEL.operation_model(name).error_shapes}
    caused = {(name, code) for name, more in CAUSES.items() for code in more}
    uncaused = {(name, code) for code, text in UNCAUSED.items() for name in text.split()}
    assert {one for one in declared if one[1] not in NEVER} == caused | uncaused
    assert caused & uncaused == set()
