"""Requests to AWS hosts that no SDK makes: presigned URLs, function URLs, load balancers.

``requests`` and everything else above urllib3 end in ``HTTPConnectionPool.urlopen``, which botocore has
loaded already: one method of one class again, whatever was imported first. A test's own ``responses`` mock
stands above urllib3; while a session is active it lets AWS hosts through to here.
"""

from __future__ import annotations

import re
import sys
from typing import Any
from urllib.parse import urlsplit

from mocklambda.intercept import active
from mocklambda.intercept.botocore_send import raw_body
from mocklambda.wire.message import Request, Response

AWS_URL = re.compile(r"https?://[^/]*\.(amazonaws\.com(\.cn)?|api\.aws|on\.aws)([:/]|$)")


def install() -> active.Undo:
    """Patch urllib3's pool; returns what puts it back."""
    from urllib3.connectionpool import HTTPConnectionPool

    original = HTTPConnectionPool.urlopen

    def urlopen(pool: Any, method: str, url: str, body: Any = None, headers: Any = None, *args: Any, **kwargs: Any) -> Any:
        session = active.top()
        if session is None or not active.is_aws(pool.host):
            return original(pool, method, url, body, headers, *args, **kwargs)
        response = session.wire(_request_of(pool, method, url, body, headers if headers is not None else pool.headers))
        return _urllib3_response(response, method, kwargs, url)

    HTTPConnectionPool.urlopen = urlopen  # type: ignore[method-assign]
    undo_responses = _pass_through_responses()

    def undo() -> None:
        HTTPConnectionPool.urlopen = original  # type: ignore[method-assign]
        undo_responses()

    return undo


def _pass_through_responses() -> active.Undo:
    responses = sys.modules.get("responses")
    if responses is None:
        return lambda: None
    mock = responses.mock
    before = mock.passthru_prefixes
    mock.passthru_prefixes = (*before, AWS_URL)

    def undo() -> None:
        mock.passthru_prefixes = tuple(prefix for prefix in mock.passthru_prefixes if prefix is not AWS_URL)

    return undo


def _request_of(pool: Any, method: str, url: str, body: Any, headers: Any) -> Request:
    parts = urlsplit(url)
    default_port = {"http": 80, "https": 443}.get(pool.scheme)
    host = pool.host if pool.port in {None, default_port} else f"{pool.host}:{pool.port}"
    if body is None:
        content: Any = b""
    elif isinstance(body, str):
        content = body.encode()
    elif isinstance(body, (bytes, bytearray, memoryview)):
        content = bytes(body)
    elif hasattr(body, "read"):
        content = body
    else:
        content = b"".join(part.encode() if isinstance(part, str) else bytes(part) for part in body)
    return Request(
        method=method,
        scheme=pool.scheme,
        host=host,
        path=parts.path or "/",
        query=parts.query,
        headers={
            str(name).lower(): value.decode("latin-1") if isinstance(value, bytes) else str(value)
            for name, value in dict(headers or {}).items()
        },
        body=content,
    )


def _urllib3_response(response: Response, method: str, options: dict[str, Any], url: str) -> Any:
    from urllib3 import HTTPResponse

    return HTTPResponse(
        body=raw_body(response),
        headers=response.headers,
        status=response.status,
        version=11,
        version_string="HTTP/1.1",
        reason=None,
        preload_content=options.get("preload_content", True),
        decode_content=options.get("decode_content", True),
        request_method=method,
        request_url=url,
    )
