"""The wire seam and the guard: ``URLLib3Session.send`` ↔ gateway, bytes in and bytes out.

What reaches this method has been signed and serialised: everything under ``wire=True``, and whatever does
not go through a client. A request to an AWS host is answered or refused here; it never leaves the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BufferedReader, BytesIO
from typing import Any
from urllib.parse import urlsplit

from mocklambda.intercept import active
from mocklambda.intercept.patience import read_timeout_of, wait_for
from mocklambda.intercept.pieces import PiecesFile
from mocklambda.wire.message import CutOffError, Request, Response


def install() -> active.Undo:
    """Patch botocore's HTTP session and its signer; returns what puts both back."""
    from botocore import httpsession

    owner: Any = httpsession.URLLib3Session
    original = owner.send

    def send(http_session: Any, request: Any) -> Any:
        session = active.top()
        if session is None or not active.is_aws(urlsplit(request.url).netloc):
            return original(http_session, request)
        response = session.wire(request_of(request, request.body))
        if response.delay_ms:
            wait_for(session, response.delay_ms, read_timeout_of(http_session), request.url)
        return _aws_response(request, response)

    owner.send = send
    undo_signer = _lend_credentials()

    def undo() -> None:
        owner.send = original
        undo_signer()

    return undo


def _lend_credentials() -> active.Undo:
    """Let clients made without credentials sign: nobody checks that, but botocore refuses without."""
    from botocore import signers
    from botocore.credentials import Credentials

    owner: Any = signers.RequestSigner
    original = owner.get_auth_instance
    lent = Credentials("testing", "testing", "testing")

    def get_auth_instance(signer: Any, *args: Any, **kwargs: Any) -> Any:
        if signer._credentials is None and active.top() is not None:  # noqa: SLF001 - the signer has no other door
            signer._credentials = lent  # noqa: SLF001
            try:
                return original(signer, *args, **kwargs)
            finally:
                signer._credentials = None  # noqa: SLF001
        return original(signer, *args, **kwargs)

    owner.get_auth_instance = get_auth_instance
    get_auth = owner.get_auth
    owner.get_auth = get_auth_instance  # botocore's own alias of it

    def undo() -> None:
        owner.get_auth_instance = original
        owner.get_auth = get_auth

    return undo


def request_of(request: Any, body: Any) -> Request:
    """Turn botocore's signed request, with its body, into a wire request."""
    parts = urlsplit(request.url)
    if body is None:
        body = b""
    elif isinstance(body, str):
        body = body.encode()
    elif isinstance(body, (bytearray, memoryview)):
        body = bytes(body)
    headers = {
        name.lower(): value.decode("latin-1") if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
    }
    return Request(
        method=request.method,
        scheme=parts.scheme,
        host=parts.netloc,
        path=parts.path or "/",
        query=parts.query,
        headers=headers,
        body=body,
    )


class RawBody(BytesIO):
    """A response body as urllib3 gives it to botocore, and reads it itself."""

    def isclosed(self) -> bool:
        """Whether all of it was read: urllib3 reads on until then."""
        return self.closed or self.tell() == self.getbuffer().nbytes

    def stream(self, amt: int = 65536, decode_content: bool | None = None) -> Any:
        """Yield the body in chunks."""
        while chunk := self.read(amt):
            yield chunk

    def release_conn(self) -> None:
        """Nothing is connected."""


def raw_body(response: Response) -> Any:
    """Return a response's body, which does not come in pieces, as a file that urllib3's users can stream."""
    body = response.body
    if isinstance(body, bytes):
        return RawBody(body)
    return _RawFile(body)


class _RawFile:
    """A big body, streamed from its file."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._is_over = False

    def read(self, amt: int | None = None, decode_content: bool | None = None) -> bytes:
        found: bytes = self._file.read() if amt is None else self._file.read(amt)
        self._is_over = amt is None or (not found and amt > 0)
        return found

    def isclosed(self) -> bool:
        """Whether all of it was read."""
        return self._is_over

    def stream(self, amt: int = 65536, decode_content: bool | None = None) -> Any:
        while chunk := self.read(amt):
            yield chunk

    def close(self) -> None:
        self._file.close()

    def release_conn(self) -> None:
        """Nothing is connected."""


class RawPieces(_RawFile):
    """A body that is read as it comes; raises what botocore does when a connection ends before its response."""

    def __init__(self, pieces: Iterator[bytes], url: str) -> None:
        super().__init__(BufferedReader(PiecesFile(pieces)))
        self._url = url

    def stream(self, amt: int = 65536, decode_content: bool | None = None) -> Any:
        while chunk := self._guarded(self._file.read1, amt):
            yield chunk

    def read(self, amt: int | None = None, decode_content: bool | None = None) -> bytes:
        return self._guarded(super().read, amt)

    def _guarded(self, read: Callable[[int | None], bytes], amt: int | None) -> bytes:
        from botocore.exceptions import ConnectionClosedError

        try:
            return read(amt)
        except CutOffError as error:
            raise ConnectionClosedError(error=error, endpoint_url=self._url) from None


def body_for(request: Any, response: Response) -> Any:
    """Return a response's body as a file that urllib3's users can stream; one in pieces is read as it comes."""
    body: Any = response.body
    if isinstance(body, bytes) or hasattr(body, "read"):
        return raw_body(response)
    return RawPieces(body, request.url)


def _aws_response(request: Any, response: Response) -> Any:
    from botocore.awsrequest import AWSResponse

    headers: Any = response.headers
    made = AWSResponse(request.url, response.status, headers, body_for(request, response))
    if not request.stream_output:
        made.content  # noqa: B018 - exhausts the stream, as the original does
    return made
