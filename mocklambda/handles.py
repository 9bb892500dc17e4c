"""What a test holds of a function or a queue: sugar, each method one or two ordinary API calls."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mocklambda.journal import Invocation


class Handle:
    """Something that has an ARN."""

    def __init__(self, cloud: Any, name: str) -> None:
        self._cloud = cloud
        self.name = name

    @property
    def arn(self) -> str:
        """Its full ARN."""
        raise NotImplementedError

    def _arn(self, service: str, resource: str) -> str:
        config = self._cloud.config
        return f"arn:aws:{service}:{config.region}:{config.account_id}:{resource}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


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


class Function(Handle):
    """A deployed function."""

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
            Qualifier=qualifier,
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
            Qualifier=qualifier,
        )
        return str(answer["ResponseMetadata"]["RequestId"])

    def configure_events(
        self,
        *,
        retries: int | None = None,
        max_event_age: int | None = None,
        on_success: Any = None,
        on_failure: Any = None,
    ) -> None:
        """Set how asynchronous invocations are retried and where their records go; does nothing without any."""
        destinations = {
            key: {"Destination": target.arn if isinstance(target, Handle) else target}
            for key, target in (("OnSuccess", on_success), ("OnFailure", on_failure))
            if target is not None
        }
        if retries is None and max_event_age is None and not destinations:
            return
        self._cloud.api(
            "lambda",
            "PutFunctionEventInvokeConfig",
            FunctionName=self.name,
            MaximumRetryAttempts=retries,
            MaximumEventAgeInSeconds=max_event_age,
            DestinationConfig=destinations or None,
        )

    def on_queue(
        self,
        queue: Queue | str,
        *,
        batch_size: int | None = None,
        window: int | None = None,
        partial: bool = False,
        filters: Sequence[Mapping[str, Any]] | None = None,
        max_concurrency: int | None = None,
        enabled: bool | None = None,
    ) -> str:
        """Run it for the messages of a queue; returns the mapping's UUID.

        Args:
            queue: a handle or an ARN.
            batch_size: messages an event; 10 by default.
            window: seconds to wait for a batch to fill.
            partial: the handler reports ``batchItemFailures``.
            filters: patterns; a message that matches none is deleted unseen.
            max_concurrency: batches at once, from 2.
            enabled: False to begin disabled.
        """
        answer = self._cloud.api(
            "lambda",
            "CreateEventSourceMapping",
            FunctionName=self.name,
            EventSourceArn=queue.arn if isinstance(queue, Handle) else queue,
            BatchSize=batch_size,
            MaximumBatchingWindowInSeconds=window,
            FunctionResponseTypes=["ReportBatchItemFailures"] if partial else None,
            FilterCriteria={"Filters": [{"Pattern": json.dumps(each)} for each in filters]} if filters else None,
            ScalingConfig={"MaximumConcurrency": max_concurrency} if max_concurrency is not None else None,
            Enabled=enabled,
        )
        return str(answer["UUID"])

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


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message in a queue, as a peek shows it.

    Attributes:
        body: its text; ``json()`` parses it.
        message_id: AWS's id of it.
        attributes: message attributes: name → value.
        receive_count: how often it was received.
        state: ``visible``, ``in flight`` or ``delayed``.
    """

    body: str
    message_id: str
    attributes: Mapping[str, Any]
    receive_count: int
    state: str

    def json(self) -> Any:
        """Parse the body."""
        return json.loads(self.body)


class Queue(Handle):
    """A queue."""

    def __init__(self, cloud: Any, name: str, url: str) -> None:
        super().__init__(cloud, name)
        self.url = url

    @property
    def arn(self) -> str:
        return self._arn("sqs", self.name)

    def send(self, body: Any, *, delay: int | None = None, group: str | None = None, **attributes: Any) -> str:
        """Send a message; returns its id.

        Args:
            body: text as it is; anything else as JSON.
            delay: seconds until it is visible.
            group: message group id.
            attributes: message attributes, as text or numbers.
        """
        answer = self._cloud.api(
            "sqs",
            "SendMessage",
            QueueUrl=self.url,
            MessageBody=body if isinstance(body, str) else json.dumps(body),
            DelaySeconds=delay,
            MessageGroupId=group,
            MessageAttributes={name: _attribute(value) for name, value in attributes.items()} or None,
        )
        return str(answer["MessageId"])

    def receive(self, limit: int = 10, *, wait: int = 0) -> list[dict[str, Any]]:
        """Receive up to ``limit`` messages, as ReceiveMessage does with all attributes."""
        answer = self._cloud.api(
            "sqs",
            "ReceiveMessage",
            QueueUrl=self.url,
            MaxNumberOfMessages=limit,
            WaitTimeSeconds=wait,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return list(answer.get("Messages", ()))

    @property
    def messages(self) -> list[Message]:
        """Peek: all that it holds, oldest first, with nothing received."""
        held = self._cloud.in_turn("sqs", lambda sqs, now: sqs.by_arn(self.arn).peek(now))
        return [
            Message(
                body=message.body,
                message_id=message.message_id,
                attributes=_values(message.attributes),
                receive_count=message.receive_count,
                state=message.status.name.lower().replace("_", " "),
            )
            for message in held
        ]

    def __len__(self) -> int:
        return len(self.messages)


def _values(attributes: Any) -> dict[str, Any]:
    return {} if attributes is None else {name: one.value for name, one in attributes.values.items()}


def _attribute(value: Any) -> dict[str, Any]:
    if isinstance(value, bytes):
        return {"DataType": "Binary", "BinaryValue": value}
    kind = "Number" if isinstance(value, (int, float)) else "String"
    return {"DataType": kind, "StringValue": str(value)}
