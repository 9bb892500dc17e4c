"""What an attempt that did not begin is told: later it may. Knows no reason why."""

from __future__ import annotations


class NotNow(Exception):
    """An attempt has not begun, and costs no retry; ``status`` and ``message`` are what records say of it."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        self.message = message
        super().__init__(message)


class Unstartable(NotNow):
    """No environment can be started now: what the function needs of others is refused. Warm ones go on."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(502, message)
