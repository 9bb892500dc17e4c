"""The context object that a Python handler gets."""

from __future__ import annotations

import json
from typing import Any

from .faults import Fault
from .records import write_event


class CognitoIdentity:
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self) -> None:
        self.cognito_identity_id: str | None = None
        self.cognito_identity_pool_id: str | None = None

    def __repr__(self) -> str:
        name, pool = self.cognito_identity_id, self.cognito_identity_pool_id
        return f"CognitoIdentity([cognito_identity_id={name},cognito_identity_pool_id={pool}])"


class Client:
    __slots__ = ("app_package_name", "app_title", "app_version_code", "app_version_name", "installation_id")

    def __init__(self, fields: dict[str, Any]) -> None:
        for name in self.__slots__:
            setattr(self, name, fields.get(name))


class ClientContext:
    __slots__ = ("client", "custom", "env")

    def __init__(self, fields: dict[str, Any]) -> None:
        client = fields.get("client")
        self.client = Client(client) if client else None
        self.custom = fields.get("custom")
        self.env = fields.get("env")


def client_context(text: str | None) -> ClientContext | None:
    """Read the caller's client context; raises Fault when it is not JSON."""
    if not text:
        return None
    try:
        return ClientContext(json.loads(text))
    except (ValueError, AttributeError) as error:
        raise Fault(
            "Runtime.LambdaContextUnmarshalError", f"Unable to parse Client Context JSON: {error}"
        ) from None


class Constants:
    """What is the same in every context of one environment."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.log_group_name = environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.function_name = environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.memory_limit_in_mb = environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.function_version = environ["AWS_LAMBDA_FUNCTION_VERSION"]


class LambdaContext:
    """One invocation, as the handler sees it."""

    def __init__(self, header: dict[str, Any], clock: Any, constants: Constants) -> None:
        self.aws_request_id = header["id"]
        self.log_group_name = constants.log_group_name
        self.log_stream_name = constants.log_stream_name
        self.function_name = constants.function_name
        self.memory_limit_in_mb = constants.memory_limit_in_mb
        self.function_version = constants.function_version
        self.invoked_function_arn = header["arn"]
        self.tenant_id = header.get("tenant")
        self.client_context = client_context(header.get("context"))
        self.identity = CognitoIdentity()
        self._clock = clock

    def get_remaining_time_in_millis(self) -> int:
        remaining: int = self._clock.remaining_ms()
        return remaining

    def log(self, message: Any) -> None:
        write_event(str(message))

    def __repr__(self) -> str:
        fields = ",".join(f"{name}={value}" for name, value in vars(self).items() if name != "_clock")
        return f"LambdaContext([{fields}])"
