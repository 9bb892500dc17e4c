"""Application Auto Scaling of Lambda's provisioned concurrency; what it scales elsewhere is not ours to answer."""

from __future__ import annotations

import json

from mocklambda.services.autoscaling.operations import OPERATIONS
from mocklambda.services.autoscaling.state import NAMESPACE, AutoScaling
from mocklambda.services.service import Service


def owns(body: bytes) -> bool:
    """Tell whether a request is about Lambda; those that name an ARN in place of a namespace are."""
    try:
        asked = json.loads(body or b"{}")
    except ValueError:
        return False
    return not isinstance(asked, dict) or asked.get("ServiceNamespace", NAMESPACE) == NAMESPACE


SERVICE = Service(
    name="application-autoscaling", operations=OPERATIONS, state=AutoScaling, validates=True, owns=owns
)
