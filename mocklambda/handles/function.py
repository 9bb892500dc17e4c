"""A function as a test holds it: called, configured, looked at."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from mocklambda.errors import UsageError
from mocklambda.handles.execution import Execution
from mocklambda.handles.handle import arn_of
from mocklambda.handles.serving import Serving
from mocklambda.handles.wiring import Wiring
from mocklambda.journal import Invocation


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a synchronous invocation answered.

    Attributes:
        payload: the handler's result, or the error document, parsed.
        error: the error document (``errorType``, ``errorMessage`` ...), or None.
        logs: the last 4 KB of the invocation's log.
        version: that ran.
        request_id: of the invocation.
    """

    payload: Any
    error: dict[str, Any] | None
    logs: str
    version: str
    request_id: str

    @property
    def ok(self) -> bool:
        """Whether the handler returned."""
        return self.error is None


def _json(payload: Any) -> bytes:
    return payload if isinstance(payload, bytes) else json.dumps(payload).encode()


class Function(Wiring, Serving):
    """A deployed function.

    ``qualifier`` is the version or alias that it is invoked by unless a call names another: a durable function has
    to be invoked by one.
    """

    def __init__(self, cloud: Any, name: str, *, qualifier: str | None = None) -> None:
        super().__init__(cloud, name)
        self.qualifier = qualifier

    @property
    def arn(self) -> str:
        return self._arn("lambda", f"function:{self.name}")

    def invoke(self, payload: Any = None, *, qualifier: str | None = None) -> Result:
        """Run it and wait for its result.

        Args:
            payload: anything JSON can say, or bytes as they are.
            qualifier: a version or alias.

        Raises:
            ClientError: it was not run: throttled, not there ... A failing handler does not raise.
        """
        import base64

        answer = self._cloud.api(
            "lambda",
            "Invoke",
            FunctionName=self.name,
            Payload=_json({} if payload is None else payload),
            Qualifier=qualifier or self.qualifier,
            LogType="Tail",
        )
        body = answer.get("Payload", b"")
        document = json.loads(body) if body else None
        return Result(
            payload=document,
            error=document if answer.get("FunctionError") else None,
            logs=base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace"),
            version=answer.get("ExecutedVersion", ""),
            request_id=answer["ResponseMetadata"]["RequestId"],
        )

    def send(self, payload: Any = None, *, qualifier: str | None = None) -> str:
        """Invoke it asynchronously; returns the request id that all attempts will have."""
        answer = self._cloud.api(
            "lambda",
            "Invoke",
            FunctionName=self.name,
            InvocationType="Event",
            Payload=_json({} if payload is None else payload),
            Qualifier=qualifier or self.qualifier,
        )
        return str(answer["ResponseMetadata"]["RequestId"])

    def start(
        self, payload: Any = None, *, name: str | None = None, qualifier: str | None = None
    ) -> Execution:
        """Start a durable execution of it, asynchronously.

        Args:
            payload: anything JSON can say, or bytes as they are.
            name: the execution's; one there already with this payload is what you get.
            qualifier: a version or alias.

        Raises:
            ClientError: as Invoke does; with a name, also where the function is not durable.
            UsageError: it is not a durable function.
        """
        answer = self._cloud.api(
            "lambda",
            "Invoke",
            FunctionName=self.name,
            InvocationType="Event",
            Payload=_json({} if payload is None else payload),
            Qualifier=qualifier or self.qualifier,
            DurableExecutionName=name,
        )
        if "DurableExecutionArn" not in answer:
            raise UsageError(
                f"{self!r} is not durable: make it with cloud.function(..., durable=timedelta(...))"
            )
        return Execution(self._cloud, answer["DurableExecutionArn"])

    def configure_events(
        self,
        *,
        retries: int | None = None,
        max_event_age: int | None = None,
        on_success: Any = None,
        on_failure: Any = None,
    ) -> None:
        """Set how asynchronous invocations are retried and where records go; nothing without any."""
        destinations = {
            key: {"Destination": arn_of(target)}
            for key, target in (("OnSuccess", on_success), ("OnFailure", on_failure))
            if target is not None
        }
        if retries is None and max_event_age is None and not destinations:
            return
        self._cloud.api(
            "lambda",
            "PutFunctionEventInvokeConfig",
            FunctionName=self.name,
            Qualifier=self.qualifier,
            MaximumRetryAttempts=retries,
            MaximumEventAgeInSeconds=max_event_age,
            DestinationConfig=destinations or None,
        )

    @property
    def invocations(self) -> list[Invocation]:
        """What ran of it, in the order in which it ended."""
        return self._cloud.invocations(self.name)  # type: ignore[no-any-return]

    @property
    def logs(self) -> str:
        """All that it and the platform logged, stream after stream."""
        config = self._cloud.config
        settings = self._cloud.api("lambda", "GetFunctionConfiguration", FunctionName=self.name)
        group = settings["LoggingConfig"]["LogGroup"]
        return self._cloud.logbook.text(group, account=config.account_id, region=config.region)  # type: ignore[no-any-return]
