"""A process that speaks the Runtime API: to its environment the same as one that speaks our own channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocklambda.execution.values import Streamed
from mocklambda.sandbox import logs, memory
from mocklambda.sandbox.child import channel
from mocklambda.sandbox.child.channel import Frame
from mocklambda.sandbox.loop import Loop
from mocklambda.sandbox.process import Process
from mocklambda.sandbox.runtime_protocol import Call, News, Reply, RuntimeApi, Told
from mocklambda.sandbox.runtime_server import Guard, HttpLine, RuntimeServer

KINDS = {
    Told.READY: channel.READY,
    Told.INIT_FAILED: channel.INIT_FAILED,
    Told.RESULT: channel.RESULT,
    Told.FAILED: channel.FAILED,
}
BEGIN = logs.FRAME.pack(logs.MARK, logs.BEGIN, 0)


class RuntimeProcess(Process):
    """Its control channel says only that the program could not be started; all else is asked of its listener."""

    def __init__(
        self,
        key: int,
        loop: Loop,
        guard: Guard,
        said: Callable[[Frame], None],
        streams: Callable[[Streamed], None],
        elapsed_ms: Callable[[], float],
        read_output: Callable[[], bool],
    ) -> None:
        super().__init__(key)
        self._said = said
        self._streams = streams
        self._elapsed_ms = elapsed_ms
        self._read_output = read_output
        self._api = RuntimeApi()
        self._server = RuntimeServer(loop, guard, self._answer, self._gone, self._on_chunks)
        self._waiting: HttpLine | None = None
        self._begins = False

    @property
    def address(self) -> str:
        """Its AWS_LAMBDA_RUNTIME_API."""
        return self._server.address

    def send(self, kind: bytes, header: dict[str, Any], payload: bytes) -> bool:
        """Offer an invocation to its next ``next``."""
        is_streamed = header.get("is_streamed", False)
        self._hand_out(self._api.offer(header["id"], headers_of(header), payload, is_streamed=is_streamed))
        return True

    def output(self) -> bytes | None:
        """Read some of what it has printed; says where the output of an invocation begins."""
        data = super().output()
        if data is None and self._begins:
            self._begins = False
            return BEGIN
        return data

    def frames(self) -> list[Frame]:
        frames = super().frames()
        if self.is_ended:
            self._server.read()
        news = self._api.left_over() if self.is_ended else None
        if news is not None:
            frames.append(self._frame(news))
        return frames

    def streamed(self) -> Streamed | None:
        for call in self._server.begun():
            self._api.note_begun(call)
        return self._api.streamed

    def close(self, loop: Loop) -> None:
        self._server.close()
        super().close(loop)

    # -- what the program asks ---------------------------------------------------------------------------

    def _answer(self, call: Call, line: HttpLine) -> None:
        reply, news = self._api.answer(call)
        if reply is not None:
            line.reply(reply)
        else:
            self._waiting = line
        if news is not None:
            self._read_output()
            self._said(self._frame(news))
        if self._waiting is not None:
            self._hand_out(self._api.handed())

    def _on_chunks(self, call: Call) -> None:
        more = self._api.coming(call)
        if more is not None:
            self._streams(more)

    def _gone(self, line: HttpLine) -> None:
        if line is self._waiting:
            self._waiting = None
            self._api.is_waiting = False

    def _hand_out(self, reply: Reply | None) -> None:
        if reply is None:
            return
        line, self._waiting = self._waiting, None
        assert line is not None
        self._begins = True
        self._read_output()
        line.reply(reply)

    def _frame(self, news: News) -> Frame:
        elapsed_ms = self._elapsed_ms()
        header = {
            "init_ms": elapsed_ms,
            "duration_ms": elapsed_ms,
            "covered": False,
            "rss": 0 if self.pid is None or self.is_ended else memory.resident(self.pid),
            "sdk": False,
            "error_type": news.error_type,
            "error_message": news.error_message,
            "limit": news.limit,
        }
        return Frame(KINDS[news.told], header, news.payload)


def headers_of(header: dict[str, Any]) -> dict[str, str]:
    """Return what ``next`` answers beside the event; each only when it has a value (S)."""
    found = {
        "Lambda-Runtime-Aws-Request-Id": header["id"],
        "Lambda-Runtime-Deadline-Ms": str(header["deadline"]),
        "Lambda-Runtime-Invoked-Function-Arn": header["arn"],
        "Lambda-Runtime-Trace-Id": header["trace"],
        "Lambda-Runtime-Client-Context": header.get("context", ""),
        "Lambda-Runtime-Aws-Tenant-Id": header.get("tenant", ""),
    }
    return {name: value for name, value in found.items() if value}
