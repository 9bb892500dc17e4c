"""Which plug and which state answer for a service, an account and a region; made when first asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from mocklambda.errors import NotStarted
from mocklambda.services import ARN_SERVICES, SERVICES, SHARED
from mocklambda.services.links import Arn
from mocklambda.services.service import Scope, Service

MakeScope = Callable[[str, str, Callable[[str, str], Any]], Scope[Any]]


class Registry:
    """All state of one session, service by service. ``make_scope(account, region, peer)`` is the cloud's."""

    def __init__(self, make_scope: MakeScope, default_account: str, default_region: str) -> None:
        self._make_scope = make_scope
        self._defaults = (default_account, default_region)
        self._plugs: dict[str, Service[Any]] = {}
        self._states: dict[tuple[str, str, str], tuple[Any, Scope[Any]]] = {}
        self.is_open = True

    def serves(self, service: str, content: Callable[[], bytes]) -> bool:
        """Tell whether a request is answered here: its service, by botocore's name, and the way to its body."""
        if service not in SHARED:
            return service in SERVICES
        owns = self.plug(service).owns
        return owns is None or owns(content())

    def plug(self, service: str) -> Service[Any]:
        """Return the plug of a service that is served; imports its folder at the first call."""
        plug = self._plugs.get(service)
        if plug is None:
            module = importlib.import_module(f"mocklambda.services.{SERVICES[service]}")
            plug = self._plugs[service] = module.SERVICE
        return plug

    def state(self, service: str, account: str, region: str) -> tuple[Any, Scope[Any]]:
        """Return a service's state for account and region, and the scope it stands on."""
        found = self._states.get((service, account, region))
        return found or self._make(service, account, region)

    def _make(self, service: str, account: str, region: str) -> tuple[Any, Scope[Any]]:
        self.check_open()
        plug = self.plug(service)
        if plug.is_global and (account, region) != self._defaults:
            made = self.state(service, *self._defaults)
        else:
            scope = self._make_scope(account, region, lambda a, r: self.state(service, a, r)[0])
            made = (plug.state(scope), scope)
        self._states[service, account, region] = made
        return made

    def find(self, arn: Arn) -> tuple[Service[Any], Any] | None:
        """Return plug and state for the resource of an ARN, or None when its service is not served."""
        service = ARN_SERVICES.get(arn.service, arn.service)
        if service not in SERVICES:
            return None
        default_account, default_region = self._defaults
        account, region = arn.account or default_account, arn.region or default_region
        return self.plug(service), self.state(service, account, region)[0]

    def undelivered(self) -> list[str]:
        """List what services could not deliver, one line each."""
        return [line for state, _ in self._states.values() for line in getattr(state, "undelivered", ())]

    def close(self) -> None:
        """Let states give back what they hold of the world (spilled files)."""
        closed: set[int] = set()
        for state, _ in self._states.values():
            close = getattr(state, "close", None)
            if close is not None and id(state) not in closed:
                closed.add(id(state))
                close()
        self._states.clear()
        self.is_open = False

    def check_open(self) -> None:
        """Raise NotStarted when all that the session had is gone."""
        if not self.is_open:
            raise NotStarted(
                "this cloud is closed: its mock_lambda has stopped, and what was made in it is gone; use it before "
                "the end of the `with`, the decorated function or the fixture. invocations() and timeline() still tell "
                "what ran"
            )
