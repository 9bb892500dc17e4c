"""Joins what holds a session's functions to their roles: who keeps the roles, who decides, and who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocklambda.calls import Guard
from mocklambda.clock.base import Clock
from mocklambda.execution.ports import LogSink
from mocklambda.iam.roles import GivenRoles, RoleStore, unique_id_of
from mocklambda.logbook import Logbook
from mocklambda.moto_roles import MotoNames, MotoRoles
from mocklambda.neighbours import Moto
from mocklambda.services.links import Links

if TYPE_CHECKING:
    from mocklambda.iam.access import Access


class Enforcement:
    """What roles may do in one session, where that is asked for (``is_strict``); else nobody decides."""

    def __init__(self, *, is_strict: bool, moto: Moto, links: Links, clock: Clock, logbook: Logbook) -> None:
        self.roles: RoleStore = MotoRoles(moto) if moto.is_installed() else GivenRoles()
        self.access: Access | None = None
        self.guard: Guard | None = None
        self.log_sink: LogSink = logbook
        """Where functions log to, as far as their roles let them."""
        if is_strict:
            from mocklambda.iam.access import Access
            from mocklambda.iam.guard import Guard as HandlerGuard
            from mocklambda.iam.log_rights import GuardedLog

            names = MotoNames(moto)
            self.access = Access(
                self.roles,
                clock,
                policy_of=lambda arn: links.resource_policy(arn) or names.resource_policy(arn),
                resource_of=lambda arn, version: links.resource(arn, version) or names.resource(arn),
                full_name=names.full_name,
            )
            self.guard = HandlerGuard(self.access, names)
            self.log_sink = GuardedLog(logbook, self.access, logbook.has_group)

    def user_id(self, role: str, session: str) -> str:
        """Return the ``UserId`` of a role's session, by the role's ARN and the session's name."""
        return f"{unique_id_of(self.roles, role)}:{session}"

    def denied(self) -> list[str]:
        """List what was refused so far, one line each."""
        return [] if self.access is None else self.access.denials.lines()
