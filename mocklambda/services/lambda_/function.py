"""What a function is: ``$LATEST``, its published versions, and all that hangs on its name. Knows no request.

Theory. A deployment (create, update of code or configuration) shows at once in what replies tell, in a state
of its own (``Pending``, ``InProgress``); what runs follows when the deployment ends, at the end of the turn:
the next call finds it done. Published versions never change.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.values import CodeRef, Executor, FunctionSpec, Zip
from mocklambda.services.lambda_.instances import Hosting
from mocklambda.services.lambda_.names import LATEST, LATEST_PUBLISHED
from mocklambda.services.lambda_.policy import Policy
from mocklambda.services.lambda_.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """Deployed code."""

    sha256: str
    """Base64 for a zip, hexadecimal for an image."""
    size: int
    code: CodeRef | None = None
    upload: Zip | None = None
    """As uploaded."""
    key_arn: str = ""
    """The author's own key that it is encrypted with at rest."""
    image_uri: str | None = None
    image: Any = None
    """What the sandbox knows an image by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """How a function that a test gave to the session itself runs."""

    executor: Executor
    target: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a version can not run."""

    code: str
    """As StateReasonCode."""
    reason: str


@dataclass(slots=True, kw_only=True, eq=False)
class Version:
    """``$LATEST`` or a published version."""

    number: str
    settings: Settings
    package: Package
    revision_id: str
    modified_at: Millis
    spec: FunctionSpec
    """What runs: of before a deployment for as long as one is under way."""
    is_pending: bool = False
    is_updating: bool = False
    failure: Failure | None = None
    """Of a version whose snapshot could not be taken."""
    hosting: Hosting | None = None
    """On managed instances only."""

    @property
    def state(self) -> str:
        """The State that replies show."""
        if self.is_pending:
            return "Pending"
        if self.failure is not None:
            return "Failed"
        return "Active" if self.hosting is None else self.hosting.state

    def __repr__(self) -> str:
        state = "Pending" if self.is_pending else "InProgress" if self.is_updating else "Active"
        return f"<version {self.number}, {state}>"


@dataclass(slots=True, kw_only=True, eq=False)
class Alias:
    """A name that points to a version, and to a second one by weight."""

    name: str
    version: str
    description: str
    weights: dict[str, float]
    revision_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventConfig:
    """An event invoke config."""

    modified_at: Millis
    max_retries: int | None = None
    max_age_s: int | None = None
    on_success: str | None = None
    on_failure: str | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class UrlConfig:
    """A function URL."""

    url_id: str
    auth_type: str
    cors: dict[str, Any] | None
    invoke_mode: str | None
    """None until one was sent: replies of create and update leave it out then (R)."""
    created_at: Millis
    modified_at: Millis


@dataclass(slots=True, kw_only=True, eq=False)
class Function:
    """One function by its name."""

    name: str
    arn: str
    latest: Version
    created_at: Millis
    tags: dict[str, str] = field(default_factory=dict)
    versions: dict[str, Version] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    """Of published versions, ascending."""
    published: int = 0
    """The highest number ever given."""
    published_from: tuple[Settings, str] | None = None
    """What ``$LATEST`` was at the last publication."""
    aliases: dict[str, Alias] = field(default_factory=dict)
    alias_names: list[str] = field(default_factory=list)
    policies: dict[str, Policy] = field(default_factory=dict)
    """By qualifier, the empty string for none."""
    event_configs: dict[str, EventConfig] = field(default_factory=dict)
    """By qualifier, ``$LATEST`` for none."""
    urls: dict[str, UrlConfig] = field(default_factory=dict)
    """By alias, the empty string for none."""
    code_signing_arn: str | None = None
    recursive_loop: str = "Terminate"
    runtime_management: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    """By qualifier: UpdateRuntimeOn and the runtime version's ARN."""
    provision: Provision | None = None

    def find(self, qualifier: str | None) -> Version | None:
        """Return the version under a qualifier; an alias stands for its main version."""
        if qualifier is None or qualifier == LATEST:
            return self.latest
        alias = self.aliases.get(qualifier)
        if alias is None:
            return self.versions.get(qualifier)
        return self.latest if alias.version == LATEST else self.versions.get(alias.version)

    def pick(self, qualifier: str | None, choose: Callable[[list[str], list[float]], str]) -> Version | None:
        """Return the version that an invocation runs; an alias with weights chooses anew each time."""
        if qualifier is None and self.latest.settings.instances is not None:
            return self.versions.get(LATEST_PUBLISHED)
        alias = None if qualifier is None else self.aliases.get(qualifier)
        if alias is None or not alias.weights:
            return self.find(qualifier)
        (other, weight), *_ = alias.weights.items()
        return self.versions.get(choose([alias.version, other], [1 - weight, weight]))

    def add_version(self, version: Version) -> None:
        """Keep a published version."""
        self.published = int(version.number)
        self.versions[version.number] = version
        self.numbers.append(self.published)

    def remove_version(self, number: str) -> None:
        """Forget a published version and what hangs on it."""
        del self.versions[number]
        if number != LATEST_PUBLISHED:
            self.numbers.remove(int(number))
        self.forget_qualifier(number)

    def add_alias(self, alias: Alias) -> None:
        """Keep an alias."""
        self.aliases[alias.name] = alias
        insort(self.alias_names, alias.name)

    def remove_alias(self, name: str) -> None:
        """Forget an alias and what hangs on it."""
        del self.aliases[name]
        self.alias_names.remove(name)
        self.forget_qualifier(name)

    def forget_qualifier(self, qualifier: str) -> None:
        """Forget policy, event invoke config, URL and runtime management of a qualifier."""
        self.policies.pop(qualifier, None)
        self.event_configs.pop(qualifier, None)
        self.urls.pop(qualifier, None)
        self.runtime_management.pop(qualifier, None)

    @property
    def code_size(self) -> int:
        """What all its versions count in the account's code storage."""
        return self.latest.package.size + sum(version.package.size for version in self.versions.values())
