"""One lock, one outbox: turns into state, waiting for what they caused, and moving time.

Theory of operation. State is touched only inside a *turn*, under one lock, by plain calls. What the world
must do (start a process, send an event) is an *effect*: collected during the turn, performed after the lock
is released, in the order of the turns. Work that the real world does is counted *in flight* from the moment
it is decided, under the lock, so that a settling caller can not slip between decision and deed; it carries
the *causes* it descends from: the numbers of the test's calls that wait for it.

Time moves for three reasons only: its source moved, the test said ``advance``, or a caller of the test is
blocked and nothing is in flight. Knows nothing of AWS, services or processes.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any, TypeVar

from mocklambda.clock.base import Millis
from mocklambda.clock.real import Deadline
from mocklambda.clock.virtual import VirtualClock
from mocklambda.errors import MocklambdaError, NothingWillAnswer, NotSettled
from mocklambda.execution.ports import NO_CAUSES, Causes
from mocklambda.flight import FlyingWork, PendingReply, followed
from mocklambda.waiting import Hand, Hands, Idle

T = TypeVar("T")

README_NOT_SETTLED = "see README.md, “When something fails”: NotSettled"


class Engine:
    """The only door into state. ``perform`` does effects that are not plain callables."""

    def __init__(
        self,
        clock: VirtualClock,
        perform: Callable[[Any], None],
        *,
        max_real_seconds: float = 30.0,
        moves_source: Callable[[Millis], bool] = lambda _: False,
        has_real_polls: bool = False,
        hands: Hands | None = None,
    ) -> None:
        self.clock = clock
        self.causes: Causes = NO_CAUSES
        self.running = 0  # work in flight that is not blocked
        self._perform = perform
        self._max_real_seconds = max_real_seconds
        self._moves_source = moves_source
        self._has_real_polls = has_real_polls
        self._hands: Hands = hands or Idle()
        self.expecting: set[int] = set()
        """Threads that are going to wait for what they have performed."""
        self._lock = threading.Lock()
        self._resting: dict[threading.Condition | Hand, Callable[[], bool]] = {}
        """Threads that rest, and when waking them is not in vain: that costs more than most turns."""
        self._broken: Exception | None = None
        self._owner: int | None = None
        self._outbox: list[Any] = []
        self._soon: dict[Callable[[], None], None] = {}
        self._held: dict[Callable[[], None], None] = {}
        self._pauses = 0
        self._effects: deque[tuple[Any, int]] = deque()
        self.decided_by = 0
        """The thread in whose turn the effect was decided that is being performed, perhaps by another thread."""
        self._performing = threading.RLock()
        self._moving = threading.RLock()
        self._works: dict[FlyingWork, None] = {}
        self._unsettled: dict[int, int] = {}
        self._numbers = count(1)
        self._is_closed = False

    # -- for state, inside a turn ------------------------------------------------------------------------

    def emit(self, effect: Any) -> None:
        self._outbox.append(effect)

    def soon(self, action: Callable[[], None]) -> None:
        self._soon[action] = None

    def begin(self, label: str, causes: Causes) -> FlyingWork:
        work = FlyingWork(self, label, causes)
        self._works[work] = None
        self.running += 1
        self.count(causes, 1)
        return work

    def pending(self) -> PendingReply:
        return PendingReply(self)

    def later(self, action: Callable[[], T]) -> Callable[[], T]:
        return lambda: self.turn(action)

    def follow(self, take: Callable[[], Any], *, causes: Causes, work: Any, settles: bool) -> Iterator[Any]:
        yield from followed(self, take, causes, work)
        if settles:
            self.settle_call(causes)

    # -- the books ---------------------------------------------------------------------------------------

    def count(self, causes: Causes, change: int) -> None:
        """Note ``change`` pieces of work more that these calls wait for."""
        for call in causes:
            left = self._unsettled.get(call, 0) + change
            if left:
                self._unsettled[call] = left
            else:
                del self._unsettled[call]

    def land(self, work: FlyingWork, *, is_counted: bool) -> None:
        """Take ended work off the books."""
        del self._works[work]
        if is_counted:
            self.running -= 1
            self.count(work.causes, -1)

    # -- turns -------------------------------------------------------------------------------------------

    def turn(self, action: Callable[[], T], causes: Causes = NO_CAUSES) -> T:
        """Run ``action`` on state: the one entry, from any thread. What it raises, it has done nothing."""
        if self._owner is not None:
            self._refuse_inside()
        with self._lock:
            now = self.clock.now()
            due = self.clock.next_due()
            result = self._turn(action, causes, now, is_behind=due is not None and due <= now)
        if self._effects:
            self._drain()
        return result

    def call(self, action: Callable[[], T], causes: Causes) -> T:
        """Run a call of the test as a turn, after what fell due while nobody called."""
        if self._owner is not None:
            self._refuse_inside()
        with self._lock:
            now = self.clock.now()
            due = self.clock.next_due()
            is_behind = due is not None and due <= now
            if not is_behind:
                result = self._turn(action, causes, now, is_behind=False)
        if is_behind:
            self.catch_up()
            return self.turn(action, causes)
        if self._effects:
            self._drain()
        return result

    def _refuse_inside(self) -> None:
        if self._owner == threading.get_ident():
            raise RuntimeError("a turn inside a turn: inside, call the function")

    def _turn(self, action: Callable[[], T], causes: Causes, now: Millis, *, is_behind: bool) -> T:
        self._owner = threading.get_ident()
        self.clock.read = now
        try:
            if is_behind:
                self._fire_due(now)
            return self._step(action, causes)
        finally:
            self.clock.read = self._owner = None
            for resting, is_over in self._resting.items():
                if is_over():
                    resting.notify()

    def _step(self, action: Callable[[], T], causes: Causes) -> T:
        self.causes = causes
        try:
            result = action()
            if self._pauses:
                self._held.update(self._soon)
                self._soon.clear()
            while self._soon:
                wanted = next(iter(self._soon))
                del self._soon[wanted]
                wanted()
        except BaseException:
            self._outbox.clear()
            self._soon.clear()
            raise
        finally:
            self.causes = NO_CAUSES
        if self._outbox:
            thread = threading.get_ident()
            self._effects.extend((effect, thread) for effect in self._outbox)
            self._outbox.clear()
        return result

    def _fire_due(self, now: Millis) -> None:
        before = self.clock.pinned
        try:
            while (due := self.clock.next_due()) is not None and due <= now:
                self.clock.pin(due)
                action = self.clock.take_due(due)
                if action is not None:
                    self._step(action, NO_CAUSES)
        finally:
            self.clock.pin(before)

    def _drain(self) -> None:
        with self._performing:
            while self._effects:
                effect, self.decided_by = self._effects.popleft()
                if callable(effect):
                    effect()
                else:
                    self._perform(effect)

    # -- calls of the test -------------------------------------------------------------------------------

    def new_call(self) -> Causes:
        """Return a number for a call of the test, as the causes of what it sets off."""
        return frozenset((next(self._numbers),))

    def expect(self) -> bool:
        """Take note that this thread will wait for what it is about to set off; says whether that matters yet."""
        if self._hands.are_needed:
            self.expecting.add(threading.get_ident())
            return True
        return False

    def dismiss(self) -> None:
        """Take note that it waits no more."""
        self.expecting.discard(threading.get_ident())
        self._hands.dismiss()

    def catch_up(self) -> None:
        """Run what fell due while nobody called, each thing at its own instant, settling in between."""
        with self._lock:
            due = self.clock.next_due()
            now = self.clock.now()
        if due is not None and due <= now and self.clock.pinned is None:
            with self._moving:
                self._run_to(now)
                with self._lock:
                    self.clock.pin(None)

    def wait(self, pending: PendingReply) -> Any:
        """Block the calling thread until ``pending`` is answered, skipping time where only that can help."""
        while True:
            with self._lock:
                if pending.done:
                    break
                self._refuse_if_closed()
                due = self.clock.next_due()
                if self._has_real_polls and due is not None and due <= self.clock.now():
                    what_helps = self.fire_due
                elif (
                    pending.holder is not None
                ):  # whoever waits for that invocation moves time, if that can help
                    self._work(lambda: pending.done, None)
                    continue
                elif self.running or (due is not None and self._has_real_polls):
                    self._work(
                        lambda: pending.done or not self.running or self._has_real_polls, self._real_wait(due)
                    )
                    continue
                elif due is None:
                    raise NothingWillAnswer(
                        "A call waits for an answer, but nothing is in flight and nothing is parked on the clock, so "
                        f"it would wait for ever.{self._paused_hint()}"
                    )
                else:
                    what_helps = partial(self._skip_for, pending)
            what_helps()
        return pending.result()

    def _real_wait(self, due: Millis | None) -> float | None:
        if due is None or not self._has_real_polls:
            return None
        return max(0.0, (due - self.clock.now()) / 1000)

    def _skip_for(self, pending: PendingReply) -> None:
        with self._moving:
            with self._lock:
                due = self.clock.next_due()
                if pending.done or self.running or due is None:
                    return
                due = max(due, self.clock.now())
            self._run_to(due)
            self._land_at(due)

    def settle_call(self, causes: Causes) -> None:
        """Return when nothing that descends from this call is in flight."""
        (number,) = causes
        if number in self._unsettled:
            self._settle(lambda: number not in self._unsettled)

    def settle(self) -> None:
        """Return when nothing is in flight at all."""
        self.catch_up()
        self._settle(lambda: not self.running)

    def _settle(self, is_settled: Callable[[], bool]) -> None:
        deadline = Deadline(self._max_real_seconds)
        with self._lock:
            while not is_settled():
                self._refuse_if_closed()
                if deadline.passed:
                    in_flight, parked = self._listing()
                    raise NotSettled(self._not_settled_text(in_flight, parked), in_flight, parked)
                self._work(is_settled, deadline.left())

    def _work(self, is_over: Callable[[], bool], seconds: float | None) -> None:
        """Rest, lending a hand where that is wanted. ``is_over`` is to be asked again after it."""
        hand = None if self._broken is not None else self._hands.offer()
        if hand is None:
            self._rest(is_over, seconds)
            return
        self._resting[hand] = is_over
        self._lock.release()
        try:
            hand.wait(seconds)
        finally:
            self._lock.acquire()
            del self._resting[hand]
            hand.release()
        self._raise_if_broken()

    def _rest(self, is_over: Callable[[], bool], seconds: float | None) -> None:
        resting = threading.Condition(self._lock)
        self._resting[resting] = is_over
        try:
            if self._broken is None:
                resting.wait(seconds)
        finally:
            del self._resting[resting]
        self._raise_if_broken()

    def _raise_if_broken(self) -> None:
        if self._broken is not None:
            raise MocklambdaError(
                f"a bug in mocklambda ended the sandbox: {self._broken!r}"
            ) from self._broken

    def break_off(self, error: Exception) -> None:
        """Let everyone who waits hear of a bug of ours, after which nothing in flight will ever end."""
        self._broken = error
        self.wake()

    def rest(self, duration_ms: Millis, work: FlyingWork | None = None) -> None:
        """Be a blocked caller for that long: a handler, where ``work`` is its invocation."""
        self.wait(self.turn(lambda: self._park(duration_ms, work)))

    def hold(self, duration_ms: Millis, work: FlyingWork | None, action: Callable[[], None]) -> None:
        """Call back when somebody has been a blocked caller for that long."""
        self.turn(lambda: self._park(duration_ms, work).then(lambda _: action()))

    def _park(self, duration_ms: Millis, work: FlyingWork | None) -> PendingReply:
        pending = self.pending()
        if work is not None:
            work.block()
            pending.holder = work
        due = self.clock.now() + duration_ms
        self.clock.call_at(due, lambda: pending.resolve(None), label="a caller's pause")
        return pending

    def rest_until_due(self) -> None:
        """Return when a timer is due by the clock's own source, or when anything has changed."""
        with self._lock:
            due = self.clock.next_due()
            left = None if due is None else max(0.0, (due - self.clock.now()) / 1000)
            if left != 0.0:
                self._rest(lambda: True, left)

    def fire_due(self) -> None:
        """Run what is due, each thing at its own instant, and wait for nothing that it sets off."""
        with self._lock:
            due = self.clock.next_due()
            is_due = due is not None and due <= self.clock.now()
        if is_due:
            self.turn(lambda: None)

    def wake(self) -> None:
        """Let everyone who rests look again."""
        with self._lock:
            for resting in self._resting:
                resting.notify()

    def close(self) -> None:
        """Let nobody wait any more: whoever does is told that nothing will answer."""
        self._is_closed = True
        self.wake()

    def _refuse_if_closed(self) -> None:
        if self._is_closed:
            raise NothingWillAnswer("The cloud was closed while a call was waiting for what it had set off.")

    # -- moving time -------------------------------------------------------------------------------------

    def advance(self, duration_ms: Millis) -> None:
        """Move time on by exactly ``duration_ms``, running what falls due at its own instant, in order."""
        self.settle()
        with self._moving:
            with self._lock:
                target = self.clock.now() + duration_ms
            self._run_to(target)
            self._land_at(target)

    def run_until_idle(self, limit_ms: Millis) -> None:
        """Jump from one due instant to the next until nothing but recurring things is parked."""
        self.settle()
        with self._moving:
            with self._lock:
                end = self.clock.now() + limit_ms
            while True:
                with self._lock:
                    due = self.clock.next_due(lasting=True)
                    due = None if due is None else max(due, self.clock.now())
                if due is None:
                    return
                if due > end:
                    self._run_to(end)
                    self._land_at(end)
                    with self._lock:
                        in_flight, parked = self._listing()
                    raise NotSettled(
                        f"Work is still parked after {limit_ms / 1000:g} virtual seconds; "
                        "run_until_idle(limit=...) allows more.\n" + _lines("parked", parked),
                        in_flight,
                        parked,
                    )
                self._run_to(due)
                self._land_at(due)

    def _run_to(self, target: Millis) -> None:
        try:
            self._run_each(target)
        except BaseException:
            if self.clock.pinned is not None:
                self._land_at(self.clock.pinned)  # time goes on from where it got to
            raise

    def _run_each(self, target: Millis) -> None:
        while True:
            with self._lock:
                due = self.clock.next_due()
                if due is None or due > target:
                    return
                self.clock.pin(due if self.clock.pinned is None else max(due, self.clock.pinned))
            self.turn(lambda: None)  # fires all that is due at the pinned instant
            self._settle(lambda: not self.running)

    def _land_at(self, instant: Millis) -> None:
        with self._lock:
            self.clock.pin(None)
            passed = instant - self.clock.now()
            if passed <= 0 or not self._moves_source(passed):
                self.clock.land(instant)

    def pause(self) -> None:
        """Hold deliveries back; pauses nest."""
        with self._lock:
            self._pauses += 1

    def resume(self) -> None:
        """Let what was held back go, once the outermost pause is over."""

        def release() -> None:
            self._pauses -= 1
            if not self._pauses:
                self._soon.update(self._held)
                self._held.clear()

        self.turn(release)

    # -- telling -----------------------------------------------------------------------------------------

    def listing(self) -> tuple[list[str], list[str]]:
        """List what is in flight and what is parked, one line each, for people."""
        with self._lock:
            return self._listing()

    def _listing(self) -> tuple[list[str], list[str]]:
        now = self.clock.now()
        in_flight = [repr(work)[1:-1] for work in self._works]
        parked = [
            f"{timer.label or 'a timer'}, due in {(timer.when - now) / 1000:g} s"
            for timer in self.clock.parked()
        ]
        return in_flight, parked

    def _not_settled_text(self, in_flight: list[str], parked: list[str]) -> str:
        return (
            f"Work is still in flight after {self._max_real_seconds:g} real seconds "
            f"(mock_lambda(max_real_seconds=...) allows more).\n"
            f"{_lines('in flight', in_flight)}\n{_lines('parked', parked)}\n({README_NOT_SETTLED})"
        )

    def _paused_hint(self) -> str:
        return " Deliveries are paused: leave `with cloud.paused()` first." if self._pauses else ""


def _lines(title: str, items: list[str]) -> str:
    return f"{title}:\n" + "\n".join(f"  - {item}" for item in items[:50]) if items else f"{title}: nothing"
