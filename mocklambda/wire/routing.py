"""Which operation of a service a request addresses, and in which protocol. What is unknown raises.

REST services go through a trie of path segments; then literal query keys, required query members and required
headers decide between operations that share a path. RPC services name their operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from botocore.model import MapShape, OperationModel, ServiceModel

from mocklambda.wire.addresses import Target, identify, is_aws_host, path_style
from mocklambda.wire.binding import located, parse_query, split_uri
from mocklambda.wire.errors import NoSuchRoute
from mocklambda.wire.message import Request
from mocklambda.wire.models import service_model as model_named
from mocklambda.wire.own_protocol import own_protocol
from mocklambda.wire.query_body import parameters
from mocklambda.wire.trees import wire_name

__all__ = ["NoSuchRoute", "Target", "identify", "is_aws_host", "protocol_of", "route"]

_NOT_A_SUB_RESOURCE = frozenset({"x-id"})
"""What SDKs add to say what they mean; it decides nothing but ties."""


def protocol_of(service_model: ServiceModel, request: Request) -> str:
    """Return the protocol that a request speaks; services take their older ones too."""
    primary = own_protocol(service_model)
    if primary in ("rest-json", "rest-xml", "ec2"):
        return primary
    headers = request.headers
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        return "smithy-rpc-v2-cbor"
    if "x-amz-target" in headers:
        return "json-cbor" if "cbor" in headers.get("content-type", "") else "json"
    if primary == "query" or "Action=" in request.query:
        return "query"
    return "query" if "x-www-form-urlencoded" in headers.get("content-type", "") else primary


def route(service_model: ServiceModel, request: Request) -> OperationModel:
    """Return the operation that a request addresses, or raise ``NoSuchRoute`` naming what was asked for."""
    model = model_named(service_model.service_name)
    protocol = protocol_of(model, request)
    if protocol in ("rest-json", "rest-xml"):
        return _table(model.service_name).find(request)
    return _operation(model, _asked_operation(model, request, protocol))


def _operation(model: ServiceModel, name: str) -> OperationModel:
    if name not in model.operation_names:
        raise NoSuchRoute(f"{model.service_name} has no operation {name or '(none given)'}")
    return model.operation_model(name)


def _asked_operation(model: ServiceModel, request: Request, protocol: str) -> str:
    if protocol in ("json", "json-cbor"):
        prefix, _, name = request.headers.get("x-amz-target", "").rpartition(".")
        if prefix != model.metadata.get("targetPrefix"):
            raise NoSuchRoute(f"{model.service_name} is not the target {prefix or '(none given)'}")
        return name
    if protocol == "smithy-rpc-v2-cbor":
        _, _, after = request.path.partition("/service/")
        service, _, name = after.partition("/operation/")
        if service != model.metadata.get("targetPrefix"):
            raise NoSuchRoute(f"{model.service_name} is not the service {service or '(none given)'}")
        return name
    return parameters(request).get("Action", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """One operation at its place in the trie, with what tells it from others at the same place."""

    name: str
    literals: tuple[tuple[str, str | None], ...]
    needed_query: frozenset[str]
    needed_headers: frozenset[str]
    bound_query: frozenset[str]
    takes_any_query: bool
    is_deprecated: bool

    def is_named(self, query: Mapping[str, str]) -> bool:
        """Whether all literal query keys of the operation are in the request, with their values."""
        return all(key in query and (value is None or query[key] == value) for key, value in self.literals)

    def is_complete(self, query: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        """Whether the request has all query and header members that the operation needs."""
        return all(key in query for key in self.needed_query) and all(
            key in headers for key in self.needed_headers
        )

    def rank(self, query: Mapping[str, str], headers: Mapping[str, str], hint: str | None) -> tuple[Any, ...]:
        """Return how well the operation fits; the greatest wins."""
        needs = len(self.needed_query) + len(self.needed_headers)
        is_complete = self.is_complete(query, headers)
        fit = needs if is_complete else -needs
        return (len(self.literals), is_complete, fit, self.name == hint, not self.is_deprecated)

    def knows(self, key: str) -> bool:
        """Whether a query key means something to the operation."""
        return self.takes_any_query or key in self.bound_query


@dataclass(slots=True)
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    label: _Node | None = None
    greedy: _Node | None = None
    by_method: dict[str, list[_Candidate]] = field(default_factory=dict)


class _Table:
    """A REST service's routes."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._root = _Node()
        self._is_host_addressed = own_protocol(model) == "rest-xml"
        sub_resources: set[str] = set()
        for name in model.operation_names:
            operation = model.operation_model(name)
            path, literals = split_uri(operation.http["requestUri"])
            candidate = _candidate(operation, literals)
            self._leaf(path).by_method.setdefault(operation.http["method"], []).append(candidate)
            sub_resources.update(key for key, _ in literals)
            sub_resources |= candidate.needed_query
        self._sub_resources = frozenset(sub_resources - _NOT_A_SUB_RESOURCE)

    def _leaf(self, path: str) -> _Node:
        node = self._root
        for part in _segments(path):
            if part.startswith("{") and part.endswith("+}"):
                node.greedy = node.greedy or _Node()
                node = node.greedy
            elif part.startswith("{"):
                node.label = node.label or _Node()
                node = node.label
            else:
                node = node.children.setdefault(part, _Node())
        return node

    def find(self, request: Request) -> OperationModel:
        """Return the operation of a request; the first place in the trie that has the method decides."""
        path = path_style(request)[0] if self._is_host_addressed else request.path
        query = dict(parse_query(request.query))
        for leaf in _walk(self._root, _segments(path)):
            candidates = leaf.by_method.get(request.method)
            if candidates is not None:
                chosen = self._choose(candidates, request, query)
                return self._model.operation_model(chosen.name)
        raise NoSuchRoute(f"{self._model.service_name} has no {request.method} {path}")

    def _choose(self, candidates: list[_Candidate], request: Request, query: dict[str, str]) -> _Candidate:
        hint = query.get("x-id")
        named = [candidate for candidate in candidates if candidate.is_named(query)]
        asked = sorted(key for key in query if key in self._sub_resources)
        if not named:
            raise NoSuchRoute(self._unknown(request, asked))
        chosen = max(named, key=lambda candidate: candidate.rank(query, request.headers, hint))
        strange = [key for key in asked if not chosen.knows(key)]
        if strange:
            raise NoSuchRoute(self._unknown(request, strange))
        return chosen

    def _unknown(self, request: Request, keys: Iterable[str]) -> str:
        asked = "&".join(keys)
        return (
            f"{self._model.service_name} has no {request.method} {request.path}{'?' + asked if asked else ''}"
        )


