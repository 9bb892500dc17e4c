"""The Python runtime of an environment: init once, then one invocation after the other until told to end.

Knows how Lambda's runtime behaves towards a function; knows nothing of how it was started.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

from . import channel, faults, handlers, hooks, idleness, imports, records, results
from .clock import HandlerClock
from .context import Constants, LambdaContext
from .interface_client import InterfaceClient

WARNING = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. "
    "However, in rare cases, a Lambda runtime update can cause unexpected function behavior. For "
    "functions using managed runtimes, runtime updates can be triggered by a function change, or can be "
    "applied automatically. To determine if the runtime has been updated, check the runtime version in "
    "the INIT_START log entry. If this error correlates with a change in the runtime version, you may be "
    "able to mitigate this error by temporarily rolling back to the previous runtime version. For more "
    "information, see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html"
)


HOOKS_SINCE = 12


class Runtime:
    """One environment's function."""

    def __init__(
        self, start: dict[str, Any], orders: int, answers: int, door: socket.socket, log_fd: int
    ) -> None:
        self._start = start
        self._kept = (orders, answers, log_fd, door.fileno())
        self._channel = channel.Channel(orders, answers)
        self._door = door
        self._log_fd = log_fd
        self._is_json = start["log_format"] == "JSON"
        # python3.8 has no requestId; non-ASCII is escaped up to 3.11 (R, S)
        version = _minor(start["runtime"])
        self.is_ascii = version < 12
        self._faults = faults.Faults(
            [(start["code_root"], "/var/task"), (start["layer_root"] or "", "/opt")],
            has_request_id=version > 8,
        )
        self._clock = HandlerClock(self._overrun)
        self._constants = Constants(start["environ"])
        self._idleness = idleness.Idleness()
        self._current: tuple[str, str | None] = ("", None)
        self._handler: Any = None
        self._interface = InterfaceClient(self)
        self._sdk: Any = None
        self._is_idle = False
        self._process = 0
        # what a process held before exec counts in getrusage too, and is not this one's
        is_fresh = start["mode"] == "spawn" and sys.platform == "linux"
        self._measure = peak_since_exec if is_fresh else peak_rss

    def run(self) -> int:
        """Serve until the supervisor closes the channel; returns the process's exit status."""
        records.open_streams(self._log_fd)
        start = self._start
        is_suppressed = start["is_suppressed"]
        # a suppressed init is part of its invocation: it counts against the function's timeout
        self._clock.begin(start["timeout_ms"] if is_suppressed else None, start["instant"])
        if not self._init():
            return 1
        if start["is_template"] and not self._run_hooks(hooks.run_before, hooks.BEFORE):
            return hooks.BEFORE_STATUS
        self._tell_ready()
        if start["is_template"]:
            from .copies import Template

            copied = Template(self._door, self._kept, self._tell_copied).serve()
            if copied is None:
                return 0
            self._become_copy(*copied)
            if not self._run_hooks(hooks.run_after, hooks.AFTER):
                return hooks.AFTER_STATUS
            self._tell_ready()
        is_first = True
        while True:
            # with nothing else in it that could run, it is not stopped between invocations
            frame = self._channel.receive(looks_out=not is_first and self._is_idle)
            if frame is None:
                return 0
            if is_first:
                records.write_frame(records.BEGIN)
            self._serve(frame, restarts=not (is_first and is_suppressed))
            is_first = False

    def _tell_ready(self) -> None:
        init_ms = self._clock.elapsed_ms()
        told = {"init_ms": init_ms, "covered": is_covered(), "pid": os.getpid(), **self._state()}
        self._channel.send(channel.READY, told)

    # -- a snapshot --------------------------------------------------------------------------------------

    def _tell_copied(self, header: dict[str, Any]) -> None:
        self._channel.send(channel.COPIED, header | self._memory())

    def _become_copy(self, request: dict[str, Any], proc: int) -> None:
        """Be another environment than the one that ran the init."""
        from .copies import give_own_tmp

        self._clock.begin(None, request["instant"])
        before, environ = self._start["environ"], request["environ"]
        is_isolated = self._start["root"] is not None
        give_own_tmp(proc, before, environ, request["tmp_mb"], is_isolated=is_isolated)
        os.close(proc)
        os.environ.update({name: text for name, text in environ.items() if before.get(name) != text})
        self._constants = Constants(environ)
        self._idleness = idleness.Idleness()
        restart_coverage()

    def _run_hooks(self, run: Callable[[], None], error_type: str) -> bool:
        try:
            run()
        except Exception as error:
            document = self.describe(error, "")
        else:
            return True
        self._fail_init(document, error_type)
        return False

    def _memory(self) -> dict[str, Any]:
        """Tell the most memory held; what was preloaded counts once the SDK is used."""
        is_used = self._sdk is not None and self._sdk.is_used
        return {"rss": self._measure() - (0 if is_used else self._start["unused"]), "sdk": is_used}

    def _state(self) -> dict[str, Any]:
        """Tell what matters between invocations."""
        self._is_idle = self._idleness.holds()
        return {"idle": self._is_idle, **self._memory()}

    # -- init --------------------------------------------------------------------------------------------

    def _init(self) -> bool:
        from .sdk import Sdk

        start = self._start
        records.install(lambda: self._current, is_json=self._is_json, level=start["log_level"])
        imports.arrange(
            start["code_root"], start["layer_root"], start["site"], strict=start["strict_packages"]
        )
        if _minor(start["runtime"]) >= HOOKS_SINCE:
            hooks.offer()
        self._interface.offer()
        sleep = self._clock.sleep if start["virtual_sleep"] else None
        self._sdk = Sdk(self._door, start["endpoint_url"], sleep)
        self._sdk.install()
        if start["virtual_sleep"]:
            self._clock.install_virtual_sleep()
        sys.dont_write_bytecode = True  # the code's directory is read-only, or its author's
        sys.argv[:] = ["/var/runtime/bootstrap.py"]
        gc.enable()
        try:
            self._handler = handlers.find(start["handler"], self._faults.shown)
        except Exception as error:
            document = self.describe(error, "")
        else:
            return True
        self._log_warning()
        self._fail_init(document)
        return False

    def _fail_init(self, document: dict[str, Any], error_type: str | None = None) -> None:
        self._log_error(document)
        if self._interface.is_known:
            self._interface.post_no_init(document, error_type)
        else:
            self.reply_no_init(document, error_type)

    # -- one invocation ----------------------------------------------------------------------------------

    def _serve(self, frame: channel.Frame, *, restarts: bool) -> None:
        header = frame.header
        clock = self._clock
        clock.begin(header["timeout_ms"], header["instant"], restarts=restarts)
        request_id = header["id"]
        self._process = os.getpid()
        self._current = (request_id, header.get("tenant"))
        trace = header["trace"]
        if trace:
            os.environ["_X_AMZN_TRACE_ID"] = trace
        else:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        if self._interface.is_known:
            self._interface.handle(self._handler, header, frame.payload)
        else:
            self._run(request_id, frame)

    def _run(self, request_id: str, frame: channel.Frame) -> None:
        interface = self._interface
        document = fault = None
        payload = b""
        try:
            context = LambdaContext(frame.header, self._clock, self._constants)
            event = results.unmarshal(frame.payload)
            payload = results.marshal(self._handler(event, context), is_ascii=self.is_ascii)
        except Exception as error:
            document = self.describe(error, request_id)
            fault = interface.fault(error)
        if interface.is_known:  # to the handler, since just now
            interface.post(request_id, payload, document, fault)
        elif document is None:
            self.reply_result(payload)
        else:
            self._log_error(document)
            self.reply_error(results.marshal(document, is_ascii=self.is_ascii), document)

    # -- what the interface client asks (interface_client.Runtime) -----------------------------------------

    def context(self, header: dict[str, Any]) -> LambdaContext:
        return LambdaContext(header, self._clock, self._constants)

    def describe(self, error: Exception, request_id: str) -> dict[str, Any]:
        return self._faults.document(error, request_id)

    def error_event(self, document: dict[str, Any]) -> str:
        if self._is_json:
            return faults.event_json(document, self._stamp("%Y-%m-%dT%H:%M:%SZ"))
        return faults.event_text(document)

    def reply_result(self, payload: bytes) -> None:
        self._reply(channel.RESULT, {}, payload)

    def reply_error(self, payload: bytes, document: dict[str, Any]) -> None:
        self._reply(channel.FAILED, self._described(document), payload)

    def reply_no_init(self, document: dict[str, Any], error_type: str | None) -> None:
        described = self._described(document)
        if error_type is not None:
            described["error_type"] = error_type
        self._channel.send(channel.INIT_FAILED, described, json.dumps(document).encode())

    # -- answers -----------------------------------------------------------------------------------------

    def _reply(self, kind: bytes, header: dict[str, Any], payload: bytes) -> None:
        flush()
        if os.getpid() != self._process:  # a fork that the handler let return: who was asked answers
            os._exit(1)
        header["duration_ms"] = self._clock.elapsed_ms()
        header.update(self._state())
        self._channel.send(kind, header, payload)

    def _overrun(self) -> None:
        """Tell that virtual sleep has used up the timeout; the supervisor kills us."""
        self._channel.send(channel.TIMED_OUT, self._memory())

    # -- logs --------------------------------------------------------------------------------------------

    def _described(self, document: dict[str, Any]) -> dict[str, Any]:
        return {
            "error_type": document["errorType"],
            "error_message": document["errorMessage"],
            **self._memory(),
        }

    def _log_error(self, document: dict[str, Any]) -> None:
        records.write_event(self.error_event(document))

    def _log_warning(self) -> None:
        if not self._is_json:
            records.write_event(f"[WARNING]\t{self._stamp(None)}\t\t{WARNING}\n")

    def _stamp(self, form: str | None) -> str:
        import time

        now = self._clock.now()
        if form:
            return time.strftime(form, time.gmtime(now))
        return time.strftime(records.DATE_FORMAT, time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"


def _minor(runtime: str) -> int:
    prefix = "python3."
    if runtime.startswith(prefix) and runtime[len(prefix) :].isdigit():
        return int(runtime[len(prefix) :])
    return sys.version_info[1]


def peak_rss() -> int:
    """Return the most memory this process has held, in bytes.

    What it started is looked at from outside: the kernel's count for ended children includes what they shared
    with us before their exec.
    """
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def peak_since_exec() -> int:
    """Return the same for an interpreter of its own."""
    with open("/proc/self/status", "rb") as status:
        for line in status:
            if line.startswith(b"VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def restart_coverage() -> None:
    """Where coverage measures us, have it measure the fork on its own account."""
    coverage = sys.modules.get("coverage")
    if coverage is not None and coverage.Coverage.current() is not None:
        coverage.Coverage.current().stop()
        coverage.process_startup(force=True)


def is_covered() -> bool:
    """Whether coverage measures this process, so that it must end in its own time."""
    coverage = sys.modules.get("coverage")
    return coverage is not None and coverage.Coverage.current() is not None


def end(status: int, *, joins: bool) -> None:
    """End this process as an interpreter does: threads that are no daemons joined, exit functions run."""
    import atexit

    try:
        if joins:
            threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
    except BaseException:  # noqa: S110 - exit functions of the function's own
        pass
    flush()
    os._exit(status)


def flush() -> None:
    """Write out what was printed."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # closed by the handler
            pass


def main(start: dict[str, Any], numbers: Sequence[int]) -> None:
    """Run a function to the end of this process; ``numbers`` are the descriptors of orders, answers, door and log."""
    orders, answers, door, log = numbers
    joins = True
    try:
        status = Runtime(start, orders, answers, socket.socket(fileno=door), log).run()
        joins = is_covered()  # nobody waits for us, but for what coverage has to write
    except SystemExit as error:
        status = _exit_status(error)
    except ConnectionError:  # the supervisor has gone
        status, joins = 0, False
    except BaseException as error:
        faults.print_as_interpreter(error)
        status = 1
    end(status, joins=joins)


def _exit_status(error: SystemExit) -> int:
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 0xFF
    print(error.code, file=sys.stderr)  # noqa: T201 - as the interpreter does
    return 1
