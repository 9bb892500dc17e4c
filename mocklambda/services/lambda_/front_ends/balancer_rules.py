"""Which rule of a load balancer's listener a request meets. Knows no function and no reply."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from types import MappingProxyType
from urllib.parse import parse_qsl

from mocklambda.services.balancers import Action, Balancer, Condition, Listener
from mocklambda.services.lambda_.front_ends.arrival import Arrival

PORTS: Mapping[str, int] = MappingProxyType({"http": 80, "https": 443})


def listener_for(balancer: Balancer, arrival: Arrival) -> Listener | None:
    """Return who listens at the port that a request was sent to."""
    _, _, port = arrival.host.partition(":")
    number = int(port) if port else PORTS.get(arrival.scheme, 80)
    return next((listener for listener in balancer.listeners if listener.port == number), None)


def choose(listener: Listener, arrival: Arrival) -> Action | None:
    """Return the action of the first rule whose conditions all hold; the default rule has none."""
    for rule in listener.rules:
        if all(_holds(condition, arrival) for condition in rule.conditions):
            return rule.action
    return None


def _holds(condition: Condition, arrival: Arrival) -> bool:
    return _TESTS[condition.field](condition, arrival)


def _host(condition: Condition, arrival: Arrival) -> bool:
    return any(_like(arrival.name, value, ignores_case=True) for value in condition.values)


def _path(condition: Condition, arrival: Arrival) -> bool:
    return any(_like(arrival.path, value) for value in condition.values)


def _method(condition: Condition, arrival: Arrival) -> bool:
    return arrival.method in condition.values


def _header(condition: Condition, arrival: Arrival) -> bool:
    sent = arrival.headers.get(condition.header.lower())
    return sent is not None and any(_like(sent, value, ignores_case=True) for value in condition.values)


def _query(condition: Condition, arrival: Arrival) -> bool:
    sent = parse_qsl(arrival.query, keep_blank_values=True)
    return any(
        (not key or _like(name, key, ignores_case=True)) and _like(value, wanted, ignores_case=True)
        for key, wanted in condition.pairs
        for name, value in sent
    )


def _source(condition: Condition, arrival: Arrival) -> bool:
    address = ip_address(arrival.source_ip)
    return any(address in ip_network(value, strict=False) for value in condition.values)


def _like(text: str, pattern: str, *, ignores_case: bool = False) -> bool:
    """Match with ``*`` for any number of characters and ``?`` for one."""
    parts = (".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in pattern)
    flags = re.DOTALL | re.IGNORECASE if ignores_case else re.DOTALL
    return re.fullmatch("".join(parts), text, flags) is not None


_TESTS: Mapping[str, Callable[[Condition, Arrival], bool]] = MappingProxyType(
    {
        "host-header": _host,
        "path-pattern": _path,
        "http-request-method": _method,
        "http-header": _header,
        "query-string": _query,
        "source-ip": _source,
    }
)
