"""Capacity providers: where functions on managed instances run. Their instances are not simulated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mocklambda.clock.base import Millis, Timer

CHANGE_MS: Millis = 60_000
"""How long making and deleting one takes: minutes on AWS."""
DEFAULT_VCPUS = 400
PENDING, ACTIVE, DELETING = "Pending", "Active", "Deleting"


@dataclass(slots=True, kw_only=True, eq=False)
class CapacityProvider:
    """One capacity provider."""

    name: str
    arn: str
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]
    role_arn: str
    architecture: str
    kms_key_arn: str | None
    max_vcpus: int
    modified_at: Millis
    state: str = PENDING
    tags: dict[str, str] = field(default_factory=dict)
    timer: Timer | None = None

    def reply(self, modified: str) -> dict[str, Any]:
        """Return it as replies show it."""
        shown: dict[str, Any] = {
            "CapacityProviderArn": self.arn,
            "State": self.state,
            "VpcConfig": {
                "SubnetIds": list(self.subnet_ids),
                "SecurityGroupIds": list(self.security_group_ids),
            },
            "PermissionsConfig": {"CapacityProviderOperatorRoleArn": self.role_arn},
            "InstanceRequirements": {"Architectures": [self.architecture]},
            "CapacityProviderScalingConfig": {"MaxVCpuCount": self.max_vcpus, "ScalingMode": "Auto"},
        }
        if self.kms_key_arn is not None:
            shown["KmsKeyArn"] = self.kms_key_arn
        return {**shown, "LastModified": modified}
