"""What else a function has: tags, concurrency, URLs, code signing, recursion, runtime management."""

from __future__ import annotations

import re
from typing import Any

import boto3
import pytest
from lambda_support import FARN, client, create, pattern_violation, plain, refused, status, violation, zipped

INVALID = "InvalidParameterValueException"
GONE = (404, "ResourceNotFoundException", "The resource you requested does not exist.")


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    lam = client()
    create(lam, Publish=True)
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    return lam


# -- tags ------------------------------------------------------------------------------------------------


def test_tags_are_merged_listed_and_taken_off(lam: Any) -> None:
    lam.tag_resource(Resource=FARN, Tags={"a": "1", "b": "2"})
    assert status(lam.tag_resource(Resource=FARN, Tags={"b": "3"})) == 204
    assert plain(lam.list_tags(Resource=FARN)) == {"Tags": {"a": "1", "b": "3"}}
    assert status(lam.untag_resource(Resource=FARN, TagKeys=["a", "unknown"])) == 204
    lam.untag_resource(Resource=FARN, TagKeys=["b"])
    assert plain(lam.list_tags(Resource=FARN)) == {"Tags": {}}


def test_tags_of_creation_are_listed_but_not_in_the_reply(lam: Any) -> None:
    boto3.client("sqs", region_name="us-east-1").create_queue(QueueName="q")
    mapping = lam.create_event_source_mapping(
        FunctionName="fn", EventSourceArn="arn:aws:sqs:us-east-1:123456789012:q", Tags={"k": "v"}
    )
    assert "Tags" not in mapping
    assert lam.list_tags(Resource=mapping["EventSourceMappingArn"])["Tags"] == {"k": "v"}


def test_tags_that_change_make_a_new_revision(lam: Any) -> None:
    def revision() -> str:
        return lam.get_function_configuration(FunctionName="fn")["RevisionId"]

    revisions = [revision()]
    lam.tag_resource(Resource=FARN, Tags={"a": "1"})
    revisions.append(revision())
    lam.tag_resource(Resource=FARN, Tags={"a": "1"})
    revisions.append(revision())
    lam.untag_resource(Resource=FARN, TagKeys=["a"])
    revisions.append(revision())
    assert len(set(revisions)) == 3


P_TAGRES = (
    r"arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+"
    r"(:(\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:"
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)"
)
MAPPING = "arn:aws:lambda:us-east-1:123456789012:event-source-mapping:01234567-89ab-cdef-0123-456789abcdef"
PROVIDER = "arn:aws:lambda:us-east-1:123456789012:capacity-provider:p"
NO_QUALIFIERS = (
    400,
    INVALID,
    "Tags on function aliases and versions are not supported. Please specify a function ARN.",
)


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (f"{FARN}x", (404, "ResourceNotFoundException", f"Function not found: {FARN}x")),
        (MAPPING, (404, "ResourceNotFoundException", f"Event source mapping not found: {MAPPING}")),
        (PROVIDER, (404, "ResourceNotFoundException", f"Capacity provider not found: {PROVIDER}")),
        (f"{FARN}:1", NO_QUALIFIERS),
        (f"{FARN}:nobody", NO_QUALIFIERS),
        (f"{FARN}:$LATEST", NO_QUALIFIERS),
        (
            "arn:aws:lambda:us-east-1:123456789012:thing:x",
            (
                400,
                "ValidationException",
                pattern_violation("arn:aws:lambda:us-east-1:123456789012:thing:x", "resource", P_TAGRES),
            ),
        ),
        (
            f"{MAPPING}:live",
            (400, "ValidationException", pattern_violation(f"{MAPPING}:live", "resource", P_TAGRES)),
        ),
    ],
)
@pytest.mark.parametrize(
    ("operation", "sent"),
    [("list_tags", {}), ("tag_resource", {"Tags": {"a": "b"}}), ("untag_resource", {"TagKeys": ["a"]})],
)
def test_what_has_no_tags_is_refused(lam: Any, arn: str, expected: Any, operation: str, sent: Any) -> None:
    assert refused(getattr(lam, operation), Resource=arn, **sent) == expected


