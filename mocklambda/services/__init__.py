"""The services that are served here: one folder and one name each, imported when first called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SERVICES: Mapping[str, str] = MappingProxyType(
    {
        "lambda": "lambda_",
        "sqs": "sqs",
        "s3": "s3",
        "kinesis": "kinesis",
        "dynamodbstreams": "dynamodbstreams",
        "sns": "sns",
        "events": "events",
        "scheduler": "scheduler",
        "application-autoscaling": "autoscaling",
    }
)
"""botocore's service name → folder."""

SHARED = frozenset({"application-autoscaling"})
"""Services of which only some requests are served here: their plugs tell which."""

ARN_SERVICES: Mapping[str, str] = MappingProxyType({"dynamodb": "dynamodbstreams"})
"""The service part of ARNs → botocore's service name, where they differ."""

DOORS: Mapping[str, str] = MappingProxyType({"lambda-url": "lambda", "load-balancer": "lambda"})
"""Kind of a host at which no API answers → the service that answers there."""
