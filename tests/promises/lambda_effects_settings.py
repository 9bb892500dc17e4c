"""What each setting of a function does: sent at creation or by an update, seen from a handler or from outside."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import boto3
from lambda_support import ROLE, create, zipped

PROBE = zipped(
    "def handler(event, context):\n    return eval(event)\n\ndef other(event, context):\n    return 'other'\n"
)
"""A function that tells what the expression in its event comes to."""
REGION = {"region_name": "us-east-1"}
LAYER = "arn:aws:lambda:us-east-1:123456789012:layer:greeting:1"
ACCESS_POINT = "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-01234567890123456"

See = Callable[[Any, Any], Any]
"""Looks at ``fn`` with the cloud and a client."""


class Setting(NamedTuple):
    """Members that are sent, and what is seen of the function without them and with them."""

    sent: dict[str, Any]
    see: See
    before: Any
    after: Any
    base: Mapping[str, Any] = MappingProxyType({})
    """What the function has both times."""
    prepare: Callable[[Any, Any], Any] | None = None
    """Makes what the members refer to."""
    takes: str = ""
    """What the machine must have: ``namespaces``."""


def deploy(lam: Any, **members: Any) -> None:
    create(lam, **{"Code": {"ZipFile": PROBE}, **members})


def run(lam: Any, payload: Any = "None", **members: Any) -> Any:
    """Return a result, or an error's type."""
    answer = lam.invoke(FunctionName="fn", Payload=json.dumps(payload), **members)
    document = json.loads(answer["Payload"].read())
    return document["errorMessage"] if answer.get("FunctionError") else document


def asks(expression: str, **members: Any) -> See:
    return lambda cloud, lam: run(lam, expression, **members)


def logs(cloud: Any) -> str:
    return cloud.invocations("fn")[-1].logs


def last_log(expression: str, *found: str) -> See:
    """Tell which of these texts are in the log of an invocation."""

    def see(cloud: Any, lam: Any) -> list[str]:
        run(lam, expression)
        return [text for text in found if text in logs(cloud)]

    return see


def dead_letters(cloud: Any, lam: Any) -> int:
    lam.invoke(FunctionName="fn", InvocationType="Event", Payload=b'"1/0"')
    cloud.run_until_idle()
    return len(cloud.queue("dead"))


def published_as(cloud: Any, lam: Any) -> str:
    number = lam.publish_version(FunctionName="fn")["Version"]
    return run(lam, "__import__('os').environ['AWS_LAMBDA_INITIALIZATION_TYPE']", Qualifier=number)


def published(cloud: Any, lam: Any) -> str:
    lam.publish_version(FunctionName="fn")
    return lam.list_versions_by_function(FunctionName="fn")["Versions"][-1]["Description"]


def a_layer(cloud: Any, lam: Any) -> None:
    content = {"ZipFile": zipped("TEXT = 'hello'", "python/greeting.py")}
    lam.publish_layer_version(LayerName="greeting", Content=content)


def a_queue(cloud: Any, lam: Any) -> None:
    cloud.queue("dead")


JSON = {"LoggingConfig": {"LogFormat": "JSON"}}
MEMORY = "__import__('os').environ['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'], len(b'x' * (160 << 20)) >> 20"
SENDS = (
    "__import__('boto3').client('sqs').send_message(MessageBody='x', "
    "QueueUrl='https://sqs.us-east-1.amazonaws.com/123456789012/closed')"
)


def a_closed_queue(cloud: Any, lam: Any) -> None:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    url = cloud.queue("closed").url
    boto3.client("sqs", **REGION).set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def refused_as(cloud: Any, lam: Any) -> str:
    """Return the role that a handler's own call is made as, by the refusal that it meets."""
    return run(lam, SENDS).partition("assumed-role/")[2].partition("/fn is not authorized")[0]


