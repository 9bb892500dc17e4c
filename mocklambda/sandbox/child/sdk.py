"""The SDK inside a handler: its calls go to the test's cloud, unsigned, and never to AWS.

Two seams, as in the test's own process: a client's call before it is signed, and whatever else reaches
botocore's HTTP session with an AWS host name.
"""

from __future__ import annotations

import io
import os
import socket
import threading
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from . import httpx_send, name_lookup, pool
from .clock import install_on_import
from .connection import CHUNK, Body, Connection
from .headers import headers_class
from .listeners import must_travel
from .transfers import stay_classic

AWS_SUFFIXES = (
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".api.aws",
    ".on.aws",
    ".amazonaws.eu",
    ".api.amazonwebservices.com.cn",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
    ".cloud.adc-e.uk",
    ".csp.hci.ic.gov",
)
METADATA = frozenset(
    {"169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "[fd00:ec2::254]"}
)


class Idle(threading.local):
    """A thread's lines that wait for its next call."""

    def __init__(self) -> None:
        self.connections: list[Connection] = []


class Sdk:
    """Patches botocore in this process, whenever it is imported; ``sleep`` counts the time that answers were late."""

    def __init__(
        self, door: socket.socket, endpoint_url: str | None, sleep: Callable[[float], None] | None = None
    ) -> None:
        self._door = door
        self._sleep = sleep
        self._endpoint_url = endpoint_url
        self._endpoint_host = urlsplit(endpoint_url).netloc if endpoint_url else ""
        self._idle = Idle()
        self.is_used = False

    def install(self) -> None:
        install_on_import("botocore.client", self._patch_client)
        install_on_import("botocore.httpsession", self._patch_session)
        install_on_import("botocore.configprovider", self._patch_endpoint)
        install_on_import("aiobotocore.args", self._lead_coroutines)
        install_on_import("boto3.s3.transfer", stay_classic)
        install_on_import("urllib3.connectionpool", self._patch_pool)
        install_on_import("httpx", lambda module: httpx_send.patch(module, self._is_api, self._ask))
        name_lookup.guard(lambda host: host.endswith(AWS_SUFFIXES), METADATA, self._tell_of_connection)
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        """Give a fork of the handler's lines of its own."""
        self._idle = Idle()

    # -- the seams ---------------------------------------------------------------------------------------

    def _patch_client(self, module: Any) -> None:
        client_class = module.BaseClient
        original = client_class._make_request
        original_init = client_class.__init__

        def make_request(
            client: Any, operation_model: Any, request_dict: dict[str, Any], context: Any
        ) -> Any:
            if not self._is_ours(request_dict["url"]) or must_travel(client, operation_model):
                return original(client, operation_model, request_dict, context)
            return self._fast(client, operation_model, request_dict)

        def init(client: Any, *args: Any, **kwargs: Any) -> None:
            self.is_used = True
            original_init(client, *args, **kwargs)

        client_class._make_request = make_request
        client_class.__init__ = init

    def _patch_session(self, module: Any) -> None:
        original = module.URLLib3Session.send

        def send(session: Any, request: Any) -> Any:
            if not self._is_ours(request.url):
                return original(session, request)
            return self._wire(request)

        module.URLLib3Session.send = send

    def _patch_pool(self, module: Any) -> None:
        pool.patch(module, self._is_api, self._ask)

    def _patch_endpoint(self, module: Any) -> None:
        """Keep AWS_ENDPOINT_URL, which is for other programs, out of this SDK's idea of endpoints.

        It would show in presigned URLs and in ``client.meta.endpoint_url``.
        """
        provider = getattr(module, "ConfiguredEndpointProvider", None)
        if provider is None or self._endpoint_url is None:
            return
        original = provider.provide

        def provide(found_by: Any) -> Any:
            found = original(found_by)
            return None if found == self._endpoint_url else found

        provider.provide = provide

    def _lead_coroutines(self, module: Any) -> None:
        """Have aiobotocore's clients, whose calls are answered by no seam here, call the test's gateway."""
        if self._endpoint_url is None:
            return
        creator = module.AioClientArgsCreator
        original = creator._compute_configured_endpoint_url

        def compute(made_by: Any, client_config: Any, endpoint_url: str | None) -> str | None:
            return original(made_by, client_config, endpoint_url) or self._endpoint_url

        creator._compute_configured_endpoint_url = compute

    def _is_ours(self, url: str) -> bool:
        """Tell whether a URL is AWS's, or the test's own gateway's."""
        host = urlsplit(url).netloc
        name = host.partition(":")[0]
        return host == self._endpoint_host or name.endswith(AWS_SUFFIXES) or host in METADATA

    def _is_api(self, url: str) -> bool:
        """Tell whether a URL is answered: metadata services are out of reach."""
        return self._is_ours(url) and urlsplit(url).netloc not in METADATA

    # -- one call ----------------------------------------------------------------------------------------

    def _fast(self, client: Any, operation_model: Any, request_dict: dict[str, Any]) -> Any:
        url = full_url(request_dict)
        header = {
            "service": operation_model.service_model.service_name,
            "operation": operation_model.name,
            "method": request_dict["method"],
            "url": url,
            "headers": plain(request_dict["headers"]),
            "region": client.meta.region_name,
            "key": access_key(client),
        }
        patience_s = client.meta.config.read_timeout
        if patience_s is not None:
            header["patience_ms"] = patience_s * 1000
        streams = operation_model.has_streaming_output or operation_model.has_event_stream_output
        http = self._exchange(header, wire_body(request_dict["body"]), streams=streams)
        return http, parse(client, operation_model, request_dict, http)

    def _wire(self, request: Any) -> Any:
        if urlsplit(request.url).netloc in METADATA:
            from botocore.exceptions import EndpointConnectionError

            raise EndpointConnectionError(endpoint_url=request.url)
        header = {"method": request.method, "url": request.url, "headers": plain(request.headers)}
        return self._exchange(header, wire_body(request.body), streams=request.stream_output)

    def _exchange(self, header: dict[str, Any], body: Any, *, streams: bool) -> Any:
        connection = self._take_connection()
        try:
            answer, length = connection.call(header, body)
            if "delay_ms" in answer:
                self._wait(answer["delay_ms"], header)
            pieces = connection.pieces(length)
            if streams and answer["status"] < 300:
                raw: Any = Body(pieces, lambda: self._give_back(connection))
                return response_of(header["url"], answer, raw)
            content = b"".join(pieces)
        except BaseException:
            connection.close()
            raise
        self._give_back(connection)
        response = response_of(header["url"], answer, io.BytesIO(content))
        response._content = content
        return response

    def _ask(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        connection = self._take_connection()
        try:
            answer, length = connection.call(header, body)
            if "delay_ms" in answer:
                self._wait(answer["delay_ms"], header)
            content = b"".join(connection.pieces(length))
        except BaseException:
            connection.close()
            raise
        self._give_back(connection)
        return answer, content

    def _tell_of_connection(self, host: str) -> str:
        """Let the test know that a connection to an AWS host was tried; returns what there is to say of it."""
        _, told = self._ask({"method": "CONNECT", "url": f"https://{host}", "headers": {}}, b"")
        return told.decode()

    def _wait(self, delay_ms: float, header: dict[str, Any]) -> None:
        """Have waited for an answer, as long as the client would."""
        waited_ms = min(delay_ms, header.get("patience_ms", delay_ms + 1))
        if self._sleep is not None:
            self._sleep(waited_ms / 1000)
        if waited_ms < delay_ms:
            from botocore.exceptions import ReadTimeoutError

            raise ReadTimeoutError(endpoint_url=header["url"])

    def _take_connection(self) -> Connection:
        idle = self._idle.connections
        return idle.pop() if idle else Connection(self._door)

    def _give_back(self, connection: Connection) -> None:
        self._idle.connections.append(connection)


@cache
def _botocore() -> tuple[Any, Any]:
    """Return what each call takes of botocore, once it is loaded."""
    from botocore.awsrequest import AWSResponse
    from botocore.endpoint import convert_to_response_dict

    return AWSResponse, convert_to_response_dict


def response_of(url: str, answer: dict[str, Any], raw: Any) -> Any:
    """Return botocore's object for an answer."""
    make, _ = _botocore()
    response = make(url, answer["status"], {}, raw)
    response.headers = headers_class()(answer["headers"])
    return response


def parse(client: Any, operation_model: Any, request_dict: dict[str, Any], http: Any) -> dict[str, Any]:
    """Parse an answer as botocore's endpoint does, its events and checksums included."""
    _, as_dict = _botocore()
    response = as_dict(http, operation_model)
    context = request_dict["context"]
    if context.get("checksum"):
        from botocore.httpchecksum import handle_checksum_body

        handle_checksum_body(http, response, context, operation_model)
    customized: dict[str, Any] = {}
    service = operation_model.service_model.service_id.hyphenize()
    client.meta.events.emit(
        f"before-parse.{service}.{operation_model.name}",
        operation_model=operation_model,
        response_dict=response,
        customized_response_dict=customized,
    )
    parser = client._response_parser
    parsed: dict[str, Any] = parser.parse(response, operation_model.output_shape)
    parsed.update(customized)
    if http.status_code >= 300:
        shape = operation_model.service_model.shape_for_error_code(parsed.get("Error", {}).get("Code"))
        if shape is not None:
            parsed.update(parser.parse(response, shape))
    parsed.setdefault("ResponseMetadata", {})["RetryAttempts"] = 0
    return parsed


def full_url(request_dict: dict[str, Any]) -> str:
    """Return the URL with what is still in the query dict."""
    url: str = request_dict["url"]
    more = request_dict.get("query_string")
    if not more:
        return url
    text = urlencode(more, doseq=True, quote_via=quote) if isinstance(more, dict) else str(more)
    return url + ("&" if "?" in url else "?") + text


def plain(headers: Any) -> dict[str, str]:
    """Return headers as text with lower-case names."""
    return {
        name.lower(): value.decode() if isinstance(value, bytes) else str(value)
        for name, value in headers.items()
    }


def wire_body(body: Any) -> Any:
    """Return a request's body as bytes, or as an iterator of pieces for what has to be read."""
    if not body:
        return b"" if not hasattr(body, "read") else read_pieces(body)
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, dict):  # the query protocol's parameters
        return urlencode(body, doseq=True).encode()
    if isinstance(body, (bytearray, memoryview)):
        return bytes(body)
    return read_pieces(body) if hasattr(body, "read") else iter(body)


def read_pieces(body: Any) -> Iterator[bytes]:
    while True:
        piece = body.read(CHUNK)
        if not piece:
            return
        yield piece.encode() if isinstance(piece, str) else piece


def access_key(client: Any) -> str | None:
    """Return the access key that a client would sign with, without refreshing anything."""
    credentials = getattr(client._request_signer, "_credentials", None)
    if credentials is None:
        return None
    found = getattr(credentials, "_access_key", None)
    if found is None and "_access_key" not in getattr(credentials, "__dict__", {}):
        found = getattr(credentials, "access_key", None)
    return found if isinstance(found, str) else None
