"""A server as its users start it: a process of its own, on a free port."""

from __future__ import annotations

import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from functools import partial
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

ROLE = "arn:aws:iam::123456789012:role/lambda"
PATIENCE_S = 20.0
HELD = """
import socket
import boto3

def handler(event, context):
    with socket.create_server(("127.0.0.1", 0)) as door:
        boto3.client("sqs").send_message(QueueUrl=event, MessageBody=str(door.getsockname()[1]))
        door.accept()[0].close()
    return "done"
"""


class Live:
    """A running ``python -m mocklambda.server``."""

    def __init__(self, *arguments, group=False):
        environ = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOCKLAMBDA_"))
        }
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "mocklambda.server", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environ,
            start_new_session=group,
        )
        self.url = self.process.stdout.readline().rpartition(" ")[2].strip()
        self.host, _, port = self.url.removeprefix("http://").rpartition(":")
        self.port = int(port)

    def client(self, service, *, account="testing", region="us-east-1", **options):
        session = boto3.session.Session()
        return session.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="testing",
            config=Config(retries={"total_max_attempts": 1}, **options),
        )

    def connect(self):
        return http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE_S)

    def ask(self, method, path, body=None, headers=None):
        """One request on a connection of its own: status, headers, body."""
        connection = self.connect()
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def control(self, method, name, body=None):
        status, _, content = self.ask(
            method, f"/_mocklambda/{name}", None if body is None else json.dumps(body)
        )
        return status, json.loads(content)

    def raw(self, *pieces):
        """Send bytes as they are, and read until the server hangs up."""
        with socket.create_connection((self.host, self.port), timeout=PATIENCE_S) as connection:
            for piece in pieces:
                connection.sendall(piece)
            return b"".join(iter(lambda: connection.recv(1 << 16), b""))

    def reset(self):
        self.control("POST", "reset")

    def refuses(self):
        """Tell whether it takes no more connections."""
        try:
            self.ask("GET", "/_mocklambda/health")
        except ConnectionError:
            return True
        return False

    def stop(self, number=signal.SIGTERM):
        """Ask it to stop; its exit status and what it had to say."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            _, stderr = self.process.communicate(timeout=PATIENCE_S)
        finally:
            self.process.kill()
        return self.process.returncode, stderr


def code(text):
    """Return a deployment package whose ``app.py`` is ``text``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", text)
    return buffer.getvalue()


def create(client, name, text, **options):
    """Create a function from the text of its module; its ARN."""
    return client.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=ROLE,
        Handler="app.handler",
        Code={"ZipFile": code(text)},
        **options,
    )["FunctionArn"]


class Held:
    """A call of a function that runs, and does until it is let go."""

    def __init__(self, live):
        functions, queues = live.client("lambda"), live.client("sqs")
        url = queues.create_queue(QueueName="begun")["QueueUrl"]
        create(functions, "held", HELD, Timeout=100)
        call = partial(functions.invoke, FunctionName="held", Payload=json.dumps(url).encode())
        self._answer = in_background(call)
        (begun,) = queues.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
        self._door = ("127.0.0.1", int(begun["Body"]))

    def result(self):
        return self._answer()["Payload"].read()

    def is_answered(self):
        """Wait for the call's end, and tell whether the function came to its own."""
        try:
            return self.result() == b'"done"'
        except (ClientError, ConnectionClosedError):
            return False

    def let_go(self):
        socket.create_connection(self._door, timeout=PATIENCE_S).close()


def in_background(action):
    """Run ``action`` in a thread; call what is returned for its result."""
    found = []

    def run():
        try:
            found.append((action(), None))
        except Exception as error:
            found.append((None, error))

    thread = threading.Thread(target=run)
    thread.start()

    def result():
        thread.join(PATIENCE_S)
        value, error = found[0]
        if error is not None:
            raise error
        return value

    return result


def eventually(look, wanted):
    """Wait for what real time brings."""
    end = time.monotonic() + PATIENCE_S
    while (found := look()) != wanted and time.monotonic() < end:
        threading.Event().wait(0.02)
    return found


def descendants(process):
    """Process ids of all that a process has started, and they in turn."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found, edge = set(), {process.pid}
    while edge:
        edge = {pid for pid, parent in parents.items() if parent in edge}
        found |= edge
    return found


def alive(pids):
    """Those of the processes that have not ended."""
    found = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state not in "ZX":
            found.add(pid)
    return found
