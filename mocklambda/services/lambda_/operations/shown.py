"""Versions of functions as replies show them: what their key of one's own conceals is left out."""

from __future__ import annotations

from mocklambda.services.lambda_ import replies
from mocklambda.services.lambda_.function import Function, Version
from mocklambda.services.lambda_.key_use import concealed
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.service import Result


def configuration(
    state: Lambda, function: Function, version: Version, arn: str | None = None, *, is_listed: bool = False
) -> Result:
    """Return a version's configuration; by its own ARN, unless it was asked for by another."""
    return replies.configuration(
        version,
        name=function.name,
        arn=arn or state.arn(function.name, version.number),
        region=state.scope.region,
        is_listed=is_listed,
        concealed=concealed(state, version),
    )
