"""What decides where a function runs acts, at creation and by an update: instances, durable terms, architectures."""

from __future__ import annotations

import json
import platform
from datetime import timedelta
from typing import Any

import boto3
import pytest
from lambda_support import ROLE, client, create, refused, zipped

PROVIDER = "arn:aws:lambda:us-east-1:123456789012:capacity-provider:"
KEY = "arn:aws:kms:us-east-1:123456789012:key/6e551f00-8a97-4e3b-b620-1a59080bd1be"
REGION = {"region_name": "us-east-1"}
MEMBER = "LambdaManagedInstancesCapacityProviderConfig"
TELL = "import os\n\ndef handler(event, context):\n    return os.environ['AWS_LAMBDA_MAX_CONCURRENCY']\n"
MACHINE = "import platform\n\ndef handler(event, context):\n    return platform.machine()\n"


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    return client()


def provider(lam: Any, name: str = "cp", **members: Any) -> None:
    wanted = {
        "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        "PermissionsConfig": {"CapacityProviderOperatorRoleArn": ROLE},
        "CapacityProviderScalingConfig": {"MaxVCpuCount": 8},
    }
    lam.create_capacity_provider(CapacityProviderName=name, **(wanted | members))


# -- managed instances -----------------------------------------------------------------------------------


def max_concurrency(cloud: Any, lam: Any) -> str:
    number = lam.publish_version(FunctionName="fn")["Version"]
    cloud.advance(minutes=1)
    return json.loads(lam.invoke(FunctionName="fn", Qualifier=number)["Payload"].read())


def room(cloud: Any, lam: Any) -> int:
    number = lam.publish_version(FunctionName="fn")["Version"]
    cloud.advance(minutes=1)
    found = lam.get_function_scaling_config(FunctionName="fn", Qualifier=number)
    return found["AppliedFunctionScalingConfig"]["MaxExecutionEnvironments"]


def others_versions(cloud: Any, lam: Any) -> int:
    found = lam.list_function_versions_by_capacity_provider(CapacityProviderName="other")
    return len(found["FunctionVersions"])


@pytest.mark.parametrize(
    ("sent", "see", "before", "after"),
    [
        pytest.param({"CapacityProviderArn": f"{PROVIDER}other"}, others_versions, 0, 1, id="provider"),
        pytest.param(
            {"PerExecutionEnvironmentMaxConcurrency": 5}, max_concurrency, "32", "5", id="concurrency"
        ),
        pytest.param({"ExecutionEnvironmentMemoryGiBPerVCpu": 4.0}, room, 4, 8, id="memory"),
    ],
)
@pytest.mark.parametrize("way", ["create", "update"])
def test_how_a_function_uses_its_instances_acts(
    mock_lambda: Any, lam: Any, way: str, sent: dict[str, Any], see: Any, before: Any, after: Any
) -> None:
    for name in ("cp", "other"):
        provider(lam, name)
    mock_lambda.advance(minutes=1)
    usual = {"CapacityProviderArn": f"{PROVIDER}cp"}
    config = usual | sent if way == "create" else usual
    create(
        lam,
        Runtime="python3.13",
        MemorySize=4096,
        Code={"ZipFile": zipped(TELL)},
        CapacityProviderConfig={MEMBER: config},
    )
    if way == "update":
        assert see(mock_lambda, lam) == before
        lam.update_function_configuration(FunctionName="fn", CapacityProviderConfig={MEMBER: usual | sent})
    assert see(mock_lambda, lam) == after


REFUSED_OF_PROVIDERS: dict[str, dict[str, Any]] = {
    "ScalingMode": {"CapacityProviderScalingConfig": {"ScalingMode": "Manual"}},
    "ScalingPolicies": {
        "CapacityProviderScalingConfig": {
            "ScalingPolicies": [
                {"PredefinedMetricType": "LambdaCapacityProviderAverageCPUUtilization", "TargetValue": 50.0}
            ]
        }
    },
    "PropagateTags": {"PropagateTags": {"Mode": "Explicit", "ExplicitTags": {"a": "b"}}},
    "TelemetryConfig": {"TelemetryConfig": {"LoggingConfig": {"SystemLogLevel": "DEBUG"}}},
}


@pytest.mark.parametrize("sent", REFUSED_OF_PROVIDERS.values(), ids=REFUSED_OF_PROVIDERS)
@pytest.mark.parametrize("way", ["create", "update"])
def test_what_would_act_on_instances_is_refused(
    mock_lambda: Any, lam: Any, way: str, sent: dict[str, Any]
) -> None:
    if way == "create":
        found = refused(lambda: provider(lam, **sent))
    else:
        provider(lam)
        mock_lambda.advance(minutes=1)
        before = lam.list_capacity_providers()["CapacityProviders"]
        found = refused(lam.update_capacity_provider, CapacityProviderName="cp", **sent)
        assert lam.list_capacity_providers()["CapacityProviders"] == before
    assert found[:2] == (400, "InvalidParameterValueException")
    assert found[2].endswith("is not simulated by mocklambda, and is not stored without effect.")


def test_a_provider_of_another_architecture_runs_nothing_of_this_one(mock_lambda: Any, lam: Any) -> None:
    provider(lam, InstanceRequirements={"Architectures": ["arm64"]})
    mock_lambda.advance(minutes=1)
    config = {"CapacityProviderConfig": {MEMBER: {"CapacityProviderArn": f"{PROVIDER}cp"}}}
    assert refused(lambda: create(lam, Runtime="python3.13", **config))[:2] == (
        400,
        "InvalidParameterValueException",
    )
    create(lam, Runtime="python3.13", Architectures=["arm64"], **config)


