"""Application Auto Scaling of provisioned concurrency, through boto3, on the virtual clock."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from lambda_support import plain, refused
from mapping_support import function

from mocklambda import mock_lambda as started

NEW_YEAR = datetime(2024, 1, 1, tzinfo=timezone.utc)
RESOURCE = "function:fn:live"
WHO = {
    "ServiceNamespace": "lambda",
    "ResourceId": RESOURCE,
    "ScalableDimension": "lambda:function:ProvisionedConcurrency",
}
TRACKING = {
    "TargetValue": 0.7,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "LambdaProvisionedConcurrencyUtilization"},
}
KIND = """
    import os

    def handler(event, context):
        return os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]
"""


@pytest.fixture
def cloud() -> Any:
    with started(clock=NEW_YEAR) as cloud:
        function(KIND, Publish=True)
        boto3.client("lambda").create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
        yield cloud


def scaling() -> Any:
    return boto3.client("application-autoscaling")


def register(low: int = 1, high: int = 5, **members: Any) -> Any:
    return scaling().register_scalable_target(**WHO, MinCapacity=low, MaxCapacity=high, **members)


def provision(cloud: Any, wanted: int) -> None:
    boto3.client("lambda").put_provisioned_concurrency_config(
        FunctionName="fn", Qualifier="live", ProvisionedConcurrentExecutions=wanted
    )
    cloud.advance(minutes=1)


def track(**members: Any) -> Any:
    return scaling().put_scaling_policy(
        **WHO,
        PolicyName="p",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={**TRACKING, **members},
    )


def schedule(text: str, low: int | None = None, high: int | None = None, **members: Any) -> None:
    limits = {"MinCapacity": low, "MaxCapacity": high}
    action = {key: value for key, value in limits.items() if value is not None}
    scaling().put_scheduled_action(
        **WHO, ScheduledActionName="a", Schedule=text, ScalableTargetAction=action, **members
    )


def state() -> tuple[int, int, str] | None:
    """What is requested, what is available, and the status."""
    try:
        found = boto3.client("lambda").get_provisioned_concurrency_config(FunctionName="fn", Qualifier="live")
    except ClientError:
        return None
    return (
        found["RequestedProvisionedConcurrentExecutions"],
        found["AvailableProvisionedConcurrentExecutions"],
        found["Status"],
    )


def requested() -> int:
    found = state()
    return 0 if found is None else found[0]


def invoke_for(cloud: Any, minutes: int) -> list[int]:
    """Invoke once in each of so many minutes, and tell the capacity after each."""
    seen = []
    for _ in range(minutes):
        boto3.client("lambda").invoke(FunctionName="fn", Qualifier="live")
        cloud.advance(minutes=1)
        seen.append(requested())
    return seen


def limits() -> tuple[int, int]:
    [found] = scaling().describe_scalable_targets(ServiceNamespace="lambda")["ScalableTargets"]
    return found["MinCapacity"], found["MaxCapacity"]


def activities() -> list[tuple[str, str, str]]:
    found = scaling().describe_scaling_activities(**WHO)["ScalingActivities"]
    return [(one["Description"], one["Cause"], one["StatusCode"]) for one in found]


# -- scheduled actions -----------------------------------------------------------------------------------


def test_at_its_time_a_scheduled_action_sets_the_limits_and_moves_the_capacity_into_them(cloud) -> None:
    register()
    schedule("at(2024-01-01T08:00:00)", 2, 4)
    cloud.advance(hours=7, minutes=59)
    assert (state(), limits()) == (None, (1, 5))
    cloud.advance(minutes=1)
    assert (state(), limits()) == ((2, 0, "IN_PROGRESS"), (2, 4))
    cloud.advance(minutes=1)
    assert state() == (2, 2, "READY")
    answer = boto3.client("lambda").invoke(FunctionName="fn", Qualifier="live")
    assert json.loads(answer["Payload"].read()) == "provisioned-concurrency"
    assert activities() == [
        ("Setting desired concurrency to 2.", "minimum capacity was set to 2", "Successful"),
        (
            "Setting min capacity to 2 and max capacity to 4",
            "scheduled action name a was triggered",
            "Successful",
        ),
    ]


def test_a_cron_runs_in_its_time_zone(cloud) -> None:
    register()
    schedule("cron(0 8 * * ? *)", 3, 3, Timezone="Europe/Vienna")
    cloud.advance(hours=6, minutes=59)
    assert requested() == 0
    cloud.advance(minutes=1)
    assert requested() == 3


def test_a_rate_runs_from_its_start_to_its_end(cloud) -> None:
    register(0, 5)
    schedule(
        "rate(1 hour)",
        2,
        StartTime=NEW_YEAR + timedelta(hours=2),
        EndTime=NEW_YEAR + timedelta(hours=3, minutes=30),
    )
    cloud.advance(hours=10)
    ran = [one for one in activities() if one[0].startswith("Setting min")]
    assert (requested(), len(ran)) == (2, 2)


def test_a_range_down_to_nothing_takes_the_environments_away(cloud) -> None:
    register()
    provision(cloud, 2)
    schedule("at(2024-01-01T08:00:00)", 0, 0)
    cloud.advance(hours=8)
    assert state() is None
    assert activities()[0] == (
        "Setting desired concurrency to 0.", "maximum capacity was set to 0", "Successful",
    )  # fmt: skip


def test_a_capacity_within_the_new_range_stays(cloud) -> None:
    register()
    provision(cloud, 2)
    schedule("at(2024-01-01T08:00:00)", 1, 3)
    cloud.advance(hours=8)
    assert (requested(), len(activities())) == (2, 1)


def test_suspended_a_scheduled_action_is_passed_over(cloud) -> None:
    register(SuspendedState={"ScheduledScalingSuspended": True})
    schedule("rate(1 day)", 2, 4)
    cloud.advance(days=1)
    assert (requested(), limits()) == (0, (1, 5))
    scaling().register_scalable_target(**WHO, SuspendedState={"ScheduledScalingSuspended": False})
    cloud.advance(days=1)
    assert (requested(), limits()) == (2, (2, 4))


def test_a_deleted_action_does_not_run(cloud) -> None:
    register()
    schedule("rate(1 hour)", 2)
    scaling().delete_scheduled_action(**WHO, ScheduledActionName="a")
    cloud.advance(hours=3)
    assert requested() == 0


def test_a_changed_action_keeps_what_is_not_sent(cloud) -> None:
    register()
    schedule("at(2024-01-01T08:00:00)", 2, 4)
    scaling().put_scheduled_action(**WHO, ScheduledActionName="a", Schedule="at(2024-01-01T09:00:00)")
    [found] = scaling().describe_scheduled_actions(ServiceNamespace="lambda")["ScheduledActions"]
    assert (found["Schedule"], found["ScalableTargetAction"]) == (
        "at(2024-01-01T09:00:00)", {"MinCapacity": 2, "MaxCapacity": 4},
    )  # fmt: skip
    cloud.advance(hours=8)
    assert requested() == 0
    cloud.advance(hours=1)
    assert requested() == 2


def test_what_can_not_be_had_is_told_as_a_failed_activity(cloud) -> None:
    register()
    schedule("at(2024-01-01T08:00:00)", 950, 990)
    cloud.advance(hours=8)
    [found, _] = scaling().describe_scaling_activities(**WHO)["ScalingActivities"]
    assert (found["StatusCode"], state()) == ("Failed", None)
    assert "below its minimum value of [100]" in found["StatusMessage"]


def test_of_a_function_that_is_gone_too(cloud) -> None:
    register()
    schedule("at(2024-01-01T08:00:00)", 2)
    boto3.client("lambda").delete_function(FunctionName="fn")
    cloud.advance(hours=8)
    [found, _] = scaling().describe_scaling_activities(**WHO)["ScalingActivities"]
    assert found["StatusCode"] == "Failed"
    assert (
        "Function not found: arn:aws:lambda:us-east-1:123456789012:function:fn:live" in found["StatusMessage"]
    )


# -- target tracking -------------------------------------------------------------------------------------


def test_three_minutes_above_the_target_scale_out(cloud) -> None:
    register()
    provision(cloud, 1)
    alarm = track()["Alarms"][0]["AlarmName"]
    assert invoke_for(cloud, 3) == [1, 1, 2]
    assert state() == (2, 1, "IN_PROGRESS")
    cause = f"monitor alarm {alarm} in state ALARM triggered policy p"
    assert activities() == [("Setting desired concurrency to 2.", cause, "InProgress")]
    cloud.advance(minutes=1)
    assert state() == (2, 2, "READY")
    assert activities() == [("Setting desired concurrency to 2.", cause, "Successful")]


def test_a_minute_without_traffic_breaks_the_row(cloud) -> None:
    register()
    provision(cloud, 1)
    track()
    assert invoke_for(cloud, 2) == [1, 1]
    cloud.advance(minutes=1)
    assert invoke_for(cloud, 3) == [1, 1, 2]


def test_fifteen_minutes_below_nine_tenths_of_the_target_scale_in(cloud) -> None:
    register()
    provision(cloud, 3)
    track()
    assert invoke_for(cloud, 16) == [3] * 14 + [2, 2]


def test_without_traffic_nothing_scales_in(cloud) -> None:
    register()
    provision(cloud, 3)
    track()
    cloud.advance(hours=2)
    assert (requested(), activities()) == (3, [])


def test_limits_bound_what_an_alarm_asks_for(cloud) -> None:
    register(3, 5)
    provision(cloud, 4)
    track()
    assert invoke_for(cloud, 20)[-1] == 3
    register(1, 1)
    provision(cloud, 1)
    assert invoke_for(cloud, 5) == [1] * 5


@pytest.mark.parametrize("is_by_policy", [True, False])
def test_scaling_in_can_be_switched_off(cloud, is_by_policy: bool) -> None:
    register(SuspendedState={} if is_by_policy else {"DynamicScalingInSuspended": True})
    provision(cloud, 3)
    track(**({"DisableScaleIn": True} if is_by_policy else {}))
    assert invoke_for(cloud, 17)[-1] == 3


def test_scaling_out_can_be_suspended(cloud) -> None:
    register(SuspendedState={"DynamicScalingOutSuspended": True})
    provision(cloud, 1)
    track()
    assert invoke_for(cloud, 4)[-1] == 1


def test_the_scale_out_cooldown_is_waited_for(cloud) -> None:
    register()
    provision(cloud, 1)
    track(TargetValue=0.3, ScaleOutCooldown=600)
    assert invoke_for(cloud, 3) == [1, 1, 4]  # 1 / 0.3
    provision(cloud, 1)
    cloud.advance(minutes=1)
    assert invoke_for(cloud, 8)[:7] == [1] * 7
    assert requested() == 4


def test_the_scale_in_cooldown_is_waited_for(cloud) -> None:
    register()
    provision(cloud, 5)
    track(ScaleInCooldown=300)
    assert invoke_for(cloud, 15)[-1] == 2
    provision(cloud, 5)
    assert invoke_for(cloud, 2) == [5, 5]


def test_a_deleted_policy_scales_nothing(cloud) -> None:
    register()
    provision(cloud, 1)
    track()
    invoke_for(cloud, 2)
    scaling().delete_scaling_policy(**WHO, PolicyName="p")
    assert invoke_for(cloud, 3)[-1] == 1
    assert scaling().describe_scaling_policies(ServiceNamespace="lambda")["ScalingPolicies"] == []


def test_deregistered_nothing_is_scaled_and_what_there_is_stays(cloud) -> None:
    register()
    provision(cloud, 2)
    track()
    schedule("rate(1 hour)", 4)
    scaling().deregister_scalable_target(**WHO)
    cloud.advance(hours=3)
    assert state() == (2, 2, "READY")
    assert scaling().describe_scheduled_actions(ServiceNamespace="lambda")["ScheduledActions"] == []


# -- answers ---------------------------------------------------------------------------------------------


def test_a_registered_target_is_described(cloud) -> None:
    arn = register(Tags={"team": "a"})["ScalableTargetARN"]
    [found] = scaling().describe_scalable_targets(ServiceNamespace="lambda", ResourceIds=[RESOURCE])[
        "ScalableTargets"
    ]
    assert found == {
        **WHO,
        "MinCapacity": 1,
        "MaxCapacity": 5,
        "RoleARN": "arn:aws:iam::123456789012:role/aws-service-role/lambda.application-autoscaling.amazonaws.com/"
        "AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency",
        "CreationTime": NEW_YEAR,
        "SuspendedState": dict.fromkeys(
            ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"), False
        ),
        "ScalableTargetARN": arn,
    }
    scaling().tag_resource(ResourceARN=arn, Tags={"stage": "b"})
    scaling().untag_resource(ResourceARN=arn, TagKeys=["team"])
    assert scaling().list_tags_for_resource(ResourceARN=arn)["Tags"] == {"stage": "b"}


def test_a_policy_has_two_alarms(cloud) -> None:
    register()
    made = plain(track())
    head = "arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:"
    assert made["PolicyARN"].startswith(head)
    assert made["PolicyARN"].endswith(":resource/lambda/function:fn:live:policyName/p")
    high, low = (alarm["AlarmName"] for alarm in made["Alarms"])
    assert high.startswith("TargetTracking-function:fn:live-AlarmHigh-")
    assert low.startswith("TargetTracking-function:fn:live-AlarmLow-")
    [found] = scaling().describe_scaling_policies(ServiceNamespace="lambda", PolicyNames=["p"])[
        "ScalingPolicies"
    ]
    assert (found["PolicyARN"], found["Alarms"]) == (made["PolicyARN"], made["Alarms"])
    assert found["TargetTrackingScalingPolicyConfiguration"] == TRACKING
    assert track()["PolicyARN"] == made["PolicyARN"]


def test_what_is_not_registered_has_no_policies_or_actions(cloud) -> None:
    wanted = (
        400,
        "ObjectNotFoundException",
        (
            "No scalable target registered for service namespace: lambda, resource ID: function:fn:live, "
            "scalable dimension: lambda:function:ProvisionedConcurrency"
        ),
    )
    assert refused(track) == refused(schedule, text="rate(1 hour)", low=1) == wanted
    assert refused(scaling().deregister_scalable_target, **WHO) == wanted


@pytest.mark.parametrize("resource", ["function:fn:$LATEST", "function:fn", "table/t", "function:fn:other"])
def test_only_versions_and_aliases_that_are_there_are_registered(cloud, resource: str) -> None:
    members = {**WHO, "ResourceId": resource, "MinCapacity": 1, "MaxCapacity": 2}
    assert refused(scaling().register_scalable_target, **members)[:2] == (400, "ValidationException")


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("StepScaling", TRACKING),
        ("TargetTrackingScaling", {"TargetValue": 1.0, "CustomizedMetricSpecification": {"MetricName": "m"}}),
        (
            "TargetTrackingScaling",
            {
                **TRACKING,
                "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
            },
        ),
        ("TargetTrackingScaling", {**TRACKING, "TargetValue": 0.0}),
    ],
)
def test_policies_that_would_not_act_are_refused(cloud, kind: str, config: Any) -> None:
    register()
    members = {"PolicyName": "p", "PolicyType": kind, "TargetTrackingScalingPolicyConfiguration": config}
    assert refused(scaling().put_scaling_policy, **WHO, **members)[:2] == (400, "ValidationException")


def test_other_namespaces_are_the_neighbours(cloud) -> None:
    table = {
        "ServiceNamespace": "dynamodb",
        "ResourceId": "table/t",
        "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
    }
    scaling().register_scalable_target(**table, MinCapacity=1, MaxCapacity=2)
    register()
    names = [
        [
            one["ResourceId"]
            for one in scaling().describe_scalable_targets(ServiceNamespace=space)["ScalableTargets"]
        ]
        for space in ("dynamodb", "lambda")
    ]
    assert names == [["table/t"], [RESOURCE]]
