"""One store of botocore's JSON models for all sessions of the process: data only, read from disk once.

Each cloud sets boto3's default session aside, so every test would read and parse its clients' models anew: a
third of a second, where the client itself takes milliseconds. botocore shares them between the clients of one
session; here sessions share them too.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from mocklambda.intercept import active


def install() -> active.Undo:
    """Patch the way in which botocore's sessions get their loader; returns what puts it back."""
    from botocore import session

    owner: Any = session
    original = owner.create_loader

    def create_loader(search_path_string: str | None = None) -> Any:
        loader = original(search_path_string)
        loader._cache = _store(search_path_string)  # noqa: SLF001 - what its own ``instance_cache`` keeps
        return loader

    owner.create_loader = create_loader

    def undo() -> None:
        owner.create_loader = original

    return undo


@lru_cache(maxsize=8)
def _store(search_path: str | None) -> dict[Any, Any]:
    """Return what loaders of this search path have in common."""
    return {}
