"""Where Lambda's front door checks otherwise than the SDK's model says (R unless noted)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mocklambda.services.lambda_.runtimes import LAYER_LIST

P_LAYER_VERSION = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:"
    r"[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)"
)
P_URL_QUALIFIER = r"((?!^\d+$)^[0-9a-zA-Z-_]+$)"

CONSTRAINTS: Mapping[str, Mapping[str, Any] | None] = MappingProxyType(
    {
        # the operation itself answers, in other words
        "runtime": None,
        "environment.variables": None,
        "resource": None,
        "principal": None,
        "eventSourceArn": None,
        "code.zipFile": None,
        "zipFile": None,
        # the model's maxima are those of managed instances
        "timeout": {"max": 900},
        "memorySize": {"max": 10240},
        "ephemeralStorage.size": {"max": 10240},
        # printed in the server's own order
        "snapStart.applyOn": {"enum": ("PublishedVersions", "None")},
        "invokeMode": {"enum": ("RESPONSE_STREAM", "BUFFERED")},
        "recursiveLoop": {"enum": ("Terminate", "Allow")},
        "startingPosition": {"enum": ("LATEST", "AT_TIMESTAMP", "TRIM_HORIZON")},
        "architectures": {"enum": ("x86_64", "arm64"), "not_null": True},
        "compatibleArchitecture": {"enum": ("x86_64", "arm64")},
        # what is printed is not what is taken: the operation looks
        "compatibleRuntimes": {"enum": None},
        "compatibleArchitectures": {"enum": None},
        "compatibleRuntime": {"enum": LAYER_LIST},
        "layers": {"pattern": P_LAYER_VERSION, "not_null": True},
        "arn": {"pattern": P_LAYER_VERSION},
        "routingConfig.additionalVersionWeights": {"not_null": True},
        "provisionedConcurrentExecutions": {"min": 1},
        "reservedConcurrentExecutions": {"min": 0},
    }
)
