"""Services whose signatures bear another's name, or none of botocore's: told apart by host, target and path."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mocklambda.wire.message import Request

BY_SIGNING_NAME: Mapping[str, str] = MappingProxyType(
    {
        "aidevops": "devops-agent",
        "aoss": "opensearchserverless",
        "aps": "amp",
        "cloudhsm": "cloudhsmv2",
        "connect-campaigns": "connectcampaigns",
        "elasticfilesystem": "efs",
        "elasticloadbalancing": "elbv2",
        "elasticmapreduce": "emr",
        "email": "ses",
        "iotdata": "iot-data",
        "mobiletargeting": "pinpoint",
        "monitoring": "cloudwatch",
        "s3express": "s3",
        "s3-object-lambda": "s3",
        "servicequotas": "service-quotas",
        "states": "stepfunctions",
        "streams.dynamodb": "dynamodbstreams",
        "tagging": "resourcegroupstaggingapi",
        "queue": "sqs",
        "control-kinesis": "kinesis",
        "data-kinesis": "kinesis",
    }
)
_BY_HOST: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "aws-marketplace": (("metering.marketplace.", "meteringmarketplace"),),
        "bedrock": (
            ("bedrock-agent.", "bedrock-agent"),
            ("bedrock-agent-runtime.", "bedrock-agent-runtime"),
            ("bedrock-runtime.", "bedrock-runtime"),
        ),
        "bedrock-agentcore": (("bedrock-agentcore-control.", "bedrock-agentcore-control"),),
        "lex": (("models-v2-lex.", "lexv2-models"), ("runtime-v2-lex.", "lexv2-runtime")),
        "mediastore": (("data.mediastore.", "mediastore-data"),),
        "s3": (("s3-control.", "s3control"),),
        "sagemaker": (
            ("runtime.sagemaker.", "sagemaker-runtime"),
            ("metrics.sagemaker.", "sagemaker-metrics"),
        ),
        "servicecatalog": (("servicecatalog-appregistry.", "servicecatalog-appregistry"),),
        "timestream": (("query.timestream.", "timestream-query"), ("ingest.timestream.", "timestream-write")),
    }
)
"""Signing name → what a host has in it, and whose that is."""
_BY_TARGET: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "dynamodb": ("DynamoDBStreams", "dynamodbstreams"),
        "kinesisanalytics": ("KinesisAnalytics_20180523", "kinesisanalyticsv2"),
        "sso": ("SWBExternalService", "sso-admin"),
    }
)
_BY_PATH: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"execute-api": ("/@connections/", "apigatewaymanagementapi"), "ses": ("/v2/email/", "sesv2")}
)
_CLASSIC_LOAD_BALANCING = "Version=2012-06-01"


def service_of(signed: str, request: Request) -> str:
    """Return botocore's name of the service that a request signed with a service's name is for."""
    for part, service in _BY_HOST.get(signed, ()):
        if part in request.host.replace("-fips.", "."):
            return service
    if signed in _BY_TARGET:
        prefix, service = _BY_TARGET[signed]
        if request.headers.get("x-amz-target", "").startswith(prefix):
            return service
    if signed in _BY_PATH:
        part, service = _BY_PATH[signed]
        if part in request.path:
            return service
    if signed == "elasticloadbalancing" and _says(request, _CLASSIC_LOAD_BALANCING):
        return "elb"
    return BY_SIGNING_NAME.get(signed, signed)


def _says(request: Request, text: str) -> bool:
    return text in request.query or (isinstance(request.body, bytes) and text.encode() in request.body)
