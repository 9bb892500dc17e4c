"""Load balancers as whoever keeps them tells of them: listeners, rules, groups of functions as targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mocklambda.clock.base import Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """How the target of a group is asked whether it is well."""

    path: str = "/"
    interval_ms: Millis = 35_000
    timeout_ms: Millis = 30_000
    healthy_after: int = 5
    """Successes in a row that make an unhealthy target healthy again."""
    unhealthy_after: int = 2
    codes: str = "200"
    """What counts as success: ``200``, ``200,202`` or ``200-299``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGroup:
    """A target group for functions."""

    arn: str
    target_arn: str | None
    """The function, version or alias that is registered; None without one."""
    is_multi_value: bool = False
    """``lambda.multi_value_headers.enabled``."""
    health_check: HealthCheck | None = None
    """None where it is off, as it is by default for functions (D)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """Hand the request to one of these target groups, by weight."""

    groups: Sequence[tuple[TargetGroup, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedResponse:
    """Answer without any target."""

    status: int
    content_type: str = "text/plain"
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Send the client elsewhere; parts may name the request's own: ``#{host}``, ``#{port}`` ..."""

    status: int
    protocol: str = "#{protocol}"
    host: str = "#{host}"
    port: str = "#{port}"
    path: str = "/#{path}"
    query: str = "#{query}"


Action = Forward | FixedResponse | Redirect


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a request must be like: one of ``values`` matches what ``field`` (``path-pattern`` ...) names."""

    field: str
    values: Sequence[str]
    header: str = ""
    """Of ``http-header``."""
    pairs: Sequence[tuple[str, str]] = ()
    """Of ``query-string``: key, empty for any, and value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """All conditions hold → the action; without conditions it is the default rule."""

    action: Action
    conditions: Sequence[Condition] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A port, and its rules in the order in which they are tried."""

    port: int
    protocol: str
    """``HTTP`` or ``HTTPS``."""
    rules: Sequence[Rule]


@dataclass(frozen=True, slots=True, kw_only=True)
class Balancer:
    """An application load balancer."""

    arn: str
    dns_name: str
    listeners: Sequence[Listener]
