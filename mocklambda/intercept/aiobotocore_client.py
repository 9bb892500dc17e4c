"""Clients of aiobotocore, and so of aioboto3: their two seams are botocore's, asked by coroutines.

As botocore's, one method of one class each; patched once the package is loaded, now or later.
"""

from __future__ import annotations

import inspect
import sys
from typing import Any
from urllib.parse import urlsplit

from mocklambda.intercept import active, botocore_client, botocore_send, patience
from mocklambda.intercept.aio import Body, ComingBody, Events, in_thread
from mocklambda.intercept.loading import once_loaded
from mocklambda.wire.own_protocol import own_protocol


def install() -> active.Undo:
    """Patch aiobotocore's clients and HTTP session, at once or when it is imported; returns what puts them back."""
    undos = [
        once_loaded("aiobotocore.client", _patch_client),
        once_loaded("aiobotocore.httpsession", _patch_session),
        once_loaded("aiobotocore.signers", _lend_credentials),
    ]

    def undo() -> None:
        while undos:
            undos.pop()()

    return undo


class AioHTTP(botocore_client.FastHTTP):
    """The HTTP side of a reply, as aiobotocore's event handlers expect to see it."""

    __slots__ = ()

    @property
    def content(self) -> Any:
        """An awaitable of the body."""
        return _ready(super().content)

    @property
    def text(self) -> Any:
        """An awaitable of the body as text."""
        return _ready(super().text)


async def _ready(value: Any) -> Any:
    return value


def _patch_client(clients: Any) -> active.Undo:
    owner = clients.AioBaseClient
    original = owner._make_request  # noqa: SLF001 - the seam itself

    async def make_request(
        client: Any, operation_model: Any, request_dict: dict[str, Any], request_context: Any
    ) -> Any:
        session = active.top()
        if session is None or not botocore_client.is_caught(session, client, operation_model, request_dict):
            return await original(client, operation_model, request_dict, request_context)
        read = request_dict | {"body": await _at_hand(request_dict["body"])}
        answer, parsed = await in_thread(lambda: botocore_client.ask(session, client, operation_model, read))
        if parsed is None:
            parsed = botocore_client.parse(_parser_of(client), operation_model, answer.response)
        http = AioHTTP(request_dict["url"], answer.response)
        botocore_client.note_checksum(http, parsed, request_context)
        return http, _for_coroutines(operation_model, parsed, http.url)

    owner._make_request = make_request  # noqa: SLF001

    def undo() -> None:
        owner._make_request = original  # noqa: SLF001

    return undo


def _parser_of(client: Any) -> Any:
    """Return botocore's own parser: the client's is asked by coroutines."""
    from botocore.parsers import create_parser

    return create_parser(own_protocol(client.meta.service_model))


async def _at_hand(body: Any) -> Any:
    """Read a body that only a coroutine can read: checksums' and files' of asynchronous kinds."""
    read = getattr(body, "read", None)
    return await read() if inspect.iscoroutinefunction(read) else body


def _for_coroutines(operation_model: Any, parsed: dict[str, Any], url: str) -> dict[str, Any]:
    """Have what is read bit by bit be read by coroutines."""
    if operation_model.has_event_stream_output:
        name = operation_model.output_shape.event_stream_name
        return parsed | {name: Events(parsed[name])} if name in parsed else parsed
    if not operation_model.has_streaming_output:
        return parsed
    name = operation_model.output_shape.serialization["payload"]
    if name not in parsed:  # an error's reply
        return parsed
    responses = sys.modules["aiobotocore.response"]
    kind: Any = getattr(responses, "AioStreamingBody", None) or responses.StreamingBody
    body = parsed[name]
    length = parsed["ResponseMetadata"]["HTTPHeaders"].get("content-length")
    return parsed | {name: kind(Body(url, body._raw_stream), length)}  # noqa: SLF001


def _patch_session(sessions: Any) -> active.Undo:
    owner = sessions.AIOHTTPSession
    original = owner.send

    async def send(http_session: Any, request: Any) -> Any:
        session = active.top()
        if session is None or not active.is_aws(urlsplit(request.url).netloc):
            return await original(http_session, request)
        asked = botocore_send.request_of(request, await _at_hand(request.body))

        def answer() -> tuple[int, dict[str, str], Any]:
            response = session.wire(asked)
            if response.delay_ms:
                patience.wait_for(
                    session, response.delay_ms, patience.read_timeout_of(http_session), request.url
                )
            headers = {name.lower(): value for name, value in response.headers.items()}
            return response.status, headers, botocore_send.body_for(request, response)

        status, headers, raw = await in_thread(answer)
        kind = sys.modules["aiobotocore.awsrequest"].AioAWSResponse
        body = ComingBody if isinstance(raw, botocore_send.RawPieces) else Body
        made = kind(request.url, status, headers, body(request.url, raw))
        if not request.stream_output:
            await made.content
        return made

    owner.send = send

    def undo() -> None:
        owner.send = original

    return undo


def _lend_credentials(signers: Any) -> active.Undo:
    """Let clients made without credentials sign, as botocore's are let."""
    owner = signers.AioRequestSigner
    original = owner.get_auth_instance

    async def get_auth_instance(signer: Any, *args: Any, **kwargs: Any) -> Any:
        if signer._credentials is None and active.top() is not None:  # noqa: SLF001 - the signer has no other door
            lent = sys.modules["aiobotocore.credentials"].AioCredentials("testing", "testing", "testing")
            kwargs["request_credentials"] = kwargs.get("request_credentials") or lent
        return await original(signer, *args, **kwargs)

    owner.get_auth_instance = get_auth_instance
    get_auth = owner.get_auth
    owner.get_auth = get_auth_instance  # the signer's own alias of it

    def undo() -> None:
        owner.get_auth_instance = original
        owner.get_auth = get_auth

    return undo