def test_a_providers_key_must_be_there_once_kms_was_asked(mock_lambda: Any, lam: Any) -> None:
    pytest.importorskip("moto")
    provider(lam, "before", KmsKeyArn=KEY)
    boto3.client("kms", **REGION).list_keys()
    assert refused(lambda: provider(lam, KmsKeyArn=f"{KEY[:-1]}f"))[0] == 400
    assert [one["CapacityProviderArn"] for one in lam.list_capacity_providers()["CapacityProviders"]] == [
        f"{PROVIDER}before"
    ]


# -- durable functions -----------------------------------------------------------------------------------

NAP = """
import boto3

client = boto3.client("lambda")

def handler(event, context):
    if any(one["Type"] == "WAIT" for one in event["InitialExecutionState"]["Operations"]):
        return {"Status": "SUCCEEDED", "Result": "null"}
    wait = {"Id": "nap", "Type": "WAIT", "Action": "START", "WaitOptions": {"WaitSeconds": 60}}
    client.checkpoint_durable_execution(
        DurableExecutionArn=event["DurableExecutionArn"], CheckpointToken=event["CheckpointToken"], Updates=[wait]
    )
    return {"Status": "PENDING"}
"""


def started(lam: Any) -> str:
    answer = lam.invoke(FunctionName="fn:$LATEST", InvocationType="Event", Payload=b"{}")
    return answer["DurableExecutionArn"]


def ends_as(cloud: Any, lam: Any) -> str:
    arn = started(lam)
    cloud.advance(minutes=2)
    return lam.get_durable_execution(DurableExecutionArn=arn)["Status"]


def is_kept_for_two_days(cloud: Any, lam: Any) -> bool:
    arn = started(lam)
    cloud.advance(timedelta(days=2))
    found = lam.list_durable_executions_by_function(FunctionName="fn")["DurableExecutions"]
    return arn in {one["DurableExecutionArn"] for one in found}


@pytest.mark.parametrize(
    ("sent", "see", "before", "after"),
    [
        pytest.param({"ExecutionTimeout": 30}, ends_as, "SUCCEEDED", "TIMED_OUT", id="timeout"),
        pytest.param({"RetentionPeriodInDays": 1}, is_kept_for_two_days, True, False, id="retention"),
    ],
)
@pytest.mark.parametrize("way", ["create", "update"])
def test_the_terms_of_durable_executions_act(
    mock_lambda: Any, lam: Any, way: str, sent: dict[str, int], see: Any, before: Any, after: Any
) -> None:
    usual = {"ExecutionTimeout": 600}
    config = usual | sent if way == "create" else usual
    create(lam, Code={"ZipFile": zipped(NAP)}, DurableConfig=config)
    if way == "update":
        assert see(mock_lambda, lam) == before
        lam.update_function_configuration(FunctionName="fn", DurableConfig=sent)
    assert see(mock_lambda, lam) == after


@pytest.mark.parametrize("way", ["create", "update"])
def test_a_durable_functions_key_lets_executions_begin_only_while_it_is_in_service(
    lam: Any, way: str
) -> None:
    pytest.importorskip("moto")
    kms = boto3.client("kms", **REGION)
    key = kms.create_key()["KeyMetadata"]
    sent = {"KMSKeyArn": key["Arn"]}
    usual = {"ExecutionTimeout": 600}
    create(lam, Code={"ZipFile": zipped(NAP)}, DurableConfig=usual | sent if way == "create" else usual)
    if way == "update":
        lam.update_function_configuration(FunctionName="fn", DurableConfig=sent)
    lam.invoke(FunctionName="fn:$LATEST", Payload=b"{}")
    kms.disable_key(KeyId=key["KeyId"])
    found = refused(lam.invoke, FunctionName="fn:$LATEST", Payload=b"{}")
    assert found[1] == "KMSDisabledException"


# -- architectures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["create", "update"])
def test_the_log_names_the_runtime_of_the_architecture(mock_lambda: Any, lam: Any, way: str) -> None:
    sent = {"Architectures": ["arm64"]}
    create(lam, **(sent if way == "create" else {}))
    if way == "update":
        lam.update_function_code(FunctionName="fn", ZipFile=zipped(MACHINE), **sent)
    lam.invoke(FunctionName="fn")
    arn = lam.get_function_configuration(FunctionName="fn")["RuntimeVersionConfig"]["RuntimeVersionArn"]
    create(lam, "other")
    other = lam.get_function_configuration(FunctionName="other")["RuntimeVersionConfig"]["RuntimeVersionArn"]
    (log,) = (ran.logs for ran in mock_lambda.invocations("fn"))
    assert (arn in log, other in log) == (True, False)


@pytest.mark.xfail(strict=True, reason="handlers run on this machine's own processor")
def test_a_handler_runs_on_the_processor_of_its_architecture(lam: Any) -> None:
    other, machine = (
        ("x86_64", "x86_64") if platform.machine() in {"arm64", "aarch64"} else ("arm64", "aarch64")
    )
    create(lam, Code={"ZipFile": zipped(MACHINE)}, Architectures=[other])
    assert json.loads(lam.invoke(FunctionName="fn")["Payload"].read()) == machine
