"""moto's load balancers as values: what was made through the elbv2 API, read where a request comes for it.

moto keeps them; it answers no request at them, and knows no function.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from mocklambda.errors import NotImplementedInMock
from mocklambda.services.balancers import (
    Action,
    Balancer,
    Condition,
    FixedResponse,
    Forward,
    HealthCheck,
    Listener,
    Redirect,
    Rule,
    TargetGroup,
)


def balancer(dns_name: str, region: str) -> Balancer | None:
    """Return the load balancer of this name, of whatever account; None while nobody has used moto for any."""
    models = sys.modules.get("moto.elbv2.models")
    if models is None:
        return None
    for account in list(models.elbv2_backends):
        backend = models.elbv2_backends[account].get(region)
        for found in () if backend is None else list(backend.load_balancers.values()):
            if found.dns_name == dns_name and found.type == "application":
                return _balancer(backend, found)
    return None


def target_groups(account: str, region: str) -> Sequence[TargetGroup]:
    """List the target groups for functions; none while nobody has used moto for any."""
    models = sys.modules.get("moto.elbv2.models")
    backend = None if models is None else models.elbv2_backends[account].get(region)
    groups = () if backend is None else list(backend.target_groups.values())
    return [_group(group) for group in groups if group.target_type == "lambda"]


def _balancer(backend: Any, found: Any) -> Balancer:
    return Balancer(
        arn=found.arn,
        dns_name=found.dns_name,
        listeners=[_listener(backend, listener) for listener in found.listeners.values()],
    )


def _listener(backend: Any, listener: Any) -> Listener:
    rules = sorted(listener.rules.values(), key=_priority)
    return Listener(
        port=int(listener.port), protocol=listener.protocol, rules=[_rule(backend, rule) for rule in rules]
    )


def _priority(rule: Any) -> float:
    return float("inf") if rule.is_default else int(rule.priority)


def _rule(backend: Any, rule: Any) -> Rule:
    unknown = sorted({action.type for action in rule.actions} - _ACTIONS.keys())
    if unknown:
        raise NotImplementedInMock(
            f"mocklambda does not simulate the load balancer action {', '.join(unknown)} of {rule.arn}",
            service="elbv2",
            operation="",
            url="",
        )
    last = max(rule.actions, key=lambda action: int(action.data.get("Order") or 1))
    return Rule(
        action=_ACTIONS[last.type](backend, last.data),
        conditions=[_condition(condition) for condition in rule.conditions],
    )


def _forward(backend: Any, data: Mapping[str, Any]) -> Forward:
    tuples = (data.get("ForwardConfig") or {}).get("TargetGroups") or [data]
    return Forward(
        groups=[
            (_group(backend.target_groups[each["TargetGroupArn"]]), float(each.get("Weight", 1)))
            for each in tuples
        ]
    )


def _group(group: Any) -> TargetGroup:
    functions = [name for name in group.targets if ":function:" in name]
    return TargetGroup(
        arn=group.arn,
        target_arn=functions[0] if group.target_type == "lambda" and functions else None,
        is_multi_value=str(group.attributes.get("lambda.multi_value_headers.enabled")).lower() == "true",
        health_check=_health_check(group),
    )


def _health_check(group: Any) -> HealthCheck | None:
    if str(group.health_check_enabled).lower() != "true":
        return None
    return HealthCheck(
        path=group.health_check_path or "/",
        interval_ms=1000 * int(group.health_check_interval_seconds),
        timeout_ms=1000 * int(group.health_check_timeout_seconds),
        healthy_after=int(group.healthy_threshold_count),
        unhealthy_after=int(group.unhealthy_threshold_count),
        codes=str((getattr(group, "matcher", None) or {}).get("HttpCode") or "200"),
    )


def _fixed(_: Any, data: Mapping[str, Any]) -> FixedResponse:
    config = data["FixedResponseConfig"]
    return FixedResponse(
        status=int(config["StatusCode"]),
        content_type=config.get("ContentType") or "text/plain",
        body=config.get("MessageBody") or "",
    )


def _redirect(_: Any, data: Mapping[str, Any]) -> Redirect:
    config = data["RedirectConfig"]
    parts = {
        name.lower(): config[name]
        for name in ("Protocol", "Host", "Port", "Path", "Query")
        if config.get(name)
    }
    return Redirect(status=int(str(config["StatusCode"]).removeprefix("HTTP_")), **parts)


_ACTIONS: Mapping[str, Callable[[Any, Mapping[str, Any]], Action]] = MappingProxyType(
    {"forward": _forward, "fixed-response": _fixed, "redirect": _redirect}
)


def _condition(data: Mapping[str, Any]) -> Condition:
    field: str = data["Field"]
    config = _config(field, data)
    values: Sequence[Any] = config.get("Values") or data.get("Values") or ()
    if field == "query-string":
        return Condition(
            field=field, values=(), pairs=[(each.get("Key") or "", each["Value"]) for each in values]
        )
    return Condition(field=field, values=list(values), header=config.get("HttpHeaderName") or "")


def _config(field: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the part named after the field: ``PathPatternConfig`` of ``path-pattern``."""
    wanted = f"{field.replace('-', '')}config"
    return next((value for name, value in data.items() if name.lower() == wanted), {})