def _candidate(operation: OperationModel, literals: tuple[tuple[str, str | None], ...]) -> _Candidate:
    shape = operation.input_shape
    required = set() if shape is None else set(shape.required_members)
    query, headers = located(shape, "querystring"), located(shape, "header")
    bound = {wire_name(member, name) for name, member in query.items()}
    return _Candidate(
        name=operation.name,
        literals=tuple(pair for pair in literals if pair[0] not in _NOT_A_SUB_RESOURCE),
        needed_query=frozenset(wire_name(member, name) for name, member in query.items() if name in required),
        needed_headers=frozenset(
            wire_name(member, name).lower() for name, member in headers.items() if name in required
        ),
        bound_query=frozenset(bound | {key for key, _ in literals}),
        takes_any_query=any(isinstance(member, MapShape) for member in query.values()),
        is_deprecated=operation.deprecated,
    )


def _segments(path: str) -> list[str]:
    """Return the parts of a path; one slash at the end adds none."""
    parts = path.split("/")[1:]
    return parts[:-1] if parts and not parts[-1] else parts


def _walk(node: _Node, parts: list[str]) -> Iterable[_Node]:
    """Yield the leaves that a path can lead to: literal parts before labels, labels before greedy ones."""
    if not parts:
        yield node
        return
    first, rest = parts[0], parts[1:]
    child = node.children.get(first)
    if child is not None:
        yield from _walk(child, rest)
    if node.label is not None and first:
        yield from _walk(node.label, rest)
    if node.greedy is not None:
        for taken in range(len(parts), 0, -1):
            yield from _walk(node.greedy, parts[taken:])


@lru_cache(maxsize=256)
def _table(name: str) -> _Table:
    return _Table(model_named(name))
