"""A response that is read while its function makes it. All methods but ``is_cut_off`` are for use inside turns only."""

from __future__ import annotations

from collections import deque

from mocklambda.execution.ports import Outbox, Pending
from mocklambda.execution.values import Outcome, Streamed


class ResponseStream:
    """The chunks that have come and were not taken; for one reader."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._chunks: deque[bytes] = deque()
        self._count = 0  # of all that have come
        self._is_over = False
        self._is_failed = False
        self._waiting: Pending | None = None

    def skip(self, more: Streamed) -> None:
        """Note what has come and goes to the reader in another way."""
        self._count += len(more.chunks)

    def add(self, more: Streamed) -> None:
        """Take what more has come."""
        self.skip(more)
        self._chunks.extend(more.chunks)
        self._answer()

    def end(self, outcome: Outcome) -> None:
        """Take the rest: the outcome has all chunks, those that have come before too."""
        self._is_over = True
        self._is_failed = outcome.is_error
        whole = outcome.streamed
        if whole is not None:
            self._chunks.extend(whole.chunks[self._count :])
        self._answer()

    def take(self) -> bytes | Pending | None:
        """Return the next chunk, or a reply that will be it; None at the end."""
        if self._chunks:
            return self._chunks.popleft()
        if self._is_over:
            return None
        self._waiting = self._outbox.pending()
        return self._waiting

    def is_cut_off(self) -> bool:
        """Whether the function failed, of a stream that was read to its end."""
        return self._is_failed

    def _answer(self) -> None:
        waiting = self._waiting
        if waiting is not None and (self._chunks or self._is_over):
            self._waiting = None
            waiting.resolve(self._chunks.popleft() if self._chunks else None)
