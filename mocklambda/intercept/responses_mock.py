"""Mocks of the package ``responses`` stand above urllib3: while a session is active they let AWS hosts through.

Whichever mock it is, and however often it is reset; what it has an answer for, it answers.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from mocklambda.intercept import active
from mocklambda.intercept.loading import once_loaded


def install() -> active.Undo:
    """Patch the mocks' class, at once or when the package is imported; returns what puts it back."""
    return once_loaded("responses", _patch)


def _patch(responses: Any) -> active.Undo:
    owner = responses.RequestsMock
    original = owner._on_request  # noqa: SLF001 - what it has put in the place of sending

    def on_request(mock: Any, adapter: Any, request: Any, *, retries: Any = None, **options: Any) -> Any:
        if active.top() is None or not active.is_aws(urlsplit(request.url).netloc):
            return original(mock, adapter, request, retries=retries, **options)
        request.params = mock._parse_request_params(request.path_url)  # noqa: SLF001 - what matchers look at
        request.req_kwargs = options
        if any(response.matches(request)[0] for response in mock.registered()):
            return original(mock, adapter, request, retries=retries, **options)
        return mock._real_send(adapter, request, **options)  # noqa: SLF001

    owner._on_request = on_request  # noqa: SLF001

    def undo() -> None:
        owner._on_request = original  # noqa: SLF001

    return undo
