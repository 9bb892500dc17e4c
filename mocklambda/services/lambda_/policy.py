"""Resource policies of functions and layers: their statements, and whom they let in. Knows neither."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mocklambda.services.lambda_ import errors
from mocklambda.services.policies import Question, Verdict, judge_document
from mocklambda.services.service import AwsError

Statement = dict[str, Any]
SIZE_LIMIT = 20_480
_ACCOUNT = re.compile(r"\d{12}")
_PRINCIPAL_ARN = re.compile(r"arn:aws[a-zA-Z-]*:(iam|sts)::\d{12}:.+")
_SERVICE = re.compile(r"[a-zA-Z0-9-.]+\.(amazonaws\.com(\.cn)?|alexa\.com|internal)")
_EQUALS = (
    ("SourceAccount", "AWS:SourceAccount"),
    ("FunctionUrlAuthType", "lambda:FunctionUrlAuthType"),
    ("PrincipalOrgID", "aws:PrincipalOrgID"),
    ("OrganizationId", "aws:PrincipalOrgID"),
    ("EventSourceToken", "lambda:EventSourceToken"),
)


@dataclass(slots=True, eq=False)
class Policy:
    """The statements on one resource, by Sid, in the order in which they came."""

    revision_id: str
    statements: dict[str, Statement] = field(default_factory=dict)

    def add(self, statement: Statement, revision_id: str) -> None:
        """Append a statement; raises when its Sid is there or the policy would become too long."""
        sid = statement["Sid"]
        if sid in self.statements:
            raise errors.statement_exists(sid)
        grown = {**self.statements, sid: statement}
        if len(document(grown)) > SIZE_LIMIT:
            raise AwsError(
                "PolicyLengthExceededException",
                f"The final policy size ({len(document(grown))}) is bigger than the limit ({SIZE_LIMIT}).",
                400,
                fields=errors.USER,
            )
        self.statements = grown
        self.revision_id = revision_id

    def remove(self, sid: str, revision_id: str) -> None:
        """Take a statement off."""
        if sid not in self.statements:
            raise errors.not_found(f"Statement {sid} is not found in resource policy.")
        del self.statements[sid]
        self.revision_id = revision_id

    @property
    def document(self) -> str:
        """The policy as replies carry it: JSON in a string."""
        return document(self.statements)

    def allows(self, action: str, caller: Caller) -> bool:
        """Whether some statement lets this caller do this and none forbids it; ``lambda:GetFunction`` ..."""
        return self.judge(action, caller) is Verdict.ALLOW

    def judge(self, action: str, caller: Caller) -> Verdict:
        """Return what the statements say of this caller doing this with their own resource."""
        return judge_document({"Statement": list(self.statements.values())}, caller.question(action))


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: a service for a resource, or an account."""

    service: str | None = None
    account: str | None = None
    source_arn: str | None = None
    source_account: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    """Further condition keys, in small letters."""

    def question(self, action: str) -> Question:
        """Return what to ask of the policy of the resource itself."""
        source = {"aws:sourcearn": self.source_arn, "aws:sourceaccount": self.source_account}
        known = {key: value for key, value in source.items() if value is not None}
        principal = self.service or self.account or ""
        return Question(principal=principal, action=action, resource=None, context=known | dict(self.context))


def document(statements: Mapping[str, Statement]) -> str:
    whole = {"Version": "2012-10-17", "Id": "default", "Statement": list(statements.values())}
    return json.dumps(whole, separators=(",", ":"))


def statement(request: Mapping[str, Any], resource: str) -> Statement:
    """Return the statement that a request to add a permission asks for (R: this order of keys)."""
    result: Statement = {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": _principal(request["Principal"]),
        "Action": request["Action"],
        "Resource": resource,
    }
    condition: dict[str, dict[str, str]] = {}
    equals = {key: request[member] for member, key in _EQUALS if request.get(member)}
    if equals:
        condition["StringEquals"] = equals
    if request.get("SourceArn"):
        condition["ArnLike"] = {"AWS:SourceArn": request["SourceArn"]}
    if request.get("InvokedViaFunctionUrl"):
        condition["Bool"] = {"lambda:InvokedViaFunctionUrl": "true"}
    if condition:
        result["Condition"] = condition
    return result


def _principal(text: str) -> Any:
    if text == "*":
        return text
    if _ACCOUNT.fullmatch(text):
        return {"AWS": f"arn:aws:iam::{text}:root"}
    if _PRINCIPAL_ARN.fullmatch(text):
        return {"AWS": text}
    if _SERVICE.fullmatch(text):
        return {"Service": text}
    raise errors.invalid_parameter(
        "The provided principal was invalid. Please check the principal and try again."
    )
