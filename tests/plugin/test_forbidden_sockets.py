"""Suites that forbid their tests to open sockets, as with pytest-socket, lose nothing."""

from __future__ import annotations

from typing import Any

CONFTEST = """
    import socket
    import pytest

    class Guarded(socket.socket):
        def __new__(cls, *_, **__):
            raise RuntimeError("A test tried to use socket.socket.")

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_setup():
        socket.socket = Guarded
        socket.getaddrinfo = Guarded
"""
SUITE = """
    import mocklambda, pytest, socket

    CALLS = '''
    import os, urllib.request
    import boto3

    def handler(event, context):
        number = boto3.client("sqs").list_queues()["ResponseMetadata"]["HTTPStatusCode"]
        asked = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"] + "/bucket/key")
        try:
            urllib.request.urlopen(asked)
        except urllib.error.HTTPError as error:
            return number, error.code
    '''
    PROGRAM = '''#!/usr/bin/env python3
    import os, urllib.request
    api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/"
    while True:
        with urllib.request.urlopen(api + "next") as found:
            name = found.headers["Lambda-Runtime-Aws-Request-Id"]
        urllib.request.urlopen(urllib.request.Request(api + name + "/response", data=b"1", method="POST")).close()
    '''

    def test_sockets_are_forbidden_here():
        with pytest.raises(RuntimeError, match="tried to use"):
            socket.socket()

    def test_handlers_run_and_call(mock_lambda):
        assert mock_lambda.function("fn", source=CALLS).invoke({}).payload == [200, 404]

    def test_programs_run(mock_lambda, tmp_path):
        program = tmp_path / "bootstrap"
        program.write_text(PROGRAM)
        program.chmod(0o755)
        fn = mock_lambda.function("fn", source=tmp_path, handler="x", runtime="provided.al2023")
        assert fn.invoke({}).payload == 1
"""


def test_handlers_run_in_a_suite_that_forbids_sockets(pytester: Any) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(SUITE)

    pytester.runpytest_subprocess("-q", "-p", "no:randomly").assert_outcomes(passed=3)
