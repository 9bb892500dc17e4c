"""The ARN of what a request is about, from the members that name it: by service, or as they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

ANYTHING = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a call is made, and who knows the full names of what is there."""

    account: str
    region: str
    full_name: Callable[[str, str, str, str], str | None] = lambda *_: None
    """Service, account, region and name → ARN: of secrets, whose ARNs end on what no request says, and of keys."""
    key_of: Callable[[str, str, bytes], str | None] = lambda *_: None
    """Account, region and ciphertext → the ARN of the key that it was made with."""
    vpc_of: Callable[[str, str, str], str] = lambda *_: ""
    """Account, region and subnet → its VPC."""


_FORMS: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "cognito-idp": (("UserPoolId", "cognito-idp:{region}:{account}:userpool/{name}"),),
        "dynamodb": (("TableName", "dynamodb:{region}:{account}:table/{name}"),),
        "ecr": (("repositoryName", "ecr:{region}:{account}:repository/{name}"),),
        "events": (
            ("EventBusName", "events:{region}:{account}:event-bus/{name}"),
            ("Rule", "events:{region}:{account}:rule/{name}"),
            ("Name", "events:{region}:{account}:rule/{name}"),
        ),
        "firehose": (("DeliveryStreamName", "firehose:{region}:{account}:deliverystream/{name}"),),
        "iam": (
            ("RoleName", "iam::{account}:role/{name}"),
            ("UserName", "iam::{account}:user/{name}"),
            ("GroupName", "iam::{account}:group/{name}"),
            ("PolicyName", "iam::{account}:policy/{name}"),
        ),
        "kinesis": (("StreamName", "kinesis:{region}:{account}:stream/{name}"),),
        "kms": (("KeyId", "kms:{region}:{account}:key/{name}"),),
        "lambda": (
            ("FunctionName", "lambda:{region}:{account}:function:{name}"),
            ("LayerName", "lambda:{region}:{account}:layer:{name}"),
            ("UUID", "lambda:{region}:{account}:event-source-mapping:{name}"),
        ),
        "logs": (
            ("logGroupName", "logs:{region}:{account}:log-group:{name}"),
            ("logGroupNamePrefix", "logs:{region}:{account}:log-group:{name}"),
        ),
        "scheduler": (("Name", "scheduler:{region}:{account}:schedule/default/{name}"),),
        "secretsmanager": (
            ("SecretId", "secretsmanager:{region}:{account}:secret:{name}"),
            ("Name", "secretsmanager:{region}:{account}:secret:{name}"),
        ),
        "sns": (("Name", "sns:{region}:{account}:{name}"),),
        "sqs": (("QueueName", "sqs:{region}:{account}:{name}"),),
        "ssm": (
            ("Name", "ssm:{region}:{account}:parameter/{name}"),
            ("Path", "ssm:{region}:{account}:parameter/{name}"),
        ),
        "sts": (("RoleArn", "iam::{account}:role/{name}"),),
        "stepfunctions": (("name", "states:{region}:{account}:stateMachine:{name}"),),
    }
)
"""Service → the members that name what a request is about, the telling one first, and its ARN after ``arn:aws:``."""

_ABOUT_NOTHING = frozenset(
    {
        ("lambda", "CreateEventSourceMapping"),
        ("lambda", "ListEventSourceMappings"),
        ("lambda", "ListFunctions"),
        ("events", "ListRuleNamesByTarget"),
        ("dynamodbstreams", "ListStreams"),
        ("kinesis", "ListStreams"),
        ("sqs", "ListQueues"),
    }
)
"""Service and operation: what is allowed for everything or not at all (D)."""


def named_resource(service: str, prefix: str, operation: str, params: Mapping[str, Any], place: Place) -> str:
    """Return the ARN of what a request names, or ``*``."""
    if (service, operation) in _ABOUT_NOTHING:
        return ANYTHING
    if service == "sqs" and params.get("QueueUrl"):
        return _queue_arn(params["QueueUrl"], place)
    if service == "kms" and not params.get("KeyId") and isinstance(params.get("CiphertextBlob"), bytes):
        return place.key_of(place.account, place.region, params["CiphertextBlob"]) or ANYTHING
    for member, _ in _FORMS.get(service, ()):
        name = params.get(member)
        if isinstance(name, str) and name:
            return _refined(service, arn_of(service, member, name, place), params)
    return _given_arn(prefix, params)


def arn_of(service: str, member: str, name: str, place: Place) -> str:
    """Return the ARN of what a member names, which may be an ARN itself."""
    known = place.full_name(service, place.account, place.region, name)
    if known is not None:
        return known
    if name.startswith("arn:"):
        return name
    form = next(form for candidate, form in _FORMS[service] if candidate == member)
    if service == "ssm":
        name = name.removeprefix("/")
    if service == "lambda" and name.count(":") >= 2:  # a partial ARN: ACCOUNT:function:NAME
        name = name.partition("function:")[2]
    return "arn:aws:" + form.format(region=place.region, account=place.account, name=name)


def _refined(service: str, arn: str, params: Mapping[str, Any]) -> str:
    """Go into what is named, where IAM does: an index, a qualifier, a stream, a version, a schedule group."""
    if service == "dynamodb" and params.get("IndexName"):
        return f"{arn}/index/{params['IndexName']}"
    if service == "lambda" and params.get("Qualifier") and arn.count(":") == 6:
        return f"{arn}:{params['Qualifier']}"
    if service == "lambda" and params.get("VersionNumber"):
        return f"{arn}:{params['VersionNumber']}"
    if service == "logs":
        stream = params.get("logStreamName")
        return arn if arn.endswith(":*") else f"{arn}:log-stream:{stream}" if stream else f"{arn}:*"
    if service == "scheduler" and params.get("GroupName"):
        return arn.replace("schedule/default/", f"schedule/{params['GroupName']}/")
    return arn


def _queue_arn(url: str, place: Place) -> str:
    parts = url.rstrip("/").split("/")
    account = parts[-2] if len(parts) > 1 and parts[-2].isdigit() else place.account
    return f"arn:aws:sqs:{place.region}:{account}:{parts[-1]}"


def _given_arn(prefix: str, params: Mapping[str, Any]) -> str:
    """Return the first member that is an ARN of the service, or (iterators of tables' streams) begins with one."""
    own = f":{prefix}:"
    for value in params.values():
        if isinstance(value, str) and value.startswith("arn:") and own in value[: len(own) + 16]:
            return value.partition("|")[0]
    return ANYTHING
