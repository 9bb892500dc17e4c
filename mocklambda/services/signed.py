"""What a service asks about a signed request: whether who signed it has the secret of the access key it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """A request as it came. Header names are lower-case; path and query are as sent, percent-encoded."""

    method: str
    scheme: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgery:
    """A signature that is not its request's, and what should have been signed."""

    access_key: str
    provided: str
    string_to_sign: str
    canonical_request: str | None
    """None for signatures of version 2, which have no such thing."""


class Signatures(Protocol):
    """Whoever knows some secrets."""

    def forgery(self, request: SignedRequest) -> Forgery | None:
        """Return what is wrong with a signature; None where nothing is, or where nobody knows the secret."""

    def form_forgery(self, fields: Mapping[str, str]) -> Forgery | None:
        """Return the same for an upload by form, whose policy is signed; ``fields`` have lower-case names."""
