"""One execution environment: init, invocations one at a time, reset after a crash or a timeout.

Decides what each event means and what an attempt comes to. All methods are called under the supervisor's
lock; what has to be told to others is queued with ``tell`` and told after it.

    STARTING ──ready──> IDLE <──result── BUSY
        │                │ ──invocation──>│
        └─init failed──> COLD <──crash, timeout, out of memory
                          │ ──invocation──> BUSY, init inside it ("suppressed init")
    any ──stop──> STOPPED
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from functools import partial
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.clock.real import RealClock
from mocklambda.execution.effects import SendInvocation, StartEnvironment
from mocklambda.execution.values import Mishap, Outcome, OutcomeKind, Streamed
from mocklambda.sandbox import outcomes, runtimes
from mocklambda.sandbox.child import channel
from mocklambda.sandbox.child.channel import Frame
from mocklambda.sandbox.host import Host
from mocklambda.sandbox.invocation_log import InvocationLog
from mocklambda.sandbox.memory_watch import MemoryWatch
from mocklambda.sandbox.outcomes import Ending
from mocklambda.sandbox.phases import phase_of
from mocklambda.sandbox.platform_lines import Report, billed
from mocklambda.sandbox.process import Process

GRACE_S = 5.0
"""For a process whose coverage is measured, to end by itself."""


class State(Enum):
    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    COLD = "cold"
    STOPPED = "stopped"


class Environment:
    """The life of one environment."""

    def __init__(self, effect: StartEnvironment, host: Host) -> None:
        self.effect = effect
        self.spec = effect.spec
        self.state = State.STARTING
        self.process: Process | None = None
        self._host = host
        self._unsupported = runtimes.unsupported(effect.spec)
        self._log = InvocationLog(effect.spec, host.now, self._began)
        self._phase = phase_of(effect, self._log.lines)
        self._lag_ms = effect.lag_ms  # how much longer than in real time getting ready takes, the first time
        self._memory = MemoryWatch(
            effect.spec.memory_mb,
            enforces=host.enforces_memory,
            alarm=host.alarm,
            process=self._working,
            on_over=lambda: self._kill_for(self._out_of_memory()),
        )
        self._sent: SendInvocation | None = None
        self._deadline = host.alarm(self._overran)
        self._began_at = 0.0  # of the process's init, or of the invocation under way
        self._is_suppressed = False  # init runs inside an invocation
        self._has_begun = False  # START is written
        self._ready_ms: float | None = None  # how long its phase took; not reported yet
        self._killed_for: Callable[[], Ending] | None = None

    # -- what is asked of it -----------------------------------------------------------------------------

    def start(self) -> None:
        """Begin the init phase."""
        if self._unsupported is not None:
            self.state = State.COLD
            return
        self._begin_phase(self.effect.instant)

    def invoke(self, sent: SendInvocation) -> None:
        """Take an invocation: now, after the init under way, or with an init inside it."""
        assert self._sent is None, "one invocation at a time"
        self._sent = sent
        if self._unsupported is not None:
            self._finish(outcomes.unsupported(self._request_id, self._unsupported), 0.0)
        elif sent.mishap is not None:
            self._meet(sent.mishap)
        elif self.state is State.STARTING:
            self._send_ahead()
        elif self.state is State.IDLE:
            self.state = State.BUSY
            assert self.process is not None
            self.process.thaw()
            self._send()
            self._begin_invocation()
            self._began()
        elif self.state is State.COLD:
            self._restart()

    def _meet(self, mishap: Mishap) -> None:
        """Let the process end as if its handler had brought that about, after the init under way."""
        if self.state is State.STARTING:
            return
        self._began()
        self._began_at = RealClock.monotonic()
        ending = partial(outcomes.of_mishap, mishap, self._request_id, self.spec.timeout_ms)
        if self.state is State.COLD:
            self._finish(ending(), self._elapsed_ms(ending()))
            return
        self.state = State.BUSY
        self._kill_for(ending)

    def stop(self) -> None:
        """End it; an invocation under way is not reported any more."""
        self.state = State.STOPPED
        self._cancel()
        process = self.process
        if process is None or process.is_ended:
            return
        if process.is_covered:  # it writes its data on its way out
            process.finish()
            self._deadline.set(RealClock.monotonic() + GRACE_S)
        else:
            self._host.kill(process)

    # -- what its process says ---------------------------------------------------------------------------

    def said(self, frame: Frame) -> None:
        """Act on a frame of the control channel."""
        if frame.kind != channel.READY:  # what it has printed may be the invocation's already
            self.read_output()
        header = frame.header
        self._memory.hear(header)
        if self.state is State.STOPPED or self._killed_for is not None:
            return
        if frame.kind == channel.READY:
            self._ready(header["init_ms"] + self._lag_ms)
        elif frame.kind == channel.INIT_FAILED:
            told = frame.payload, header["error_type"], header["error_message"]
            ending = outcomes.init_failed(self._request_id, *told)
            self._kill_for(lambda: ending)
        elif self._sent is None:
            return
        elif self._memory.is_over:
            self._kill_for(self._out_of_memory())
        elif frame.kind == channel.TIMED_OUT:
            self._kill_for(self._timed_out())
        else:
            self._answered(frame, header["duration_ms"] + self._lag_ms)

    def _answered(self, frame: Frame, duration_ms: float) -> None:
        header = frame.header
        if duration_ms >= self.spec.timeout_ms:
            self._kill_for(self._timed_out())
        elif frame.kind == channel.RESULT:
            ending = outcomes.succeeded(frame.payload, header.get("limit", outcomes.RESPONSE_LIMIT))
            self._finish(ending, duration_ms, self._streamed())
        elif frame.kind == channel.FAILED:
            ending = outcomes.failed(frame.payload, header["error_type"], header["error_message"])
            self._finish(ending, duration_ms, self._streamed())

    def streams(self, more: Streamed) -> None:
        """Pass on what has come of a response to a caller who takes it as a stream."""
        is_over = self.state is State.STOPPED or self._killed_for is not None
        if self._sent is not None and self._sent.invocation.is_streamed and not is_over:
            self._host.tell(self._host.streamed(self, more))

    def _streamed(self) -> Streamed | None:
        return None if self.process is None else self.process.streamed()

    def read_output(self) -> bool:
        """Take in all that the process has printed so far; False at its end."""
        process = self.process
        while process is not None and (data := process.output()) is not None:
            if not data:
                return False
            self._log.output.feed(data)
        return True

    def ended(self, wait_status: int, peak: int, *, could_start: bool = True) -> None:
        """Act on the end of its process, and of its whole group."""
        self.read_output()
        self._log.output.flush()
        process, self.process = self.process, None
        assert process is not None
        self._memory.see(process, peak)
        if self.state is State.STOPPED:
            return
        self._cancel()
        phase_was_init = self.state is State.STARTING or (self._is_suppressed and not self._has_begun)
        killed_for, self._killed_for = self._killed_for, None
        if not could_start:
            ending = outcomes.no_zygote(self._request_id)
        elif phase_was_init and self._is_late:
            ending = outcomes.timed_out(self._request_id, self._init_limit_ms)
        elif killed_for is not None:
            ending = killed_for()
        else:
            ending = outcomes.crashed(self._request_id, wait_status)
        if phase_was_init:
            self._init_ended(ending)
        elif self._sent is not None:
            self._finish(ending, self._elapsed_ms(ending), process.streamed())
        else:
            self._flush()
        if self.state is not State.BUSY or self._sent is None:
            self.state = State.COLD

    # -- init --------------------------------------------------------------------------------------------

    def _launch(self, instant: Millis, *, is_suppressed: bool) -> None:
        self._is_suppressed = is_suppressed
        self._memory.forget()
        self._began_at = RealClock.monotonic()
        self.process = self._host.launch(
            self, is_suppressed=is_suppressed, instant=self._host.instant(instant)
        )
        self._memory.begin(self._began_at)

    def _begin_phase(self, instant: Millis) -> None:
        self.state = State.STARTING
        self._log.write(self._phase.begun(self._host.now()))
        self._get_ready(instant)

    def _get_ready(self, instant: Millis) -> None:
        self._launch(instant, is_suppressed=False)
        self._deadline.set(self._began_at + self._phase.limit_ms / 1000)

    def start_over(self) -> None:
        """Get ready by an init of its own: what it was to be a copy of has died before it was there."""
        self._get_ready(self.effect.instant if self._sent is None else self._sent.instant)

    def _ready(self, took_ms: float) -> None:
        if self._is_suppressed:  # its time belongs to the invocation, whose deadline is running
            self._go_on(took_ms)
            return
        if took_ms >= self._phase.limit_ms:
            self._kill_for(self._phase_timed_out())
            return
        self._cancel()
        self._lag_ms = 0
        self._ready_ms = took_ms
        self._log.write(*self._phase.done(self._host.now(), took_ms))
        if self._phase.is_ahead:
            self._flush()
            self._host.tell(self._host.started(self, took_ms))
        if self._sent is not None and self._sent.mishap is not None:
            self.state = State.IDLE
            self._meet(self._sent.mishap)
        elif self._sent is not None:
            self.state = State.BUSY
            if self._waits_for_ready:
                self._send()
            self._begin_invocation()
        else:
            self.state = State.IDLE
            self._host.rest(self)

    def _go_on(self, took_ms: float) -> None:
        """Let an invocation that waited for the init inside it run for the time that is left to it."""
        if not self._lag_ms:
            return
        left_ms = self.spec.timeout_ms - took_ms
        if left_ms <= 0:
            self._kill_for(self._timed_out())
            return
        self._send()
        self._deadline.set(RealClock.monotonic() + left_ms / 1000)

    def freeze(self) -> None:
        """Stop its processes until the next invocation, if that has not come already."""
        if self.state is State.IDLE and self.process is not None:
            self.process.freeze()

    def _init_ended(self, ending: Ending) -> None:
        """Act on an end before init was done: in the init phase, by a second try inside the invocation."""
        phase, now, took_ms = self._phase, self._host.now(), self.elapsed_ms + self._lag_ms
        if self._is_late:
            took_ms = max(self.elapsed_ms, self._init_limit_ms)
        self._log.write(*phase.failed(now, took_ms, ending, in_invocation=self._is_suppressed))
        if self._is_suppressed:
            self._finish(ending, self._elapsed_ms(ending))
            return
        self._flush()
        if phase.is_restore and self._sent is not None:  # not tried again
            self._finish(replace(ending, is_restore_failure=True), took_ms)
            return
        if phase.is_ahead:
            self._host.tell(self._host.failed(self, ending))
        self.state = State.COLD
        if self._sent is not None and self._sent.mishap is not None:
            self._meet(self._sent.mishap)
        elif self._sent is not None:
            self._restart()

    def _restart(self) -> None:
        """Run init inside the invocation: counted against the function's timeout, and in its duration.

        A snapshot is restored again before the invocation, as for the first one.
        """
        assert self._sent is not None
        self._ready_ms = None
        if self._phase.is_restore:
            self._begin_phase(self._sent.instant)
            self._send_ahead()
            return
        self.state = State.BUSY
        self._launch(self._sent.instant, is_suppressed=True)
        if not self._lag_ms:
            self._send()
        self._begin_invocation(began_at=self._began_at)

    # -- one invocation ----------------------------------------------------------------------------------

    @property
    def _request_id(self) -> str:
        return self._sent.invocation.request_id if self._sent is not None else ""

    @property
    def _init_limit_ms(self) -> Millis:
        return self.spec.timeout_ms if self._is_suppressed else self._phase.limit_ms

    @property
    def _is_late(self) -> bool:
        """Whether an init that ended in real time has not, with what it is to take longer."""
        return self._lag_ms > 0 and self.elapsed_ms + self._lag_ms >= self._init_limit_ms

    @property
    def _waits_for_ready(self) -> bool:
        return self._phase.is_told or self.effect.lag_ms > 0

    def _send_ahead(self) -> None:
        """Let it find the invocation when it is ready, if it may go on without us."""
        if not self._waits_for_ready:
            self._send()

    def _send(self) -> None:
        assert self._sent is not None
        assert self.process is not None
        invocation = self._sent.invocation
        header: dict[str, Any] = {
            "id": invocation.request_id,
            "arn": invocation.invoked_arn,
            "trace": invocation.trace_header,
            "timeout_ms": self.spec.timeout_ms - self._lag_ms,
            "instant": self._host.instant(self._sent.instant),
            "deadline": self._host.now() + self.spec.timeout_ms - self._lag_ms,
        }
        if invocation.client_context is not None:
            header["context"] = invocation.client_context
        if invocation.tenant_id is not None:
            header["tenant"] = invocation.tenant_id
        if invocation.is_streamed:
            header["is_streamed"] = True
        if not self.process.send(channel.INVOKE, header, invocation.payload):
            self._host.write_later(self.process)

    def _begin_invocation(self, began_at: float | None = None) -> None:
        self._began_at = RealClock.monotonic() if began_at is None else began_at
        self._deadline.set(self._began_at + self.spec.timeout_ms / 1000)
        self._memory.begin(self._began_at)

    def _began(self) -> None:
        """All output from here on is the invocation's."""
        if self._has_begun or self._sent is None:
            return
        self._has_begun = True
        self._log.begin(self._sent.invocation)

    def _overran(self) -> None:
        """Act on a deadline: of init, of the invocation, or of an orderly end."""
        if self.state is State.STOPPED:
            if self.process is not None:
                self._host.kill(self.process)
            return
        self._host.read(self)  # it may have answered in time, and we be late
        if self.state is State.STARTING:
            self._kill_for(self._phase_timed_out())
        elif self._sent is not None:
            self._kill_for(self._timed_out())

    def _phase_timed_out(self) -> Callable[[], Ending]:
        return partial(outcomes.timed_out, self._request_id, self._phase.limit_ms)

    def _timed_out(self) -> Callable[[], Ending]:
        request_id = self._request_id
        return lambda: outcomes.timed_out(request_id, self.spec.timeout_ms)

    def _out_of_memory(self) -> Callable[[], Ending]:
        request_id = self._request_id
        return lambda: outcomes.out_of_memory(request_id)

    @property
    def elapsed_ms(self) -> float:
        """Real time since the invocation, or init, began."""
        return (RealClock.monotonic() - self._began_at) * 1000

    def _elapsed_ms(self, ending: Ending) -> float:  # O: exactly the timeout
        if ending.kind is OutcomeKind.TIMED_OUT:
            return float(self.spec.timeout_ms)
        return self.elapsed_ms + self._lag_ms

    def _kill_for(self, ending: Callable[[], Ending]) -> None:
        if self._killed_for is None and self.process is not None:
            self._killed_for = ending
            self._host.kill(self.process)

    def _finish(self, ending: Ending, duration_ms: float, streamed: Streamed | None = None) -> None:
        sent = self._sent
        assert sent is not None
        self._log.output.flush()
        self._began()
        ready_ms, self._ready_ms = self._ready_ms, None
        init_ms, restore_ms = (None, ready_ms) if self._phase.is_restore else (ready_ms, None)
        report = Report(
            duration_ms=duration_ms,
            billed_ms=billed(duration_ms, init_ms if self.spec.initialization_type == "on-demand" else None),
            max_memory_mb=self._memory.most_mb,
            init_ms=init_ms,
            restore_ms=restore_ms,
            status=ending.status,
            error_type=ending.logged_type,
            produced_bytes=len(ending.payload),
        )
        self._log.end(sent.invocation, ending, report)
        logged, own_logs_at = self._log.whole()
        outcome = Outcome(
            kind=ending.kind,
            payload=ending.payload,
            error_type=ending.error_type,
            error_message=ending.error_message,
            logs=logged,
            own_logs_at=own_logs_at,
            duration_ms=report.duration_ms,
            billed_ms=report.billed_ms,
            init_ms=init_ms,
            max_memory_mb=report.max_memory_mb,
            streamed=streamed,
            is_restore_failure=ending.is_restore_failure,
        )
        self._cancel()
        self._sent = None
        self._flush()
        self._log.forget()
        self._has_begun = False
        self._is_suppressed = False
        self._lag_ms = 0
        if self.process is not None and not self.process.is_ended and self._killed_for is None:
            self.state = State.IDLE
        self._host.tell(self._host.finished(self, outcome))
        self._host.rest(self)

    def _cancel(self) -> None:
        self._deadline.clear()
        self._memory.end()

    def _working(self) -> Process | None:
        """Return the process whose memory grows now."""
        return self.process if self.state in {State.BUSY, State.STARTING} else None

    def _flush(self) -> None:
        events = self._log.to_store()
        if events:
            self._host.tell(self._host.append(self, events))
