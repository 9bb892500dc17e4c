"""What a test breaks on purpose: refused calls, throttled, crashing, slow or starved functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocklambda.calls import Fault
from mocklambda.services.service import AwsError

if TYPE_CHECKING:
    from mocklambda.cloud import Cloud


class Faults:
    """Faults of one session, each for a number of times."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def fail(
        self, service: str, operation: str, code: str, times: int = 1, *, message: str = "Injected fault.", status: int = 400
    ) -> None:
        """Answer the next ``times`` calls of an operation with an error, from the test and from handlers alike.

        Args:
            service: botocore's name, such as ``sqs``.
            operation: the API's name, such as ``SendMessage``.
            code, message, status: as the code under test will see them.
        """
        self._cloud.gateway.faults.append(Fault(service, operation, AwsError(code, message, status), times))
