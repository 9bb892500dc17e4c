"""A listener in this process: how answers of every form travel, and how it ends."""

from __future__ import annotations

import http.client
import io
import socket
import threading
from http import HTTPStatus

import pytest

from mocklambda.server.listener import Listener
from mocklambda.wire.message import CutOffError, Response
from tests.server.live import in_background


@pytest.fixture
def serve():
    opened = []

    def start(answer):
        opened.append(Listener(answer))
        return opened[-1]

    yield start
    for listener in opened:
        listener.close()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("mocklambda")] == []


def ask(listener, method="GET", path="/"):
    connection = http.client.HTTPConnection(listener.host, listener.port, timeout=20)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def raw(listener, sent):
    """Send bytes as they are, and no more; read until the server hangs up."""
    with socket.create_connection((listener.host, listener.port), timeout=20) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(1 << 16), b""))


@pytest.mark.parametrize(
    ("body", "headers", "length", "coding"),
    [
        (b"bytes", {}, "5", None),
        (io.BytesIO(b"bytes"), {"Content-Length": "5"}, "5", None),
        (io.BytesIO(b"bytes"), {}, None, "chunked"),
        (iter([b"by", b"", b"tes"]), {}, None, "chunked"),
    ],
    ids=["bytes", "a file of known length", "a file", "an iterator"],
)
def test_a_body_of_any_form_arrives(serve, body, headers, length, coding):
    listener = serve(lambda request, address: Response(status=200, headers=headers, body=body))
    response, content = ask(listener)
    found = (response.headers["Content-Length"], response.headers["Transfer-Encoding"], content)
    assert found == (length, coding, b"bytes")


def test_each_piece_of_a_stream_arrives_once_it_is_made(serve):
    may_go_on = threading.Event()

    def pieces():
        yield b"first"
        assert may_go_on.wait(20)
        yield b"second"

    listener = serve(lambda request, address: Response(status=200, headers={}, body=pieces()))
    connection = http.client.HTTPConnection(listener.host, listener.port, timeout=20)
    connection.request("GET", "/")
    response = connection.getresponse()
    first = response.read(5)
    may_go_on.set()
    assert (first, response.read()) == (b"first", b"second")
    connection.close()


def test_a_stream_that_is_cut_off_ends_its_connection_without_an_end(serve, capfd):
    def pieces():
        yield b"half"
        raise CutOffError

    listener = serve(lambda request, address: Response(status=200, headers={}, body=pieces()))
    received = raw(listener, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
    assert received.partition(b"\r\n\r\n")[2] == b"4\r\nhalf\r\n"
    assert capfd.readouterr().err == ""


def test_a_stream_reaches_a_client_that_knows_no_chunks(serve):
    listener = serve(lambda request, address: Response(status=200, headers={}, body=iter([b"by", b"tes"])))
    head, _, body = raw(listener, b"GET / HTTP/1.0\r\n\r\n").partition(b"\r\n\r\n")
    assert (b"transfer-encoding" in head.lower(), body) == (False, b"bytes")


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_of_headers_alone_keeps_them_and_the_connection(serve, status):
    headers = {"Last-Modified": "Sat, 06 Jan 2024 00:00:00 GMT", "Location": "/a b", "Server": "AmazonS3"}
    listener = serve(lambda request, address: Response(status=status, headers=headers, body=b"not wanted"))
    asked = b"GET / HTTP/1.1\r\nHost: x\r\n"
    first, second, rest = raw(listener, asked + b"\r\n" + asked + b"Connection: close\r\n\r\n").split(
        b"\r\n\r\n"
    )
    found = [
        sorted(line for line in head.decode().splitlines() if not line.startswith("Date: "))
        for head in (first, second)
    ]
    wanted = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *map(": ".join, headers.items())]
    assert (*found, rest) == (sorted(wanted), sorted([*wanted, "Connection: close"]), b"")


