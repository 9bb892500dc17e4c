"""The server as a process: how it starts, and that nothing is left when it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.server.live import Held, Live, alive, create, descendants, eventually

COMMAND = "import sys; from mocklambda.cli import main; sys.exit(main())"
POSIX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


@pytest.fixture
def start():
    started = []

    def begin(*arguments, **options):
        started.append(Live(*arguments, **options))
        return started[-1]

    yield begin
    for live in started:
        live.stop()


def processes_of(live):
    return descendants(live.process) | {live.process.pid}


@POSIX_ONLY
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_lets_the_request_in_flight_end_and_leaves_no_process(start, number):
    live = start()
    held = Held(live)
    processes = processes_of(live)
    live.process.send_signal(number)
    refused = eventually(live.refuses, wanted=True)
    held.let_go()
    assert (refused, held.result(), live.process.wait(20)) == (True, b'"done"', 0)
    assert (live.stop(), eventually(lambda: alive(processes), set())) == ((0, ""), set())


@POSIX_ONLY
def test_asked_again_it_waits_for_nobody(start):
    live = start(group=True)
    held = Held(live)
    processes = processes_of(live)
    os.killpg(live.process.pid, signal.SIGINT)
    refused = eventually(live.refuses, wanted=True)
    began = time.monotonic()
    os.killpg(live.process.pid, signal.SIGINT)
    ended = live.stop(signal.SIGINT)
    passed = time.monotonic() - began
    assert (refused, ended, passed < 4) == (True, (0, ""), True)
    assert (held.is_answered(), eventually(lambda: alive(processes), set())) == (False, set())


@POSIX_ONLY
def test_a_killed_server_leaves_no_process(start):
    live = start()
    held = Held(live)
    processes = processes_of(live)
    live.process.kill()
    assert (held.is_answered(), eventually(lambda: alive(processes), set())) == (False, set())


def test_a_stop_waits_for_no_idle_connection(start):
    live = start()
    connection = live.connect()
    connection.request("GET", "/_mocklambda/health")
    connection.getresponse().read()
    began = time.monotonic()
    ended = live.stop()
    connection.close()
    assert (ended, time.monotonic() - began < 3) == ((0, ""), True)


@POSIX_ONLY
def test_a_server_without_a_descriptor_left_goes_on_once_it_has_one(start):
    import resource

    live = start()
    descriptors = Path(f"/proc/{live.process.pid}/fd")
    in_use = len(list(descriptors.iterdir()))
    _, most = resource.prlimit(live.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(live.process.pid, resource.RLIMIT_NOFILE, (in_use + 8, most))
    idle = [socket.create_connection((live.host, live.port), timeout=20) for _ in range(20)]
    taken = eventually(lambda: len(list(descriptors.iterdir())) >= in_use + 8, wanted=True)
    for connection in idle:
        connection.close()
    assert (taken, live.control("GET", "health")[0]) == (True, 200)


def test_a_port_in_use_is_said_and_nothing_else_happens(start):
    live = start()
    second = subprocess.run(
        [sys.executable, "-m", "mocklambda.server", "--port", str(live.port)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    wanted = rf"mocklambda: can not listen on 127\.0\.0\.1 port {live.port}: Address already in use.*\n"
    assert (second.returncode, second.stdout, re.fullmatch(wanted, second.stderr) is not None) == (
        1,
        "",
        True,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "99999"], "argument --port: a port is a number from 0 to 65535"),
        (["--port", "http"], "argument --port: a port is a number from 0 to 65535"),
        (["--prot", "1"], "unrecognized arguments: --prot 1"),
        (["--journal-size", "all"], "argument --journal-size: invalid int value: 'all'"),
    ],
)
def test_an_argument_that_is_not_understood_is_said(arguments, message):
    ended = subprocess.run(
        [sys.executable, "-m", "mocklambda.server", *arguments],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (ended.returncode, ended.stderr.splitlines()[-1].endswith(message)) == (2, True)


def test_the_region_of_requests_that_name_none_can_be_chosen(start):
    live = start("--region", "eu-west-3")
    _, _, body = live.ask(
        "POST",
        "/",
        b'{"QueueName": "jobs"}',
        {"X-Amz-Target": "AmazonSQS.CreateQueue", "Content-Type": "application/x-amz-json-1.0"},
    )
    assert json.loads(body) == {"QueueUrl": f"{live.url}/queue/eu-west-3/123456789012/jobs"}


def test_the_journals_size_can_be_chosen(start):
    live = start("--journal-size", "2")
    functions = live.client("lambda")
    create(functions, "echo", "def handler(event, context):\n    return event")
    for number in range(3):
        functions.invoke(FunctionName="echo", Payload=str(number).encode())
    told = live.control("GET", "invocations")[1]["invocations"]
    assert [one["result"] for one in told] == [1, 2]


def test_the_mocklambda_command_serves_too():
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "server", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    line = process.stdout.readline()
    process.terminate()
    process.communicate(timeout=20)
    assert (line.startswith("mocklambda listens on http://127.0.0.1:"), process.returncode) == (True, 0)