BOTH: dict[str, Setting] = {
    "Role": Setting({"Role": f"{ROLE}2"}, refused_as, "r", "r2", prepare=a_closed_queue),
    "Handler": Setting({"Handler": "index.other"}, asks("'probe'"), "probe", "other"),
    "Description": Setting({"Description": "second"}, published, "first", "second", {"Description": "first"}),
    "Timeout": Setting(
        {"Timeout": 1},
        lambda cloud, lam: (
            run(lam, "__import__('time').sleep(1.1) or 'done'").partition(" Task")[2] or "done"
        ),
        "done",
        " timed out after 1.00 seconds",
    ),
    "MemorySize": Setting(
        {"MemorySize": 256},
        lambda cloud, lam: "Memory Size: 256 MB" in (run(lam, "None"), logs(cloud))[1] and run(lam, MEMORY),
        False,
        ["256", 160],
    ),
    "Environment.Variables": Setting(
        {"Environment": {"Variables": {"GREETING": "hello"}}},
        asks("__import__('os').environ.get('GREETING')"),
        None,
        "hello",
    ),
    "Runtime": Setting(
        {"Runtime": "python3.13"},
        asks("__import__('os').environ['AWS_EXECUTION_ENV']"),
        "AWS_Lambda_python3.12",
        "AWS_Lambda_python3.13",
    ),
    "DeadLetterConfig.TargetArn": Setting(
        {"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"}},
        dead_letters,
        0,
        1,
        prepare=a_queue,
    ),
    "TracingConfig.Mode": Setting(
        {"TracingConfig": {"Mode": "Active"}},
        asks("'Sampled=1' in __import__('os').environ['_X_AMZN_TRACE_ID']"),
        False,
        True,
    ),
    "Layers": Setting(
        {"Layers": [LAYER]},
        asks("__import__('greeting').TEXT"),
        "No module named 'greeting'",
        "hello",
        prepare=a_layer,
    ),
    "EphemeralStorage.Size": Setting(
        {"EphemeralStorage": {"Size": 1024}},
        asks("__import__('shutil').disk_usage('/tmp').total >> 20"),
        512,
        1024,
        takes="namespaces",
    ),
    "SnapStart.ApplyOn": Setting(
        {"SnapStart": {"ApplyOn": "PublishedVersions"}}, published_as, "on-demand", "snap-start"
    ),
    "LoggingConfig.LogFormat": Setting(
        JSON,
        last_log("None", "START RequestId", '"type":"platform.start"'),
        ["START RequestId"],
        ['"type":"platform.start"'],
    ),
    "LoggingConfig.ApplicationLogLevel": Setting(
        {"LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "ERROR"}},
        last_log(
            "[getattr(__import__('logging').getLogger(), one)(one) for one in ('warning', 'error')]",
            '"message": "warning"',
            '"message": "error"',
        ),
        ['"message": "warning"', '"message": "error"'],
        ['"message": "error"'],
        JSON,
    ),
    "LoggingConfig.SystemLogLevel": Setting(
        {"LoggingConfig": {"LogFormat": "JSON", "SystemLogLevel": "WARN"}},
        last_log("None", '"type":"platform.start"', '"type":"platform.report"'),
        ['"type":"platform.start"', '"type":"platform.report"'],
        [],
        JSON,
    ),
    "LoggingConfig.LogGroup": Setting(
        {"LoggingConfig": {"LogGroup": "shared"}},
        asks("(context.log_group_name, 'fn[' in context.log_stream_name)"),
        ["/aws/lambda/fn", False],
        ["shared", True],
    ),
}
"""Settings of both CreateFunction and UpdateFunctionConfiguration."""

REFUSED: dict[str, dict[str, Any]] = {
    "FileSystemConfigs": {"FileSystemConfigs": [{"Arn": ACCESS_POINT, "LocalMountPath": "/mnt/x"}]},
    "RuntimeConfig": {
        "RuntimeConfig": {
            "RuntimeArn": "arn:aws:lambda:us-east-1:123456789012:runtime/own",
            "RuntimeAlias": "live",
        }
    },
    "AcceleratorConfig": {"AcceleratorConfig": {"AcceleratorMemorySize": 16}},
}
"""Settings of both that would not act, and are refused."""
