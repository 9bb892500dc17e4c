"""From coroutines to calls that may wait, and back: a thread for each, and bodies as aiohttp gives them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from contextvars import copy_context
from typing import Any, TypeVar

T = TypeVar("T")
PIECE = 1 << 16


async def in_thread(call: Callable[[], T]) -> T:
    """Do what may wait for a handler, while the loop goes on: the handler may wait for what that does.

    In a thread of its own, as no pool is so large that all its threads could not wait for one call more.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()
    context = copy_context()

    def tell(settle: Callable[[Any], None], value: Any) -> None:
        if not done.done():  # nobody has given up meanwhile
            settle(value)

    def run() -> None:
        try:
            told: tuple[Any, ...] = (done.set_result, context.run(call))
        except BaseException as error:  # whatever it is, it is the caller's
            told = (done.set_exception, error)
        with suppress(RuntimeError):  # the loop has been closed: nobody waits
            loop.call_soon_threadsafe(tell, *told)

    threading.Thread(target=run, name="mocklambda-aio", daemon=True).start()
    return await done


class Body:
    """A response and its content in one: as much of aiohttp's two classes as botocore's users see.

    ``raw`` is in memory or in a file: nobody waits for it.
    """

    def __init__(self, url: str, raw: Any) -> None:
        self.url = url
        self._raw = raw
        self._is_at_end = False

    @property
    def content(self) -> Body:
        return self

    async def read(self, amount: int = -1) -> bytes:
        piece = await self._read(None if amount < 0 else amount)
        self._is_at_end = amount < 0 or (not piece and amount > 0)
        return piece

    async def _read(self, amount: int | None) -> bytes:
        return self._raw.read(amount)  # type: ignore[no-any-return]

    def at_eof(self) -> bool:
        return self._is_at_end

    async def iter_chunks(self) -> AsyncIterator[tuple[bytes, bool]]:
        while piece := await self.read(PIECE):
            yield piece, True

    async def __aenter__(self) -> Body:  # noqa: PYI034 - Self is newer than the oldest Python here
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._raw.close()

    def release(self) -> None:
        """Nothing is connected."""


class ComingBody(Body):
    """One that may still be being made: it is waited for while the loop goes on."""

    async def _read(self, amount: int | None) -> bytes:
        return await in_thread(lambda: self._raw.read(amount))

    async def iter_chunks(self) -> AsyncIterator[tuple[bytes, bool]]:
        pieces = self._raw.stream()
        while piece := await in_thread(lambda: next(pieces, b"")):
            yield piece, True


class Events:
    """An event stream, asked for its events by a coroutine."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        events: Iterator[dict[str, Any]] = iter(self._stream)
        while (event := await in_thread(lambda: next(events, None))) is not None:
            yield event

    async def get_initial_response(self) -> Any:
        return await in_thread(self._stream.get_initial_response)

    def close(self) -> None:
        self._stream.close()
