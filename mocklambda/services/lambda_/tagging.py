"""Tags: how many and which a resource may have."""

from __future__ import annotations

from collections.abc import Mapping

from mocklambda.services.lambda_ import errors

LIMIT = 50


def check_tags(tags: Mapping[str, str]) -> None:
    """Raise when a resource would have too many tags."""
    if len(tags) > LIMIT:
        raise errors.invalid_parameter("Number of tags exceeds resource tag limit.")