def test_an_empty_map_is_no_tag(lam: Any) -> None:
    expected = (400, INVALID, "An error occurred and the request cannot be processed.")
    assert refused(lam.tag_resource, Resource=FARN, Tags={}) == expected


def test_no_keys_are_nothing_to_take_off(lam: Any) -> None:
    assert refused(lam.untag_resource, Resource=FARN, TagKeys=[]) == (
        400,
        "ValidationException",
        "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null",
    )


def test_fifty_tags_are_the_limit_in_one_call_and_in_sum(lam: Any) -> None:
    lam.tag_resource(Resource=FARN, Tags={str(number): "v" for number in range(50)})
    expected = (400, INVALID, "Number of tags exceeds resource tag limit.")
    assert refused(lam.tag_resource, Resource=FARN, Tags={"more": "v"}) == expected


# -- concurrency -----------------------------------------------------------------------------------------


def test_a_reservation_is_put_got_and_deleted(lam: Any) -> None:
    assert plain(lam.get_function_concurrency(FunctionName="fn")) == {}
    put = lam.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)
    assert (
        plain(put)
        == plain(lam.get_function_concurrency(FunctionName="fn"))
        == {"ReservedConcurrentExecutions": 0}
    )
    assert status(lam.delete_function_concurrency(FunctionName="fn")) == 204
    assert plain(lam.get_function_concurrency(FunctionName="fn")) == {}


@pytest.mark.parametrize("wanted", [901, 1001])
def test_a_hundred_stay_unreserved(lam: Any, wanted: int) -> None:
    found = refused(lam.put_function_concurrency, FunctionName="fn", ReservedConcurrentExecutions=wanted)
    assert found == (
        400,
        INVALID,
        (
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            "below its minimum value of [100]."
        ),
    )


@pytest.mark.parametrize("name", [f"{FARN}:$LATEST", f"{FARN}:1", "fn:live"])
def test_a_reservation_is_a_functions_alone(lam: Any, name: str) -> None:
    found = refused(lam.put_function_concurrency, FunctionName=name, ReservedConcurrentExecutions=1)
    assert found == (
        400,
        INVALID,
        (
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
            "Please specify either a function name or an unqualified function ARN."
        ),
    )


def provision(lam: Any, qualifier: str = "1", wanted: int = 2) -> Any:
    return lam.put_provisioned_concurrency_config(
        FunctionName="fn", Qualifier=qualifier, ProvisionedConcurrentExecutions=wanted
    )


def test_provisioned_concurrency_is_in_progress_and_then_gone_when_deleted(lam: Any) -> None:
    put = provision(lam)
    config = plain(put)
    modified = config.pop("LastModified")
    assert status(put) == 202
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000", modified)
    assert config == {
        "RequestedProvisionedConcurrentExecutions": 2,
        "AvailableProvisionedConcurrentExecutions": 0,
        "AllocatedProvisionedConcurrentExecutions": 0,
        "Status": "IN_PROGRESS",
    }
    (listed,) = lam.list_provisioned_concurrency_configs(FunctionName="fn")["ProvisionedConcurrencyConfigs"]
    assert listed == {"FunctionArn": f"{FARN}:1", "LastModified": modified, **config}
    assert status(lam.delete_provisioned_concurrency_config(FunctionName="fn", Qualifier="1")) == 204
    assert refused(lam.get_provisioned_concurrency_config, FunctionName="fn", Qualifier="1") == (
        404,
        "ProvisionedConcurrencyConfigNotFoundException",
        "No Provisioned Concurrency Config found for this function",
    )


@pytest.mark.parametrize(
    ("operation", "qualifier", "expected"),
    [
        (
            "put",
            "$LATEST",
            (
                400,
                INVALID,
                "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
            ),
        ),
        (
            "get",
            "$LATEST",
            (400, INVALID, "The function resource provided must be an alias or a published version."),
        ),
        (
            "delete",
            "$LATEST",
            (400, INVALID, "The function resource provided must be an alias or a published version."),
        ),
        ("put", "nobody", (404, "ResourceNotFoundException", f"Cannot find alias arn: {FARN}:nobody")),
        ("get", "nobody", (404, "ResourceNotFoundException", f"Cannot find alias arn: {FARN}:nobody")),
        ("delete", "10", (404, "ResourceNotFoundException", f"Function not found: {FARN}:10")),
    ],
)
def test_what_can_not_be_provisioned_is_refused(
    lam: Any, operation: str, qualifier: str, expected: Any
) -> None:
    sent = {"ProvisionedConcurrentExecutions": 1} if operation == "put" else {}
    call = getattr(lam, f"{operation}_provisioned_concurrency_config")
    assert refused(call, FunctionName="fn", Qualifier=qualifier, **sent) == expected


