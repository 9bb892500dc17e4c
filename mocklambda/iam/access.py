"""Whether a role's session may do something: its role's policies, the limits of both, and the resource's own policy.

Also the port through which the core and the services ask what a function's role may do for Lambda.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from mocklambda.clock.base import Clock
from mocklambda.iam.asker import Asker, about_resource, about_role, about_time
from mocklambda.iam.denials import Denials
from mocklambda.iam.key_rights import ResourceOf, key_rights
from mocklambda.iam.resources import Place
from mocklambda.iam.rights import Right
from mocklambda.iam.roles import Document, Role, RoleStore
from mocklambda.services.links import Arn
from mocklambda.services.policies import Question, Verdict, judge
from mocklambda.services.resources import Resource
from mocklambda.services.sessions import session_name

LAMBDA = "lambda.amazonaws.com"
NOBODY = "nobody"
PolicyOf = Callable[[str], "str | None"]
"""ARN of a resource → its own policy, where it has one."""

_DELIVERING: Mapping[str, str] = MappingProxyType(
    {
        "events": "PutEvents",
        "kinesis": "PutRecord",
        "lambda": "InvokeFunction",
        "s3": "PutObject",
        "sns": "Publish",
        "sqs": "SendMessage",
    }
)
_POLLING: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "dynamodb": ("GetRecords", "GetShardIterator", "DescribeStream"),
        "kinesis": ("GetRecords", "GetShardIterator", "DescribeStream", "ListShards"),
        "sqs": ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
    }
)
"""Service of a source → what reading it takes. ListStreams, which is about no one stream, is not asked for."""
_RECORD_KEY = "aws/lambda/record"
_AGREED = ("kms:", "sts:AssumeRole")
"""What a resource's own policy must agree to, be it by letting its whole account in (D): keys, roles' trust."""


class _ByResource(NamedTuple):
    """What the policy of a resource says to a session."""

    verdict: Verdict
    lets_session: bool
    """It names the session itself, or anybody."""
    agrees: bool
    """It lets the role or its account in, or there is none."""


class Access:
    """What the roles of one session may do."""

    def __init__(
        self,
        roles: RoleStore,
        clock: Clock,
        policy_of: PolicyOf,
        resource_of: ResourceOf = lambda *_: None,
        full_name: Callable[[str, str, str, str], str | None] = lambda *_: None,
    ) -> None:
        self.roles = roles
        self._clock = clock
        self._policy_of = policy_of
        self._resource_of = resource_of
        self._full_name = full_name
        self.denials = Denials()

    def resource(self, arn: str, version: str = "") -> Resource | None:
        """Return what decides about the resource under an ARN beside its policy, if it is known."""
        return self._resource_of(arn, version)

    def refusal(self, asker: Asker, right: Right, request: Mapping[str, Any] | None = None) -> str | None:
        """Return why a session may not do something, with ``{action}`` in it; None where it may.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
        """
        role = self.roles.find(asker.role_arn)
        context = {
            **about_role(asker, role),
            **about_time(self._clock.now()),
            **about_resource(right, self._resource_of(right.resource, right.version)),
            **(request or {}),
        }
        why = self._why_not(asker, role, right, context)
        if why is not None:
            self.denials.note(asker, right, why, [] if role is None else role.policies, context)
        return why

    def _why_not(
        self, asker: Asker, role: Role | None, right: Right, context: Mapping[str, Any]
    ) -> str | None:
        own = Question(principal=None, action=right.action, resource=right.resource, context=context)
        by_identity = _judged([] if role is None else role.policies, own)
        boundary = None if role is None or role.boundary is None else judge(role.boundary.text, own)
        session = judge(asker.policy, own) if asker.policy else None
        resource = self._by_resource(asker, right, context)
        if by_identity is Verdict.DENY:
            return "with an explicit deny in an identity-based policy"
        if boundary is Verdict.DENY:
            return "with an explicit deny in a permissions boundary"
        if session is Verdict.DENY:
            return "with an explicit deny in a session policy"
        if resource.verdict is Verdict.DENY:
            return "with an explicit deny in a resource-based policy"
        if resource.lets_session:  # D: what is granted to a session itself, no limit holds back
            return None
        if right.action.startswith(_AGREED) and not resource.agrees:
            return "because no resource-based policy allows the {action} action"
        if by_identity is not Verdict.ALLOW and resource.verdict is not Verdict.ALLOW:
            return "because no identity-based policy allows the {action} action"
        if boundary is Verdict.SILENT:
            return "because no permissions boundary allows the {action} action"
        if session is Verdict.SILENT:
            return "because no session policy allows the {action} action"
        return None

    def _by_resource(self, asker: Asker, right: Right, context: Mapping[str, Any]) -> _ByResource:
        """Judge by the resource's policy; another account's is its service's to ask, beside ours."""
        policy = self._own_policy(right) if _account(right.resource) in {"", asker.account} else None
        if policy is None:
            return _ByResource(Verdict.SILENT, lets_session=False, agrees=True)

        def asked(*names: str) -> Verdict:
            question = Question(
                principal=asker.account,
                action=right.action,
                resource=right.resource,
                context=context,
                names=names,
            )
            return judge(policy, question)

        verdict = asked(*asker.names())
        whole_account = asked(f"arn:aws:iam::{asker.account}:root", asker.account)
        return _ByResource(
            verdict,
            lets_session=verdict is Verdict.ALLOW and asked(asker.arn) is Verdict.ALLOW,
            agrees=Verdict.ALLOW in {verdict, whole_account},
        )

    def _own_policy(self, right: Right) -> str | None:
        if right.action == "sts:AssumeRole":
            role = self.roles.find(right.resource)
            return None if role is None else role.trust
        return self._policy_of(right.resource)

    # -- what the core and the services ask ----------------------------------------------------------------

    def can(
        self,
        role: str,
        action: str,
        resource: str,
        *,
        function_arn: str = "",
        context: Mapping[str, str] = MappingProxyType({}),
    ) -> bool:
        """Tell whether a role may do something, for Lambda on behalf of a function."""
        return self.refusal(for_function(role, function_arn), Right(action, resource), context) is None

    def is_assumable(self, role: str, *, by: str = LAMBDA, source_arn: str = "") -> bool:
        """Tell whether a role is there and trusts a service, which acts for a resource."""
        found = self.roles.find(role)
        if found is None:
            return False
        known = {"aws:sourcearn": source_arn, "aws:sourceaccount": found.account} if source_arn else {}
        question = Question(principal=by, action="sts:AssumeRole", resource=None, context=known)
        return judge(found.trust, question) is Verdict.ALLOW

    def why_not_deliver(
        self, role: str, arn: str, *, function_arn: str = "", session: str = "", key: str | None = None
    ) -> str | None:
        """Return which API call a role may not make to deliver to ``arn``; None where it may, or nothing is known.

        It begins with ``kms:`` where all that is missing is a right to the target's key.
        """
        service = _service(arn)
        call = _DELIVERING.get(service)
        if call is None:
            return None
        resource = f"{arn}/{key or _RECORD_KEY}" if service == "s3" else arn
        asker = Asker(role_arn=role, session=session) if session else for_function(role, function_arn)
        return self._missing(asker, Right(f"{service}:{call}", resource))

    def why_not_poll(self, role: str, arn: str, *, function_arn: str) -> str | None:
        """Return which API call a role may not make to read a source; None where it may make all.

        It begins with ``kms:`` where all that is missing is the right to the source's key.
        """
        stream, _, consumer = arn.partition("/consumer/")
        service = _service(arn)
        wanted = [(call, stream) for call in _POLLING.get(service, ())]
        if consumer:
            wanted = [("SubscribeToShard", arn), ("DescribeStream", stream), ("ListShards", stream)]
        asker = for_function(role, function_arn)
        for call, resource in wanted:
            missing = self._missing(asker, Right(f"{service}:{call}", resource))
            if missing is not None:
                return missing
        return None

    def _missing(self, asker: Asker, right: Right) -> str | None:
        """Return the call that may not be made of a right: its own, or one to the key of what it is about."""
        call = right.action.partition(":")[2]
        if self.refusal(asker, right) is not None:
            return call
        place = Place(account=asker.account, region="", full_name=self._full_name)
        for needed in key_rights(right, call, {}, place, self._resource_of):
            if self.refusal(asker, needed.right, needed.context) is not None:
                return needed.right.action
        return None


def for_function(role: str, function_arn: str) -> Asker:
    """Return the session in which Lambda acts for a function."""
    parts = function_arn.split(":")
    return Asker(
        role_arn=role,
        session=session_name(parts[6]) if len(parts) > 6 else NOBODY,
        function_arn=":".join(parts[:7]),
    )


def _judged(policies: Sequence[Document], question: Question) -> Verdict:
    verdicts = {judge(policy.text, question) for policy in policies}
    return (
        Verdict.DENY
        if Verdict.DENY in verdicts
        else Verdict.ALLOW
        if Verdict.ALLOW in verdicts
        else Verdict.SILENT
    )


def _account(arn: str) -> str:
    try:
        return Arn.parse(arn).account
    except ValueError:
        return ""


def _service(arn: str) -> str:
    try:
        return Arn.parse(arn).service
    except ValueError:
        return ""
