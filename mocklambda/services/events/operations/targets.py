"""Targets of rules."""

from __future__ import annotations

from typing import Any

from mocklambda.services.events import errors
from mocklambda.services.events.operations.finding import Events, find_rule, page
from mocklambda.services.events.rule import MAX_TARGETS
from mocklambda.services.events.target import Target, checked
from mocklambda.services.service import Request, Result, operation


@operation("PutTargets")
def put_targets(ctx: Events, request: Request) -> Result:
    _, _, rule = find_rule(ctx, request, "PutTargets", "Rule")
    targets = {given["Id"]: checked(given) for given in request["Targets"]}
    if len(rule.targets.keys() | targets.keys()) > MAX_TARGETS:
        raise errors.limit_exceeded()
    rule.targets.update(targets)
    return {"FailedEntryCount": 0, "FailedEntries": []}


@operation("RemoveTargets")
def remove_targets(ctx: Events, request: Request) -> Result:
    _, _, rule = find_rule(ctx, request, "RemoveTargets", "Rule")
    for target_id in request["Ids"]:
        rule.targets.pop(target_id, None)
    return {"FailedEntryCount": 0, "FailedEntries": []}


@operation("ListTargetsByRule")
def list_targets_by_rule(ctx: Events, request: Request) -> Result:
    _, _, rule = find_rule(ctx, request, "ListTargetsByRule", "Rule")
    return page(request, "Targets", rule.targets, _shown)


def _shown(target: Target) -> dict[str, Any]:
    return dict(target.given)
