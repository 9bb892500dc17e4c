"""Code signing configurations, and what they do with code that nobody signed."""

from __future__ import annotations

from dataclasses import dataclass

from mocklambda.clock.base import Millis


@dataclass(slots=True, kw_only=True, eq=False)
class SigningConfig:
    """One code signing configuration."""

    config_id: str
    arn: str
    description: str
    publishers: tuple[str, ...]
    policy: str
    """``Warn`` or ``Enforce``."""
    modified_at: Millis
    tags: dict[str, str]
