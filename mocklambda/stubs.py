"""Stand-ins: a function's answers as the test's author says them, one call after another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from mocklambda.errors import UsageError


class StandIn:
    """Called with event and context in place of a handler."""

    def __init__(
        self,
        name: str,
        returns: Any,
        raises: BaseException | type[BaseException] | None,
        side_effect: Callable[[Any], Any] | Sequence[Any] | None,
    ) -> None:
        self._name = name
        self._returns = returns
        self._raises = raises
        self._call = side_effect if callable(side_effect) else None
        self._answers: Iterator[Any] | None = None
        if side_effect is not None and not callable(side_effect):
            self._answers = iter(side_effect)
        self._lock = threading.Lock()
        self.is_instant = self._call is None
        """Whether its answers are known beforehand."""

    def __call__(self, event: Any, context: Any) -> Any:
        if self._raises is not None:
            raise _fresh(self._raises)
        if self._call is not None:
            return self._call(event)
        if self._answers is None:
            return self._returns
        with self._lock:
            answer = next(self._answers, StandIn)
        if answer is StandIn:
            raise UsageError(f"the stub of {self._name!r} has no answer left: side_effect= was used up")
        if _is_exception(answer):
            raise _fresh(answer)
        return answer


def _is_exception(answer: Any) -> TypeGuard[BaseException | type[BaseException]]:
    return isinstance(answer, BaseException) or (
        isinstance(answer, type) and issubclass(answer, BaseException)
    )


def _fresh(error: BaseException | type[BaseException]) -> BaseException | type[BaseException]:
    """Let an exception that is raised again begin a traceback anew: it would grow with every call."""
    return error.with_traceback(None) if isinstance(error, BaseException) else error


def stand_in(
    name: str,
    *,
    returns: Any,
    raises: BaseException | type[BaseException] | None,
    side_effect: Callable[[Any], Any] | Sequence[Any] | None,
) -> StandIn:
    """Make a stand-in.

    Raises:
        UsageError: more than one of the three was given, or one is not what it has to be.
    """
    if sum(given is not None for given in (returns, raises, side_effect)) > 1:
        raise UsageError("a stub takes one of returns=, raises= and side_effect=")
    if raises is not None and not _is_exception(raises):
        raise UsageError(f"raises={raises!r}: an exception is expected")
    is_sequence = isinstance(side_effect, Iterable) and not isinstance(side_effect, (str, bytes, Mapping))
    if side_effect is not None and not callable(side_effect) and not is_sequence:
        raise UsageError(
            f"side_effect={side_effect!r}: a callable or a sequence of answers is expected; use returns= for one answer"
        )
    return StandIn(name, returns, raises, side_effect)
