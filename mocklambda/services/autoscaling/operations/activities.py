"""What was done to capacities, newest first."""

from __future__ import annotations

from typing import Any

from mocklambda.services.autoscaling import errors
from mocklambda.services.autoscaling.operations.locate import LARGEST_PAGE, is_meant, page
from mocklambda.services.autoscaling.state import DIMENSION, NAMESPACE, AutoScaling
from mocklambda.services.autoscaling.target import Activity
from mocklambda.services.service import Context, Request, Result, operation


@operation("DescribeScalingActivities")
def describe_activities(ctx: Context[AutoScaling], request: Request) -> Result:
    if request.get("IncludeNotScaledActivities"):
        raise errors.not_simulated("IncludeNotScaledActivities")
    found = [
        _shown(activity)
        for activity in reversed(ctx.state.activities)
        if is_meant(request, activity.resource_id)
    ]
    return page(request, "ScalingActivities", found, LARGEST_PAGE)


def _shown(activity: Activity) -> dict[str, Any]:
    shown = {
        "ActivityId": activity.activity_id,
        "ServiceNamespace": NAMESPACE,
        "ResourceId": activity.resource_id,
        "ScalableDimension": DIMENSION,
        "Description": activity.description,
        "Cause": activity.cause,
        "StartTime": activity.started_at,
        "StatusCode": activity.status,
        "StatusMessage": activity.message,
    }
    return shown if activity.ended_at is None else {**shown, "EndTime": activity.ended_at}
