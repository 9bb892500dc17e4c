"""What an error must tell to be put on the wire, and the wire's own refusals. Forms are each protocol's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

from botocore.model import ServiceModel, StructureShape


class Fault(Protocol):
    """An AWS error; ``services.service.AwsError`` is one, and so is every ``WireFault`` here.

    ``code`` is the error's shape name or the code that the SDK shows; ``query_code`` is the code of the old
    query protocol where the two differ and the model does not tell. A ``message`` of None means none is sent.
    ``fields`` are further members, in order; a field named as the message key decides how it is spelled.
    """

    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str | None: ...
    @property
    def status(self) -> int: ...
    @property
    def fields(self) -> Mapping[str, Any]: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def query_code(self) -> str | None: ...
    @property
    def sender_fault(self) -> bool: ...


class WireFault(Exception):  # a fault is what AWS calls it
    """A request that never becomes an operation's input. Itself a ``Fault``: encode it like any other."""

    code = "SerializationException"
    status = 400
    query_code: str | None = None
    sender_fault = True

    def __init__(self, message: str | None, *, code: str | None = None, status: int | None = None) -> None:
        self.message = message
        self.fields: Mapping[str, Any] = {}
        self.headers: Mapping[str, str] = {}
        if code is not None:
            self.code = code
        if status is not None:
            self.status = status
        super().__init__(f"{self.code}: {message}")


class MalformedRequest(WireFault):
    """The body or a parameter cannot be read as what the model says it is."""


class NoSuchRoute(WireFault):
    """No operation of the service is addressed by this request; the text names what was asked for."""

    code = "UnknownOperationException"
    status = 404


def error_shape(model: ServiceModel, code: str) -> StructureShape | None:
    """Return the modelled shape for an error's code or shape name, or None when the model has none."""
    return _error_shapes(model).get(code.rpartition("#")[2])


def query_code(model: ServiceModel, fault: Fault) -> str:
    """Return the code that the query protocol (and ``x-amzn-query-error``) shows for this fault."""
    if fault.query_code is not None:
        return fault.query_code
    shape = error_shape(model, fault.code)
    return fault.code.rpartition("#")[2] if shape is None else str(shape.error_code)


def type_name(model: ServiceModel, fault: Fault) -> str:
    """Return the shape name that ``__type`` carries for this fault."""
    shape = error_shape(model, fault.code)
    return fault.code if shape is None or "#" in fault.code else str(shape.name)


def message_key(model: ServiceModel, fault: Fault, default: str) -> str:
    """Return how this fault spells its message member: as its modelled shape does, else ``default``."""
    shape = error_shape(model, fault.code)
    if shape is None:
        return default
    members = shape.members
    return next((name for name in ("message", "Message") if name in members), default)


@lru_cache(maxsize=128)
def _error_shapes(model: ServiceModel) -> dict[str, StructureShape]:
    shapes = [shape for shape in model.error_shapes if isinstance(shape, StructureShape)]
    table: dict[str, StructureShape] = {shape.name: shape for shape in shapes}
    for shape in shapes:
        table.setdefault(shape.error_code, shape)
    return table
