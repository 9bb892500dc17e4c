"""What an invocation comes to: the payload the caller gets when the platform, not the function, says it."""

from __future__ import annotations

import json
import re
import signal
from dataclasses import dataclass, replace

from mocklambda.execution.values import Mishap, OutcomeKind

RESPONSE_LIMIT = 6291556  # R: 6 MiB + 100
STREAM_LIMIT = 200 << 20  # D
KNOWN_TYPE = re.compile(r"(Runtime|Function)\.[A-Z][a-zA-Z]+")
KILLED = 9
"""The wait status of a process that was killed; the signal has no name on Windows."""
GO_SIGNALS = {
    "SIGHUP": "hangup",
    "SIGINT": "interrupt",
    "SIGQUIT": "quit",
    "SIGILL": "illegal instruction",
    "SIGTRAP": "trace/breakpoint trap",
    "SIGABRT": "aborted",
    "SIGBUS": "bus error",
    "SIGFPE": "floating point exception",
    "SIGKILL": "killed",
    "SIGUSR1": "user defined signal 1",
    "SIGSEGV": "segmentation fault",
    "SIGUSR2": "user defined signal 2",
    "SIGPIPE": "broken pipe",
    "SIGALRM": "alarm clock",
    "SIGTERM": "terminated",
    "SIGXCPU": "CPU time limit exceeded",
    "SIGXFSZ": "file size limit exceeded",
}
"""Signals by the names that Go prints (O, S)."""


@dataclass(slots=True, kw_only=True)
class Ending:
    """How an attempt ended, before time and memory are counted."""

    kind: OutcomeKind
    payload: bytes
    status: str = "success"
    """As in REPORT."""
    error_type: str | None = None
    error_message: str | None = None
    exit_text: str | None = None
    """For the log, when the process ended by itself: what it ended with."""
    is_restore_failure: bool = False

    @property
    def logged_type(self) -> str | None:
        """The error's type as reports name it: one that is not the platform's kind is unknown to it (S)."""
        if self.error_type is None or KNOWN_TYPE.fullmatch(self.error_type):
            return self.error_type
        return "Runtime.Unknown"


def succeeded(payload: bytes, limit: int = RESPONSE_LIMIT) -> Ending:
    """Return a result, or the error that one over the limit in bytes is (R).

    Of a stream AWS documents that it ends early, not with what: the same error (I).
    """
    if len(payload) <= limit:
        return Ending(kind=OutcomeKind.SUCCEEDED, payload=payload)
    message = f"Response payload size exceeded maximum allowed payload size ({limit} bytes)."
    error_type = "Function.ResponseSizeTooLarge"
    return Ending(
        kind=OutcomeKind.FAILED,
        payload=_document(errorMessage=message, errorType=error_type),
        status="error",
        error_type=error_type,
        error_message=message,
    )


def failed(payload: bytes, error_type: str, error_message: str) -> Ending:
    """Return a handler's own error: no Status in its REPORT (R), ``failure`` in JSON."""
    return Ending(
        kind=OutcomeKind.FAILED,
        payload=payload,
        status="failure",
        error_type=error_type,
        error_message=error_message,
    )


def init_failed(request_id: str, payload: bytes, error_type: str, error_message: str) -> Ending:
    """Return the error of an init that failed inside an invocation; without a document, of one never begun."""
    if not payload:
        return _platform(OutcomeKind.FAILED, error_type, f"RequestId: {request_id} Error: {error_message}")
    return replace(failed(payload, error_type, error_message), status="error")


def timed_out(request_id: str, timeout_ms: int) -> Ending:
    """Return the error of an invocation, or an init, that overran its time."""
    message = f"RequestId: {request_id} Error: Task timed out after {timeout_ms / 1000:.2f} seconds"
    return _platform(OutcomeKind.TIMED_OUT, "Sandbox.Timedout", message, status="timeout")


def out_of_memory(request_id: str) -> Ending:
    """Return the error of a function that took more memory than it has."""
    text = "Runtime exited with error: signal: killed"
    message = f"RequestId: {request_id} Error: {text}"
    return _platform(OutcomeKind.OUT_OF_MEMORY, "Runtime.OutOfMemory", message, exit_text=text)


def crashed(request_id: str, wait_status: int) -> Ending:
    """Return the error for a process that ended, by its wait status."""
    text = exit_text(wait_status)
    return _platform(
        OutcomeKind.CRASHED, "Runtime.ExitError", f"RequestId: {request_id} Error: {text}", exit_text=text
    )


def of_mishap(mishap: Mishap, request_id: str, timeout_ms: int) -> Ending:
    """Return what an invocation comes to when the test had it go wrong."""
    if mishap is Mishap.TIMEOUT:
        return timed_out(request_id, timeout_ms)
    if mishap is Mishap.OUT_OF_MEMORY:
        return out_of_memory(request_id)
    return crashed(request_id, KILLED)


def unsupported(request_id: str, reason: str) -> Ending:
    """Return the error for what this library does not run; it says so itself, not in AWS's name."""
    message = f"RequestId: {request_id} Error: mocklambda: {reason}"
    return _platform(OutcomeKind.FAILED, "Runtime.Unsupported", message)


def no_zygote(request_id: str) -> Ending:
    """Return the error for when environments can not be started at all."""
    return unsupported(
        request_id, "the process that starts environments could not start; its standard error says why"
    )


def exit_text(wait_status: int) -> str:
    """Say how a process ended, in the platform's words (R; signals O)."""
    number, code = wait_status & 0x7F, wait_status >> 8 & 0xFF  # os.WTERMSIG is not everywhere
    if number:
        try:
            name = GO_SIGNALS["SIGKILL" if number == KILLED else signal.Signals(number).name]
        except (KeyError, ValueError):
            name = f"signal {number}"
        return f"Runtime exited with error: signal: {name}"
    return (
        f"Runtime exited with error: exit status {code}"
        if code
        else "Runtime exited without providing a reason"
    )


def _platform(
    kind: OutcomeKind, error_type: str, message: str, *, status: str = "error", exit_text: str | None = None
) -> Ending:
    return Ending(
        kind=kind,
        payload=_document(errorType=error_type, errorMessage=message),
        status=status,
        error_type=error_type,
        error_message=message,
        exit_text=exit_text,
    )


def _document(**fields: str) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()
