"""A Lambda context object for unit tests that call a handler directly."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from mocklambda.clock.real import Deadline


@dataclass(kw_only=True)
class LambdaContext:
    """What AWS documents as the context object, with values of the test's choosing."""

    function_name: str = "function"
    function_version: str = "$LATEST"
    invoked_function_arn: str = ""
    memory_limit_in_mb: str = "128"
    aws_request_id: str = "00000000-0000-4000-8000-000000000000"
    log_group_name: str = ""
    log_stream_name: str = ""
    tenant_id: str | None = None
    identity: Any = field(
        default_factory=lambda: SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
    )
    client_context: Any = None
    deadline: Deadline = field(default_factory=lambda: Deadline(3), repr=False)

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left, falling in real time, never below 0."""
        return int(self.deadline.left() * 1000)

    def log(self, message: object) -> None:
        """Write to the log, as Lambda's own context does."""
        print(message, end="")  # noqa: T201 - that is what it is for


def context(
    function_name: str = "function",
    *,
    timeout: float = 3.0,
    memory: int = 128,
    region: str = "us-east-1",
    account_id: str = "123456789012",
    version: str = "$LATEST",
    **values: Any,
) -> LambdaContext:
    """Make a context for calling a handler directly: ``handler(event, mocklambda.context("fn"))``.

    Args:
        function_name: also in the ARN, log group and log stream.
        timeout: seconds from now after which no time remains.
        memory: in MB.
        region: as in the ARN.
        account_id: likewise.
        version: likewise, and in the log stream.
        values: any attribute of the context, as it is.

    See https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """
    defaults: dict[str, Any] = {
        "function_name": function_name,
        "function_version": version,
        "memory_limit_in_mb": str(memory),
        "invoked_function_arn": f"arn:aws:lambda:{region}:{account_id}:function:{function_name}",
        "log_group_name": f"/aws/lambda/{function_name}",
        "log_stream_name": f"2024/01/01/[{version}]00000000000000000000000000000000",
        "deadline": Deadline(timeout),
    }
    return LambdaContext(**{**defaults, **values})
