"""What other programs say to the server, byte by byte."""

from __future__ import annotations

import hashlib
import json
import re
import socket
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest

from tests.server.live import PATIENCE_S

HEALTH = b"GET /_mocklambda/health HTTP/1.1\r\nHost: x\r\n"
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=testing/20240101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"
)
S3 = {"Authorization": SIGNED.format("s3")}
SQS = {"Authorization": SIGNED.format("sqs"), "Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def bucket(live):
    live.ask("PUT", "/box", headers=S3)
    return live


def heads(received):
    """Status and connection header of each response in a stream of them."""
    is_last = b"connection: close" in received.lower()
    return [(int(status), is_last) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


def test_a_connection_serves_request_after_request(live):
    connection = live.connect()
    found = []
    for _ in range(3):
        connection.request("GET", "/_mocklambda/health")
        response = connection.getresponse()
        response.read()
        found.append((response.status, connection.sock.getsockname()))
    connection.close()
    assert found == [(200, found[0][1])] * 3


def test_requests_sent_at_once_are_answered_in_order(live):
    received = live.raw(
        HEALTH + b"\r\n" + b"GET /_mocklambda/none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    assert [status for status, _ in heads(received)] == [200, 404]


@pytest.mark.parametrize(
    ("request_line", "more", "kept"),
    [
        (b"GET /_mocklambda/health HTTP/1.1", b"Connection: close\r\n", b"connection: close"),
        (b"GET /_mocklambda/health HTTP/1.0", b"", b"connection: close"),
    ],
)
def test_a_connection_ends_when_the_client_says_so(live, request_line, more, kept):
    received = live.raw(request_line + b"\r\nHost: x\r\n" + more + b"\r\n")
    assert (received.startswith(b"HTTP/1.1 200 OK\r\n"), kept in received.lower()) == (True, True)


def test_an_old_client_may_keep_its_connection(live):
    with socket.create_connection((live.host, live.port), timeout=PATIENCE_S) as connection:
        for _ in range(2):
            connection.sendall(b"GET /_mocklambda/health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            received = b""
            while b'"now"' not in received:
                received += connection.recv(1 << 16)
            assert b"Connection: keep-alive" in received


def test_a_client_that_asks_first_is_told_to_go_on_once(bucket):
    with socket.create_connection((bucket.host, bucket.port), timeout=PATIENCE_S) as connection:
        connection.sendall(
            b"PUT /box/k HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n"
            b"Authorization: " + S3["Authorization"].encode() + b"\r\n\r\n"
        )
        first = connection.recv(1 << 16)
        connection.sendall(b"hello")
        rest = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert (first, [status for status, _ in heads(rest)]) == (b"HTTP/1.1 100 Continue\r\n\r\n", [200])


def test_a_body_of_unknown_length_comes_in_chunks(bucket):
    pieces = [bytes([number]) * (1 << 20) for number in range(10)]
    connection = bucket.connect()
    connection.request("PUT", "/box/k", body=iter(pieces), headers=S3, encode_chunked=True)
    put = connection.getresponse()
    put.read()
    connection.request("GET", "/box/k", headers=S3)
    got = connection.getresponse()
    digest = hashlib.sha256(got.read()).hexdigest()
    connection.close()
    assert (put.status, got.headers["Content-Length"], digest) == (
        200,
        str(10 << 20),
        hashlib.sha256(b"".join(pieces)).hexdigest(),
    )


def test_trailers_after_chunks_are_passed_over(bucket):
    received = bucket.raw(
        b"PUT /box/k HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nAuthorization: "
        + S3["Authorization"].encode()
        + b"\r\n\r\n5;of=extension\r\nhello\r\n0\r\nTrailer: x\r\n\r\n"
        b"GET /box/k HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: "
        + S3["Authorization"].encode()
        + b"\r\n\r\n"
    )
    assert ([status for status, _ in heads(received)], received.endswith(b"\r\n\r\nhello")) == (
        [200, 200],
        True,
    )


@pytest.mark.parametrize(
    "sent",
    [
        b"Content-Length: five\r\n\r\nhello",
        b"Content-Length: -1\r\n\r\n",
        b"Transfer-Encoding: gzip\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nnot a size\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n",
    ],
)
def test_a_body_that_breaks_the_rules_is_refused_and_its_connection_closed(live, sent):
    received = live.raw(b"POST /_mocklambda/settle HTTP/1.1\r\nHost: x\r\n" + sent)
    assert heads(received) == [(400, True)]


def test_an_address_that_is_none_is_refused(live):
    assert heads(live.raw(b"GET http://[/ HTTP/1.1\r\nHost: x\r\n\r\n")) == [(400, True)]


def test_what_is_no_http_is_refused(live):
    assert live.raw(b"\x16\x03\x01 hello\r\n\r\n")


def test_a_head_request_gets_the_length_and_nothing_more(bucket):
    bucket.ask("PUT", "/box/k", b"0123456789", S3)
    received = bucket.raw(
        b"HEAD /box/k HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: "
        + S3["Authorization"].encode()
        + b"\r\n\r\n"
    )
    head, _, body = received.partition(b"\r\n\r\n")
    assert (b"Content-Length: 10" in head, body) == (True, b"")


def test_an_answer_without_content_has_no_body(bucket):
    bucket.ask("PUT", "/box/k", b"0123456789", S3)
    received = bucket.raw(
        b"DELETE /box/k HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: "
        + S3["Authorization"].encode()
        + b"\r\n\r\n"
    )
    head, _, body = received.partition(b"\r\n\r\n")
    assert (head.startswith(b"HTTP/1.1 204 No Content\r\n"), b"content-length" in head.lower(), body) == (
        True,
        False,
        b"",
    )


def test_a_proxys_form_of_address_is_understood(live):
    received = live.raw(b"GET http://x/_mocklambda/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert [status for status, _ in heads(received)] == [200]


def test_headers_with_underscores_arrive(bucket):
    bucket.ask("PUT", "/box/k", b"x", {**S3, "x-amz-meta-a_b": "c"})
    _, headers, _ = bucket.ask("GET", "/box/k", headers=S3)
    assert headers["x-amz-meta-a_b"] == "c"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_queues_speak_forms(live, method):
    def ask(path, **form):
        text = urlencode(form)
        if method == "GET":
            return live.ask("GET", f"{path}?{text}", headers={"Authorization": SQS["Authorization"]})
        return live.ask("POST", path, text, SQS)

    _, _, created = ask("/", Action="CreateQueue", QueueName="jobs", Version="2012-11-05")
    url = ET.fromstring(created).findtext(".//{*}QueueUrl")
    path = "/" + url.split("/", 3)[3]
    ask(path, Action="SendMessage", MessageBody="hello & goodbye", Version="2012-11-05")
    status, headers, received = ask(path, Action="ReceiveMessage", Version="2012-11-05")
    body = ET.fromstring(received).findtext(".//{*}Body")
    assert (status, headers["Content-Type"], body) == (200, "text/xml", "hello & goodbye")


def test_requests_that_nobody_signed_find_their_service(live):
    """As ``curl`` sends them: forms by their version, queues by their URLs, the rest is S3's."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    _, _, created = live.ask("POST", "/", "Action=CreateQueue&QueueName=jobs&Version=2012-11-05", form)
    url = ET.fromstring(created).findtext(".//{*}QueueUrl")
    sent, _, _ = live.ask("GET", f"{url.removeprefix(live.url)}?Action=SendMessage&MessageBody=hello")
    listed, _, _ = live.ask("GET", "/2015-03-31/functions/")
    got, _, content = live.ask("GET", "/box/k")
    assert (sent, listed, got, b"<Code>NoSuchBucket</Code>" in content) == (200, 200, 404, True)


def test_a_method_that_s3_has_not_is_for_nobody(bucket):
    status, _, body = bucket.ask("PURGE", "/box/k")
    assert (status, b"<Code>AccessDenied</Code>" in body) == (403, True)


def test_a_client_that_hangs_up_midway_harms_nobody(live):
    with socket.create_connection((live.host, live.port), timeout=PATIENCE_S) as connection:
        connection.sendall(b"POST /_mocklambda/settle HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    assert live.control("GET", "health")[0] == 200


def test_a_slow_sender_holds_up_nobody(bucket):
    with socket.create_connection((bucket.host, bucket.port), timeout=PATIENCE_S) as slow:
        slow.sendall(
            b"PUT /box/k HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\nAuthorization: "
            + S3["Authorization"].encode()
            + b"\r\n\r\n"
            + b"x" * 1000
        )
        status, _, _ = bucket.ask("PUT", "/box/other", b"x", S3)
    assert status == 200


def test_what_nobody_serves_is_answered_in_json(live):
    status, _, body = live.ask(
        "GET", "/anything", headers={"Authorization": SIGNED.format("no-such-service")}
    )
    assert (status, "no-such-service" in json.loads(body)["message"]) == (501, True)
