"""An event bus: its rules and its policy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.services.events import errors
from mocklambda.services.events.event import dumps
from mocklambda.services.events.rule import Rule
from mocklambda.services.policies import Question, allows

DEFAULT = "default"


@dataclass(slots=True, kw_only=True)
class Bus:
    """One event bus."""

    name: str
    arn: str
    account: str
    created_at: Millis
    modified_at: Millis
    settings: dict[str, Any] = field(default_factory=dict)
    """Description and the like, under AWS's names."""
    policy: str | None = None
    rules: dict[str, Rule] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        """Return the bus as it is described."""
        policy = {} if self.policy is None else {"Policy": self.policy}
        times = {"CreationTime": self.created_at, "LastModifiedTime": self.modified_at}
        return {"Name": self.name, "Arn": self.arn, **self.settings, **policy, **times}

    def rule(self, name: str) -> Rule:
        """Return a rule; raises what EventBridge says to an unknown one."""
        rule = self.rules.get(name)
        if rule is None:
            raise errors.rule_not_found(name, self.name)
        return rule

    def lets_account(self, account: str, action: str = "PutEvents") -> bool:
        """Whether an account may put events: its own, or one that the policy names."""
        question = Question(principal=account, action=f"events:{action}", resource=self.arn)
        return account == self.account or allows(self.policy, question)

    def permit(
        self, statement_id: str, action: str, principal: str, condition: Mapping[str, str] | None
    ) -> None:
        """Put a statement into the policy, in place of that with the same id."""
        who: Any = principal if principal == "*" else {"AWS": f"arn:aws:iam::{principal}:root"}
        statement: dict[str, Any] = {
            "Sid": statement_id,
            "Effect": "Allow",
            "Principal": who,
            "Action": action,
            "Resource": self.arn,
        }
        if condition is not None:
            statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
        statements = self._statements()
        ids = [entry.get("Sid") for entry in statements]
        if statement_id in ids:
            statements[ids.index(statement_id)] = statement
        else:
            statements.append(statement)
        self._write(statements)

    def forbid(self, statement_id: str) -> None:
        """Take a statement out of the policy."""
        statements = self._statements()
        kept = [entry for entry in statements if entry.get("Sid") != statement_id]
        if len(kept) == len(statements):
            raise errors.statement_not_found()
        self._write(kept)

    def _statements(self) -> list[dict[str, Any]]:
        return [] if self.policy is None else list(json.loads(self.policy)["Statement"])

    def _write(self, statements: list[dict[str, Any]]) -> None:
        self.policy = dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None
