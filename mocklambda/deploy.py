"""The sugar that makes things: ``cloud.function``, ``.queue`` ... Each is one or two ordinary API calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mocklambda.handles import Function, Handle, Queue
from mocklambda.packaging import Package, package, zip_of

if TYPE_CHECKING:
    from mocklambda.cloud import Cloud


def arn_of(thing: Any) -> str:
    """Return the ARN of a handle, or the ARN itself."""
    return thing.arn if isinstance(thing, Handle) else str(thing)


class Deploying:
    """The making half of `Cloud`."""

    def api(self: Any, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """Do one API call without a client: what the handles are made of.

        Args:
            service: botocore's name, such as ``sqs``.
            operation: the API's name, such as ``SendMessage``.
            params: the operation's input, without members that are None.

        Raises:
            ClientError: as the client would.
        """
        from mocklambda.services.service import AwsError

        given = {name: value for name, value in params.items() if value is not None}
        try:
            return self.gateway.api(  # type: ignore[no-any-return]
                service, operation, given, account=self.config.account_id, region=self.config.region
            )
        except AwsError as error:
            from botocore.exceptions import ClientError

            document = {"Error": {"Code": error.code, "Message": error.message}, **error.fields}
            raise ClientError({**document, "ResponseMetadata": {"HTTPStatusCode": error.status}}, operation) from None

    def function(
        self: Any,
        name: str,
        handler: str | Callable[..., Any] | None = None,
        *,
        source: Any = None,
        runtime: str | None = None,
        timeout: int | None = None,
        memory: int | None = None,
        env: Mapping[str, str] | None = None,
        layers: Sequence[str] | None = None,
        retries: int | None = None,
        max_event_age: int | None = None,
        dead_letter: Any = None,
        on_success: Any = None,
        on_failure: Any = None,
        reserved: int | None = None,
        inline: bool | None = None,
        **settings: Any,
    ) -> Function:
        """Deploy a function.

        Args:
            name: its name.
            handler: ``module.function`` as on AWS, or the function itself.
            source: a directory, a ``.py`` file, a module, a function, zip bytes, or the code as text.
                Directories and files are run where they lie, so the next cold start sees an edit.
            runtime: by default this interpreter's own.
            timeout, memory: seconds and MB.
            env: environment variables.
            layers: layer version ARNs.
            retries, max_event_age: of asynchronous invocations; seconds.
            dead_letter, on_success, on_failure: a queue, a function or an ARN.
            reserved: reserved concurrency.
            inline: run in the test's own process, so that patches and breakpoints reach the handler.
            settings: further members of CreateFunction, such as ``Tags={...}``.

        Raises:
            ClientError: as CreateFunction does.
            UsageError: a source that can not be deployed.
        """
        is_inline = self.config.executor == "inline" if inline is None else inline
        deployed = package(handler, source, is_inline=is_inline)
        self._provide(name, deployed)
        self.api(
            "lambda",
            "CreateFunction",
            FunctionName=name,
            Runtime=runtime or deployed.runtime,
            Role=settings.pop("Role", f"arn:aws:iam::{self.config.account_id}:role/{name}-role"),
            Handler=deployed.handler,
            Code=deployed.code,
            Timeout=timeout,
            MemorySize=memory,
            Environment={"Variables": dict(env)} if env else None,
            Layers=[arn_of(layer) for layer in layers] if layers else None,
            DeadLetterConfig={"TargetArn": arn_of(dead_letter)} if dead_letter is not None else None,
            **settings,
        )
        function = Function(self, name)
        function.configure_events(
            retries=retries, max_event_age=max_event_age, on_success=on_success, on_failure=on_failure
        )
        if reserved is not None:
            self.api("lambda", "PutFunctionConcurrency", FunctionName=name, ReservedConcurrentExecutions=reserved)
        return function

    def stub(
        self: Cloud,
        name: str,
        *,
        returns: Any = None,
        raises: BaseException | type[BaseException] | None = None,
        side_effect: Callable[[Any], Any] | Sequence[Any] | None = None,
    ) -> Function:
        """Stand in for a function that is never created, or not to be run. Its calls are in the journal too.

        Args:
            name: of the function; one that exists keeps its settings.
            returns: what each invocation answers.
            raises: an exception that each invocation fails with.
            side_effect: a callable that gets the event, or a sequence of results and exceptions, one a call.
        """
        from mocklambda.stubs import stand_in

        target = stand_in(name, returns=returns, raises=raises, side_effect=side_effect)
        return self._stub(name, target)

    def queue(
        self: Any,
        name: str,
        *,
        fifo: bool = False,
        dead_letter: Any = None,
        max_receive_count: int = 5,
        visibility_timeout: int | None = None,
        delay: int | None = None,
        **attributes: Any,
    ) -> Queue:
        """Make a queue.

        Args:
            name: its name; ``.fifo`` is appended for a FIFO queue.
            fifo: keep message groups in order.
            dead_letter: a queue (or its ARN) that takes what was received ``max_receive_count`` times.
            max_receive_count: of the redrive policy.
            visibility_timeout, delay: seconds.
            attributes: further queue attributes, such as ``MessageRetentionPeriod=60``.
        """
        import json

        if fifo:
            name = name if name.endswith(".fifo") else f"{name}.fifo"
            attributes["FifoQueue"] = "true"
        if dead_letter is not None:
            policy = {"deadLetterTargetArn": arn_of(dead_letter), "maxReceiveCount": max_receive_count}
            attributes["RedrivePolicy"] = json.dumps(policy)
        if visibility_timeout is not None:
            attributes["VisibilityTimeout"] = visibility_timeout
        if delay is not None:
            attributes["DelaySeconds"] = delay
        texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in attributes.items()}
        answer = self.api("sqs", "CreateQueue", QueueName=name, Attributes=texts or None)
        return Queue(self, name, answer["QueueUrl"])

    # -- what no API tells -------------------------------------------------------------------------------

    def _provide(self: Any, name: str, deployed: Package) -> None:
        if deployed.target is None:
            return
        from mocklambda.execution.values import Executor

        self.in_turn("lambda", lambda state, _: state.provide(name, target=deployed.target, executor=Executor.INLINE))

    def _stub(self: Any, name: str, target: Any) -> Function:
        from mocklambda.execution.values import Executor

        def provide(state: Any, _: Any) -> bool:
            state.provide(name, target=target, executor=Executor.STUB)
            return name in state.functions

        if not self.in_turn("lambda", provide):
            code = zip_of({"index.py": "def handler(event, context): ..."})
            self.function(name, "index.handler", source=code, inline=False)
        return Function(self, name)

    def in_turn(self: Any, service: str, action: Callable[[Any, Any], Any]) -> Any:
        """Call ``action`` with a service's state and the time now, inside a turn: for what no API tells."""
        state, _ = self.registry.state(service, self.config.account_id, self.config.region)
        return self.engine.turn(lambda: action(state, self.engine.clock.now()))
