"""Which rights an API call takes: IAM's actions, each with the resource that it is about.

The rule is one action, named as the operation, on the one resource that the request's members name. What is
otherwise stands in tables; S3, where little goes by the rule, has its own module.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mocklambda.iam.partiql import statements
from mocklambda.iam.resources import Place, arn_of, named_resource
from mocklambda.iam.s3_rights import s3_rights

if TYPE_CHECKING:
    from botocore.model import OperationModel


@dataclass(frozen=True, slots=True)
class Right:
    """One thing to be allowed."""

    action: str
    """``sqs:SendMessage``"""
    resource: str
    """An ARN, or ``*`` where the call is about none."""
    version: str = ""
    """Of an object of S3, where the call names one."""


PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "apigatewayv2": "apigateway",
        "cloudwatch": "cloudwatch",  # signed for as monitoring
        "iot-data": "iot",
        "resourcegroupstaggingapi": "tag",
    }
)
"""Services, by botocore's name, whose actions begin with something else than the name that requests are signed for."""

NOTHING_NEEDED = frozenset({("sts", "GetCallerIdentity"), ("sts", "GetSessionToken")})
"""D: any identity may do these."""

RENAMED: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("apigatewaymanagementapi", "DeleteConnection"): "ManageConnections",
        ("apigatewaymanagementapi", "GetConnection"): "ManageConnections",
        ("apigatewaymanagementapi", "PostToConnection"): "ManageConnections",
        ("bedrock-runtime", "Converse"): "InvokeModel",
        ("bedrock-runtime", "ConverseStream"): "InvokeModelWithResponseStream",
        ("lambda", "GetLayerVersionByArn"): "GetLayerVersion",
        ("lambda", "Invoke"): "InvokeFunction",
        ("lambda", "InvokeAsync"): "InvokeFunction",
        ("lambda", "InvokeWithResponseStream"): "InvokeFunction",
        ("sns", "PublishBatch"): "Publish",
        ("sqs", "ChangeMessageVisibilityBatch"): "ChangeMessageVisibility",
        ("sqs", "DeleteMessageBatch"): "DeleteMessage",
        ("sqs", "SendMessageBatch"): "SendMessage",
    }
)
"""Operations whose action is called otherwise."""

_ROLE_MEMBERS = ("Role", "RoleArn", "roleArn", "ExecutionRoleArn")
_PASSING = frozenset({"lambda", "scheduler", "events", "stepfunctions"})
_TRANSACTED = MappingProxyType(
    {
        "Put": "PutItem",
        "Update": "UpdateItem",
        "Delete": "DeleteItem",
        "ConditionCheck": "ConditionCheckItem",
        "Get": "GetItem",
    }
)


def rights(model: OperationModel, params: Mapping[str, Any], place: Place) -> Sequence[Right]:
    """Return all that a call must be allowed, in the order in which AWS looks."""
    service, operation = model.service_model.service_name, model.name
    if (service, operation) in NOTHING_NEEDED:
        return ()
    if service == "s3":
        return [
            Right(f"s3:{action}", resource, version)
            for action, resource, version in s3_rights(operation, params)
        ]
    prefix = prefix_of(model)
    special = _SPECIAL.get((service, operation))
    if special is not None:
        return [Right(f"{prefix}:{action}", resource) for action, resource in special(params, place)]
    action = (
        model.http.get("method", "POST")
        if prefix == "apigateway"
        else RENAMED.get((service, operation), operation)
    )
    needed = [Right(f"{prefix}:{action}", named_resource(service, prefix, operation, params, place))]
    if service in _PASSING:
        needed += [Right("iam:PassRole", role) for role in _passed_roles(params)]
    return needed


def prefix_of(model: OperationModel) -> str:
    """Return what the actions of a service begin with."""
    service = model.service_model
    return PREFIXES.get(service.service_name) or str(service.signing_name)


def _passed_roles(params: Mapping[str, Any]) -> Iterable[str]:
    holders = [params, params.get("Target"), *(params.get("Targets") or ())]
    for holder in holders:
        if isinstance(holder, Mapping):
            yield from (holder[name] for name in _ROLE_MEMBERS if isinstance(holder.get(name), str))


# -- calls about several things ------------------------------------------------------------------------------

_Named = Iterable[tuple[str, str]]


def _tables_of(action: str) -> Callable[[Mapping[str, Any], Place], _Named]:
    def needed(params: Mapping[str, Any], place: Place) -> _Named:
        return [
            (action, arn_of("dynamodb", "TableName", name, place))
            for name in params.get("RequestItems") or ()
        ]

    return needed


def _transacted(params: Mapping[str, Any], place: Place) -> _Named:
    pairs = [
        (_TRANSACTED[kind], arn_of("dynamodb", "TableName", inner.get("TableName", ""), place))
        for item in params.get("TransactItems") or ()
        for kind, inner in item.items()
        if kind in _TRANSACTED
    ]
    return dict.fromkeys(pairs)


def _partiql(params: Mapping[str, Any], place: Place) -> _Named:
    for one in statements(params):
        table = arn_of("dynamodb", "TableName", one.table, place)
        yield f"PartiQL{one.verb}", table if one.index is None else f"{table}/index/{one.index}"


def _buses(params: Mapping[str, Any], place: Place) -> _Named:
    buses = [entry.get("EventBusName") or "default" for entry in params.get("Entries") or ()]
    return dict.fromkeys(("PutEvents", arn_of("events", "EventBusName", bus, place)) for bus in buses)


def _parameters(params: Mapping[str, Any], place: Place) -> _Named:
    operation = "GetParameters"
    return [(operation, arn_of("ssm", "Name", name, place)) for name in params.get("Names") or ()]


def _secrets(params: Mapping[str, Any], place: Place) -> _Named:
    return [
        ("BatchGetSecretValue", "*"),
        *(
            ("GetSecretValue", arn_of("secretsmanager", "SecretId", name, place))
            for name in params.get("SecretIdList") or ()
        ),
    ]


_SPECIAL: Mapping[tuple[str, str], Callable[[Mapping[str, Any], Place], _Named]] = MappingProxyType(
    {
        ("dynamodb", "BatchGetItem"): _tables_of("BatchGetItem"),
        ("dynamodb", "BatchWriteItem"): _tables_of("BatchWriteItem"),
        ("dynamodb", "TransactGetItems"): _transacted,
        ("dynamodb", "TransactWriteItems"): _transacted,
        ("dynamodb", "ExecuteStatement"): _partiql,
        ("dynamodb", "BatchExecuteStatement"): _partiql,
        ("dynamodb", "ExecuteTransaction"): _partiql,
        ("events", "PutEvents"): _buses,
        ("secretsmanager", "BatchGetSecretValue"): _secrets,
        ("ssm", "GetParameters"): _parameters,
    }
)
