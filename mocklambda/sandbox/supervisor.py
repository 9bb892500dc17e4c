"""Performs the core's effects on real processes, and reports what came of them.

Owns the lock around all environments of a session, their processes, and the loop's thread. Nothing exists
before the first environment is started. Reports are made after the lock is released, in order, by the loop's
thread or by one that waits for them (hands.py), never by two at once.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Container
from functools import partial
from itertools import count
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.config import Config
from mocklambda.execution.effects import Effect, SendInvocation, StartEnvironment, StopEnvironment
from mocklambda.execution.ports import LogSink
from mocklambda.execution.values import Outcome, Streamed
from mocklambda.sandbox import runtimes
from mocklambda.sandbox.calls import Calls
from mocklambda.sandbox.child.channel import COPIED, READY
from mocklambda.sandbox.code import CodeStore
from mocklambda.sandbox.copies import Copies
from mocklambda.sandbox.descriptors import Room
from mocklambda.sandbox.directories import SessionDirectory
from mocklambda.sandbox.environment import Environment, State
from mocklambda.sandbox.hands import Hands
from mocklambda.sandbox.homes import Homes
from mocklambda.sandbox.images import ImageStore
from mocklambda.sandbox.loop import Alarm, Loop
from mocklambda.sandbox.orders import Order
from mocklambda.sandbox.outcomes import KILLED, Ending
from mocklambda.sandbox.process import Process
from mocklambda.sandbox.reports import Reports
from mocklambda.sandbox.runtime_process import RuntimeProcess
from mocklambda.sandbox.zygote import Line, shared
from mocklambda.wire.message import Request, Response

CLOSING_S = 10.0
"""How long closing waits for killed processes to be gone; longer than ever needed."""


class Supervisor:
    """The environments of one session. ``perform`` never waits for a handler, nor for the loop."""

    def __init__(
        self,
        *,
        config: Config,
        reports: Reports,
        calls: Calls,
        logs: LogSink,
        clock_now: Callable[[], Millis],
        is_real_time: Callable[[], bool],
        endpoint_url: Callable[[], str | None],
        expecting: Container[int] = (),
    ) -> None:
        """Start nothing; ``expecting`` has the threads that are going to wait for what they have performed."""
        self.directories = SessionDirectory()
        self.code = CodeStore(self.directories, lambda: self.isolation)
        self.images = ImageStore(self.directories)
        self._homes = Homes(self.directories)
        self._room = Room()
        self.enforces_memory = config.enforce_memory
        self._config = config
        self._reports = reports
        self._calls = calls
        self._logs = logs
        self.now = clock_now
        self._is_real_time = is_real_time
        self._endpoint_url = endpoint_url
        self._lock = threading.RLock()
        self._loop: Loop | None = None
        self._line: Line | None = None
        self._keys = count(1)
        self._environments: dict[str, Environment] = {}
        self._processes: dict[int, tuple[Environment, Process]] = {}
        self._copies = Copies(self._environments, self._processes, ask=self._ask, kill=self.kill)
        self._is_isolated: bool | None = None if config.isolation == "auto" else False  # None: not known yet
        self.hands = Hands(self, self._lock, expecting)
        self._untold: deque[Callable[[], None]] = deque()
        self._telling = threading.Lock()
        self._all_ended = threading.Event()
        self._is_closed = False

    @property
    def isolation(self) -> str:
        """How environments are kept apart: by ``namespaces``, or by ``directories`` of their own.

        Finding out may start the zygote.
        """
        is_isolated = self._config.isolation == "auto" and shared().grants_namespaces()
        return "namespaces" if is_isolated else "directories"

    # -- what the core asks ------------------------------------------------------------------------------

    def perform(self, effect: Effect) -> None:
        """Do one effect."""
        with self._lock:
            if not self._is_closed:
                self._perform(effect)
        self._tell_soon()

    def _perform(self, effect: Effect) -> None:
        if isinstance(effect, StartEnvironment):
            self._begin()
            environment = Environment(effect, self)
            self._environments[effect.environment_id] = environment
            environment.start()
        elif isinstance(effect, SendInvocation):
            environment = self._environments[effect.environment_id]
            self.hands.engage(environment)
            environment.invoke(effect)
        else:
            self._stop(effect)

    def _stop(self, effect: StopEnvironment) -> None:
        environment = self._environments.pop(effect.environment_id, None)
        if environment is not None:
            self.hands.busy.pop(environment, None)
            environment.stop()
            if environment.process is None:
                self._homes.remove(effect.environment_id)

    def prepare(self) -> None:
        """Tell the zygote of this session: environments are about to be wanted, and it starts in the background.

        It also knows then which directory to remove should this process be killed.
        """
        with self._lock:
            if not self._is_closed and self._line is None:
                self._begin()

    def close(self) -> None:
        """End all processes and threads, remove all directories, close all descriptors. Idempotent."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            for environment in list(self._environments.values()):
                environment.stop()
            self._environments.clear()
            if not self._processes:
                self._all_ended.set()
        if self._loop is not None:
            self._all_ended.wait(CLOSING_S)
            self._loop.close()
            for _, process in self._processes.values():
                process.close(self._loop)
        self._homes.close()
        self.hands.close()
        self.code.close()
        self.directories.close()
        self._room.close()
        if self._line is not None:
            self._line.close()

    def _broken(self, error: Exception) -> None:
        """Let nobody wait for what will not come: a bug of ours has ended the loop."""
        self._all_ended.set()
        self._reports.broken(error)

    # -- the zygote --------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self._loop is None:
            self._loop = Loop(self._broken)
        if self._line is None:
            self._open_line()

    def _open_line(self) -> None:
        assert self._loop is not None
        line = shared().line()
        line.ask({"do": "root", "root": self.directories.root})
        if self._config.isolation == "auto":
            line.ask({"do": "isolate"})
        if self._config.start == "fork":
            line.ask({"do": "warm"})
        self._line = line
        self._loop.watch(line.fileno(), self._locked(partial(self._on_news, line)))

    def _on_news(self, line: Line) -> None:
        news = line.news()
        if news is None:
            self._lost(line)
            return
        for item in news:
            if item["news"] == "isolation":
                self._is_isolated = item["is_granted"]
            held = self._processes.get(item["key"])
            if held is None:
                continue
            environment, process = held
            if item["news"] == "started":
                process.pid = item["pid"]
                process.unused = item["unused"]
                if environment.state is State.IDLE:
                    process.freeze()
            elif item["news"] == "ended":
                self._ended(environment, process, item["status"], item["rss"])
            else:
                self._ended(environment, process, 1 << 8, 0)

    def _ended(
        self, environment: Environment, process: Process, status: int, peak: int, *, could_start: bool = True
    ) -> None:
        assert self._loop is not None
        process.is_ended = True
        self._read_frames(environment, process)
        process.accept(self._loop, partial(self._submit, environment))  # for its namespaces
        if process.namespaces:
            self._homes.keep_namespaces(environment.effect.environment_id, process.namespaces)
            process.namespaces = []
        if environment.process is process:
            environment.ended(status, peak, could_start=could_start)
        del self._processes[process.key]
        process.close(self._loop)
        for held in self._copies.to_come(process):
            self._bereave(*held)
        if environment.state is State.STOPPED:
            self._homes.remove(environment.effect.environment_id)
        if self._is_closed and not self._processes:
            self._all_ended.set()

    def _bereave(self, environment: Environment, process: Process) -> None:
        """Act on the death of a template that has not told of having forked a process."""
        assert self._loop is not None
        self._read_frames(environment, process)
        if process.pid is not None:  # it is there all the same
            return
        if process.is_unwanted or environment.state is not State.STARTING:
            self._ended(environment, process, KILLED, 0)
            return
        process.is_ended = process.is_silent = True
        del self._processes[process.key]
        process.close(self._loop)
        environment.start_over()

    def _lost(self, line: Line) -> None:
        """Act on the death of the zygote, and with it of all that it had forked."""
        assert self._loop is not None
        self._loop.unwatch(line.fileno())
        line.close()
        if self._line is line:
            self._line = None
        for environment, process in list(self._processes.values()):
            if not process.is_ended:  # a copy ends with its template
                self._ended(environment, process, 9, 0, could_start=line.has_spoken)

    # -- what environments ask (host.Host) ---------------------------------------------------------------

    def launch(self, environment: Environment, *, is_suppressed: bool, instant: Millis | None) -> Process:
        loop = self._loop
        assert loop is not None
        self._room.make(len(self._processes) + 1)
        process = self._process(environment, loop)
        self._processes[process.key] = (environment, process)
        process.on_control = self._locked(partial(self._on_control, environment, process))
        self.listen(process)
        loop.watch(process.log, self._locked(partial(self._on_output, environment, process)))
        loop.watch(process.door.fileno(), self._locked(partial(self._on_door, environment, process)))
        order = self._order(environment, process, is_suppressed=is_suppressed, instant=instant)
        template = self._copies.template_of(environment)
        if template is not None:
            process.start_as_copy(template, order.as_copy(process.key))
            return process
        if self._line is None:
            self._open_line()
        assert self._line is not None
        with contextlib.suppress(OSError):  # the zygote has just died: its end of file tells everybody
            held = self._homes.namespaces(environment.effect.environment_id)
            process.start(self._line, order.as_request(), held)
        return process

    def _order(
        self, environment: Environment, process: Process, *, is_suppressed: bool, instant: Millis | None
    ) -> Order:
        runtime_api = process.address if isinstance(process, RuntimeProcess) else None
        endpoint_url = self._endpoint_url()
        if not environment.effect.has_internet:
            gateway = endpoint_url and endpoint_url.partition("//")[2]
            process.bridged = [address for address in (gateway, runtime_api) if address]
        return Order(
            effect=environment.effect,
            config=self._config,
            outside=self._homes.places(environment.effect, is_isolated=self._is_isolated),
            is_isolated=self._is_isolated,
            endpoint_url=endpoint_url,
            runtime_api=runtime_api,
            bridged=process.bridged,
            is_suppressed=is_suppressed,
            instant=instant,
        )

    def _process(self, environment: Environment, loop: Loop) -> Process:
        key = next(self._keys)
        if not runtimes.is_program(environment.spec):
            return Process(key)
        return RuntimeProcess(
            key,
            loop,
            self._locked,
            said=environment.said,
            streams=environment.streams,
            elapsed_ms=lambda: environment.elapsed_ms,
            read_output=environment.read_output,
        )

    def kill(self, process: Process) -> None:
        if self._copies.must_wait(process):
            process.is_unwanted = True
        elif not process.is_ended:
            self._ask({"do": "kill", "key": process.key})

    def _ask(self, request: dict[str, Any]) -> None:
        if self._line is not None:
            with contextlib.suppress(OSError):  # the zygote has died, and with it all processes
                self._line.ask(request)

    def alarm(self, action: Callable[[], None]) -> Alarm:
        assert self._loop is not None
        return Alarm(self._loop, self._locked(action))

    def read(self, environment: Environment) -> None:
        if environment.process is not None:
            self._read_frames(environment, environment.process)

    def write_later(self, process: Process) -> None:
        assert self._loop is not None
        self._loop.watch_room(process.orders, self._locked(partial(self._on_room, process)))

    def tell(self, action: Callable[[], None]) -> None:
        self._untold.append(action)

    def rest(self, environment: Environment) -> None:
        process = environment.process
        if process is None or process.is_idle:  # there is nothing to freeze
            return
        self._untold.append(self._locked_only(environment.freeze))

    def started(self, environment: Environment, init_ms: float) -> Callable[[], None]:
        return partial(self._reports.environment_started, environment.effect.environment_id, init_ms)

    def failed(self, environment: Environment, ending: Ending) -> Callable[[], None]:
        outcome = Outcome(
            kind=ending.kind,
            payload=ending.payload,
            error_type=ending.error_type,
            error_message=ending.error_message,
        )
        return partial(self._reports.environment_failed, environment.effect.environment_id, outcome)

    def streamed(self, environment: Environment, more: Streamed) -> Callable[[], None]:
        return partial(self._reports.response_streamed, environment.effect.environment_id, more)

    def finished(self, environment: Environment, outcome: Outcome) -> Callable[[], None]:
        self.hands.busy.pop(environment, None)
        return partial(self._reports.invocation_finished, environment.effect.environment_id, outcome)

    def append(self, environment: Environment, events: list[tuple[Millis, str]]) -> Callable[[], None]:
        spec = environment.spec
        stream = environment.effect.log_stream
        return partial(
            self._logs.append,
            stream.group,
            stream.name,
            events,
            account=spec.account,
            region=spec.region,
            role=spec.role,
            function_arn=spec.arn,
        )

    def instant(self, given: Millis) -> Millis | None:
        return None if self._is_real_time() else given

    # -- what hands ask (hands.Listener) -----------------------------------------------------------------

    def listen(self, process: Process) -> None:
        assert self._loop is not None
        if not process.is_watched:
            process.is_watched = True
            self._loop.watch(process.answers, process.on_control)

    def leave(self, process: Process) -> None:
        assert self._loop is not None
        if process.is_watched:
            process.is_watched = False
            self._loop.unwatch(process.answers)

    def hear(self, environment: Environment, process: Process) -> None:
        assert self._loop is not None
        self._loop.guard(partial(self._hear, environment, process))

    def _hear(self, environment: Environment, process: Process) -> None:
        with self._lock:
            if process.key in self._processes:
                self._read_frames(environment, process)
        self._tell()

    # -- what processes do -------------------------------------------------------------------------------

    def _on_control(self, environment: Environment, process: Process) -> None:
        assert self._loop is not None
        if process.key not in self._processes:
            return
        self._read_frames(environment, process)
        if process.is_silent:
            self.leave(process)  # its end is told by the zygote

    def _on_room(self, process: Process) -> None:
        assert self._loop is not None
        if process.key in self._processes and process.send_rest():
            self._loop.unwatch(process.orders)

    def _read_frames(self, environment: Environment, process: Process) -> None:
        frames = process.frames()
        if frames and self._line is not None:  # what it forked may be heard before itself
            self._line.has_spoken = True
        for frame in frames:
            if frame.kind == COPIED:
                self._copies.arrived(environment, process, frame.header)
            elif environment.process is process:
                process.is_idle = frame.header.get("idle", False)
                if frame.kind == READY:
                    process.is_ready = True
                    process.is_covered = frame.header["covered"]
                    if process.copied_from is not None:
                        self._copies.found(environment, process, frame.header["pid"])
                environment.said(frame)

    def _on_output(self, environment: Environment, process: Process) -> None:
        assert self._loop is not None
        if process.key not in self._processes:
            return
        if environment.process is process:
            if not environment.read_output():
                self._loop.unwatch(process.log)
        elif process.output() == b"":
            self._loop.unwatch(process.log)

    def _on_door(self, environment: Environment, process: Process) -> None:
        assert self._loop is not None
        if process.key not in self._processes:
            return
        if not process.accept(self._loop, partial(self._submit, environment)):
            self._loop.unwatch(process.door.fileno())

    def _submit(
        self,
        environment: Environment,
        header: dict[str, Any],
        request: Request,
        reply: Callable[[Response], None],
    ) -> None:
        self._calls.submit(
            environment.effect.environment_id,
            header.get("service", ""),
            header.get("operation", ""),
            request,
            header.get("key"),
            header.get("region"),
            reply,
            header.get("patience_ms"),
        )

    # -- the lock, and what is told after it -------------------------------------------------------------

    def _locked(self, action: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            with self._lock:
                action()
            self._tell()

        return run

    def _locked_only(self, action: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            with self._lock:
                action()

        return run

    def _tell(self) -> None:
        """Tell all there is, unless another thread is at it: that one then tells this too."""
        while self._untold and self._telling.acquire(blocking=False):
            try:
                while self._untold:
                    self._untold.popleft()()
            finally:
                self._telling.release()

    def _tell_soon(self) -> None:
        """Have the loop's thread tell: a report opens a turn, which may perform effects in its own order."""
        if self._untold and self._loop is not None:
            self._loop.post(self._tell)
