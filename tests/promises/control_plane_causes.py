"""What causes each error that an operation of the control plane declares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.session import get_session
from control_plane_support import LAYER, QUEUE, REQUESTS, World, ask
from lambda_support import FARN, create, zipped

MODEL = get_session().get_service_model("lambda")
INVALID, MISSING = "InvalidParameterValueException", "ResourceNotFoundException"
CONFLICT, STALE = "ResourceConflictException", "PreconditionFailedException"
NO_SIGNING = "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-01234567890123456"
NO_MAPPING = {"UUID": "00000000-0000-0000-0000-000000000000"}
TOO_LONG = "PolicyLengthExceededException"
IN_USE = "ResourceInUseException"

Cause = dict[str, Any] | Callable[[Any, World], dict[str, Any]]
"""Members of the request that is refused; or what is done before it, which returns them."""


def after(operation: str, **members: Any) -> Callable[[Any, World], dict[str, Any]]:
    def cause(lam: Any, world: World) -> dict[str, Any]:
        ask(lam, operation, world)
        return members

    return cause


def an_update(lam: Any, world: World) -> dict[str, Any]:
    """Leave an update in progress: the test holds the cloud back."""
    lam.update_function_configuration(FunctionName="fn", Timeout=9)
    return {}


def a_mappings_update(lam: Any, world: World) -> dict[str, Any]:
    """Leave it in progress."""
    lam.update_event_source_mapping(UUID=world.mapping, BatchSize=4)
    return {}


def a_creation(lam: Any, world: World) -> dict[str, Any]:
    create(lam, name="pending")
    return {"FunctionName": "pending"}


def enforced_signing(lam: Any, world: World) -> dict[str, Any]:
    policies = {"UntrustedArtifactOnDeployment": "Enforce"}
    lam.update_code_signing_config(CodeSigningConfigArn=world.signing, CodeSigningPolicies=policies)
    return {}


def a_long_policy(operation: str) -> Callable[[Any, World], dict[str, Any]]:
    def cause(lam: Any, world: World) -> dict[str, Any]:
        for number in range(60):
            ask(lam, operation, world, StatementId=f"{number:0100}")
        return {"StatementId": "9" * 100, "Principal": f"arn:aws:iam::123456789012:user/{'u' * 9000}"}

    return cause


FAR = {"FunctionName": "arn:aws:lambda:eu-west-1:123456789012:function:fn"}
NO_LAYER = {"VersionNumber": 9}
NO_VERSION_ZERO = {"VersionNumber": 0}
NO_CONFIG = {"CodeSigningConfigArn": NO_SIGNING}
TWO_QUALIFIERS = {"FunctionName": "fn:live", "Qualifier": "other"}
A_MARKER = {"Marker": "???"}
QUALIFIED = {"FunctionName": f"{FARN}:1"}
LATEST = {"Qualifier": "$LATEST"}
WRONG = {"RevisionId": "wrong"}
CAUSES: dict[str, dict[str, Cause]] = {
    "AddLayerVersionPermission": {
        INVALID: NO_VERSION_ZERO,
        CONFLICT: {"StatementId": "s"},
        MISSING: NO_LAYER,
        STALE: WRONG,
        TOO_LONG: a_long_policy("AddLayerVersionPermission"),
    },
    "AddPermission": {
        INVALID: {"Principal": "invalid.nonaws.com"},
        CONFLICT: {"StatementId": "s"},
        STALE: WRONG,
        TOO_LONG: a_long_policy("AddPermission"),
    },
    "CreateAlias": {
        INVALID: {"RoutingConfig": {"AdditionalVersionWeights": {"1": 0.5}}},
        CONFLICT: {"Name": "live"},
    },
    "CreateCodeSigningConfig": {INVALID: {"Tags": {str(number): "v" for number in range(51)}}},
    "CreateEventSourceMapping": {
        INVALID: {"FunctionName": "nobody"},
        CONFLICT: after("CreateEventSourceMapping"),
    },
    "CreateFunction": {
        INVALID: {"Runtime": "cobol"},
        CONFLICT: {"FunctionName": "fn"},
        MISSING: FAR,
        "CodeVerificationFailedException": lambda lam, world: (
            enforced_signing(lam, world) | {"CodeSigningConfigArn": world.signing}
        ),
        "CodeSigningConfigNotFoundException": NO_CONFIG,
    },
    "CreateFunctionUrlConfig": {INVALID: TWO_QUALIFIERS, CONFLICT: {"Qualifier": None}},
    "DeleteAlias": {MISSING: FAR},
    "DeleteCodeSigningConfig": {CONFLICT: {}, MISSING: NO_CONFIG},
    "DeleteEventSourceMapping": {MISSING: NO_MAPPING, IN_USE: a_mappings_update},
    "DeleteFunction": {INVALID: LATEST, CONFLICT: {"Qualifier": "1"}},
    "DeleteFunctionConcurrency": {INVALID: QUALIFIED},
    "DeleteFunctionEventInvokeConfig": {INVALID: TWO_QUALIFIERS},
    "DeleteFunctionUrlConfig": {INVALID: TWO_QUALIFIERS},
    "DeleteLayerVersion": {INVALID: NO_VERSION_ZERO},
    "DeleteProvisionedConcurrencyConfig": {INVALID: LATEST},
    "DeleteResourcePolicy": {
        INVALID: {"ResourceArn": f"{FARN}:$LATEST"},
        MISSING: {"ResourceArn": f"{FARN}x"},
        STALE: {"RevisionId": NO_MAPPING["UUID"]},
    },
    "GetCodeSigningConfig": {MISSING: NO_CONFIG},
    "GetEventSourceMapping": {MISSING: NO_MAPPING},
    "GetFunction": {INVALID: TWO_QUALIFIERS},
    "GetFunctionConfiguration": {INVALID: TWO_QUALIFIERS},
    "GetFunctionEventInvokeConfig": {INVALID: TWO_QUALIFIERS},
    "GetFunctionUrlConfig": {INVALID: TWO_QUALIFIERS},
    "GetLayerVersion": {INVALID: NO_VERSION_ZERO, MISSING: NO_LAYER},
    "GetLayerVersionByArn": {MISSING: {"Arn": f"{LAYER}:9"}},
    "GetLayerVersionPolicy": {INVALID: NO_VERSION_ZERO, MISSING: NO_LAYER},
    "GetPolicy": {INVALID: TWO_QUALIFIERS},
    "GetProvisionedConcurrencyConfig": {
        INVALID: LATEST,
        "ProvisionedConcurrencyConfigNotFoundException": after("DeleteProvisionedConcurrencyConfig"),
    },
    "GetResourcePolicy": {
        INVALID: {"ResourceArn": f"{FARN}:$LATEST"},
        MISSING: {"ResourceArn": f"{FARN}x"},
    },
    "GetRuntimeManagementConfig": {INVALID: TWO_QUALIFIERS},
    "Invoke": {
        INVALID: TWO_QUALIFIERS,
        CONFLICT: a_creation,
        "InvalidRequestContentException": {"Payload": b"no json"},
    },
    "InvokeAsync": {CONFLICT: a_creation, "InvalidRequestContentException": {"InvokeArgs": b"no json"}},
    "InvokeWithResponseStream": {
        INVALID: TWO_QUALIFIERS,
        CONFLICT: a_creation,
        "InvalidRequestContentException": {"Payload": b"no json"},
    },
    "ListAliases": {INVALID: A_MARKER},
    "ListCodeSigningConfigs": {INVALID: A_MARKER},
    "ListEventSourceMappings": {INVALID: A_MARKER},
    "ListFunctionEventInvokeConfigs": {INVALID: A_MARKER},
    "ListFunctionUrlConfigs": {INVALID: A_MARKER},
    "ListFunctions": {INVALID: A_MARKER},
    "ListFunctionsByCodeSigningConfig": {INVALID: A_MARKER, MISSING: NO_CONFIG},
    "ListLayerVersions": {INVALID: A_MARKER},
    "ListLayers": {INVALID: A_MARKER},
    "ListProvisionedConcurrencyConfigs": {INVALID: A_MARKER},
    "ListTags": {INVALID: {"Resource": f"{FARN}:1"}, MISSING: {"Resource": f"{FARN}x"}},
    "ListVersionsByFunction": {INVALID: A_MARKER},
    "PublishLayerVersion": {INVALID: {"Content": {"ZipFile": b"no zip"}}},
    "PublishVersion": {INVALID: {"CodeSha256": "X"}, CONFLICT: an_update, STALE: WRONG},
    "PutFunctionCodeSigningConfig": {"CodeSigningConfigNotFoundException": NO_CONFIG},
    "PutFunctionConcurrency": {INVALID: {"ReservedConcurrentExecutions": 1001}},
    "PutFunctionEventInvokeConfig": {INVALID: {"MaximumRetryAttempts": None}},
    "PutProvisionedConcurrencyConfig": {INVALID: LATEST, CONFLICT: {"Qualifier": "live"}},
    "PutResourcePolicy": {
        INVALID: {"ResourceArn": f"{FARN}:$LATEST"},
        MISSING: {"ResourceArn": f"{FARN}x"},
        STALE: {"RevisionId": NO_MAPPING["UUID"]},
    },
    "PutRuntimeManagementConfig": {INVALID: {"RuntimeVersionArn": None}},
    "RemoveLayerVersionPermission": {INVALID: NO_VERSION_ZERO, MISSING: NO_LAYER, STALE: WRONG},
    "RemovePermission": {INVALID: TWO_QUALIFIERS, MISSING: {"StatementId": "x"}, STALE: WRONG},
    "TagResource": {INVALID: {"Tags": {}}, MISSING: {"Resource": f"{FARN}x"}},
    "UntagResource": {INVALID: {"Resource": f"{FARN}:1"}, MISSING: {"Resource": f"{FARN}x"}},
    "UpdateAlias": {
        INVALID: {"RoutingConfig": {"AdditionalVersionWeights": {"1": 0.5}}},
        MISSING: {"Name": "nobody"},
        STALE: WRONG,
    },
    "UpdateCodeSigningConfig": {MISSING: NO_CONFIG},
    "UpdateEventSourceMapping": {
        INVALID: {"BatchSize": 11},
        CONFLICT: lambda lam, world: (
            create(lam, name="other")
            and lam.create_event_source_mapping(FunctionName="other", EventSourceArn=QUEUE)
            and {"FunctionName": "other"}
        ),
        MISSING: NO_MAPPING,
        IN_USE: a_mappings_update,
    },
    "UpdateFunctionCode": {
        INVALID: {"ZipFile": b"no zip"},
        CONFLICT: an_update,
        STALE: WRONG,
        "CodeVerificationFailedException": lambda lam, world: (
            enforced_signing(lam, world) | {"ZipFile": zipped("x = 1")}
        ),
    },
    "UpdateFunctionConfiguration": {INVALID: {"Runtime": "cobol"}, CONFLICT: an_update, STALE: WRONG},
    "UpdateFunctionEventInvokeConfig": {INVALID: TWO_QUALIFIERS},
    "UpdateFunctionUrlConfig": {INVALID: TWO_QUALIFIERS},
}

BY_NAME = [
    name
    for name in REQUESTS
    if "FunctionName" in MODEL.operation_model(name).input_shape.members
    and name not in {"CreateFunction", "CreateEventSourceMapping", "UpdateEventSourceMapping"}
]
FINE_WITHOUT = {"DeleteAlias", "ListEventSourceMappings"}
"""What answers nothing, and no error, about a function that is not there (R)."""
NEVER = {
    "ServiceException": "at any time, as `cloud.faults` says",
    "TooManyRequestsException": "at any time, as `cloud.faults` says",
    "PublicPolicyException": "nothing blocks public policies here",
    "AliasLimitExceededException": "the number is not documented",
    "CodeStorageExceededException": "75 GB do not fit",
    "InvalidCodeSignatureException": "nothing is ever signed",
    "FunctionVersionsPerCapacityProviderLimitExceededException": "the number is not in the model",
    "CapacityProviderLimitExceededException": "the number is not in the model",
    "KMSAccessDeniedException": "the tests of keys of one's own cause it",
    "KMSDisabledException": "likewise",
    "KMSInvalidStateException": "likewise",
    "KMSNotFoundException": "likewise",
}
UNCAUSED = {
    # a missing one is no error for these, or another error (R)
    MISSING: "CreateEventSourceMapping DeleteLayerVersion ListEventSourceMappings ListLayerVersions "
    "PublishLayerVersion",
    # nothing that the model lets through is known to be refused
    INVALID: "DeleteAlias DeleteCodeSigningConfig DeleteEventSourceMapping DeleteFunctionCodeSigningConfig "
    "GetAlias GetCodeSigningConfig GetEventSourceMapping GetFunctionCodeSigningConfig GetFunctionConcurrency "
    "GetFunctionRecursionConfig GetLayerVersionByArn PutFunctionCodeSigningConfig PutFunctionRecursionConfig "
    "UpdateCodeSigningConfig",
    # two changes of one thing at one time: here each is over before the next
    CONFLICT: "DeleteAlias DeleteEventSourceMapping DeleteFunctionCodeSigningConfig DeleteFunctionConcurrency "
    "DeleteFunctionEventInvokeConfig DeleteFunctionUrlConfig DeleteProvisionedConcurrencyConfig "
    "DeleteResourcePolicy PutFunctionCodeSigningConfig PutFunctionConcurrency PutFunctionEventInvokeConfig "
    "PutFunctionRecursionConfig PutResourcePolicy PutRuntimeManagementConfig RemoveLayerVersionPermission "
    "TagResource UntagResource UpdateAlias UpdateFunctionEventInvokeConfig UpdateFunctionUrlConfig",
    # a config that is in use can not be deleted
    "CodeSigningConfigNotFoundException": "DeleteFunctionCodeSigningConfig GetFunctionCodeSigningConfig "
    "UpdateFunctionCode UpdateFunctionConfiguration",
    # the model's own length comes first
    TOO_LONG: "PutResourcePolicy",
    # a configuration has no signature
    "CodeVerificationFailedException": "UpdateFunctionConfiguration",
}
OTHERWISE = {"Invoke", "InvokeAsync", "InvokeWithResponseStream"}
"""Whose errors beyond the common ones tell of the handler's surroundings."""
COMMON = {INVALID, MISSING, CONFLICT, STALE, "InvalidRequestContentException"}


def all_causes() -> list[tuple[str, str, Cause]]:
    found = [(name, MISSING, {"FunctionName": "nobody"}) for name in BY_NAME if name not in FINE_WITHOUT]
    return [*found, *((name, code, one) for name, more in CAUSES.items() for code, one in more.items())]


def is_declared(operation: str, code: str) -> bool:
    return code in {error.name for error in MODEL.operation_model(operation).error_shapes}
