"""What the engine counts and waits for: work in flight, and replies that are not there yet.

Changed only inside a turn; decides nothing but when a waiting handler is no work in flight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from mocklambda.execution.ports import Causes

if TYPE_CHECKING:
    from mocklambda.engine import Engine


class FlyingWork:
    """Something in flight. ``block`` takes it out of the count while it waits for an answer of ours."""

    __slots__ = ("_blocks", "_engine", "_is_ended", "_is_open", "causes", "label")

    def __init__(self, engine: Engine, label: str, causes: Causes) -> None:
        self._engine = engine
        self._blocks = 0
        self._is_ended = False
        self._is_open = False
        self.label = label
        self.causes = causes

    def add(self, causes: Causes) -> None:
        new = causes - self.causes
        if new and not self._is_ended and not self._is_open:
            self.causes |= new
            if not self._blocks:
                self._engine.count(new, 1)

    def open(self, causes: Causes) -> None:
        others = self.causes - causes
        if others and not self._blocks and not self._is_ended:
            self._engine.count(others, -1)
        self.causes -= others
        self._is_open = True

    def end(self) -> None:
        if not self._is_ended:
            self._is_ended = True
            self._engine.land(self, is_counted=not self._blocks)

    def block(self) -> None:
        """Wait for us: nothing can settle if that counts as in flight."""
        self._blocks += 1
        if self._blocks == 1 and not self._is_ended:
            self._engine.running -= 1
            self._engine.count(self.causes, -1)

    def unblock(self) -> None:
        """Go on with its answer; the call that brought it about waits for what comes of it, too."""
        self.add(self._engine.causes)
        self._blocks -= 1
        if self._blocks == 0 and not self._is_ended:
            self._engine.running += 1
            self._engine.count(self.causes, 1)

    def __repr__(self) -> str:
        return f"<{self.label}{' (waiting for an answer)' if self._blocks else ''}>"


class PendingReply:
    """A reply to be given later, to one caller: a thread that waits, or a callback."""

    __slots__ = ("_callback", "_engine", "done", "error", "goes_on", "holder", "value")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._callback: Callable[[PendingReply], None] | None = None
        self.done = False
        self.goes_on = False
        """Whether the caller has only begun to read what it was answered."""
        self.value: Any = None
        self.error: Exception | None = None
        self.holder: FlyingWork | None = None
        """The invocation whose handler waits for this reply."""

    def resolve(self, value: Any) -> None:
        if not self.done:
            self.value = value
            self._finish()

    def begin(self, value: Any) -> None:
        self.goes_on = True
        self.resolve(value)

    def fail(self, error: Exception) -> None:
        if not self.done:
            self.error = error
            self._finish()

    def then(self, callback: Callable[[PendingReply], None]) -> None:
        """Call back, outside the lock, once answered; for use inside the turn that made it."""
        self._callback = callback
        if self.done:
            self._engine.emit(lambda: callback(self))

    def result(self) -> Any:
        """Return the answer or raise its error."""
        if self.error is not None:
            raise self.error
        return self.value

    def _finish(self) -> None:
        self.done = True
        if self.holder is not None:
            self.holder.unblock()
            self.holder = None
        callback = self._callback
        if callback is not None:
            self._engine.emit(lambda: callback(self))


def followed(
    engine: Engine, take: Callable[[], Any], causes: Causes, work: FlyingWork | None
) -> Iterator[Any]:
    """Yield what ``take`` gives, until that is None, to a blocked caller: ``work`` is a handler's invocation."""
    while True:
        found = engine.turn(lambda: held(take(), work), causes)
        if isinstance(found, PendingReply):
            found = engine.wait(found)
        if found is None:
            return
        yield found


def held(result: Any, work: FlyingWork | None, later: Callable[[PendingReply], None] | None = None) -> Any:
    """Have a reply that is not there yet told to ``later``; the handler that waits for it is not in flight."""
    if isinstance(result, PendingReply):
        if work is not None and not result.done:
            work.block()
            result.holder = work
        if later is not None:
            result.then(later)
    return result
