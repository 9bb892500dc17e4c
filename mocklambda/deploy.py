"""The sugar that deploys: ``cloud.function``, ``.layer``, ``.stub``. Each is one or two API calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from mocklambda.balancing import Balancing
from mocklambda.durations import check_timedelta
from mocklambda.granting import Granting
from mocklambda.handles import Function, Layer, arn_of
from mocklambda.packaging import layer_zip, package, zip_of
from mocklambda.refusals import no_such_call
from mocklambda.services import SERVICES
from mocklambda.stores import Storing

if TYPE_CHECKING:
    import os

    from mocklambda.execution.values import Executor


class Deploying(Storing, Balancing, Granting):
    """The making half of `Cloud`."""

    def api(self: Any, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """Do one API call without a client: what the handles are made of.

        Args:
            service: botocore's name, such as ``sqs``.
            operation: the API's name, such as ``SendMessage``.
            params: the operation's input, without members that are None.

        Raises:
            ClientError: as the client would.
            UsageError: there is no such service or operation here.
        """
        operations = self.registry.plug(service).operations if service in SERVICES else ()
        if operation not in operations:
            raise no_such_call(service, operation, operations)
        given = {name: value for name, value in params.items() if value is not None}
        with _as_client(operation):
            return self.gateway.api(  # type: ignore[no-any-return]
                service,
                operation,
                given,
                account=self.config.account_id,
                region=self.config.region,
                origin=self.current_origin,
            )

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
        layers: Layer | str | Sequence[Layer | str] | None = None,
        retries: int | None = None,
        max_event_age: int | None = None,
        dead_letter: Any = None,
        on_success: Any = None,
        on_failure: Any = None,
        reserved: int | None = None,
        role: str | None = None,
        durable: timedelta | None = None,
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
            timeout: in seconds.
            memory: in MB.
            env: environment variables.
            layers: what ``cloud.layer`` made, or ARNs of layer versions: one, or several in order.
            retries: of asynchronous invocations.
            max_event_age: of asynchronous invocations, in seconds.
            dead_letter: a queue or topic (or its ARN) for events that were given up.
            on_success: a queue, topic, function or bus (or its ARN) for records of what went well.
            on_failure: likewise, a bucket too, for records of what did not.
            reserved: reserved concurrency.
            role: its execution role: what ``cloud.role`` made, or any ARN.
            durable: makes it a durable function, each of whose executions may take that long.
            inline: run in the test's own process, so that patches and breakpoints reach the handler.
            settings: further members of CreateFunction, such as ``Tags={...}``; with ``VpcConfig``, time moves on
                until its network interfaces are there.

        Raises:
            ClientError: as CreateFunction does.
            UsageError: a source that can not be deployed, or a ``durable`` that is no timedelta.
        """
        from mocklambda.execution.values import Executor

        if durable is not None:
            check_timedelta("durable", durable)
        is_inline = self.config.executor == "inline" if inline is None else inline
        if is_inline:
            self.config.check_inline()
        deployed = package(handler, source, is_inline=is_inline)
        with self._provided(name, deployed.target, Executor.INLINE if is_inline else Executor.PROCESS):
            self.api(
                "lambda",
                "CreateFunction",
                FunctionName=name,
                Runtime=runtime or deployed.runtime,
                Role=settings.pop("Role", None)
                or role
                or self.basic_role(f"{name}-role", is_durable=durable is not None),
                Handler=deployed.handler,
                Code=deployed.code,
                Timeout=timeout,
                MemorySize=memory,
                Environment={"Variables": dict(env)} if env else None,
                Layers=_arns(layers),
                DeadLetterConfig={"TargetArn": arn_of(dead_letter)} if dead_letter is not None else None,
                **(
                    {}
                    if durable is None
                    else {"DurableConfig": {"ExecutionTimeout": int(durable.total_seconds())}}
                ),
                **settings,
            )
        if settings.get("VpcConfig"):
            self._await_active(name)
        function = Function(self, name, qualifier=None if durable is None else "$LATEST")
        function.configure_events(
            retries=retries, max_event_age=max_event_age, on_success=on_success, on_failure=on_failure
        )
        if reserved is not None:
            self.api(
                "lambda", "PutFunctionConcurrency", FunctionName=name, ReservedConcurrentExecutions=reserved
            )
        return function

    def _await_active(self: Any, name: str) -> None:
        while self.api("lambda", "GetFunctionConfiguration", FunctionName=name)["State"] == "Pending":
            self.rest(1000)

    def stub(
        self: Any,
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
        return self._stub(name, target)  # type: ignore[no-any-return]

    def layer(self: Any, name: str, source: Any, *, runtimes: Sequence[str] | None = None) -> Layer:
        """Publish a version of a layer.

        Args:
            name: of the layer.
            source: a directory (packages lie under ``python/`` in it, as on AWS), a zip file, zip bytes, or a
                mapping from names to contents.
            runtimes: that it is meant for.
        """
        answer = self.api(
            "lambda",
            "PublishLayerVersion",
            LayerName=name,
            Content={"ZipFile": layer_zip(source)},
            CompatibleRuntimes=list(runtimes) if runtimes else None,
        )
        return Layer(self, name, answer["Version"])

    def image(self: Any, uri: str, path: str | os.PathLike[str]) -> None:
        """Let functions be made of a container image: CreateFunction with PackageType Image finds it by its URI.

        It runs without Docker, as the root of the environment, where `isolation` is ``namespaces``.

        Args:
            uri: as in ECR: ``123456789012.dkr.ecr.us-east-1.amazonaws.com/name:tag``.
            path: an OCI layout (a directory, or a tar archive), an archive of ``docker save``, or a root file system's
                directory.

        Raises:
            UsageError: there is no image that can be read.
        """
        image = self._performers.supervisor.images.put(path)
        self.in_turn("lambda", lambda state, _: state.register_image(uri, image.digest, image))

    # -- what no API tells -------------------------------------------------------------------------------

    @contextmanager
    def _provided(self: Any, name: str, target: Any, executor: Executor) -> Iterator[None]:
        """Say how the function that is made inside will run; if it can not be made, nothing has been said."""

        def provide(state: Any, _: Any) -> bool:
            is_new = name not in state.functions and state.provision(name) is None
            if is_new:
                state.provide(name, target=target, executor=executor)
            return is_new

        is_new = self.in_turn("lambda", provide)
        try:
            yield
        except BaseException:
            if is_new:
                self.in_turn("lambda", lambda state, _: state.withdraw(name))
            raise

    def _stub(self: Any, name: str, target: Any) -> Function:
        from mocklambda.execution.values import Executor

        def provide(state: Any, _: Any) -> bool:
            is_there = name in state.functions
            if is_there:
                state.provide(name, target=target, executor=Executor.STUB)
            return is_there

        if not self.in_turn("lambda", provide):
            code = zip_of({"index.py": "def handler(event, context): ..."})
            with self._provided(name, target, Executor.STUB):
                self.function(name, "index.handler", source=code)
        return Function(self, name)

    def in_turn(self: Any, service: str, action: Callable[[Any, Any], Any]) -> Any:
        """Call ``action`` with a service's state and the time now, inside a turn: for what no API tells."""
        state, _ = self.registry.state(service, self.config.account_id, self.config.region)
        with _as_client("Peek"):
            return self.engine.turn(lambda: action(state, self.engine.clock.now()))


def _arns(layers: Layer | str | Sequence[Layer | str] | None) -> list[str] | None:
    several = [layers] if isinstance(layers, (Layer, str)) else layers
    return [arn_of(layer) for layer in several] if several else None


@contextmanager
def _as_client(operation: str) -> Iterator[None]:
    """Raise what a service refuses as the client would."""
    from mocklambda.services.service import AwsError

    try:
        yield
    except AwsError as error:
        from botocore.exceptions import ClientError

        document: Any = {"Error": {"Code": error.code, "Message": error.message}, **error.fields}
        document["ResponseMetadata"] = {"HTTPStatusCode": error.status}
        raise ClientError(document, operation) from None
