"""Lambda's control plane: what each call takes beside botocore's own floor for it, long lists, weighted aliases."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import count
from statistics import median
from typing import Any
from zipfile import ZipFile

from lambda_ import ECHO, ROLE, deploy
from measure import Measure
from measuring import Scale, seconds
from stages import AT_THE_WIRE, BEFORE_SIGNING, OURS, Stage

RUNS = (OURS, BEFORE_SIGNING, AT_THE_WIRE)
VERSIONS = 10
"""Of each function in the long list."""
WEIGHT = 0.1
"""Of the second version of the alias."""


def _zip() -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("app.py", ECHO)
    return packed.getvalue()


ZIP = _zip()


def _create(client: Any, name: str) -> None:
    client.create_function(
        FunctionName=name, Runtime="python3.12", Role=ROLE, Handler="app.handler", Code={"ZipFile": ZIP}
    )


def _micros(call: Callable[[], Any], scale: Scale, before: Callable[[], Any] | None = None) -> float:
    """Return what one call takes: the median of the rounds' means, without what is done before each call."""
    means = []
    for each in range(scale.rounds + 1):  # the first warms up
        taken = 0.0
        for _ in range(scale.calls):
            if before is not None:
                before()
            started = time.perf_counter()
            call()
            taken += time.perf_counter() - started
        if each:
            means.append(taken / scale.calls)
    return median(means) * 1e6


def _names() -> Iterator[str]:
    return (f"n{number}" for number in count())


def get_function(stage: Stage, scale: Scale) -> float:
    client = stage.client("lambda")
    _create(client, "f")
    return _micros(lambda: client.get_function(FunctionName="f"), scale)


