"""Which layer versions a function may use, and what AWS refuses about them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.policy import Caller
from mocklambda.services.lambda_.settings import LayerUse

if TYPE_CHECKING:
    from mocklambda.services.lambda_.layer import LayerVersion
    from mocklambda.services.lambda_.state import Lambda

LIMIT = 5
_ARN = re.compile(
    r"arn:[^:]+:lambda:(?P<region>[^:]*):(?P<account>\d*):layer:(?P<name>[^:]+):(?P<number>\d+)"
)


def resolve_layers(state: Lambda, arns: Sequence[str] | None) -> tuple[LayerUse, ...] | None:
    """Return the layers that a request lists, None when it lists none; raises AWS's refusals."""
    if arns is None:
        return None
    if len(arns) > LIMIT:
        raise errors.invalid_parameter(f"Cannot reference more than {LIMIT} layers.")
    _check_regions(state, arns)
    _check_versions(arns)
    return tuple(_use(state, arn) for arn in arns)


def find_version(state: Lambda, arn: str) -> LayerVersion | None:
    """Return the layer version under an ARN, in whatever account it is."""
    found = _ARN.fullmatch(arn)
    if found is None or found["region"] != state.scope.region:
        return None
    owner = (
        state
        if found["account"] == state.scope.account
        else state.scope.peer(found["account"], found["region"])
    )
    layer = owner.layers.get(found["name"])
    return None if layer is None else layer.versions.get(int(found["number"]))


def may_read(state: Lambda, arn: str, version: LayerVersion | None) -> bool:
    """Whether this account may use a layer version: its own, or one whose policy lets it."""
    if arn.split(":")[4] == state.scope.account:
        return True
    return (
        version is not None
        and version.policy is not None
        and version.policy.allows("lambda:GetLayerVersion", Caller(account=state.scope.account))
    )


def _use(state: Lambda, arn: str) -> LayerUse:
    version = find_version(state, arn)
    if not may_read(state, arn, version):
        who = f"arn:aws:iam::{state.scope.account}:root"
        raise errors.not_authorized(who, "GetLayerVersion", arn)
    if version is None:
        raise errors.invalid_parameter(f"Layer version {arn} does not exist.")
    assert version.package.code is not None
    return LayerUse(arn=arn, size=version.package.size, code=version.package.code)


def _check_regions(state: Lambda, arns: Sequence[str]) -> None:
    region = state.scope.region
    if any((found := _ARN.fullmatch(arn)) is not None and found["region"] != region for arn in arns):
        raise errors.invalid_parameter(
            "Layers are not in the same region as the function. Layers are expected to be in region "
            f"{region}."
        )


def _check_versions(arns: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for arn in arns:
        layer = arn.rpartition(":")[0]
        if layer in seen:
            raise errors.invalid_parameter(
                "Two different versions of the same layer are not allowed to be referenced in the same "
                "function. "
                f"{seen[layer]} and {arn} are versions of the same layer."
            )
        seen[layer] = arn
