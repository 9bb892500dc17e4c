"""Requests to AWS hosts that no SDK makes: presigned URLs, function URLs, load balancers.

``requests`` and everything else above urllib3 end in ``HTTPConnectionPool.urlopen``, which botocore has
loaded already: one method of one class again, whatever was imported first.
"""

from __future__ import annotations

from email.message import Message
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from mocklambda.intercept import active
from mocklambda.intercept.botocore_send import raw_body
from mocklambda.intercept.chunked_body import chunked_body
from mocklambda.wire.message import Request, Response


def install() -> active.Undo:
    """Patch urllib3's pool; returns what puts it back."""
    from urllib3.connectionpool import HTTPConnectionPool

    original = HTTPConnectionPool.urlopen

    def urlopen(
        pool: Any, method: str, url: str, body: Any = None, headers: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        session = active.top()
        if session is None or not active.is_aws(pool.host):
            return original(pool, method, url, body, headers, *args, **kwargs)
        sent = headers if headers is not None else pool.headers
        response = session.wire(_request_of(pool, method, url, body, sent))
        if response.delay_ms:
            session.rest(response.delay_ms)
        made = _urllib3_response(response, method, kwargs, url)
        again = _retried(pool, method, url, made, kwargs)
        if again is None:
            return made
        return urlopen(pool, method, url, body, sent, **{**kwargs, "retries": again})

    HTTPConnectionPool.urlopen = urlopen  # type: ignore[method-assign, assignment]

    def undo() -> None:
        HTTPConnectionPool.urlopen = original  # type: ignore[method-assign]

    return undo


def _retried(pool: Any, method: str, url: str, response: Any, options: dict[str, Any]) -> Any:
    """Return what is left of the caller's retries if they want this status tried again, as urllib3 decides it."""
    from urllib3.exceptions import MaxRetryError
    from urllib3.util import Retry

    retries = Retry.from_int(
        options.get("retries"), redirect=options.get("redirect", True), default=pool.retries
    )
    if not retries.is_retry(method, response.status, "Retry-After" in response.headers):
        return None
    try:
        left = retries.increment(method, url, response=response, _pool=pool)
    except MaxRetryError:
        if retries.raise_on_status:
            raise
        return None
    left.sleep(response)
    return left


def _request_of(pool: Any, method: str, url: str, body: Any, headers: Any) -> Request:
    path, query = _target(url)
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
        path=path or "/",
        query=query,
        headers=_headers(headers or {}, content),
        body=content,
    )


def _target(url: str) -> tuple[str, str]:
    """Return path and query of a request line, which is a path in all but one form."""
    if url.startswith("/"):
        path, _, query = url.partition("#")[0].partition("?")
        return path, query
    parts = urlsplit(url)
    return parts.path, parts.query


def _headers(given: Any, content: Any) -> dict[str, str]:
    """Return the headers as a connection would have sent them: with those that urllib3 adds by itself."""
    from urllib3._version import __version__
    from urllib3.util import SKIP_HEADER

    pairs = given.iteritems() if hasattr(given, "iteritems") else given.items()
    headers: dict[str, str] = {}
    for name, value in pairs:
        key, text = str(name).lower(), value.decode("latin-1") if isinstance(value, bytes) else str(value)
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    added = {"accept-encoding": "identity", "user-agent": f"python-urllib3/{__version__}"}
    if isinstance(content, bytes) and content and "transfer-encoding" not in headers:
        added["content-length"] = str(len(content))
    return {name: text for name, text in {**added, **headers}.items() if text != SKIP_HEADER}


def _urllib3_response(response: Response, method: str, options: dict[str, Any], url: str) -> Any:
    from urllib3 import HTTPResponse
    from urllib3._collections import HTTPHeaderDict

    headers = HTTPHeaderDict(response.headers)
    for name, value in response.repeated:
        headers.add(name, value)
    body: Any = response.body
    comes_whole = isinstance(body, bytes) or hasattr(body, "read")  # a file is an iterator, too: of lines
    return HTTPResponse(
        body=raw_body(response) if comes_whole else chunked_body(body),
        headers=headers,
        status=response.status,
        version=11,
        reason=_reason(response.status),
        preload_content=options.get("preload_content", True),
        decode_content=options.get("decode_content", True),
        original_response=_Original(headers, method),  # type: ignore[arg-type]
        request_method=method,
        request_url=url,
    )


def _reason(status: int) -> str | None:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return None


class _Original:
    """What ``requests`` takes cookies from: the reply below urllib3's."""

    def __init__(self, headers: Any, method: str) -> None:
        self._method = method  # urllib3 asks for it, where a body is in chunks
        self.msg = Message()
        for name, value in headers.iteritems():
            self.msg[name] = value

    def isclosed(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing is open."""
