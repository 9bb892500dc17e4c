"""What Lambda refuses of a request's values, in which words, and which of two refusals wins."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from control_plane_support import LAYER, World, ask, build
from lambda_support import FARN, ZIP, client, create, pattern_violation, refused, violation

from mocklambda import mock_lambda
from mocklambda.services.lambda_.runtimes import ACCEPTED, BLOCKED

pytestmark = pytest.mark.usefixtures("standing")
INVALID = "InvalidParameterValueException"
P_ROLE = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"
P_URLQUAL = r"((?!^\d+$)^[0-9a-zA-Z-_]+$)"
FAR_LAYER = "arn:aws:lambda:us-east-2:123456789012:layer:l:1"
LENGTH = "Member must have length less than or equal to"


class Standing:
    """A world that many tests share: what is refused changes nothing."""

    def __init__(self, lam: Any, world: World) -> None:
        self.lam, self.world = lam, world

    def refusal(self, operation: str, **instead: Any) -> tuple[int, str, str]:
        return refused(lambda: ask(self.lam, operation, self.world, **instead))


@pytest.fixture(scope="module")
def standing() -> Iterator[Standing]:
    with mock_lambda():
        lam = client()
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="code")
        yield Standing(lam, build(lam))


def in_brackets(*phrases: str) -> str:
    return f"Member must satisfy constraint: [{', '.join(phrases)}]"


UNKNOWN_RUNTIME = (
    INVALID,
    (
        "Value PYTHON3.9 at 'runtime' failed to satisfy constraint: "
        f"Member must satisfy enum value set: [{', '.join(ACCEPTED)}] or be a valid ARN"
    ),
)
BLOCKED_RUNTIME = (
    INVALID,
    (
        "The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda functions. "
        "We recommend you use a supported runtime while creating or updating functions."
    ),
)


@pytest.mark.parametrize("operation", ["CreateFunction", "UpdateFunctionConfiguration"])
@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"Role": "r1"}, ("ValidationException", pattern_violation("r1", "role", P_ROLE))),
        ({"Runtime": "PYTHON3.9"}, UNKNOWN_RUNTIME),
        ({"Runtime": "python3.7"}, BLOCKED_RUNTIME),
        (
            {"Timeout": 0},
            (
                "ValidationException",
                violation("0", "timeout", "Member must have value greater than or equal to 1"),
            ),
        ),
        (
            {"Timeout": 901},
            (
                "ValidationException",
                violation("901", "timeout", "Member must have value less than or equal to 900"),
            ),
        ),
        (
            {"MemorySize": 127},
            (
                "ValidationException",
                violation("127", "memorySize", "Member must have value greater than or equal to 128"),
            ),
        ),
        (
            {"EphemeralStorage": {"Size": 511}},
            (
                "ValidationException",
                violation(
                    "511", "ephemeralStorage.size", "Member must have value greater than or equal to 512"
                ),
            ),
        ),
        (
            {"EphemeralStorage": {"Size": 10241}},
            (
                "ValidationException",
                violation(
                    "10241", "ephemeralStorage.size", "Member must have value less than or equal to 10240"
                ),
            ),
        ),
        (
            {"Description": "d" * 257},
            ("ValidationException", violation("d" * 257, "description", f"{LENGTH} 256")),
        ),
        (
            {"Handler": "h" * 129},
            ("ValidationException", violation("h" * 129, "handler", f"{LENGTH} 128")),
        ),
        ({"Handler": "a b"}, ("ValidationException", pattern_violation("a b", "handler", r"[^\s]+"))),
        (
            {"SnapStart": {"ApplyOn": "invalidOption"}},
            (
                "ValidationException",
                violation(
                    "invalidOption",
                    "snapStart.applyOn",
                    "Member must satisfy enum value set: [PublishedVersions, None]",
                ),
            ),
        ),
        (
            {"VpcConfig": {"SubnetIds": ["bad-format-1"], "SecurityGroupIds": []}},
            (
                "ValidationException",
                violation(
                    "[bad-format-1]",
                    "vpcConfig.subnetIds",
                    in_brackets(
                        f"{LENGTH} 1024",
                        "Member must have length greater than or equal to 0",
                        "Member must satisfy regular expression pattern: subnet-[0-9a-z]*",
                    ),
                ),
            ),
        ),
        (
            {"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": ["bad-format-1"]}},
            (
                "ValidationException",
                violation(
                    "[bad-format-1]",
                    "vpcConfig.securityGroupIds",
                    in_brackets(
                        f"{LENGTH} 1024",
                        "Member must have length greater than or equal to 0",
                        "Member must satisfy regular expression pattern: sg-[0-9a-zA-Z]*",
                    ),
                ),
            ),
        ),
        ({"Layers": [f"{LAYER}{n}:1" for n in range(6)]}, (INVALID, "Cannot reference more than 5 layers.")),
        ({"Layers": [f"{LAYER}:9"]}, (INVALID, f"Layer version {LAYER}:9 does not exist.")),
        (
            {"Layers": [FAR_LAYER]},
            (
                INVALID,
                "Layers are not in the same region as the function. Layers are expected to be in region us-east-1.",
            ),
        ),
        (
            {"LoggingConfig": {"ApplicationLogLevel": "INFO"}},
            (
                INVALID,
                (
                    'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or '
                    'change the LogFormat to "JSON" and try again.'
                ),
            ),
        ),
        (
            {"LoggingConfig": {"LogGroup": "no blanks"}},
            (
                "ValidationException",
                pattern_violation("no blanks", "loggingConfig.logGroup", r"[\.\-_/#A-Za-z0-9]+"),
            ),
        ),
        (
            {"TracingConfig": {"Mode": "Sometimes"}},
            (
                "ValidationException",
                violation(
                    "Sometimes",
                    "tracingConfig.mode",
                    "Member must satisfy enum value set: [Active, PassThrough]",
                ),
            ),
        ),
    ],
)
def test_create_and_update_refuse_the_same_in_the_same_words(
    standing: Standing, operation: str, sent: Any, expected: tuple[str, str]
) -> None:
    assert standing.refusal(operation, **sent) == (400, *expected)


@pytest.mark.parametrize("runtime", ["python3.8", "nodejs16.x", "dotnet6"])
def test_a_deprecated_runtime_is_taken_until_it_is_blocked(standing: Standing, runtime: str) -> None:
    lam, name = standing.lam, f"old-{runtime.replace('.', '')}"
    assert create(lam, name, Runtime=runtime)["Runtime"] == runtime
    create(lam, f"{name}-later")
    assert (
        lam.update_function_configuration(FunctionName=f"{name}-later", Runtime=runtime)["Runtime"] == runtime
    )


@pytest.mark.parametrize("runtime", sorted(BLOCKED))
def test_a_blocked_runtime_is_refused_in_an_update_too(standing: Standing, runtime: str) -> None:
    found = standing.refusal("UpdateFunctionConfiguration", Runtime=runtime)
    assert found == (400, INVALID, BLOCKED_RUNTIME[1].replace("python3.7", runtime))


@pytest.mark.parametrize("missing", ["Runtime", "Handler"])
def test_a_zip_needs_a_runtime_and_a_handler(standing: Standing, missing: str) -> None:
    assert standing.refusal("CreateFunction", **{missing: None}) == (
        400,
        INVALID,
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
    )


# -- code ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["CreateFunction", "UpdateFunctionCode"])
@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            {"ZipFile": b"no zip"},
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
        ),
        ({"ZipFile": b""}, "Uploaded file must be a non-empty zip"),
        (
            {"S3Bucket": "nowhere", "S3Key": "k"},
            (
                "Error occurred while GetObject. S3 Error Code: NoSuchBucket. "
                "S3 Error Message: The specified bucket does not exist"
            ),
        ),
        (
            {"S3Bucket": "code", "S3Key": "nothing"},
            (
                "Error occurred while GetObject. S3 Error Code: NoSuchKey. "
                "S3 Error Message: The specified key does not exist."
            ),
        ),
    ],
)
def test_code_that_is_none_is_refused(standing: Standing, operation: str, code: Any, message: str) -> None:
    sent = {"Code": code} if operation == "CreateFunction" else {"ZipFile": None, **code}
    assert standing.refusal(operation, **sent) == (400, INVALID, message)


def test_a_key_with_a_leading_slash_is_found(standing: Standing) -> None:
    boto3.client("s3", region_name="us-east-1").put_object(Bucket="code", Key="/layers/a.zip", Body=ZIP)
    content = {"S3Bucket": "code", "S3Key": "/layers/a.zip"}
    assert standing.lam.publish_layer_version(LayerName="slash", Content=content)["Version"] == 1


@pytest.mark.parametrize(
    ("operation", "size", "message"),
    [
        ("CreateFunction", 52_428_801, "Zipped size must be smaller than 52428800 bytes"),
        (
            "UpdateFunctionCode",
            52_625_410,
            "Request must be smaller than 70167211 bytes for the UpdateFunctionCode operation",
        ),
        (
            "PublishLayerVersion",
            52_625_410,
            "Request must be smaller than 70167211 bytes for the PublishLayerVersion operation",
        ),
    ],
)
def test_a_zip_in_a_request_and_the_request_have_their_sizes(
    standing: Standing, operation: str, size: int, message: str
) -> None:
    zeros = bytes(size)
    sent = {"Code": {"ZipFile": zeros}, "ZipFile": zeros, "Content": {"ZipFile": zeros}}
    members = {name: value for name, value in sent.items() if name in takes(operation)}
    found = standing.refusal(operation, **members)
    assert found == (413, "RequestEntityTooLargeException", message)


def takes(operation: str) -> set[str]:
    return set(client().meta.service_model.operation_model(operation).input_shape.members)


def test_a_request_that_is_too_large_is_so_before_its_variables_are(standing: Standing) -> None:
    variables = {"Variables": {"LARGE": "x" * 5000}}
    code = {"ZipFile": bytes(52_625_410)}
    assert standing.refusal("CreateFunction", Environment=variables, Code=code)[2] == (
        "Request must be smaller than 70167211 bytes for the CreateFunction operation"
    )


def of_zeros(size: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("zeros", bytes(size))
    return buffer.getvalue()


def test_unzipped_code_has_its_size(standing: Standing) -> None:
    boto3.client("s3", region_name="us-east-1").put_object(
        Bucket="code", Key="big", Body=of_zeros(262_144_001)
    )
    found = standing.refusal("CreateFunction", Code={"S3Bucket": "code", "S3Key": "big"})
    assert found == (400, INVALID, "Unzipped size must be smaller than 262144000 bytes")


def test_code_and_layers_together_have_their_size(standing: Standing) -> None:
    standing.lam.publish_layer_version(LayerName="half", Content={"ZipFile": of_zeros(140_000_000)})
    code = of_zeros(140_000_000)
    layers = ["arn:aws:lambda:us-east-1:123456789012:layer:half:1"]
    assert standing.refusal("CreateFunction", Code={"ZipFile": code}, Layers=layers) == (
        400,
        INVALID,
        (
            "Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. "
            "The actual size is 280000000 bytes."
        ),
    )


@pytest.mark.parametrize("operation", ["CreateFunction", "UpdateFunctionConfiguration"])
def test_variables_over_4096_bytes_are_printed_whole_in_the_order_sent(
    standing: Standing, operation: str
) -> None:
    large = "x" * 4100
    variables = {"SMALL_VAR": "ok", "LARGE_VAR": large}
    assert standing.refusal(operation, Environment={"Variables": variables}) == (
        400,
        INVALID,
        (
            "Lambda was unable to configure your environment variables because the environment variables you have "
            f'provided exceeded the 4KB limit. String measured: {{"SMALL_VAR":"ok","LARGE_VAR":"{large}"}}'
        ),
    )


def test_reserved_keys_are_listed(standing: Standing) -> None:
    variables = {"Variables": {"AWS_REGION": "x", "MINE": "y", "LAMBDA_TASK_ROOT": "z"}}
    found = standing.refusal("CreateFunction", Environment=variables)[2]
    assert found.endswith("Reserved keys used in this request: AWS_REGION, LAMBDA_TASK_ROOT")


# -- several at once -------------------------------------------------------------------------------------


def test_every_broken_rule_of_every_member_is_told(standing: Standing) -> None:
    code, message = standing.refusal(
        "CreateFunction",
        FunctionName="no!",
        Role="r1",
        Timeout=901,
        MemorySize=1,
        Architectures=["X86_64", "arm64"],
        Description="d" * 257,
    )[1:]
    lead, _, rest = message.partition(": ")
    assert (code, lead) == ("ValidationException", "7 validation errors detected")
    paths = ["functionName", "role", "description", "timeout", "memorySize", "architectures", "architectures"]
    assert sorted(entry.partition("' at '")[2].partition("'")[0] for entry in rest.split("; ")) == sorted(
        paths
    )


def test_what_is_missing_is_told_with_what_is_wrong(standing: Standing) -> None:
    message = standing.refusal("AddPermission", Action=None, StatementId="a b")[2]
    lead, _, rest = message.partition(": ")
    assert lead == "2 validation errors detected"
    assert set(rest.split("; ")) == {
        "Value null at 'action' failed to satisfy constraint: Member must not be null",
        (
            "Value 'a b' at 'statementId' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)"
        ),
    }


@pytest.mark.parametrize(
    ("operation", "instead", "message"),
    [
        (
            "ListFunctions",
            {"FunctionVersion": "invalid"},
            violation("invalid", "functionVersion", "Member must satisfy enum value set: [ALL]"),
        ),
        (
            "CreateFunctionUrlConfig",
            {"Qualifier": "9"},
            pattern_violation("9", "qualifier", P_URLQUAL),
        ),
        (
            "GetFunctionUrlConfig",
            {"Qualifier": "$LATEST"},
            pattern_violation("$LATEST", "qualifier", P_URLQUAL),
        ),
        (
            "UpdateFunctionUrlConfig",
            {"InvokeMode": "UNKNOWN"},
            violation(
                "UNKNOWN", "invokeMode", "Member must satisfy enum value set: [RESPONSE_STREAM, BUFFERED]"
            ),
        ),
        (
            "PutFunctionEventInvokeConfig",
            {"MaximumRetryAttempts": 3},
            violation("3", "maximumRetryAttempts", "Member must have value less than or equal to 2"),
        ),
        (
            "PutFunctionEventInvokeConfig",
            {"MaximumEventAgeInSeconds": 59},
            violation("59", "maximumEventAgeInSeconds", "Member must have value greater than or equal to 60"),
        ),
        (
            "PutFunctionConcurrency",
            {"ReservedConcurrentExecutions": -1},
            violation(
                "-1", "reservedConcurrentExecutions", "Member must have value greater than or equal to 0"
            ),
        ),
        (
            "AddLayerVersionPermission",
            {"Action": "*"},
            pattern_violation("*", "action", "lambda:GetLayerVersion"),
        ),
        (
            "CreateCodeSigningConfig",
            {"AllowedPublishers": {"SigningProfileVersionArns": []}},
            violation(
                "[]",
                "allowedPublishers.signingProfileVersionArns",
                "Member must have length greater than or equal to 1",
            ),
        ),
        (
            "AddPermission",
            {"StatementId": "s" * 101},
            violation("s" * 101, "statementId", f"{LENGTH} 100"),
        ),
        (
            "AddPermission",
            {"Action": "s3:GetObject"},
            pattern_violation("s3:GetObject", "action", r"(lambda:[*]|lambda:[a-zA-Z]+|[*])"),
        ),
        ("CreateAlias", {"Name": "n" * 129}, violation("n" * 129, "name", f"{LENGTH} 128")),
    ],
)
def test_a_value_out_of_bounds_is_refused(
    standing: Standing, operation: str, instead: Any, message: str
) -> None:
    assert standing.refusal(operation, **instead) == (400, "ValidationException", message)


# -- which refusal wins ----------------------------------------------------------------------------------

NOBODY = FARN.removesuffix("fn") + "nobody"


@pytest.mark.parametrize(
    ("operation", "instead", "message"),
    [
        # the framework's checks before existence
        ("GetFunction", {"FunctionName": "nobody", "Qualifier": "a!"}, "1 validation error"),
        (
            "PutFunctionEventInvokeConfig",
            {"FunctionName": "nobody", "MaximumRetryAttempts": 3},
            "1 validation",
        ),
        ("PutFunctionRecursionConfig", {"FunctionName": "nobody", "RecursiveLoop": "x"}, "1 validation"),
        # the two qualifiers before existence
        ("GetFunction", {"FunctionName": "nobody:1", "Qualifier": "2"}, "The derived qualifier"),
        # layers before the name that is taken
        (
            "CreateFunction",
            {"FunctionName": "fn", "Layers": [FAR_LAYER]},
            "Layers are not in the same region",
        ),
        ("DeleteFunction", {"FunctionName": "nobody", "Qualifier": "$LATEST"}, "$LATEST version cannot"),
        ("DeleteFunction", {"FunctionName": "nobody", "Qualifier": "live"}, "Deletion of aliases"),
        (
            "PutFunctionEventInvokeConfig",
            {"FunctionName": "nobody", "MaximumRetryAttempts": None},
            "You must specify at least one",
        ),
        ("GetFunctionUrlConfig", {"FunctionName": "nobody", "Qualifier": "1"}, "1 validation error"),
        # what the source is, then what it takes, then the function, then whether the source is there
        (
            "CreateEventSourceMapping",
            {"FunctionName": "nobody", "EventSourceArn": None},
            "Unrecognized event source.",
        ),
        (
            "CreateEventSourceMapping",
            {"FunctionName": "nobody", "DestinationConfig": {"OnFailure": {}}},
            "Unsupported DestinationConfig",
        ),
        (
            "CreateEventSourceMapping",
            {"FunctionName": "nobody", "EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:none"},
            "Function does not exist",
        ),
        (
            "PutFunctionCodeSigningConfig",
            {
                "FunctionName": "nobody",
                "CodeSigningConfigArn": (
                    "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-01234567890123456"
                ),
            },
            "The code signing configuration cannot be found.",
        ),
        (
            "PutFunctionConcurrency",
            {"FunctionName": "nobody", "ReservedConcurrentExecutions": 5000},
            f"Function not found: {NOBODY}:$LATEST",
        ),
        # weights' values and keys, then their number, then whether both are one
        (
            "CreateAlias",
            {"RoutingConfig": {"AdditionalVersionWeights": {"1": 2, "3": 0.1}}},
            "1 validation error",
        ),
        (
            "CreateAlias",
            {"RoutingConfig": {"AdditionalVersionWeights": {"1": 0.2, "3": 0.1}}},
            "Number of items in AdditionalVersionWeights",
        ),
        (
            "CreateAlias",
            {"RoutingConfig": {"AdditionalVersionWeights": {"1": 0.2}}},
            "Invalid function version 1.",
        ),
    ],
)
def test_of_two_refusals_one_comes_first(
    standing: Standing, operation: str, instead: Any, message: str
) -> None:
    assert standing.refusal(operation, **instead)[2].startswith(message)
