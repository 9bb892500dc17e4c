"""AWS's runtime interface client as integrations know it: what they replace in it is what runs.

On Lambda the runtime is the package ``awslambdaric``, which ``__main__`` has imported, and error trackers wrap
functions of its ``bootstrap``. Here that is made when somebody looks into it; until then invocations do without.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any, Protocol

from . import records, results

PACKAGE = "awslambdaric"
JSON = "application/json"
UTF_8 = ("utf-8", "surrogatepass")

Document = dict[str, Any]


class Runtime(Protocol):
    """What runs the function."""

    is_ascii: bool

    def context(self, header: dict[str, Any]) -> Any:
        """Make the context of an invocation."""

    def describe(self, error: Exception, request_id: str) -> Document:
        """Return an exception as the document that the invoker gets."""

    def error_event(self, document: Document) -> str:
        """Return it as the log has it."""

    def reply_result(self, payload: bytes) -> None:
        """End the invocation well."""

    def reply_error(self, payload: bytes, document: Document) -> None:
        """End it with an error document, ``payload`` as JSON."""

    def reply_no_init(self, document: Document, error_type: str | None) -> None:
        """Say that the function can not be run."""


class InterfaceClient:
    """The package of one process, and the invocations that go through it once somebody knows it."""

    def __init__(self, runtime: Runtime) -> None:
        self.is_known = False
        self._runtime = runtime
        self._bootstrap: Any = LazyModule(f"{PACKAGE}.bootstrap", self._members)
        self._client: Any = None

    def offer(self) -> None:
        """Let the function find it, where it is on Lambda."""
        package: Any = LazyModule(PACKAGE, dict)
        client = LazyModule(f"{PACKAGE}.lambda_runtime_client", self._client_members)
        main: Any = LazyModule(f"{PACKAGE}.__main__", dict)
        main.bootstrap = package.bootstrap = self._bootstrap
        package.lambda_runtime_client = client
        sys.modules["__main__"].awslambdaricmain = main  # type: ignore[attr-defined]
        for module in (package, client, main, self._bootstrap):
            sys.modules[module.__name__] = module

    def handle(self, handler: Any, header: dict[str, Any], body: bytes) -> None:
        """Run an invocation by what ``handle_event_request`` is now."""
        self._bootstrap.handle_event_request(
            self._client,
            handler,
            header["id"],
            body,
            JSON,
            header.get("context"),
            None,
            header["arn"],
            header["deadline"],
            header.get("tenant"),
            LogSink(),
        )

    def fault(self, error: Exception) -> Document | None:
        """Return what is told of an exception besides, if anybody may want to know."""
        return make_xray_fault(error) if self.is_known else None

    def post(
        self, request_id: str, payload: bytes, document: Document | None, fault: Document | None
    ) -> None:
        """End an invocation in which the client has become known."""
        if document is None:
            self._client.post_invocation_result(request_id, payload, JSON)
        else:
            self._bootstrap.log_error(document, LogSink())
            to_json = self._bootstrap.to_json
            self._client.post_invocation_error(request_id, to_json(document), to_json(fault))

    def post_no_init(self, document: Document, error_type: str | None = None) -> None:
        """Say that the function can not be run, by what says so now."""
        if error_type is None:
            self._client.post_init_error(document)
        else:
            self._client.post_init_error(document, error_type)

    def _client_members(self) -> dict[str, Any]:
        return {"LambdaRuntimeClient": self._bootstrap.LambdaRuntimeClient}

    def _members(self) -> dict[str, Any]:
        """Make what is known of ``bootstrap``."""
        self.is_known = True
        runtime = self._runtime

        class LambdaRuntimeClient(Client):
            marshaller = LambdaMarshaller(is_ascii=runtime.is_ascii)

        self._client = LambdaRuntimeClient(runtime)

        def log_error(error_result: Document, log_sink: LogSink) -> None:
            log_sink.log_error([runtime.error_event(error_result)])

        def to_json(obj: Any) -> str:
            return results.marshal(obj, is_ascii=runtime.is_ascii).decode(*UTF_8)

        return {
            "LambdaRuntimeClient": LambdaRuntimeClient,
            "handle_event_request": handling(self._bootstrap),
            "log_error": log_error,
            "make_xray_fault": make_xray_fault,
            "to_json": to_json,
        }


class LazyModule(ModuleType):
    """A module that gets its members when the first of them is asked for, or replaced."""

    def __init__(self, name: str, members: Callable[[], dict[str, Any]]) -> None:
        super().__init__(name)
        vars(self)["_members"] = members

    def __getattr__(self, name: str) -> Any:
        if name == "__path__" and self.__name__ == PACKAGE:  # one that is installed has more modules
            return [os.path.join(entry, PACKAGE) for entry in sys.path]
        if not name.startswith("__"):
            self._fill()
            if name in vars(self):
                return vars(self)[name]
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("__"):
            self._fill()
        super().__setattr__(name, value)

    def _fill(self) -> None:
        members = vars(self).pop("_members", None)
        if members is not None:
            vars(self).update(members())


class LambdaMarshaller:
    """What events and responses are as JSON."""

    def __init__(self, *, is_ascii: bool) -> None:
        self._is_ascii = is_ascii

    def unmarshal_request(self, request: bytes, content_type: str = JSON) -> Any:
        return request if content_type != JSON else results.unmarshal(request)

    def marshal_response(self, response: Any) -> tuple[str | bytes, str]:
        if isinstance(response, bytes):
            return response, "application/unknown"
        return results.marshal(response, is_ascii=self._is_ascii).decode(*UTF_8), JSON


class Client:
    """Tells how invocations ended."""

    marshaller: LambdaMarshaller

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    def post_init_error(self, error_response_data: Document, error_type_override: str | None = None) -> None:
        self.runtime.reply_no_init(error_response_data, error_type_override)

    def post_invocation_result(
        self,
        invoke_id: str,
        result_data: str | bytes,
        content_type: str = JSON,
        invocation_id: str | None = None,
    ) -> None:
        self.runtime.reply_result(
            result_data if isinstance(result_data, bytes) else result_data.encode(*UTF_8)
        )

    def post_invocation_error(
        self, invoke_id: str, error_response_data: str, xray_fault: str, invocation_id: str | None = None
    ) -> None:
        self.runtime.reply_error(error_response_data.encode(*UTF_8), json.loads(error_response_data))


class LogSink:
    """Where the runtime's own log events go."""

    def log_error(self, message_lines: list[str]) -> None:
        records.write_event("\n".join(message_lines))


