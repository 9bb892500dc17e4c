"""What is logged of one environment: its output and the platform's lines, and what of them is an invocation's.

Decides which events are kept and to which invocation they belong; where they are stored is another's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mocklambda.clock.base import Millis
from mocklambda.execution.values import FunctionSpec, Invocation
from mocklambda.sandbox import logs
from mocklambda.sandbox.log_levels import filter_of
from mocklambda.sandbox.outcomes import Ending
from mocklambda.sandbox.platform_lines import Lines, Report

Event = tuple[Millis, str]


class InvocationLog:
    """The events of one environment. ``on_begin`` is called where the output says that an invocation begins."""

    def __init__(self, spec: FunctionSpec, now: Callable[[], Millis], on_begin: Callable[[], None]) -> None:
        self.lines = Lines(spec)
        self.output = logs.Output(self._heard, on_begin)
        self._is_kept = filter_of(spec)
        self._now = now
        self._to_store: list[Event] = []
        self._events: list[str] = []  # of this invocation, from START on
        self._init_events: list[str] = []
        self._size = 0
        self._dropped = [0, 0]

    def write(self, *texts: str) -> None:
        """Add events of the platform's; an empty text is none."""
        self._write(self._now(), texts)

    def _write(self, now: Millis, texts: Iterable[str]) -> None:
        for text in texts:
            if text:
                self._events.append(text)
                self._to_store.append((now, text))

    def begin(self, invocation: Invocation) -> None:
        """Note that all that comes now is an invocation's, and say START."""
        self._init_events += self._events
        self._events.clear()
        now = self._now()
        self._write(now, (self.lines.start(now, invocation),))

    def end(self, invocation: Invocation, ending: Ending, report: Report) -> None:
        """Say how an invocation ended."""
        now = self._now()
        if ending.status == "timeout":
            self.write(self.lines.timed_out(now, invocation))
        elif ending.exit_text is not None:
            self.write(self.lines.ended_early(invocation, ending.exit_text, ending.error_type or ""))
        if self._dropped[0]:
            self.write(self.lines.dropped(now, *self._dropped))
        self._write(now, self.lines.report(now, invocation, report))

    def whole(self) -> tuple[str, int]:
        """Return all of the init that came before this invocation, with all of its own, and where those begin."""
        own = logs.concatenated(self._events)
        if not self._init_events:
            return own, 0
        before = logs.concatenated(self._init_events)
        return before + own, len(before)

    def forget(self) -> None:
        """Let the next invocation have a log of its own."""
        self._events = []
        self._init_events = []
        self._size = 0
        self._dropped = [0, 0]

    def to_store(self) -> list[Event]:
        """Take what has not been stored yet."""
        taken, self._to_store = self._to_store, []
        return taken

    def _heard(self, text: str) -> None:
        """Take an event of the function's own."""
        if self._is_kept is not None and not self._is_kept(text):
            return
        size = len(text)
        if self._size + size > logs.INVOCATION_LIMIT:
            self._dropped = [self._dropped[0] + 1, self._dropped[1] + size]
            return
        self._size += size
        self.write(text)
