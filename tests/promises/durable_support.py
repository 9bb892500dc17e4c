"""What the tests of durable executions share: a handler's half of the protocol without an SDK, and how to look."""

from __future__ import annotations

from typing import Any

import boto3

from mocklambda.cloud import Cloud

PROTOCOL = '''
import json
import boto3

client = boto3.client("lambda")


class Run:
    """One invocation: what it was told, and what it checkpoints."""

    def __init__(self, event):
        self.arn = event["DurableExecutionArn"]
        self.token = event["CheckpointToken"]
        state = event["InitialExecutionState"]
        self.operations = {each["Id"]: each for each in state["Operations"]}
        self.input = json.loads(state["Operations"][0]["ExecutionDetails"]["InputPayload"])

    def checkpoint(self, *updates, **more):
        answer = client.checkpoint_durable_execution(
            DurableExecutionArn=self.arn, CheckpointToken=self.token, Updates=list(updates), **more
        )
        self.token = answer.get("CheckpointToken")
        for each in answer["NewExecutionState"].get("Operations", ()):
            self.operations[each["Id"]] = each
        return answer

    def status(self, name):
        return self.operations.get(name, {}).get("Status")

    def update(self, name, kind, action, **more):
        return {"Id": name, "Name": name, "Type": kind, "Action": action, **more}


def done(result):
    return {"Status": "SUCCEEDED", "Result": json.dumps(result)}


PENDING = {"Status": "PENDING"}
'''


def client() -> Any:
    return boto3.client("lambda", region_name="us-east-1")


def deploy(cloud: Cloud, body: str, name: str = "flow", *, timeout: int = 600, **more: Any) -> Any:
    """Deploy a durable function: ``body`` is that of ``handler(event, context)``, with ``run`` made of the event."""
    lines = "\n".join("    " + line for line in body.strip("\n").splitlines())
    source = f"{PROTOCOL}\n\ndef handler(event, context):\n    run = Run(event)\n{lines}\n"
    config = {"ExecutionTimeout": timeout, **more.pop("config", {})}
    return cloud.function(name, source=source, DurableConfig=config, **more)


def start(name: str = "flow", payload: bytes = b"{}", **more: Any) -> str:
    """Start an execution asynchronously and return its ARN."""
    answer = client().invoke(FunctionName=f"{name}:$LATEST", InvocationType="Event", Payload=payload, **more)
    return str(answer["DurableExecutionArn"])


def look(arn: str) -> dict[str, Any]:
    """Return an execution as GetDurableExecution tells of it."""
    return dict(client().get_durable_execution(DurableExecutionArn=arn))


def history(arn: str, **more: Any) -> list[dict[str, Any]]:
    return list(client().get_durable_execution_history(DurableExecutionArn=arn, **more)["Events"])


def kinds(arn: str) -> list[str]:
    """Return what happened, by its types."""
    return [event["EventType"] for event in history(arn)]
