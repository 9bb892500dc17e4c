"""Application Auto Scaling's API operations, by name."""

from __future__ import annotations

from mocklambda.services.autoscaling.operations import actions, activities, policies, tags, targets
from mocklambda.services.service import operation_table

OPERATIONS = {
    name: function
    for module in (targets, policies, actions, activities, tags)
    for name, function in operation_table(vars(module)).items()
}