def handling(bootstrap: Any) -> Callable[..., None]:
    """Make ``handle_event_request``, which looks its helpers up in the module at each invocation."""

    def handle_event_request(
        lambda_runtime_client: Client,
        request_handler: Any,
        invoke_id: str,
        event_body: bytes,
        content_type: str,
        client_context_json: str | None,
        cognito_identity_json: str | None,
        invoked_function_arn: str,
        epoch_deadline_time_in_ms: int,
        tenant_id: str | None,
        log_sink: LogSink,
        invocation_id: str | None = None,
    ) -> None:
        runtime = lambda_runtime_client.runtime
        error_result = None
        try:
            context = runtime.context(
                {
                    "id": invoke_id,
                    "arn": invoked_function_arn,
                    "context": client_context_json,
                    "tenant": tenant_id,
                }
            )
            event = lambda_runtime_client.marshaller.unmarshal_request(event_body, content_type)
            response = request_handler(event, context)
            result, kind = lambda_runtime_client.marshaller.marshal_response(response)
        except Exception as error:
            error_result = runtime.describe(error, invoke_id)
            fault = make_xray_fault(error)
        if error_result is None:
            lambda_runtime_client.post_invocation_result(invoke_id, result, kind, invocation_id)
        else:
            bootstrap.log_error(error_result, log_sink)
            lambda_runtime_client.post_invocation_error(
                invoke_id, bootstrap.to_json(error_result), bootstrap.to_json(fault), invocation_id
            )

    return handle_event_request


def make_xray_fault(error: Exception) -> Document:
    """Return what the runtime tells X-Ray of an exception."""
    frames = traceback.extract_tb(error.__traceback__)
    stack = [{"label": frame.name, "path": frame.filename, "line": frame.lineno} for frame in frames]
    return {
        "working_directory": os.getcwd(),
        "exceptions": [{"message": str(error), "type": type(error).__name__, "stack": stack}],
        "paths": sorted({frame.filename for frame in frames}),
    }
