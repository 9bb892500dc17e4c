"""A durable execution as a test holds it: looked at, answered, stopped. Each is one or a few API calls."""

from __future__ import annotations

import json
from typing import Any

from mocklambda.errors import UsageError
from mocklambda.handles.handle import Handle, as_bytes


class Execution(Handle):
    """A durable execution that was started; ``name`` is its own."""

    def __init__(self, cloud: Any, arn: str) -> None:
        super().__init__(cloud, arn.split("/")[2])
        self._arn_text = arn

    @property
    def arn(self) -> str:
        return self._arn_text

    @property
    def details(self) -> dict[str, Any]:
        """All that GetDurableExecution tells."""
        return self._call("GetDurableExecution")

    @property
    def status(self) -> str:
        """``RUNNING``, ``PAUSED``, ``SUCCEEDED``, ``FAILED``, ``TIMED_OUT``, ``STOPPED`` ..."""
        return str(self.details["Status"])

    @property
    def result(self) -> Any:
        """What its handler returned, parsed; None while it runs, or where it failed."""
        text = self.details.get("Result")
        return json.loads(text) if text else None

    @property
    def error(self) -> dict[str, Any] | None:
        """``ErrorType``, ``ErrorMessage`` ... of one that failed, timed out or was stopped."""
        return self.details.get("Error")

    @property
    def history(self) -> list[dict[str, Any]]:
        """What happened, oldest first, as GetDurableExecutionHistory tells it."""
        events: list[dict[str, Any]] = []
        marker = None
        while True:
            page = self._call("GetDurableExecutionHistory", Marker=marker, MaxItems=1000)
            events += page["Events"]
            marker = page.get("NextMarker")
            if marker is None:
                return events

    @property
    def callbacks(self) -> dict[str, str]:
        """The ids of the callbacks that it waits for, by their operations' names (or ids, without one)."""
        waiting: dict[str, tuple[str, str]] = {}
        for event in self.history:
            kind = event["EventType"]
            if kind == "CallbackStarted":
                name = event.get("Name", event["Id"])
                waiting[event["Id"]] = (name, event["CallbackStartedDetails"]["CallbackId"])
            elif kind.startswith("Callback"):
                waiting.pop(event["Id"])
        return dict(waiting.values())

    def succeed(self, result: Any = None, *, callback: str | None = None) -> None:
        """Answer a callback that it waits for.

        Args:
            result: bytes and text as they are, anything else as JSON.
            callback: the operation's name, where it waits for more than one.

        Raises:
            UsageError: it waits for none, or for several.
            ClientError: as the API does.
        """
        content = None if result is None else as_bytes(result)
        self._answer("SendDurableExecutionCallbackSuccess", callback, Result=content)

    def fail(self, message: str, *, kind: str | None = None, callback: str | None = None) -> None:
        """Answer a callback that it waits for by an error.

        Args:
            message: the error's.
            kind: its type.
            callback: the operation's name, where it waits for more than one.

        Raises:
            UsageError: it waits for none, or for several.
            ClientError: as the API does.
        """
        error = {"ErrorMessage": message} if kind is None else {"ErrorMessage": message, "ErrorType": kind}
        self._answer("SendDurableExecutionCallbackFailure", callback, Error=error)

    def stop(self) -> None:
        """End it for good."""
        self._call("StopDurableExecution")

    # -- inside ------------------------------------------------------------------------------------------

    def _call(self, operation: str, **more: Any) -> dict[str, Any]:
        return dict(self._cloud.api("lambda", operation, DurableExecutionArn=self.arn, **more))

    def _answer(self, operation: str, name: str | None, **more: Any) -> None:
        waiting = self.callbacks
        found = (
            list(waiting.values()) if name is None else [waiting[each] for each in waiting if each == name]
        )
        if len(found) != 1:
            which = ", ".join(repr(each) for each in waiting) or "none"
            raise UsageError(f"{self!r} waits for these callbacks: {which}; name the one to answer")
        self._cloud.api("lambda", operation, CallbackId=found[0], **more)
