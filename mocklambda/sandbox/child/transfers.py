"""Which way boto3 transfers files: through its clients, which are answered, and not by awscrt's own HTTP, which is not.

That one opens connections where nothing here sees them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def stay_classic(module: Any) -> Callable[[], None]:
    """Patch ``boto3.s3.transfer``; returns what puts it back."""
    original = getattr(module, "_should_use_crt", None)
    if original is None:  # a boto3 from before that way
        return lambda: None
    module._should_use_crt = lambda _config: False

    def undo() -> None:
        module._should_use_crt = original

    return undo
