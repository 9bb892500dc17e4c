"""The Runtime API of one environment, without sockets: a request in, a reply out, and what it told of the function.

Denies what it does not know. All states, texts and statuses are those of AWS's own runtime interface (S).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from mocklambda.execution.values import Streamed
from mocklambda.sandbox.outcomes import RESPONSE_LIMIT, STREAM_LIMIT

BASE = "/2018-06-01/runtime/"
INVOCATION = re.compile(r"invocation/([^/]+)/(response|error)")
MODE = "lambda-runtime-function-response-mode"
ERROR_TYPE = "lambda-runtime-function-error-type"
ERROR_BODY = "lambda-runtime-function-error-body"
STREAM_TYPE = "application/octet-stream"
TRUNCATED = "HTTP request detected as truncated"
WITH_CAUSE = "application/vnd.aws.lambda.error.cause+json"


class State(Enum):
    """Where a runtime is, by the names that refusals tell."""

    STARTED = "Started"
    INIT_ERROR = "InitError"
    READY = "Ready"
    RUNNING = "Running"
    SENT = "RuntimeResponseSentState"


class Told(Enum):
    """What a request says of the function."""

    READY = "ready"
    INIT_FAILED = "init failed"
    RESULT = "result"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request of the runtime's; header names are in lower case, trailers among them."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    chunks: tuple[bytes, ...] = ()
    """The body as it was cut on its way, if it was."""
    is_whole: bool = True
    """Whether the body was as long as announced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What the environment has to know."""

    told: Told
    payload: bytes = b""
    error_type: str = ""
    error_message: str = ""
    limit: int = RESPONSE_LIMIT
    """How many bytes a result may have."""


OK = Reply(status=202, headers={"Content-Type": "application/json"}, body=b'{"status":"OK"}\n')


class RuntimeApi:
    """The state of one runtime. ``answer`` returns no reply for a ``next`` that has to wait."""

    def __init__(self) -> None:
        self.state = State.STARTED
        self.is_waiting = False
        """Whether a ``next`` is held open; the listener clears it when the caller hangs up."""
        self.streamed: Streamed | None = None
        """What has come so far of a response that is streamed."""
        self._offered: tuple[str, Reply] | None = None
        self._limit = RESPONSE_LIMIT  # for a stream; what comes whole has always this one
        self._left = 0  # of it, while a stream is coming
        self._is_truncated = False
        self._current = ""
        self._sent: News | None = None

    def offer(
        self, request_id: str, headers: Mapping[str, str], payload: bytes, *, is_streamed: bool = False
    ) -> Reply | None:
        """Have the next ``next`` answered with an invocation: now, where one waits."""
        self.streamed = None
        self._is_truncated = False
        self._limit = STREAM_LIMIT if is_streamed else RESPONSE_LIMIT
        self._left = self._limit
        self._offered = request_id, Reply(status=200, headers=headers, body=payload)
        return self._hand_out() if self.is_waiting else None

    def answer(self, call: Call) -> tuple[Reply | None, News | None]:
        """Answer a request, and say what it told."""
        route = call.path.partition("?")[0]
        path = route[len(BASE) :] if route.startswith(BASE) else ""
        if (call.method, path) == ("GET", "invocation/next"):
            return self._next()
        if call.method == "POST":
            if path == "init/error":
                return self._init_error(call)
            match = INVOCATION.fullmatch(path)
            if match is not None:
                return self._sending(call, match[1], is_error=match[2] == "error"), None
        return Reply(status=404, headers={"Content-Type": "text/plain"}, body=b"404 page not found\n"), None

    def left_over(self) -> News | None:
        """Take what was sent by a runtime that ended without asking for more."""
        sent, self._sent = self._sent, None
        return sent

    def note_begun(self, call: Call) -> None:
        """Take what has come of a request that is not whole yet."""
        if self._is_response(call):
            self.streamed = self._streamed(call)

    def coming(self, call: Call) -> Streamed | None:
        """Return what more has come of a response that is being streamed; None where it is none."""
        if call.headers.get(MODE) != "streaming" or not self._is_response(call):
            return None
        chunks = cut(call.chunks, self._left)
        self._left -= sum(map(len, chunks))
        return Streamed(chunks=chunks, content_type=type_of(call)) if chunks else None

    def _is_response(self, call: Call) -> bool:
        return call.path == f"{BASE}invocation/{self._current}/response" and self.state is State.RUNNING

    # -- routes ------------------------------------------------------------------------------------------

    def _next(self) -> tuple[Reply | None, News | None]:
        if self.state in {State.RUNNING, State.INIT_ERROR}:
            return self._not_allowed("Ready"), None
        news = News(told=Told.READY) if self.state is State.STARTED else self._told()
        self.state = State.READY
        self.is_waiting = True
        return None, news

    def _told(self) -> News | None:
        if not self._is_truncated:
            return self.left_over()
        self._is_truncated = False
        error_type = "Runtime.TruncatedResponse"
        document = {"errorMessage": TRUNCATED, "errorType": error_type}
        payload = json.dumps(document, separators=(",", ":")).encode()
        return News(told=Told.FAILED, payload=payload, error_type=error_type, error_message=TRUNCATED)

    def handed(self) -> Reply | None:
        """Return the answer of a ``next`` that has been accepted, if there is an invocation for it."""
        return self._hand_out() if self.is_waiting and self._offered is not None else None

    def _hand_out(self) -> Reply:
        assert self._offered is not None
        self._current, reply = self._offered
        self._offered = None
        self.is_waiting = False
        self.state = State.RUNNING
        return reply

    def _init_error(self, call: Call) -> tuple[Reply, News | None]:
        if self.state is not State.STARTED:
            return self._not_allowed("InitError"), None
        self.state = State.INIT_ERROR
        return OK, failure(Told.INIT_FAILED, call)

    def _sending(self, call: Call, request_id: str, *, is_error: bool) -> Reply:
        if self.state in {State.STARTED, State.INIT_ERROR, State.READY}:
            return self._not_allowed("InvocationErrorResponse" if is_error else "InvocationResponse")
        if request_id != self._current or self.state is State.SENT:
            return refusal(400, "InvalidRequestID", "Invalid request ID")
        if not call.is_whole:
            self._truncate(call)
            return refusal(400, "TruncatedHTTPRequest", TRUNCATED)
        if call.headers.get(MODE, "streaming") != "streaming":
            return refusal(400, "InvalidFunctionResponseMode", "Invalid function response mode")
        self.state = State.SENT
        self.streamed = self._streamed(call)
        if is_error or ERROR_BODY in call.headers:
            self._sent = failure(Told.FAILED, call)
            return OK
        limit = self._limit if self.streamed is not None else RESPONSE_LIMIT
        self._sent = News(told=Told.RESULT, payload=call.body, limit=limit)
        if len(call.body) > limit:
            message = f"Exceeded maximum allowed payload size ({limit} bytes)."
            return refusal(413, "RequestEntityTooLarge", message)
        return OK

    def _truncate(self, call: Call) -> None:
        """Let a response that was cut off in the middle of its stream be all that comes."""
        self.streamed = self._streamed(call)
        if self.streamed is not None:
            self.state = State.SENT
            self._is_truncated = True

    def _streamed(self, call: Call) -> Streamed | None:
        if MODE not in call.headers:
            return None
        chunks = call.chunks or (call.body,)
        return Streamed(chunks=cut(chunks, self._limit), content_type=type_of(call))

    def _not_allowed(self, wanted: str) -> Reply:
        text = (
            f"State transition from {self.state.value} to {wanted} failed for runtime. "
            "Error: State transition is not allowed"
        )
        return refusal(403, "InvalidStateTransition", text)


def type_of(call: Call) -> str:
    """Return the type of a response that is streamed."""
    return call.headers.get("content-type", STREAM_TYPE)


def cut(chunks: tuple[bytes, ...], limit: int) -> tuple[bytes, ...]:
    """Return the chunks up to so many bytes."""
    kept = []
    for chunk in chunks:
        if chunk and limit:
            kept.append(chunk[:limit])
            limit -= len(kept[-1])
    return tuple(kept)


def refusal(status: int, error_type: str, message: str) -> Reply:
    """Return an error of the API's own."""
    document = {"errorMessage": message, "errorType": error_type}
    body = json.dumps(document, separators=(",", ":")).encode() + b"\n"
    return Reply(status=status, headers={"Content-Type": "application/json"}, body=body)


def failure(told: Told, call: Call) -> News:
    """Return an error as the runtime tells it: its document goes to the caller as it is."""
    body = call.body
    if ERROR_BODY in call.headers:  # in the middle of a stream
        body = base64.b64decode(call.headers[ERROR_BODY])
    document = _document(body)
    if call.headers.get("content-type") == WITH_CAUSE and document:
        document.pop("errorCause", None)
        body = json.dumps(document).encode()
    return News(
        told=told,
        payload=body,
        error_type=str(document.get("errorType") or call.headers.get(ERROR_TYPE) or "Runtime.Unknown"),
        error_message=str(document.get("errorMessage") or ""),
    )


def _document(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
