"""Answers as they travel: the key of an error's message, its type, the headers, and how instants are written."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from control_plane_support import World, ask, build
from lambda_support import FARN, ROLE, ZIP, client

from mocklambda import mock_lambda

pytestmark = pytest.mark.usefixtures("bytes_")
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
NO_SIGNING = "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-01234567890123456"
FOREIGN = {
    "FunctionName": "arn:aws:lambda:us-east-1:111111111111:function:fn",
    "Runtime": "python3.12",
    "Role": ROLE,
    "Handler": "index.handler",
    "Code": {"ZipFile": ZIP},
}


class Bytes(NamedTuple):
    """A world that is asked in bytes, and the answers as they came."""

    lam: Any
    world: World
    seen: list[tuple[int, dict[str, str], bytes]]

    def of(self, operation: str, **instead: Any) -> tuple[int, dict[str, str], bytes]:
        self.seen.clear()
        with contextlib.suppress(ClientError):
            ask(self.lam, operation, self.world, **instead)
        (answer,) = self.seen
        return answer


@pytest.fixture(scope="module")
def bytes_() -> Iterator[Bytes]:
    with mock_lambda(wire=True):
        lam, seen = client(), []
        world = build(lam)

        def keep(response_dict: Any, **_: Any) -> None:
            headers = {name.lower(): value for name, value in response_dict["headers"].items()}
            seen.append((response_dict["status_code"], headers, response_dict["body"]))

        lam.meta.events.register("before-parse.lambda", keep)
        yield Bytes(lam, world, seen)


PLAIN = "ValidationException"
INVALID = "InvalidParameterValueException"


@pytest.mark.parametrize(
    ("operation", "instead", "status", "code", "keys"),
    [
        ("GetFunction", {"FunctionName": "a!"}, 400, "ValidationException", ["message"]),
        ("UntagResource", {"TagKeys": []}, 400, "ValidationException", ["message"]),
        ("DeleteFunction", {"Qualifier": "$LATEST"}, 400, INVALID, ["Type", "message"]),
        ("PutFunctionConcurrency", {"ReservedConcurrentExecutions": 901}, 400, INVALID, ["message"]),
        ("PutFunctionConcurrency", {"ReservedConcurrentExecutions": 0}, 400, INVALID, ["message"]),
        ("PutFunctionConcurrency", {"FunctionName": "fn:1"}, 400, INVALID, ["Type", "message"]),
        (
            "PutProvisionedConcurrencyConfig",
            {"ProvisionedConcurrentExecutions": 901},
            400,
            INVALID,
            ["message"],
        ),
        (
            "PutProvisionedConcurrencyConfig",
            {"ProvisionedConcurrentExecutions": 1001},
            400,
            INVALID,
            ["message"],
        ),
        (
            "CreateAlias",
            {"FunctionVersion": "$LATEST", "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.5}}},
            400,
            INVALID,
            ["message"],
        ),
        ("CreateAlias", {"Name": "live"}, 409, "ResourceConflictException", ["Type", "message"]),
        (
            "GetFunction",
            {"FunctionName": "nobody"},
            404,
            "ResourceNotFoundException",
            ["Type", "Message"],
        ),
        ("GetAlias", {"Name": "no"}, 404, "ResourceNotFoundException", ["Type", "Message"]),
        ("UpdateAlias", {"RevisionId": "wrong"}, 412, "PreconditionFailedException", ["Type", "message"]),
        (
            "GetProvisionedConcurrencyConfig",
            {"Qualifier": "live"},
            404,
            "ProvisionedConcurrencyConfigNotFoundException",
            ["Type", "message"],
        ),
        (
            "PutFunctionCodeSigningConfig",
            {"CodeSigningConfigArn": NO_SIGNING},
            404,
            "CodeSigningConfigNotFoundException",
            ["Type", "Message"],
        ),
        (
            "GetCodeSigningConfig",
            {"CodeSigningConfigArn": NO_SIGNING},
            404,
            "ResourceNotFoundException",
            ["Message"],
        ),
        (
            "Invoke",
            {"Payload": b"1" * 6_291_457},
            413,
            "RequestEntityTooLargeException",
            ["Message"],
        ),
        ("Invoke", {"Payload": b"x"}, 400, "InvalidRequestContentException", ["Type", "message"]),
        ("CreateFunction", FOREIGN, 403, "AccessDeniedException", ["Message"]),
    ],
)
def test_an_error_has_its_own_status_type_and_keys(
    bytes_: Bytes, operation: str, instead: Any, status: int, code: str, keys: list[str]
) -> None:
    found, headers, body = bytes_.of(operation, **instead)
    assert (found, headers["x-amzn-errortype"], headers["content-type"]) == (status, code, "application/json")
    members = json.loads(body)
    assert list(members) == keys
    assert members.get("Type", "User") == "User"
    assert body == json.dumps(members, separators=(",", ":")).encode()


def test_who_may_not_create_is_told_a_message_of_null(bytes_: Bytes) -> None:
    assert bytes_.of("CreateFunction", **FOREIGN)[2] == b'{"Message":null}'


def test_a_throttled_invocation_is_told_the_reason_first(bytes_: Bytes) -> None:
    lam = bytes_.lam
    lam.create_function(**FOREIGN | {"FunctionName": "still"})
    lam.put_function_concurrency(FunctionName="still", ReservedConcurrentExecutions=0)
    bytes_.seen.clear()
    with pytest.raises(ClientError):
        lam.invoke(FunctionName="still")
    status, headers, body = bytes_.seen[0]
    assert (status, headers["x-amzn-errortype"]) == (429, "TooManyRequestsException")
    assert (
        body
        == b'{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}'
    )


@pytest.mark.parametrize("operation", ["GetFunction", "TagResource", "Invoke", "ListTags", "DeleteAlias"])
def test_every_answer_has_a_request_id(bytes_: Bytes, operation: str) -> None:
    assert re.fullmatch(UUID, bytes_.of(operation)[1]["x-amzn-requestid"])


def test_every_refusal_has_a_request_id(bytes_: Bytes) -> None:
    assert re.fullmatch(UUID, bytes_.of("GetFunction", FunctionName="nobody")[1]["x-amzn-requestid"])


@pytest.mark.parametrize("operation", ["TagResource", "DeleteFunctionConcurrency", "DeleteAlias"])
def test_an_answer_with_204_has_no_body(bytes_: Bytes, operation: str) -> None:
    status, _, body = bytes_.of(operation, **({"Name": "no"} if operation == "DeleteAlias" else {}))
    assert (status, body) == (204, b"")


MILLIS = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000"


@pytest.mark.parametrize(
    ("operation", "member", "pattern"),
    [
        ("GetFunctionConfiguration", "LastModified", MILLIS),
        ("GetCodeSigningConfig", "CodeSigningConfig.LastModified", MILLIS),
        ("GetLayerVersion", "CreatedDate", MILLIS),
        ("GetProvisionedConcurrencyConfig", "LastModified", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000"),
        ("GetFunctionUrlConfig", "CreationTime", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
        ("GetFunctionUrlConfig", "LastModifiedTime", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
    ],
)
def test_instants_are_written_as_texts_of_several_forms(
    bytes_: Bytes, operation: str, member: str, pattern: str
) -> None:
    found = json.loads(bytes_.of(operation)[2])
    for name in member.split("."):
        found = found[name]
    assert re.fullmatch(pattern, found)


@pytest.mark.parametrize("operation", ["GetFunctionEventInvokeConfig", "GetEventSourceMapping"])
def test_two_instants_are_written_as_seconds_of_the_epoch(bytes_: Bytes, operation: str) -> None:
    found = json.loads(bytes_.of(operation)[2])["LastModified"]
    assert isinstance(found, float)
    assert 1.6e9 < found < 1e11


def test_statements_travel_as_compact_texts_in_the_order_of_their_keys(bytes_: Bytes) -> None:
    body = json.loads(bytes_.of("AddPermission", StatementId="wire", SourceArn="arn:aws:s3:::b")[2])
    assert body == {
        "Statement": '{"Sid":"wire","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},'
        f'"Action":"lambda:InvokeFunction","Resource":"{FARN}",'
        '"Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b"}}}'
    }


@pytest.mark.parametrize("operation", ["GetFunctionConcurrency", "GetFunctionCodeSigningConfig"])
def test_what_is_not_set_is_an_empty_object(bytes_: Bytes, operation: str) -> None:
    bytes_.seen.clear()
    bytes_.lam.create_function(**FOREIGN | {"FunctionName": f"bare-{operation}"})
    bytes_.seen.clear()
    getattr(bytes_.lam, xform_name(operation))(FunctionName=f"bare-{operation}")
    assert bytes_.seen[0][2] == b"{}"
