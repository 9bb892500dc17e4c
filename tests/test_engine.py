"""The engine: turns, effects after the lock, settling by cause, moving time, blocked callers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from mocklambda.clock.virtual import VirtualClock
from mocklambda.engine import Engine
from mocklambda.errors import MocklambdaError, NothingWillAnswer, NotSettled


class Bench:
    """An engine on a clock of its own, with what was performed."""

    def __init__(self, **options: object) -> None:
        self.source = 0
        self.clock = VirtualClock(lambda: self.source)
        self.performed: list[object] = []
        self.engine = Engine(self.clock, self.performed.append, **options)  # type: ignore[arg-type]
        self.threads: list[threading.Thread] = []

    def start(self, target: Callable[[], object]) -> threading.Thread:
        thread = threading.Thread(target=target)
        self.threads.append(thread)
        thread.start()
        return thread


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench(max_real_seconds=0.05)
    yield bench
    for thread in bench.threads:
        thread.join()


def test_effects_are_performed_after_the_turn_in_order(bench: Bench) -> None:
    def action() -> int:
        bench.engine.emit("first")
        bench.engine.emit("second")
        return len(bench.performed)

    during = bench.engine.turn(action)
    assert (during, bench.performed) == (0, ["first", "second"])


def test_what_raises_has_no_effects(bench: Bench) -> None:
    def action() -> None:
        bench.engine.emit("never")
        bench.engine.soon(lambda: bench.engine.emit("neither"))
        raise ValueError

    with pytest.raises(ValueError):
        bench.engine.turn(action)
    bench.engine.turn(lambda: None)
    assert bench.performed == []


def test_a_turn_inside_a_turn_is_refused(bench: Bench) -> None:
    with pytest.raises(RuntimeError, match="a turn inside a turn"):
        bench.engine.turn(lambda: bench.engine.turn(lambda: None))


def test_soon_runs_at_the_end_of_the_turn_once(bench: Bench) -> None:
    seen: list[str] = []
    wake = lambda: seen.append("woken")  # noqa: E731

    def action() -> None:
        bench.engine.soon(wake)
        bench.engine.soon(wake)
        seen.append("acted")

    bench.engine.turn(action)
    assert seen == ["acted", "woken"]


def test_a_pause_holds_back_what_comes_soon(bench: Bench) -> None:
    seen: list[str] = []
    bench.engine.pause()
    bench.engine.turn(lambda: bench.engine.soon(lambda: seen.append("woken")))
    held = list(seen)
    bench.engine.resume()
    assert (held, seen) == ([], ["woken"])


def test_only_the_outermost_resume_lets_go(bench: Bench) -> None:
    seen: list[str] = []
    bench.engine.pause()
    bench.engine.pause()
    bench.engine.turn(lambda: bench.engine.soon(lambda: seen.append("woken")))
    bench.engine.resume()
    assert seen == []
    bench.engine.resume()


def test_a_call_waits_for_what_it_caused(bench: Bench) -> None:
    causes = bench.engine.new_call()
    work = bench.engine.turn(lambda: bench.engine.begin("a handler", causes), causes)
    seen: list[str] = []

    def finish() -> None:
        seen.append("finished")
        bench.engine.turn(work.end)

    bench.start(finish)
    bench.engine.settle_call(causes)
    assert seen == ["finished"]


def test_a_call_does_not_wait_for_what_others_caused(bench: Bench) -> None:
    other, mine = bench.engine.new_call(), bench.engine.new_call()
    bench.engine.turn(lambda: bench.engine.begin("their handler", other))
    bench.engine.settle_call(mine)


def test_work_that_waits_for_us_is_not_in_flight(bench: Bench) -> None:
    causes = bench.engine.new_call()
    work = bench.engine.turn(lambda: bench.engine.begin("a handler", causes))
    bench.engine.turn(work.block)
    bench.engine.settle_call(causes)
    bench.engine.turn(work.unblock)
    assert bench.engine.running == 1


def test_calls_that_join_work_wait_for_it(bench: Bench) -> None:
    first, second = bench.engine.new_call(), bench.engine.new_call()
    work = bench.engine.turn(lambda: bench.engine.begin("a batch", first))
    bench.engine.turn(lambda: work.add(second))
    with pytest.raises(NotSettled):
        bench.engine.settle_call(second)


def test_not_settled_names_what_is_in_flight_and_what_is_parked(bench: Bench) -> None:
    bench.engine.turn(lambda: bench.engine.begin("resize (invoke)", frozenset()))
    bench.engine.turn(lambda: bench.clock.call_at(60_000, lambda: None, label="retry of resize"))
    with pytest.raises(NotSettled) as caught:
        bench.engine.settle()
    assert (caught.value.in_flight, caught.value.parked) == (
        ("resize (invoke)",),
        ("retry of resize, due in 60 s",),
    )


def test_advance_runs_each_thing_at_its_own_instant_and_lands_exactly(bench: Bench) -> None:
    seen: list[int] = []
    for when in (500, 1500, 2500):
        bench.engine.turn(lambda when=when: bench.clock.call_at(when, lambda: seen.append(bench.clock.now())))
    bench.engine.advance(2000)
    assert (seen, bench.clock.now()) == ([500, 1500], 2000)


def test_advance_settles_between_instants(bench: Bench) -> None:
    seen: list[str] = []

    def begin() -> None:
        work = bench.engine.begin("a handler", frozenset())
        bench.start(lambda: (seen.append("handled"), bench.engine.turn(work.end)))

    bench.engine.turn(lambda: bench.clock.call_at(100, begin))
    bench.engine.turn(lambda: bench.clock.call_at(200, lambda: seen.append("later")))
    bench.engine.advance(300)
    assert seen == ["handled", "later"]


def test_what_a_timer_sets_within_the_span_is_run_too(bench: Bench) -> None:
    seen: list[int] = []

    def chain() -> None:
        seen.append(bench.clock.now())
        bench.clock.call_at(bench.clock.now() + 100, chain)

    bench.engine.turn(lambda: bench.clock.call_at(100, chain))
    bench.engine.advance(350)
    assert seen == [100, 200, 300]


def test_run_until_idle_jumps_to_the_end_of_parked_work(bench: Bench) -> None:
    bench.engine.turn(lambda: bench.clock.call_at(3_600_000, lambda: None))
    bench.engine.turn(lambda: bench.clock.call_at(60_000, lambda: None, recurring=True))
    bench.engine.run_until_idle(86_400_000)
    assert bench.clock.now() == 3_600_000


def test_run_until_idle_stops_at_its_limit_and_says_what_is_left(bench: Bench) -> None:
    bench.engine.turn(lambda: bench.clock.call_at(2000, lambda: None, label="a late one"))
    with pytest.raises(NotSettled) as caught:
        bench.engine.run_until_idle(1000)
    assert (bench.clock.now(), caught.value.parked) == (1000, ("a late one, due in 1 s",))


def test_what_fell_due_while_nobody_called_runs_at_the_next_turn_at_its_own_instant(bench: Bench) -> None:
    seen: list[int] = []
    bench.engine.turn(lambda: bench.clock.call_at(100, lambda: seen.append(bench.clock.now())))
    bench.source = 5000
    after = bench.engine.turn(bench.clock.now)
    assert (seen, after) == ([100], 5000)


def test_a_blocked_caller_skips_time_to_the_next_due_instant(bench: Bench) -> None:
    pending = bench.engine.turn(bench.engine.pending)
    bench.engine.turn(lambda: bench.clock.call_at(20_000, lambda: pending.resolve("empty")))
    assert (bench.engine.wait(pending), bench.clock.now()) == ("empty", 20_000)


def test_a_blocked_caller_does_not_skip_while_something_is_in_flight(bench: Bench) -> None:
    pending = bench.engine.turn(bench.engine.pending)
    work = bench.engine.turn(lambda: bench.engine.begin("a handler", frozenset()))
    bench.engine.turn(lambda: bench.clock.call_at(20_000, lambda: pending.resolve("empty")))
    bench.start(lambda: bench.engine.turn(lambda: (pending.resolve("a message"), work.end())))
    assert (bench.engine.wait(pending), bench.clock.now()) == ("a message", 0)


def test_a_caller_that_nothing_will_ever_answer_is_told(bench: Bench) -> None:
    pending = bench.engine.turn(bench.engine.pending)
    with pytest.raises(NothingWillAnswer, match="would wait for ever"):
        bench.engine.wait(pending)


def test_the_first_answer_counts(bench: Bench) -> None:
    pending = bench.engine.turn(bench.engine.pending)
    bench.engine.turn(lambda: (pending.resolve(1), pending.resolve(2)))
    assert bench.engine.wait(pending) == 1


def test_an_answer_can_be_an_error(bench: Bench) -> None:
    pending = bench.engine.turn(bench.engine.pending)
    bench.engine.turn(lambda: pending.fail(KeyError("gone")))
    with pytest.raises(KeyError):
        bench.engine.wait(pending)


def test_a_callback_is_called_outside_the_lock(bench: Bench) -> None:
    seen: list[object] = []
    pending = bench.engine.turn(bench.engine.pending)
    bench.engine.turn(lambda: pending.then(lambda p: seen.append(bench.engine.turn(p.result))))
    bench.engine.turn(lambda: pending.resolve("answer"))
    assert seen == ["answer"]


def test_a_frozen_source_is_moved_instead_of_skipped_over() -> None:
    moved: list[int] = []

    def move(duration: int) -> bool:
        moved.append(duration)
        bench.source += duration
        return True

    bench = Bench(moves_source=move)
    bench.engine.advance(60_000)
    assert (moved, bench.source, bench.clock.now()) == ([60_000], 60_000, 60_000)


def test_effects_of_many_threads_keep_the_order_of_their_turns(bench: Bench) -> None:
    order: list[int] = []

    def action(number: int) -> None:
        order.append(number)
        bench.engine.emit(number)

    for number in range(8):
        bench.start(lambda number=number: [bench.engine.turn(lambda: action(number)) for _ in range(50)])
    for thread in bench.threads:
        thread.join()
    assert bench.performed == order


def test_a_bug_that_ends_the_sandbox_is_told_to_whoever_waits(bench: Bench) -> None:
    pending = bench.engine.turn(bench.engine.pending)
    bench.engine.turn(lambda: bench.engine.begin("a handler", frozenset()))
    bench.start(lambda: bench.engine.break_off(ZeroDivisionError("ours")))
    with pytest.raises(MocklambdaError, match="a bug in mocklambda ended the sandbox"):
        bench.engine.wait(pending)


def test_an_effect_knows_in_whose_turn_it_was_decided(bench: Bench) -> None:
    seen: list[int] = []
    bench.engine.turn(lambda: bench.engine.emit(lambda: seen.append(bench.engine.decided_by)))
    assert seen == [threading.get_ident()]
