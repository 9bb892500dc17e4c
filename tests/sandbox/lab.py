"""A supervisor on its own: a function's source in, outcomes out; no core, no engine, no gateway."""

from __future__ import annotations

import io
import json
import textwrap
import threading
import zipfile
from itertools import count

import pytest

from mocklambda.config import Config
from mocklambda.execution.effects import SendInvocation, StartEnvironment, StopEnvironment
from mocklambda.execution.values import (
    Credentials,
    FunctionSpec,
    Invocation,
    InvocationKind,
    LogStream,
    Outcome,
)
from mocklambda.sandbox.supervisor import Supervisor
from mocklambda.wire.message import Response

IN_BOTH = pytest.mark.parametrize("isolation", ["auto", "directories"], indirect=True)
NOW = 1_700_000_000_123
PATIENCE_S = 30


class Lab:
    """Starts, invokes and stops; also the supervisor's Reports, Calls and LogSink."""

    def __init__(self, *, is_real_time=True, endpoint_url=None, **options):
        self.now = NOW
        self.is_real_time = is_real_time
        self.events = []
        self.started = []
        self.failed = []
        self.requests = []
        self.answer = lambda service, operation, request: Response(status=200, headers={}, body=b"{}")
        self._outcomes = {}
        self._arrived = threading.Condition()
        self._names = count(1)
        self.supervisor = Supervisor(
            config=Config(**options),
            reports=self,
            calls=self,
            logs=self,
            clock_now=lambda: self.now,
            is_real_time=lambda: self.is_real_time,
            endpoint_url=lambda: endpoint_url,
        )

    # -- what the supervisor calls -----------------------------------------------------------------------

    def environment_started(self, environment_id, init_ms):
        with self._arrived:
            self.started.append(environment_id)
            self._arrived.notify_all()

    def environment_failed(self, environment_id, outcome):
        with self._arrived:
            self.failed.append((environment_id, outcome))
            self._arrived.notify_all()

    def invocation_finished(self, environment_id, outcome):
        with self._arrived:
            self._outcomes.setdefault(environment_id, []).append(outcome)
            self._arrived.notify_all()

    def broken(self, error):
        raise error

    def submit(
        self, environment_id, service, operation, request, access_key, region, reply, patience_ms=None
    ):
        self.requests.append((service, operation, request, access_key, region))
        reply(self.answer(service, operation, request))

    def append(self, group, stream, events, *, account, region, role, function_arn):
        self.events.extend(text for _, text in events)

    # -- what tests call ---------------------------------------------------------------------------------

    def spec(self, source, **options):
        files = source if isinstance(source, dict) else {"app.py": source}
        values = {
            "account": "123456789012",
            "region": "eu-west-1",
            "name": "fn",
            "version": "$LATEST",
            "runtime": "python3.13",
            "handler": "app.handler",
            "memory_mb": 512,
            "log_group": "/aws/lambda/fn",
        }
        return FunctionSpec(**{**values, "code": self.supervisor.code.put_zip(zip_of(files)).code, **options})

    def start(self, spec):
        name = f"environment-{next(self._names)}"
        self.supervisor.perform(
            StartEnvironment(
                environment_id=name,
                spec=spec,
                log_stream=LogStream(group=spec.log_group, name="2024/01/01/[$LATEST]0123"),
                credentials=Credentials(access_key="ASIAX", secret_key="secret", session_token="token"),
                instant=self.now,
            )
        )
        return name

    def send(self, name, spec, event=None, **options):
        values = {
            "request_id": "6f1f0f5e-0000-4000-8000-000000000001",
            "spec": spec,
            "invoked_arn": spec.arn,
            "payload": json.dumps({} if event is None else event).encode(),
            "kind": InvocationKind.REQUEST_RESPONSE,
            "trigger": "invoke",
        }
        invocation = Invocation(**{**values, **options})
        self.supervisor.perform(
            SendInvocation(environment_id=name, invocation=invocation, work=None, instant=self.now)
        )

    def stop(self, name):
        self.supervisor.perform(StopEnvironment(environment_id=name, reason="spindown"))

    def outcome(self, name) -> Outcome:
        with self._arrived:
            if not self._arrived.wait_for(lambda: self._outcomes.get(name), PATIENCE_S):
                raise TimeoutError("no outcome")
            return self._outcomes[name].pop(0)

    def wait(self, condition):
        with self._arrived:
            if not self._arrived.wait_for(condition, PATIENCE_S):
                raise TimeoutError("never")

    def function(self, source, **options):
        return Function(self, self.spec(source, **options))

    def run(self, source, event=None, **options):
        return self.function(source, **options).invoke(event)


class Function:
    """A function with one environment."""

    def __init__(self, lab, spec):
        self.lab = lab
        self.spec = spec
        self.name = lab.start(spec)

    def invoke(self, event=None, **options) -> Outcome:
        self.lab.send(self.name, self.spec, event, **options)
        return self.lab.outcome(self.name)

    def result(self, event=None, **options):
        outcome = self.invoke(event, **options)
        assert not outcome.is_error, outcome
        return json.loads(outcome.payload)

    def stop(self):
        self.lab.stop(self.name)


def zip_of(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, textwrap.dedent(content) if isinstance(content, str) else content)
    return buffer.getvalue()


def lines(outcome):
    """The log of an outcome without what differs from run to run."""
    return [
        line for line in outcome.logs.split("\n") if line and not line.startswith(("REPORT", "INIT_START"))
    ]


def document(outcome):
    return json.loads(outcome.payload)
