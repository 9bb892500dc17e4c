"""The fast seam: ``BaseClient._make_request`` ↔ gateway. No signing, no bytes for the caller to parse.

One method of one class: clients made before and after the start are caught alike, with and without
credentials. Everything that botocore does before (parameters, endpoints, events) and after (errors,
``after-call``) still happens.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from mocklambda.intercept import active
from mocklambda.intercept.back_off import wait_before_retry
from mocklambda.intercept.patience import wait_for
from mocklambda.sandbox.child.listeners import must_travel
from mocklambda.wire.message import Request

CHUNKED = "aws-chunked"


class FastHTTP:
    """The HTTP side of a reply, as botocore's event handlers expect to see it."""

    __slots__ = ("_response", "status_code", "url")

    def __init__(self, url: str, response: Any) -> None:
        self.url = url
        self.status_code = response.status
        self._response = response

    @property
    def raw(self) -> Any:
        """The body as it is: bytes, a file, or an iterator."""
        return self._response.body

    @property
    def headers(self) -> dict[str, str]:
        """The headers, by lower-case name; made when asked for: most calls have nobody who does."""
        return {name.lower(): value for name, value in self._response.headers.items()}

    @property
    def content(self) -> bytes:
        """The body as bytes; empty for a stream, which belongs to the caller."""
        body = self._response.body
        return body if isinstance(body, bytes) else b""

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")


def install() -> active.Undo:
    """Patch botocore's client class; returns what puts it back."""
    from botocore import client as clients

    owner: Any = clients.BaseClient
    original = owner._make_request  # noqa: SLF001 - the seam itself

    def make_request(
        client: Any, operation_model: Any, request_dict: dict[str, Any], request_context: Any
    ) -> Any:
        session = active.top()
        if session is None or not is_caught(session, client, operation_model, request_dict):
            return original(client, operation_model, request_dict, request_context)
        answer, parsed = ask(session, client, operation_model, request_dict)
        if parsed is None:
            parsed = parse(client._response_parser, operation_model, answer.response)  # noqa: SLF001
        http = FastHTTP(request_dict["url"], answer.response)
        if "checksum" in request_context:
            note_checksum(http, parsed, request_context)
        return http, parsed

    owner._make_request = make_request  # noqa: SLF001

    def undo() -> None:
        owner._make_request = original  # noqa: SLF001

    return undo


def is_caught(
    session: active.Answering, client: Any, operation_model: Any, request_dict: dict[str, Any]
) -> bool:
    """Tell whether this seam answers a request: all to AWS, unless they have to travel as bytes."""
    return (
        not session.is_wire_only
        and _is_aws_url(request_dict["url"])
        and not must_travel(client, operation_model)
    )


def ask(
    session: active.Answering,
    client: Any,
    operation_model: Any,
    request_dict: dict[str, Any],
) -> tuple[Any, dict[str, Any] | None]:
    """Have a request answered, again where an SDK would ask again: the answer, and what the caller gets of it.

    That is None where somebody else has answered (moto), in bytes that are still to be parsed.
    """
    request, access_key, region = request_of(request_dict), access_key_of(client), client.meta.region_name
    answer = session.fast(operation_model, request, access_key=access_key, region=region)
    parsed, retries = answer.parsed, 0
    if parsed is not None and answer.response.status >= 400:
        while (wait_ms := wait_before_retry(client, parsed, retries)) is not None:
            session.rest(wait_ms)
            retries += 1
            answer = session.fast(operation_model, request, access_key=access_key, region=region)
            parsed = answer.parsed
            parsed["ResponseMetadata"]["RetryAttempts"] = retries
    delay_ms = answer.response.delay_ms
    if delay_ms:
        wait_for(session, delay_ms, client.meta.config.read_timeout, request_dict["url"])
    return answer, parsed


def note_checksum(http: FastHTTP, parsed: dict[str, Any], request_context: Any) -> None:
    """Say which checksum an answer was proven with, as botocore does; those of parts prove nothing."""
    if "checksum" not in request_context or http.status_code >= 300:
        return
    for algorithm in request_context["checksum"].get("response_algorithms", ()):
        if "-" not in parsed.get(f"Checksum{algorithm.upper()}", "-"):
            parsed["ResponseMetadata"]["ChecksumAlgorithm"] = algorithm
            return


@lru_cache(maxsize=1024)
def _split(url: str) -> tuple[str, str, str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc, parts.path, parts.query


@lru_cache(maxsize=256)
def _is_aws_origin(scheme_and_host: str) -> bool:
    return active.is_aws(scheme_and_host)


def _is_aws_url(url: str) -> bool:
    return _is_aws_origin(_split(url)[1])


def request_of(request_dict: dict[str, Any]) -> Request:
    """Turn botocore's request dict, as it is before signing, into a wire request."""
    scheme, host, path, query = _split(request_dict["url"])
    more = request_dict["query_string"]
    if more:
        more = urlencode(more, doseq=True, quote_via=quote) if isinstance(more, dict) else str(more)
        query = f"{query}&{more}" if query else more
    body = request_dict["body"]
    if isinstance(body, dict):  # the query protocol's parameters
        body = urlencode(body, doseq=True).encode()
    elif isinstance(body, str):
        body = body.encode()
    elif isinstance(body, (bytearray, memoryview)):
        body = bytes(body)
    headers = {
        name.lower(): value
        if value.__class__ is str
        else value.decode()
        if isinstance(value, bytes)
        else str(value)
        for name, value in request_dict["headers"].items()
    }
    if headers.get("content-encoding") == CHUNKED:
        body = _unchunked(body, headers)
    return Request(
        method=request_dict["method"],
        scheme=scheme,
        host=host,
        path=path or "/",
        query=query,
        headers=headers,
        body=body or b"",
    )


def _unchunked(body: Any, headers: dict[str, str]) -> Any:
    """Take what lies in memory out of botocore's wrapper, which would put it in chunks for us to take it out of.

    The algorithm stays named in the trailer's header; what botocore would count of the same bytes says nothing more.
    """
    raw = getattr(body, "_raw", None)
    if raw.__class__ is not BytesIO:
        return body
    del headers["content-encoding"]
    return raw.read()


def access_key_of(client: Any) -> str | None:
    """Return the access key that a client would sign with, without refreshing anything."""
    credentials = getattr(client._request_signer, "_credentials", None)  # noqa: SLF001
    if credentials is None:
        return None
    found = getattr(credentials, "_access_key", None)  # refreshable ones: never go and fetch
    if found is None and "_access_key" not in getattr(credentials, "__dict__", {}):
        found = getattr(credentials, "access_key", None)
    return found if isinstance(found, str) else None


def parse(parser: Any, operation_model: Any, response: Any) -> dict[str, Any]:
    """Parse bytes that somebody else answered (moto), as botocore would have."""
    body = response.body if isinstance(response.body, bytes) else response.body.read()
    headers = {name.lower(): value for name, value in response.headers.items()}
    raw: dict[str, Any] = {
        "headers": headers,
        "status_code": response.status,
        "context": {"operation_name": operation_model.name},
    }
    if response.status < 300 and operation_model.has_streaming_output:
        from io import BytesIO

        from botocore.response import StreamingBody

        raw["body"] = StreamingBody(BytesIO(body), len(body))
    else:
        raw["body"] = body
    parsed: dict[str, Any] = parser.parse(raw, operation_model.output_shape)
    parsed.setdefault("ResponseMetadata", {})["RetryAttempts"] = 0
    return parsed
