"""Keeps moto's own interception out of the wire seam's way: a test's ``mock_aws`` would answer before it.

moto listens to botocore's ``before-send``; while a session is active, what goes to AWS is not its to answer.
It may be loaded at any time, so it is looked for at each send.
"""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import urlsplit

from mocklambda.intercept import active

STUBBER = "moto.core.botocore_stubber"


def install() -> active.Undo:
    """Patch what botocore sends with; returns what puts it, and moto, back."""
    from botocore.endpoint import Endpoint

    endpoints: Any = Endpoint
    original = endpoints._do_get_response  # noqa: SLF001 - where the events of a send are raised
    patched: list[tuple[Any, Any]] = []

    def do_get_response(endpoint: Any, *args: Any, **kwargs: Any) -> Any:
        if not patched and STUBBER in sys.modules:
            stubber = sys.modules[STUBBER].BotocoreStubber
            patched.append((stubber, stubber.__call__))
            stubber.__call__ = _behind(stubber.__call__)
        return original(endpoint, *args, **kwargs)

    endpoints._do_get_response = do_get_response  # noqa: SLF001

    def undo() -> None:
        endpoints._do_get_response = original  # noqa: SLF001
        for stubber, call in patched:
            stubber.__call__ = call

    return undo


def _behind(call: Any) -> Any:
    def answer(stubber: Any, event_name: str, request: Any, **kwargs: Any) -> Any:
        if active.top() is not None and active.is_aws(urlsplit(request.url).netloc):
            return None
        return call(stubber, event_name, request, **kwargs)

    return answer
