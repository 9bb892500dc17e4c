"""What the floors answer to Lambda's control plane: replies of the usual size, of which nothing is read."""

from __future__ import annotations

import json
from typing import Any

FARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
CONFIGURATION: dict[str, Any] = {
    "FunctionName": "f",
    "FunctionArn": FARN,
    "Runtime": "python3.12",
    "Role": "arn:aws:iam::123456789012:role/service",
    "Handler": "app.handler",
    "CodeSize": 276,
    "Description": "",
    "Timeout": 3,
    "MemorySize": 128,
    "LastModified": "2025-11-25T02:26:51.123+0000",
    "CodeSha256": "z5PGjH1nfYU97cBIkT+THeT8NOSQYjLB6cJvlZvBfLo=",
    "Version": "$LATEST",
    "TracingConfig": {"Mode": "PassThrough"},
    "RevisionId": "5fea7756-0ea4-451a-a703-a558b933e274",
    "State": "Active",
    "LastUpdateStatus": "Successful",
    "PackageType": "Zip",
    "Architectures": ["x86_64"],
    "EphemeralStorage": {"Size": 512},
    "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
    "RuntimeVersionConfig": {"RuntimeVersionArn": f"arn:aws:lambda:us-east-1::runtime:{'0' * 64}"},
    "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"},
}
MAPPING: dict[str, Any] = {
    "UUID": "5fea7756-0ea4-451a-a703-a558b933e274",
    "BatchSize": 10,
    "MaximumBatchingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
    "EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:q",
    "FunctionArn": FARN,
    "LastModified": 1764037611.123,
    "State": "Creating",
    "StateTransitionReason": "USER_INITIATED",
    "EventSourceMappingArn": "arn:aws:lambda:us-east-1:123456789012:event-source-mapping:5fea7756",
}
REPLIES: dict[str, dict[str, Any]] = {
    "CreateFunction": CONFIGURATION,
    "GetFunction": {
        "Configuration": CONFIGURATION,
        "Code": {"RepositoryType": "S3", "Location": "https://awslambda-us-east-1-tasks.s3.amazonaws.com/f"},
    },
    "GetFunctionConfiguration": CONFIGURATION,
    "ListFunctions": {"Functions": [CONFIGURATION] * 50, "NextMarker": "Im4i"},
    "ListVersionsByFunction": {"Versions": [CONFIGURATION] * 50, "NextMarker": "Im4i"},
    "UpdateFunctionConfiguration": CONFIGURATION,
    "UpdateFunctionCode": CONFIGURATION,
    "DeleteFunction": {"StatusCode": 204},
    "PublishVersion": CONFIGURATION,
    "CreateAlias": {
        "AliasArn": f"{FARN}:n",
        "Name": "n",
        "FunctionVersion": "$LATEST",
        "Description": "",
        "RevisionId": "5fea7756-0ea4-451a-a703-a558b933e274",
    },
    "AddPermission": {"Statement": "{}"},
    "RemovePermission": {},
    "CreateEventSourceMapping": MAPPING,
    "DeleteEventSourceMapping": MAPPING,
    "Invoke": {"StatusCode": 202},
}
CANNED = {name: (reply, dict[str, str](), json.dumps(reply).encode()) for name, reply in REPLIES.items()}


def operation_of(method: str, url: str) -> str:
    """Return which of these operations a request asks for."""
    if "/event-source-mappings" in url:
        return "DeleteEventSourceMapping" if method == "DELETE" else "CreateEventSourceMapping"
    path = url.partition("/2015-03-31/functions")[2].partition("?")[0].strip("/")
    last = path.rpartition("/")[2]
    if method == "GET":
        ends = {"configuration": "GetFunctionConfiguration", "versions": "ListVersionsByFunction"}
        return ends.get(last, "GetFunction" if path else "ListFunctions")
    if method == "DELETE":
        return "RemovePermission" if "/policy/" in path else "DeleteFunction"
    ends = {
        "configuration": "UpdateFunctionConfiguration",
        "code": "UpdateFunctionCode",
        "invocations": "Invoke",
        "versions": "PublishVersion",
        "aliases": "CreateAlias",
        "policy": "AddPermission",
    }
    return ends.get(last, "CreateFunction")
