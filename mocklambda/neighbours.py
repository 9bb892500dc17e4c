"""moto as a companion: it answers for the services that are not ours, in this process, by service name.

Loaded when first needed. Its state starts with the cloud's first such call and is dropped with the cloud,
unless the test itself has moto's ``mock_aws`` running: then that state is used, and left alone.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from mocklambda.wire.message import Request, Response

if TYPE_CHECKING:
    from mocklambda.cloud import Cloud


class Moto:
    """The neighbour of one cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._apps: dict[str, Any] = {}

    @staticmethod
    def serves(service: str) -> bool:
        """Tell whether moto is installed; what it does not know it refuses itself."""
        return find_spec("moto") is not None

    def handle(self, service: str, request: Request, *, account: str, region: str) -> Response:
        """Answer one request through moto's application for the service."""
        raise NotImplementedError
