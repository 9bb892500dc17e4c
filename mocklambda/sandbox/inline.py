"""Handlers in the test's own process, in a thread each: inline ones, and stubs that the test stands in for.

Where no process can be started, handlers that need one end here too, with an error that says so.
A stub whose answers are known beforehand needs no thread: whoever performs the effect has them at once.

Same events, context, errors and log lines as in a process of their own. What it can not do: stop a handler at
its timeout, limit or count memory. Inline handlers run one at a time, because environment variables, standard
output and modules are the process's; one that invokes another and waits makes way for it.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from mocklambda.clock.base import Millis
from mocklambda.clock.real import Deadline, RealClock
from mocklambda.execution.effects import Effect, SendInvocation, StartEnvironment
from mocklambda.execution.ports import LogSink
from mocklambda.execution.values import Executor, InvocationKind, Outcome, OutcomeKind
from mocklambda.sandbox import logs, outcomes
from mocklambda.sandbox.child import handlers, results
from mocklambda.sandbox.child.context import Constants, LambdaContext
from mocklambda.sandbox.child.faults import Faults, event_json, event_text
from mocklambda.sandbox.descent import Descent, running
from mocklambda.sandbox.environ import Variables, variables
from mocklambda.sandbox.log_levels import filter_of
from mocklambda.sandbox.outcomes import Ending
from mocklambda.sandbox.places import Places
from mocklambda.sandbox.platform_lines import Lines, Report, billed, stamp
from mocklambda.sandbox.platforms import NO_PROCESSES
from mocklambda.sandbox.runtimes import python_minor
from mocklambda.sandbox.takeover import Modules, captured

CLOSING_S = 5.0
"""How long closing waits for handlers that still run; they are abandoned then."""


class Finished(Protocol):
    """Who is told that an invocation is over."""

    def invocation_finished(self, environment_id: str, outcome: Outcome) -> None:
        """Take the outcome; opens a turn of its own."""


class InlineExecutor:
    """Performs effects for inline handlers and stubs.

    ``decided_by`` tells whose turn the effect comes from: effects are performed by whichever thread is there.
    """

    def __init__(
        self,
        *,
        reports: Finished,
        logs: LogSink,
        clock_now: Callable[[], Millis],
        decided_by: Callable[[], int] = threading.get_ident,
    ) -> None:
        self.reports = reports
        self.logs = logs
        self.clock_now = clock_now
        self._decided_by = decided_by
        self.slot = Slot()
        self._descent = Descent()
        self._environments: dict[str, InlineEnvironment] = {}
        self._threads: set[threading.Thread] = set()
        self._instant: deque[Callable[[], None]] = deque()
        self._is_answering = False

    def perform(self, effect: Effect) -> None:
        """Do one effect; a handler runs in a thread of its own."""
        if isinstance(effect, StartEnvironment):
            self._environments[effect.environment_id] = InlineEnvironment(effect, self)
        elif isinstance(effect, SendInvocation):
            environment = self._environments[effect.environment_id]
            waits = effect.invocation.kind is InvocationKind.REQUEST_RESPONSE
            caller = self._descent.handler_of(self._decided_by()) if waits else None
            if environment.is_instant:
                self._answer(lambda: environment.run(effect, caller))
            else:
                self._run(effect.environment_id, lambda: environment.run(effect, caller))
        else:
            self._environments.pop(effect.environment_id, None)

    def close(self) -> None:
        """Wait for the handlers that still run, for a while."""
        deadline = Deadline(CLOSING_S)
        for thread in list(self._threads):
            if thread is not threading.current_thread():
                thread.join(deadline.left())
        self._environments.clear()
        self._descent.close()

    def _answer(self, action: Callable[[], None]) -> None:
        """Do it here and now, and after it what it set off in turn. Effects come one at a time."""
        self._instant.append(action)
        if self._is_answering:
            return
        self._is_answering = True
        try:
            while self._instant:
                self._instant.popleft()()
        finally:
            self._is_answering = False

    def running(self) -> str | None:
        """Return the environment whose handler is asking, if it is one."""
        return running.get()

    def _run(self, environment_id: str, action: Callable[[], None]) -> None:
        def run() -> None:
            running.set(environment_id)
            try:
                action()
            finally:
                self._threads.discard(thread)

        thread = threading.Thread(target=run, name="mocklambda-inline", daemon=True)
        self._threads.add(thread)
        self._descent.start_handler(thread)


class Slot:
    """Lets one inline handler run at a time; on top of it, what it waits for."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running: list[int] = []

    def enter(self, caller: int | None) -> None:
        """Wait until nobody runs, or until only those run that wait for us: ``caller`` on top."""
        with self._changed:
            self._changed.wait_for(lambda: not self._running or self._running[-1] == caller)
            self._running.append(threading.get_ident())

    def leave(self) -> None:
        with self._changed:
            self._running.remove(threading.get_ident())
            self._changed.notify_all()


