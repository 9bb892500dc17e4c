"""What threads that wait can do meanwhile, as the engine sees it."""

from __future__ import annotations

from typing import Protocol


class Hand(Protocol):
    """What a thread does while it waits, where it can do better than sleep: it may open turns."""

    def wait(self, seconds: float | None) -> None:
        """Return once notified, once something was done, or when the time is over."""

    def notify(self) -> None:
        """End the waiting, from another thread."""

    def release(self) -> None:
        """Take note that the thread has done with it."""


class Hands(Protocol):
    """Who has work for threads that wait. Called by the thread itself."""

    are_needed: bool
    """Whether there can be any work."""

    def dismiss(self) -> None:
        """Take note that the thread waits no more."""

    def offer(self) -> Hand | None:
        """Return something to do while it waits, if there is; called under the engine's lock."""


class Idle:
    """Has no work for anybody."""

    are_needed = False

    def dismiss(self) -> None:
        pass

    def offer(self) -> Hand | None:
        return None
