"""Sessions of the test's process share what never changes, as those of handlers do, while a cloud is open."""

from __future__ import annotations

from mocklambda.intercept import active
from mocklambda.sandbox.child import sessions


def install() -> active.Undo:
    """Patch the ways in which botocore's sessions take handlers; returns what puts them back."""
    from botocore import hooks

    return sessions.share(hooks)
