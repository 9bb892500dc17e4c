"""What roles were refused, for whoever reads a failed test's report: who, what, and which statement would allow it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mocklambda.iam.asker import Asker
from mocklambda.iam.rights import Right
from mocklambda.iam.roles import Document
from mocklambda.services.policies import listed

LIMIT = 1000
"""How many are kept; the newest tell most."""


class Denials:
    """Each denial once, in the order in which they first came."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, Right], str] = {}

    def note(
        self,
        asker: Asker,
        right: Right,
        why: str,
        policies: Sequence[Document],
        context: Mapping[str, Any],
    ) -> None:
        """Keep what was refused."""
        if (asker.arn, right) in self._lines:
            return
        who = f"{asker.session} (role {asker.role_arn.rpartition('/')[2]}) may not {right.action} on {right.resource}"
        self._lines[asker.arn, right] = (
            f"{who} {why.format(action=right.action)}{_hint(right, why, policies, context)}"
        )

        while len(self._lines) > LIMIT:
            del self._lines[next(iter(self._lines))]

    def lines(self) -> list[str]:
        """List them, one line each."""
        return list(self._lines.values())


def _hint(right: Right, why: str, policies: Sequence[Document], context: Mapping[str, Any]) -> str:
    if "explicit deny" in why:
        return ""
    if "resource-based" in why:
        return "; its own policy must let the role in, or the role's account"
    statement = {"Effect": "Allow", "Action": right.action, "Resource": right.resource}
    unknown = sorted(set(_asked_keys(policies)) - context.keys())
    said = f"; conditions ask for what is not known of this call: {', '.join(unknown)}" if unknown else ""
    return f"; allowed by {json.dumps(statement)}{said}"


def _asked_keys(policies: Iterable[Document]) -> Iterable[str]:
    for policy in policies:
        for statement in listed(json.loads(policy.text).get("Statement")):
            for pairs in (statement.get("Condition") or {}).values():
                yield from (key.lower() for key in pairs)