class InlineEnvironment:
    """One environment: its modules and its handler live on between invocations."""

    def __init__(self, effect: StartEnvironment, executor: InlineExecutor) -> None:
        self._effect = effect
        self._executor = executor
        self._spec = effect.spec
        self._lines = Lines(effect.spec)
        self._is_json = effect.spec.log_format == "JSON"
        self._is_kept = filter_of(effect.spec)
        self._root = effect.spec.code.root if effect.spec.code is not None else ""
        places = Places(task_root=self._root or "/var/task", layer_root=None, tmp=None)
        self._environ = variables(effect, places, None)
        self._variables = Variables(self._environ, effect.spec.environment)
        minor = python_minor(effect.spec.runtime) or 12
        self._is_ascii = minor < 12
        self._faults = Faults([(self._root, "/var/task")], has_request_id=minor > 8, own=__file__)
        self._modules = Modules(self._root) if self._root and effect.spec.target is None else None
        self._handler: Any = effect.spec.target
        self._events: list[str] = []
        self._stored: list[tuple[Millis, str]] = []
        self._is_new = True
        self.is_instant: bool = self._spec.executor is Executor.PROCESS or getattr(
            effect.spec.target, "is_instant", False
        )
        """Whether no code of the test runs in it."""

    def run(self, sent: SendInvocation, caller: int | None) -> None:
        """Run one invocation to its end and report it."""
        if self._is_new:
            self._is_new = False
            self._log(self._lines.init_start(self._executor.clock_now()))
        if self._spec.executor is not Executor.INLINE:
            self._invoke(sent)
            return
        self._executor.slot.enter(caller)
        try:
            self._invoke(sent)
        finally:
            self._executor.slot.leave()

    def _invoke(self, sent: SendInvocation) -> None:
        invocation = sent.invocation
        self._events = []
        self._log(self._lines.start(self._executor.clock_now(), invocation))
        stopwatch = Stopwatch(self._spec.timeout_ms)
        ending = self._ending(sent, stopwatch)
        duration_ms = stopwatch.elapsed_ms()
        if ending.kind is OutcomeKind.TIMED_OUT:
            duration_ms = float(self._spec.timeout_ms)
            self._log(self._lines.timed_out(self._executor.clock_now(), invocation))
        elif ending.exit_text is not None:
            self._log(self._lines.ended_early(invocation, ending.exit_text, ending.error_type or ""))
        if duration_ms > self._spec.timeout_ms:
            self._log("mocklambda: an inline handler is not stopped at its timeout\n")
        report = Report(
            duration_ms=duration_ms,
            billed_ms=billed(duration_ms, None),
            max_memory_mb=0,
            status=ending.status,
            error_type=ending.logged_type,
            produced_bytes=len(ending.payload),
        )
        for text in self._lines.report(self._executor.clock_now(), invocation, report):
            self._log(text)
        outcome = Outcome(
            kind=ending.kind,
            payload=ending.payload,
            error_type=ending.error_type,
            error_message=ending.error_message,
            logs=logs.concatenated(self._events),
            duration_ms=duration_ms,
            billed_ms=report.billed_ms,
        )
        stream, events, self._stored = self._effect.log_stream, self._stored, []
        spec = self._spec
        self._executor.logs.append(
            stream.group,
            stream.name,
            events,
            account=spec.account,
            region=spec.region,
            role=spec.role,
            function_arn=spec.arn,
        )
        self._executor.reports.invocation_finished(self._effect.environment_id, outcome)

    def _ending(self, sent: SendInvocation, stopwatch: Stopwatch) -> Ending:
        if sent.mishap is not None:
            return outcomes.of_mishap(sent.mishap, sent.invocation.request_id, self._spec.timeout_ms)
        if self._spec.executor is Executor.PROCESS:
            return outcomes.unsupported(sent.invocation.request_id, NO_PROCESSES)
        if self._spec.executor is Executor.STUB:
            return self._called(sent, stopwatch)
        with (
            self._variables.installed(sent.invocation.trace_header),
            captured(self._heard, sent.invocation.request_id, sent.environment_id, is_json=self._is_json),
        ):
            if self._modules is None:
                return self._called(sent, stopwatch)
            with self._modules.installed():
                return self._called(sent, stopwatch)

    def _called(self, sent: SendInvocation, stopwatch: Stopwatch) -> Ending:
        request_id = sent.invocation.request_id
        is_init = self._handler is None
        try:
            if is_init:
                self._handler = handlers.find(self._spec.handler, self._faults.shown)
                is_init = False
            payload = results.marshal(self._call(sent, stopwatch), is_ascii=self._is_ascii)
        except Exception as error:
            document = self._faults.document(error, "" if is_init else request_id)
            self._log(self._error_event(document))
            make = partial(outcomes.init_failed, request_id) if is_init else outcomes.failed
            return make(json.dumps(document).encode(), document["errorType"], document["errorMessage"])
        except SystemExit as error:
            status = error.code if isinstance(error.code, int) else int(error.code is not None)
            return outcomes.crashed(request_id, (status & 0xFF) << 8)
        return outcomes.succeeded(payload)

    def _call(self, sent: SendInvocation, stopwatch: Stopwatch) -> Any:
        invocation = sent.invocation
        header = {
            "id": invocation.request_id,
            "arn": invocation.invoked_arn,
            "context": invocation.client_context,
            "tenant": invocation.tenant_id,
        }
        context = LambdaContext(header, stopwatch, Constants(self._environ))
        return self._handler(results.unmarshal(invocation.payload), context)

    def _error_event(self, document: dict[str, Any]) -> str:
        if not self._is_json:
            return event_text(document)
        return event_json(document, stamp(self._executor.clock_now())[:-5] + "Z")

    def _heard(self, text: str) -> None:
        """Take an event of the function's own."""
        if self._is_kept is None or self._is_kept(text):
            self._log(text)

    def _log(self, text: str) -> None:
        if text:
            self._events.append(text)
            self._stored.append((self._executor.clock_now(), text))


class Stopwatch:
    """Real time used up by one invocation."""

    def __init__(self, timeout_ms: Millis) -> None:
        self._started = RealClock.monotonic()
        self._timeout_ms = timeout_ms

    def elapsed_ms(self) -> float:
        return (RealClock.monotonic() - self._started) * 1000

    def remaining_ms(self) -> int:
        return max(0, int(self._timeout_ms - self.elapsed_ms()))