@pytest.mark.parametrize(
    ("wanted", "code", "message"),
    [
        (
            0,
            "ValidationException",
            violation(
                "0", "provisionedConcurrentExecutions", "Member must have value greater than or equal to 1"
            ),
        ),
        (
            1001,
            INVALID,
            "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000].",
        ),
        (
            901,
            INVALID,
            "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
        ),
    ],
)
def test_more_than_there_is_can_not_be_provisioned(lam: Any, wanted: int, code: str, message: str) -> None:
    assert refused(lambda: provision(lam, wanted=wanted)) == (400, code, message)


def test_a_reservation_bounds_what_is_provisioned_and_the_other_way_round(lam: Any) -> None:
    lam.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=2)
    assert refused(lambda: provision(lam, wanted=3))[2] == (
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"
    )
    provision(lam)
    found = refused(lam.put_function_concurrency, FunctionName="fn", ReservedConcurrentExecutions=1)
    assert found[2] == (
        " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2]."
    )


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (
            "1",
            "live",
            "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
        ),
        ("live", "1", "Version is pointed by a Provisioned Concurrency alias"),
    ],
)
def test_a_version_is_provisioned_once(lam: Any, first: str, second: str, message: str) -> None:
    provision(lam, first)
    assert refused(lambda: provision(lam, second)) == (409, "ResourceConflictException", message)


def test_an_alias_takes_its_provisioned_concurrency_with_it(lam: Any) -> None:
    provision(lam, "live")
    lam.delete_alias(FunctionName="fn", Name="live")
    assert lam.list_provisioned_concurrency_configs(FunctionName="fn")["ProvisionedConcurrencyConfigs"] == []


# -- URLs ------------------------------------------------------------------------------------------------