def test_a_header_may_come_more_than_once(serve):
    repeated = (("Set-Cookie", "b=2"), ("Set-Cookie", "c=3"))
    listener = serve(
        lambda request, address: Response(
            status=200, headers={"Set-Cookie": "a=1"}, body=b"", repeated=repeated
        )
    )
    assert ask(listener)[0].headers.get_all("Set-Cookie") == ["a=1", "b=2", "c=3"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_body_is_closed_once_it_is_sent_or_not_wanted(serve, method):
    body = io.BytesIO(b"bytes")
    listener = serve(
        lambda request, address: Response(status=200, headers={"Content-Length": "5"}, body=body)
    )
    ask(listener, method)
    listener.close()
    assert body.closed


def test_the_answerer_sees_the_request_as_it_was_sent(serve):
    seen = []

    def answer(request, address):
        seen.append((request.method, request.path, request.query, request.host, request.body, address))
        return Response(status=204, headers={}, body=b"")

    listener = serve(answer)
    ask(listener, "PURGE", "//a%2Fb//c%20d%C3%BC?x=%26&y")
    host = f"{listener.host}:{listener.port}"
    assert seen == [("PURGE", "//a%2Fb//c%20d%C3%BC", "x=%26&y", host, b"", "127.0.0.1")]


@pytest.mark.parametrize(
    "sent",
    [
        b"Content-Length: 10\r\n\r\nhalf",
        b"Content-Length: 9000000\r\n\r\nhalf",
        b"Transfer-Encoding: chunked\r\n\r\nA\r\nhalf",
        b"Transfer-Encoding: chunked\r\n\r\n100000\r\n" + b"x" * 300_000,
        b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n-4\r\nhalf\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_a_request_without_its_end_is_never_passed_on(serve, sent):
    seen = []

    def answer(request, address):
        seen.append(request)
        return Response(status=200, headers={}, body=b"")

    received = raw(serve(answer), b"PUT / HTTP/1.1\r\nHost: x\r\n" + sent)
    assert (received[:13], seen) == (b"HTTP/1.1 400 ", [])


def test_an_answerer_that_fails_is_answered_for(serve):
    def answer(request, address):
        raise LookupError("lost")

    response, content = ask(serve(answer))
    assert (response.status, content) == (500, b"A bug in mocklambda, not in your code: LookupError: lost\n")


def test_a_header_stays_on_its_line(serve):
    headers = {"X-One": "a\r\nX-Two: b", "X-Three": "ü ✓"}
    response, _ = ask(serve(lambda request, address: Response(status=200, headers=headers, body=b"")))
    three = response.headers["X-Three"].encode("latin-1").decode()
    assert (response.headers["X-One"], response.headers["X-Two"], three) == ("a  X-Two: b", None, "ü ✓")


def test_draining_waits_for_the_answer_that_is_being_made(serve):
    begun, may_end = threading.Event(), threading.Event()

    def answer(request, address):
        begun.set()
        may_end.wait(20)
        return Response(status=200, headers={}, body=b"done")

    listener = serve(answer)
    asked = in_background(lambda: ask(listener))
    begun.wait(20)
    drained = in_background(lambda: listener.drain(20))
    may_end.set()
    drained()
    assert asked()[1] == b"done"


def test_draining_gives_up_after_its_time_and_closing_hangs_up(serve):
    may_end = threading.Event()

    def answer(request, address):
        may_end.wait(20)
        return Response(status=200, headers={}, body=b"")

    listener = serve(answer)
    asked = in_background(lambda: ask(listener))
    threading.Event().wait(0.1)
    listener.drain(0.05)
    closed = in_background(listener.close)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        asked()
    may_end.set()
    closed()


def test_closing_twice_is_closing_once(serve):
    listener = serve(lambda request, address: Response(status=200, headers={}, body=b""))
    listener.close()
    listener.close()
    with pytest.raises(ConnectionRefusedError):
        ask(listener)


def test_it_listens_on_the_other_family_too():
    try:
        listener = Listener(
            lambda request, address: Response(status=200, headers={}, body=address.encode()), "::1"
        )
    except OSError:
        pytest.skip("this machine has no IPv6")
    try:
        assert (listener.url, ask(listener)[1]) == (f"http://[::1]:{listener.port}", b"::1")
    finally:
        listener.close()
