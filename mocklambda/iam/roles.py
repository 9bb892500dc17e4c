"""Roles as far as they decide: their policies, boundary and trust; and those that a session was given itself."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from mocklambda.errors import UsageError
from mocklambda.services.links import Arn


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One policy."""

    name: str
    """An inline policy's name, or a managed one's ARN."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One role."""

    arn: str
    unique_id: str
    """``AROA...``"""
    trust: str
    """Who may assume it: a policy document."""
    policies: Sequence[Document] = ()
    """All that are attached or inline."""
    boundary: Document | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def account(self) -> str:
        return Arn.parse(self.arn).account

    @property
    def name(self) -> str:
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRole:
    """A role that a test asks for."""

    name: str
    trust: str
    """A policy document."""
    inline: Mapping[str, str] = field(default_factory=dict)
    """By policy name."""
    managed: Sequence[str] = ()
    """ARNs of managed policies."""
    boundary: str | None = None
    """The ARN of a managed policy."""


class RoleStore(Protocol):
    """Whoever keeps the roles of a session."""

    def find(self, arn: str) -> Role | None:
        """Return the role with this ARN, as it is now."""

    def make(self, account: str, new: NewRole) -> str:
        """Keep a role and return its ARN; raises UsageError for one that can not be."""

    def add_policy(self, arn: str, name: str, text: str) -> None:
        """Put an inline policy into a role, in place of one of that name."""


def unique_id_of(store: RoleStore, arn: str) -> str:
    """Return a role's ``AROA...``; that of a role which nobody made is the same throughout."""
    found = store.find(arn)
    return made_up_id(arn) if found is None else found.unique_id


def made_up_id(arn: str) -> str:
    """Return an id for a role by its ARN alone."""
    return f"AROA{base64.b32encode(hashlib.sha256(arn.encode()).digest()).decode()[:17]}"


class GivenRoles:
    """The roles of a session where nothing else keeps any: those that the test made through the session."""

    def __init__(self) -> None:
        self._roles: dict[str, Role] = {}

    def find(self, arn: str) -> Role | None:
        return self._roles.get(arn)

    def make(self, account: str, new: NewRole) -> str:
        arn = f"arn:aws:iam::{account}:role/{new.name}"
        if arn in self._roles:
            raise UsageError(f"there is a role {new.name!r} already")
        managed = [*new.managed, *([] if new.boundary is None else [new.boundary])]
        if managed:
            raise UsageError(
                f"managed policies ({', '.join(managed)}) are moto's to know: pip install 'mocklambda[moto]'"
            )
        self._roles[arn] = Role(
            arn=arn,
            unique_id=made_up_id(arn),
            trust=new.trust,
            policies=[Document(name=name, text=text) for name, text in new.inline.items()],
        )
        return arn

    def add_policy(self, arn: str, name: str, text: str) -> None:
        role = self._roles[arn]
        kept = [policy for policy in role.policies if policy.name != name]
        self._roles[arn] = replace(role, policies=[*kept, Document(name=name, text=text)])