def list_functions(stage: Stage, scale: Scale) -> float:
    client = stage.client("lambda")
    for number in range(scale.stored // 100 if stage.is_ours else 1):
        _create(client, f"f{number:04}")
    return _micros(client.list_functions, scale)


def get_configuration(stage: Stage, scale: Scale) -> float:
    client = stage.client("lambda")
    _create(client, "f")
    return _micros(lambda: client.get_function_configuration(FunctionName="f"), scale)


def list_versions(stage: Stage, scale: Scale) -> float:
    client = stage.client("lambda")
    _create(client, "f")
    for number in range(60 if stage.is_ours else 1):
        client.update_function_configuration(FunctionName="f", Description=str(number))
        client.publish_version(FunctionName="f")
    return _micros(lambda: client.list_versions_by_function(FunctionName="f"), scale)


def update_code(stage: Stage, scale: Scale) -> float:
    client = stage.client("lambda")
    _create(client, "f")
    return _micros(lambda: client.update_function_code(FunctionName="f", ZipFile=ZIP), scale)


def update_configuration(stage: Stage, scale: Scale) -> float:
    client = stage.client("lambda")
    _create(client, "f")
    return _micros(lambda: client.update_function_configuration(FunctionName="f", MemorySize=256), scale)


def publish_version(stage: Stage, scale: Scale) -> float:
    client, names = stage.client("lambda"), _names()
    _create(client, "f")

    def change() -> None:
        client.update_function_configuration(FunctionName="f", Description=next(names))

    return _micros(lambda: client.publish_version(FunctionName="f"), scale, change)


def create_alias(stage: Stage, scale: Scale) -> float:
    client, names = stage.client("lambda"), _names()
    _create(client, "f")
    return _micros(
        lambda: client.create_alias(FunctionName="f", Name=next(names), FunctionVersion="$LATEST"), scale
    )


def add_permission(stage: Stage, scale: Scale) -> float:
    client, names = stage.client("lambda"), _names()
    added: list[str] = []

    def before() -> None:
        if added:
            client.remove_permission(FunctionName="f", StatementId=added.pop())
        added.append(next(names))

    def add() -> None:
        client.add_permission(
            FunctionName="f",
            StatementId=added[-1],
            Action="lambda:InvokeFunction",
            Principal="s3.amazonaws.com",
        )

    _create(client, "f")
    client.add_permission(FunctionName="f", StatementId="s", Action="lambda:*", Principal="*")
    return _micros(add, scale, before)


def create_function(stage: Stage, scale: Scale) -> float:
    client, names = stage.client("lambda"), _names()
    return _micros(lambda: _create(client, next(names)), scale)


def delete_function(stage: Stage, scale: Scale) -> float:
    client = stage.client("lambda")
    return _micros(lambda: client.delete_function(FunctionName="f"), scale, lambda: _create(client, "f"))


def create_mapping(stage: Stage, scale: Scale) -> float:
    """Return what a new mapping of one queue takes; the one before is taken away."""
    client = stage.client("lambda")
    stage.client("sqs").create_queue(QueueName="q")
    _create(client, "f")
    made: list[str] = []

    def before() -> None:
        if made:
            client.delete_event_source_mapping(UUID=made.pop())

    def create() -> None:
        created = client.create_event_source_mapping(
            FunctionName="f", EventSourceArn="arn:aws:sqs:us-east-1:123456789012:q"
        )
        made.append(created["UUID"])

    return _micros(create, scale, before)


def invoke_event(stage: Stage, scale: Scale) -> float:
    """Return what taking an event takes, of a function that may not run: it stays in its queue."""
    client = stage.client("lambda")
    _create(client, "f")
    if stage.is_ours:
        client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    return _micros(lambda: client.invoke(FunctionName="f", InvocationType="Event", Payload=b"{}"), scale)


def late_page(stage: Stage, scale: Scale) -> float:
    """Return how many times an early page's time a late one takes, of the list of all versions."""
    client = stage.client("lambda")
    for number in range(scale.stored // 100):
        _create(client, f"f{number:04}")
        for version in range(VERSIONS):
            client.update_function_configuration(FunctionName=f"f{number:04}", Description=str(version))
            client.publish_version(FunctionName=f"f{number:04}")
    ratios = []
    for _ in range(scale.rounds):
        taken, more = [], {}
        while more is not None:
            started = time.perf_counter()
            answer = client.list_functions(FunctionVersion="ALL", MaxItems=50, **more)
            taken.append(time.perf_counter() - started)
            more = {"Marker": answer["NextMarker"]} if "NextMarker" in answer else None
        some = max(1, len(taken) // 5)
        ratios.append(median(taken[-some - 1 : -1]) / median(taken[:some]))  # the last page may be short
    return median(ratios)


def weighted(stage: Stage, scale: Scale) -> float:
    """Return the seconds that many invocations through a weighted alias take, each version having its share."""
    client = stage.client("lambda")
    deploy(client, "f", "def handler(event, context):\n    return context.function_version\n")
    for description in ("one", "two"):
        client.update_function_configuration(FunctionName="f", Description=description)
        client.publish_version(FunctionName="f")
    routing = {"AdditionalVersionWeights": {"2": WEIGHT}}
    client.create_alias(FunctionName="f", Name="live", FunctionVersion="1", RoutingConfig=routing)
    seen = {b'"1"': 0, b'"2"': 0}

    def run() -> None:
        for _ in range(scale.delivered):
            seen[client.invoke(FunctionName="f:live")["Payload"].read()] += 1

    taken = seconds(run)
    spread = (scale.delivered * WEIGHT * (1 - WEIGHT)) ** 0.5
    assert abs(seen[b'"2"'] - scale.delivered * WEIGHT) < 5 * spread
    return taken


MEASURES = (
    Measure(name="Lambda get_function", unit="us", run=get_function, stages=RUNS),
    Measure(name="Lambda get_function_configuration", unit="us", run=get_configuration, stages=RUNS),
    Measure(name="Lambda list_functions, 50 of many", unit="us", run=list_functions, stages=RUNS),
    Measure(name="Lambda list_versions_by_function, 50", unit="us", run=list_versions, stages=RUNS),
    Measure(name="Lambda update_function_configuration", unit="us", run=update_configuration, stages=RUNS),
    Measure(name="Lambda update_function_code", unit="us", run=update_code, stages=RUNS),
    Measure(name="Lambda publish_version", unit="us", run=publish_version, stages=RUNS),
    Measure(name="Lambda create_alias", unit="us", run=create_alias, stages=RUNS),
    Measure(name="Lambda add_permission", unit="us", run=add_permission, stages=RUNS),
    Measure(name="Lambda create_function", unit="us", run=create_function, stages=RUNS),
    Measure(name="Lambda delete_function", unit="us", run=delete_function, stages=RUNS),
    Measure(name="Lambda create_event_source_mapping", unit="us", run=create_mapping, stages=RUNS),
    Measure(name="Lambda invoke, an event", unit="us", run=invoke_event, stages=RUNS),
    Measure(name="Lambda list of all versions, late / early page", unit="x", run=late_page, stages=(OURS,)),
    Measure(name="Lambda 10,000 invocations by weight", unit="s", run=weighted, stages=(OURS,)),
)
