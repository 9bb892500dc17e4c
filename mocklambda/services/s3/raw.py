"""An answer that no model tells of: status, headers and bytes as they travel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO

from mocklambda.services.s3.bodies import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReply:
    """What is answered to a form, a preflight, or a website's visitor."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | BinaryIO | Reader = b""
