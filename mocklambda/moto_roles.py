"""moto's IAM as the keeper of a session's roles, read where a decision needs them; and names that it knows.

moto decides nothing here. What it does not load by itself, AWS's own managed policies, is put into it one by one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from mocklambda.errors import UsageError
from mocklambda.iam.roles import Document, NewRole, Role
from mocklambda.services.links import Arn

AWS_MANAGED = "arn:aws:iam::aws:policy/"
PARTITION = "aws"
NOTHING = "{}"
"""A policy that allows nothing."""


class MotoRoles:
    """The roles that moto's IAM has; ``turn`` has moto ready with the session's state, and is held while it changes."""

    def __init__(self, turn: Callable[[], AbstractContextManager[object]]) -> None:
        self._turn = turn

    @staticmethod
    def find(arn: str) -> Role | None:
        backend = _backend(arn)
        for role in () if backend is None else list(backend.roles.values()):
            if role.arn == arn:
                return _role(backend, role)
        return None

    def make(self, account: str, new: NewRole) -> str:
        wanted = [*new.managed, *([] if new.boundary is None else [new.boundary])]
        with self._turn(), _as_usage(f"role {new.name!r}"):
            from moto.iam.models import iam_backends

            backend = iam_backends[account][PARTITION]
            let_be_attached(account, wanted)
            for arn in wanted:
                backend.get_policy(arn)
            role = backend.create_role(
                role_name=new.name,
                assume_role_policy_document=new.trust,
                path="/",
                permissions_boundary=new.boundary,
                description="",
                tags=[],
                max_session_duration="3600",
            )
            for name, text in new.inline.items():
                backend.put_role_policy(new.name, name, text)
            for arn in new.managed:
                backend.attach_role_policy(arn, new.name)
        return str(role.arn)

    def add_policy(self, arn: str, name: str, text: str) -> None:
        with self._turn(), _as_usage(f"role {arn}"):
            _backend(arn).put_role_policy(arn.rpartition("/")[2], name, text)


@contextmanager
def _as_usage(what: str) -> Iterator[None]:
    """Raise what IAM refuses as an error for the test's author, who asked without IAM's API."""
    from moto.core.exceptions import ServiceException

    try:
        yield
    except ServiceException as error:
        raise UsageError(f"{what}: {error}") from None


def let_be_attached(account: str, arns: Iterable[str]) -> None:
    """Have moto's IAM know these of AWS's own managed policies: it has all of them, but loads none unless told to."""
    wanted = list(arns)
    if not wanted:
        return
    from moto.iam.models import AWSManagedPolicy, iam_backends

    known = iam_backends[account][PARTITION].managed_policies
    for arn in wanted:
        name = arn.rpartition("/")[2]
        data = _aws_managed().get(name) if arn.startswith(AWS_MANAGED) and arn not in known else None
        if data is not None:
            policy = AWSManagedPolicy.from_data(name, account, PARTITION, dict(data))
            known[policy.arn] = policy


def managed_in(content: bytes) -> list[str]:
    """Return AWS's own managed policies that a request to IAM names."""
    if b"aws%3Apolicy" not in content:
        return []
    return [value for _, value in parse_qsl(content.decode()) if value.startswith(AWS_MANAGED)]


def full_name(service: str, account: str, region: str, name: str) -> str | None:
    """Return the ARN of a secret by its name, or of a key by its alias; None where moto keeps no such thing."""
    if service == "secretsmanager":
        models = sys.modules.get("moto.secretsmanager.models")
        backend = None if models is None else models.secretsmanager_backends[account][region]
        found = None if backend is None else backend.secrets.get(name)
        return None if found is None else str(found.arn)
    if service == "kms":
        alias = name.rpartition(":")[2]
        models = sys.modules.get("moto.kms.models")
        keys = (
            {}
            if models is None or not alias.startswith("alias/")
            else models.kms_backends[account][region].keys
        )
        return next((str(key.arn) for key in list(keys.values()) if alias in key.aliases), None)
    return None


def session_of(access_key: str) -> tuple[str, str] | None:
    """Return role ARN and session name of credentials that moto's STS gave; None for others."""
    models = sys.modules.get("moto.sts.models")
    accounts = {} if models is None else models.sts_backends
    for account in list(accounts):
        for backend in list(accounts[account].values()):
            for session in list(backend.assumed_roles):
                if session.access_key_id == access_key:
                    return str(session.role_arn), str(session.session_name)
    return None


@cache
def _aws_managed() -> Mapping[str, Mapping[str, Any]]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    policies: Mapping[str, Mapping[str, Any]] = json.loads(aws_managed_policies_data)
    return policies


def _backend(arn: str) -> Any:
    models = sys.modules.get("moto.iam.models")
    return None if models is None else models.iam_backends[Arn.parse(arn).account][PARTITION]


def _role(backend: Any, role: Any) -> Role:
    managed = [
        Document(name=policy.arn, text=_text(policy)) for policy in list(role.managed_policies.values())
    ]
    inline = [Document(name=name, text=text) for name, text in list(role.policies.items())]
    return Role(
        arn=role.arn,
        unique_id=role.id,
        trust=_readable(role.assume_role_policy_document),
        policies=[*inline, *managed],
        boundary=_boundary(backend, role.permissions_boundary_arn),
        tags={tag["Key"]: tag["Value"] for tag in role.tags or ()},
    )


def _boundary(backend: Any, arn: str | None) -> Document | None:
    policy = backend.managed_policies.get(arn)
    if arn is None:
        return None
    return Document(name=arn, text=NOTHING if policy is None else _text(policy))


def _text(policy: Any) -> str:
    """Return a managed policy's version in force."""
    return str(next(version.document for version in policy.versions if version.is_default))


def _readable(text: str) -> str:
    """Return a document that moto took without looking, or one that says nothing."""
    try:
        return text if isinstance(json.loads(text), dict) else NOTHING
    except ValueError:
        return NOTHING