def test_each_reply_about_a_url_has_its_own_members(lam: Any) -> None:
    created = lam.create_function_url_config(FunctionName="fn", AuthType="NONE")
    got = plain(lam.get_function_url_config(FunctionName="fn"))
    updated = plain(lam.update_function_url_config(FunctionName="fn", AuthType="AWS_IAM"))
    assert status(created) == 201
    assert plain(created).keys() == {"FunctionUrl", "FunctionArn", "AuthType", "CreationTime"}
    assert got == {**plain(created), "LastModifiedTime": got["LastModifiedTime"], "InvokeMode": "BUFFERED"}
    assert updated.keys() == plain(created).keys() | {"LastModifiedTime"}
    assert re.fullmatch(r"https://[a-z0-9]{32}\.lambda-url\.us-east-1\.on\.aws/", created["FunctionUrl"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", created["CreationTime"])


def test_a_mode_once_sent_is_shown_ever_after(lam: Any) -> None:
    lam.create_function_url_config(FunctionName="fn", AuthType="NONE", InvokeMode="RESPONSE_STREAM")
    assert (
        lam.update_function_url_config(FunctionName="fn", AuthType="NONE")["InvokeMode"] == "RESPONSE_STREAM"
    )


def test_a_function_and_its_alias_have_urls_of_their_own(lam: Any) -> None:
    for named in ({}, {"Qualifier": "live"}):
        lam.create_function_url_config(FunctionName="fn", AuthType="NONE", Cors={"MaxAge": 5}, **named)
    lam.delete_function_url_config(FunctionName="fn")
    (left,) = lam.list_function_url_configs(FunctionName="fn")["FunctionUrlConfigs"]
    assert (left["FunctionArn"], left["Cors"]) == (f"{FARN}:live", {"MaxAge": 5})


def test_a_second_url_conflicts(lam: Any) -> None:
    lam.create_function_url_config(FunctionName="fn", AuthType="NONE")
    found = refused(lam.create_function_url_config, FunctionName="fn", AuthType="NONE")
    assert found == (
        409,
        "ResourceConflictException",
        (
            f"Failed to create function url config for [functionArn = {FARN}]. "
            "Error message:  FunctionUrlConfig exists for this Lambda function"
        ),
    )


@pytest.mark.parametrize("qualifier", ["1", "$LATEST"])
@pytest.mark.parametrize(
    ("operation", "sent"), [("create", {"AuthType": "NONE"}), ("get", {}), ("update", {}), ("delete", {})]
)
def test_only_aliases_have_urls(lam: Any, qualifier: str, operation: str, sent: Any) -> None:
    found = refused(
        getattr(lam, f"{operation}_function_url_config"), FunctionName="nobody", Qualifier=qualifier, **sent
    )
    pattern = r"((?!^\d+$)^[0-9a-zA-Z-_]+$)"
    assert found == (400, "ValidationException", pattern_violation(qualifier, "qualifier", pattern))


@pytest.mark.parametrize("name", ["nobody", "fn:nobody"])
@pytest.mark.parametrize(
    ("operation", "sent", "expected"),
    [
        (
            "create_function_url_config",
            {"AuthType": "NONE"},
            (404, "ResourceNotFoundException", "Function does not exist"),
        ),
        ("update_function_url_config", {}, (404, "ResourceNotFoundException", "Function does not exist")),
        ("get_function_url_config", {}, GONE),
        ("delete_function_url_config", {}, GONE),
    ],
)
def test_a_url_of_nothing_is_not_found(lam: Any, name: str, operation: str, sent: Any, expected: Any) -> None:
    assert refused(getattr(lam, operation), FunctionName=name, **sent) == expected


def test_a_wrong_mode_is_refused(lam: Any) -> None:
    found = refused(lam.create_function_url_config, FunctionName="fn", AuthType="NONE", InvokeMode="UNKNOWN")
    constraint = "Member must satisfy enum value set: [RESPONSE_STREAM, BUFFERED]"
    assert found == (400, "ValidationException", violation("UNKNOWN", "invokeMode", constraint))


# -- code signing ----------------------------------------------------------------------------------------

PROFILE = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/p"
MISSING = "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-01234567890123456"


def signing(lam: Any, **members: Any) -> dict[str, Any]:
    wanted = {"AllowedPublishers": {"SigningProfileVersionArns": [PROFILE]}}
    return lam.create_code_signing_config(**(wanted | members))["CodeSigningConfig"]


def test_a_signing_config_is_made_got_changed_and_deleted(lam: Any) -> None:
    made = signing(lam, Description="d", CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"})
    arn = made["CodeSigningConfigArn"]
    assert made == {
        "CodeSigningConfigId": made["CodeSigningConfigId"],
        "CodeSigningConfigArn": f"arn:aws:lambda:us-east-1:123456789012:code-signing-config:{made['CodeSigningConfigId']}",
        "Description": "d",
        "AllowedPublishers": {"SigningProfileVersionArns": [PROFILE]},
        "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": "Enforce"},
        "LastModified": made["LastModified"],
    }
    assert re.fullmatch("csc-[a-z0-9]{17}", made["CodeSigningConfigId"])
    assert lam.update_code_signing_config(CodeSigningConfigArn=arn)["CodeSigningConfig"] == made
    assert lam.list_code_signing_configs()["CodeSigningConfigs"] == [made]
    assert status(lam.delete_code_signing_config(CodeSigningConfigArn=arn)) == 204
    assert lam.list_code_signing_configs()["CodeSigningConfigs"] == []


def test_a_functions_signing_config_is_put_listed_and_taken_off(lam: Any) -> None:
    arn = signing(lam)["CodeSigningConfigArn"]
    assert plain(lam.get_function_code_signing_config(FunctionName="fn")) == {}
    put = plain(lam.put_function_code_signing_config(FunctionName="fn", CodeSigningConfigArn=arn))
    assert (
        put
        == plain(lam.get_function_code_signing_config(FunctionName="fn"))
        == {
            "CodeSigningConfigArn": arn,
            "FunctionName": "fn",
        }
    )
    assert lam.list_functions_by_code_signing_config(CodeSigningConfigArn=arn)["FunctionArns"] == [FARN]
    for _ in range(2):
        assert status(lam.delete_function_code_signing_config(FunctionName="fn")) == 204
    assert lam.list_functions_by_code_signing_config(CodeSigningConfigArn=arn)["FunctionArns"] == []


def test_enforced_signing_refuses_unsigned_code(lam: Any) -> None:
    arn = signing(lam, CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"})[
        "CodeSigningConfigArn"
    ]
    lam.put_function_code_signing_config(FunctionName="fn", CodeSigningConfigArn=arn)
    found = refused(lam.update_function_code, FunctionName="fn", ZipFile=zipped("x = 1"))
    assert found[:2] == (400, "CodeVerificationFailedException")


@pytest.mark.parametrize(
    "operation",
    [
        "get_code_signing_config",
        "update_code_signing_config",
        "delete_code_signing_config",
        "list_functions_by_code_signing_config",
    ],
)
def test_a_missing_signing_config_is_named(lam: Any, operation: str) -> None:
    found = refused(getattr(lam, operation), CodeSigningConfigArn=MISSING)
    text = f"The Lambda code signing configuration {MISSING} can not be found."
    assert found == (404, "ResourceNotFoundException", text)


def test_a_missing_signing_config_is_looked_for_before_the_function(lam: Any) -> None:
    found = refused(lam.put_function_code_signing_config, FunctionName="nobody", CodeSigningConfigArn=MISSING)
    assert found == (
        404,
        "CodeSigningConfigNotFoundException",
        (
            "The code signing configuration cannot be found. "
            f"Check that the provided configuration is not deleted: {MISSING}."
        ),
    )


# -- recursion and runtime management --------------------------------------------------------------------


def test_loops_are_terminated_unless_allowed(lam: Any) -> None:
    assert plain(lam.get_function_recursion_config(FunctionName="fn")) == {"RecursiveLoop": "Terminate"}
    assert plain(lam.put_function_recursion_config(FunctionName="fn", RecursiveLoop="Allow")) == {
        "RecursiveLoop": "Allow"
    }
    assert plain(lam.get_function_recursion_config(FunctionName="fn")) == {"RecursiveLoop": "Allow"}


def test_a_wrong_loop_is_refused(lam: Any) -> None:
    found = refused(lam.put_function_recursion_config, FunctionName="fn", RecursiveLoop="InvalidValue")
    constraint = "Member must satisfy enum value set: [Terminate, Allow]"
    assert found == (400, "ValidationException", violation("InvalidValue", "recursiveLoop", constraint))


def test_runtimes_are_updated_automatically_unless_told(lam: Any) -> None:
    assert plain(lam.get_runtime_management_config(FunctionName="fn")) == {
        "UpdateRuntimeOn": "Auto",
        "FunctionArn": FARN,
    }
    arn = lam.get_function_configuration(FunctionName="fn")["RuntimeVersionConfig"]["RuntimeVersionArn"]
    put = lam.put_runtime_management_config(
        FunctionName="fn", UpdateRuntimeOn="Manual", RuntimeVersionArn=arn
    )
    assert plain(put) == {"UpdateRuntimeOn": "Manual", "FunctionArn": FARN, "RuntimeVersionArn": arn}
    assert refused(lam.update_function_configuration, FunctionName="fn", Runtime="python3.13") == (
        400,
        INVALID,
        (
            "Cannot change runtime identifier when runtime management configuration is set to 'Manual'. Change the runtime "
            "management configuration to 'Auto' or 'FunctionUpdate', then retry."
        ),
    )


@pytest.mark.parametrize(
    "sent",
    [
        {"UpdateRuntimeOn": "Manual"},
        {
            "UpdateRuntimeOn": "FunctionUpdate",
            "RuntimeVersionArn": "arn:aws:lambda:us-east-1::runtime:" + "0" * 64,
        },
    ],
)
def test_a_runtime_version_belongs_to_manual(lam: Any, sent: Any) -> None:
    assert refused(lam.put_runtime_management_config, FunctionName="fn", **sent)[:2] == (400, INVALID)
