"""Functions: what create, get, list, update and delete answer."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from lambda_support import (
    FARN,
    P_NAME,
    P_NSNAME,
    P_QUAL,
    ROLE,
    ZIP,
    client,
    create,
    pattern_violation,
    plain,
    refused,
    status,
    violation,
    zipped,
)

from mocklambda.services.lambda_.runtimes import ACCEPTED, BLOCKED

CREATING = "The function is being created."


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    return client()


def expected(**members: Any) -> dict[str, Any]:
    """A function's configuration as it is recorded with nothing optional sent, less what differs each time."""
    return {
        "FunctionName": "fn",
        "FunctionArn": FARN,
        "Runtime": "python3.12",
        "Role": ROLE,
        "Handler": "index.handler",
        "CodeSize": len(ZIP),
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "CodeSha256": base64.b64encode(hashlib.sha256(ZIP).digest()).decode(),
        "Version": "$LATEST",
        "TracingConfig": {"Mode": "PassThrough"},
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/fn"},
    } | members


def stable(answer: Any) -> dict[str, Any]:
    return {
        key: value
        for key, value in plain(answer).items()
        if key not in {"LastModified", "RevisionId", "RuntimeVersionConfig"}
    }


def test_a_new_function_is_pending_in_the_reply(lam: Any) -> None:
    assert stable(create(lam)) == expected(State="Pending", StateReason=CREATING, StateReasonCode="Creating")


def test_a_new_function_is_active_for_the_next_call(lam: Any) -> None:
    create(lam)
    found = lam.get_function_configuration(FunctionName="fn")
    assert stable(found) == expected(State="Active", LastUpdateStatus="Successful")


def test_create_answers_201(lam: Any) -> None:
    answer = lam.create_function(
        FunctionName="fn", Runtime="python3.12", Role=ROLE, Handler="index.handler", Code={"ZipFile": ZIP}
    )
    assert status(answer) == 201


def test_becoming_active_changes_the_revision_once(lam: Any) -> None:
    created = create(lam)["RevisionId"]
    first = lam.get_function_configuration(FunctionName="fn")["RevisionId"]
    second = lam.get_function_configuration(FunctionName="fn")["RevisionId"]
    assert created != first == second


def test_waiters_end_at_once(lam: Any) -> None:
    create(lam)
    for name in ("function_exists", "function_active", "function_active_v2", "function_updated_v2"):
        lam.get_waiter(name).wait(FunctionName="fn")


def test_get_function_tells_code_and_configuration_only(lam: Any) -> None:
    create(lam)
    found = plain(lam.get_function(FunctionName="fn"))
    assert found.keys() == {"Configuration", "Code"}
    assert found["Code"]["RepositoryType"] == "S3"
    assert found["Code"]["Location"].startswith(
        "https://awslambda-us-east-1-tasks.s3.us-east-1.amazonaws.com/"
    )


def test_get_function_tells_tags_and_reservation_where_there_are_any(lam: Any) -> None:
    create(lam, Tags={"a": "1"})
    lam.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=5)
    found = lam.get_function(FunctionName="fn")
    assert (found["Tags"], found["Concurrency"]) == ({"a": "1"}, {"ReservedConcurrentExecutions": 5})


@pytest.mark.parametrize(
    "name", ["fn", "function:fn", "123456789012:function:fn", FARN, "us-east-1:" + FARN[25:]]
)
def test_a_function_is_found_under_every_form_of_its_name(lam: Any, name: str) -> None:
    create(lam, name=name)
    assert lam.get_function_configuration(FunctionName=name)["FunctionName"] == "fn"


def test_an_arn_that_ends_in_function_names_the_function_called_function(lam: Any) -> None:
    arn = FARN.removesuffix(":fn")
    assert create(lam, name=arn)["FunctionName"] == "function"
    lam.delete_function(FunctionName="function")
    assert refused(lam.get_function, FunctionName=arn)[2] == f"Function not found: {arn}:function"


@pytest.mark.parametrize(
    ("qualifier", "arn"),
    [(None, FARN), ("$LATEST", FARN + ":$LATEST"), ("1", FARN + ":1"), ("live", FARN + ":live")],
)
def test_the_arn_in_a_reply_mirrors_the_qualifier(lam: Any, qualifier: str | None, arn: str) -> None:
    create(lam, Publish=True)
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    named = {"FunctionName": "fn"} if qualifier is None else {"FunctionName": "fn", "Qualifier": qualifier}
    beside = lam.get_function_configuration(**named)["FunctionArn"]
    inside = lam.get_function_configuration(FunctionName=arn)["FunctionArn"]
    assert (beside, inside) == (arn, arn)


# -- settings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({"Description": "d"}, {"Description": "d"}),
        ({"Timeout": 900, "MemorySize": 10240}, {"Timeout": 900, "MemorySize": 10240}),
        ({"Environment": {"Variables": {"KEY": "v"}}}, {"Environment": {"Variables": {"KEY": "v"}}}),
        ({"Environment": {"Variables": {}}}, {"Environment": {"Variables": {}}}),
        ({"TracingConfig": {"Mode": "Active"}}, {"TracingConfig": {"Mode": "Active"}}),
        ({"EphemeralStorage": {"Size": 1024}}, {"EphemeralStorage": {"Size": 1024}}),
        (
            {"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:q"}},
            {"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:q"}},
        ),
        (
            {"SnapStart": {"ApplyOn": "PublishedVersions"}},
            {"SnapStart": {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}},
        ),
        (
            {"LoggingConfig": {"LogFormat": "JSON"}},
            {
                "LoggingConfig": {
                    "LogFormat": "JSON",
                    "ApplicationLogLevel": "INFO",
                    "SystemLogLevel": "INFO",
                    "LogGroup": "/aws/lambda/fn",
                }
            },
        ),
        (
            {"LoggingConfig": {"LogGroup": "x"}},
            {"LoggingConfig": {"LogFormat": "Text", "LogGroup": "x"}},
        ),
    ],
)
def test_what_is_set_is_shown_after_create_and_after_update(lam: Any, sent: Any, shown: Any) -> None:
    assert create(lam, **sent).items() >= shown.items()
    create(lam, name="other")
    assert lam.update_function_configuration(FunctionName="other", **sent).items() >= (
        {**shown, **({"LoggingConfig": _moved(shown)} if "LoggingConfig" in shown else {})}.items()
    )


def _moved(shown: Any) -> Any:
    logging = shown["LoggingConfig"]
    group = logging["LogGroup"]
    return {**logging, "LogGroup": "/aws/lambda/other" if group == "/aws/lambda/fn" else group}


def test_what_an_update_does_not_send_stays(lam: Any) -> None:
    create(lam, Environment={"Variables": {"KEY": "v"}}, Timeout=7, Description="d")
    lam.update_function_configuration(FunctionName="fn", MemorySize=256)
    found = lam.get_function_configuration(FunctionName="fn")
    assert (
        found.items()
        >= {
            "Environment": {"Variables": {"KEY": "v"}},
            "Timeout": 7,
            "Description": "d",
            "MemorySize": 256,
        }.items()
    )


def test_going_back_to_text_drops_the_log_levels(lam: Any) -> None:
    create(lam, LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "DEBUG"})
    updated = lam.update_function_configuration(FunctionName="fn", LoggingConfig={"LogFormat": "Text"})
    assert updated["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/fn"}


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({}, {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:q"}),
        ({"TargetArn": ""}, None),
    ],
)
def test_only_an_empty_target_takes_the_dead_letter_queue_off(lam: Any, sent: Any, shown: Any) -> None:
    create(lam, DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:123456789012:q"})
    updated = lam.update_function_configuration(FunctionName="fn", DeadLetterConfig=sent)
    assert updated.get("DeadLetterConfig") == shown


def test_an_emptied_network_stays_to_be_seen(lam: Any) -> None:
    create(lam)
    updated = lam.update_function_configuration(
        FunctionName="fn", VpcConfig={"SubnetIds": [], "SecurityGroupIds": []}
    )
    assert updated["VpcConfig"] == {
        "SubnetIds": [],
        "SecurityGroupIds": [],
        "VpcId": "",
        "Ipv6AllowedForDualStack": False,
    }


def test_runtime_versions_differ_by_runtime_and_architecture(lam: Any) -> None:
    found = {
        create(lam, name=f"f{number}", Runtime=runtime, Architectures=[architecture])["RuntimeVersionConfig"][
            "RuntimeVersionArn"
        ]
        for number, (runtime, architecture) in enumerate(
            [
                ("python3.12", "x86_64"),
                ("python3.13", "x86_64"),
                ("python3.12", "arm64"),
                ("python3.12", "x86_64"),
            ]
        )
    }
    assert len(found) == 3


# -- updates ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["update_function_configuration", "update_function_code"])
def test_an_update_is_in_progress_in_the_reply_and_done_for_the_next_call(lam: Any, operation: str) -> None:
    create(lam)
    lam.get_function(FunctionName="fn")
    sent = {"ZipFile": ZIP} if operation == "update_function_code" else {}
    updated = getattr(lam, operation)(FunctionName="fn", **sent)
    assert stable(updated) == expected(
        State="Active",
        LastUpdateStatus="InProgress",
        LastUpdateStatusReason=CREATING,
        LastUpdateStatusReasonCode="Creating",
    )
    found = lam.get_function_configuration(FunctionName="fn")
    assert stable(found) == expected(State="Active", LastUpdateStatus="Successful")
    assert found["RevisionId"] != updated["RevisionId"]


def test_a_second_update_conflicts_while_the_first_is_in_progress(mock_lambda: Any, lam: Any) -> None:
    create(lam)
    with mock_lambda.paused():
        lam.update_function_configuration(FunctionName="fn", Timeout=4)
        assert lam.get_function_configuration(FunctionName="fn")["LastUpdateStatus"] == "InProgress"
        for call in (
            lambda: lam.update_function_configuration(FunctionName="fn", Timeout=5),
            lambda: lam.update_function_code(FunctionName="fn", ZipFile=ZIP),
            lambda: lam.publish_version(FunctionName="fn"),
        ):
            assert refused(call) == (
                409,
                "ResourceConflictException",
                f"The operation cannot be performed at this time. An update is in progress for resource: {FARN}",
            )


def test_a_function_takes_nothing_while_it_is_pending(mock_lambda: Any, lam: Any) -> None:
    with mock_lambda.paused():
        create(lam)
        for call in (
            lambda: lam.update_function_configuration(FunctionName="fn", Timeout=5),
            lambda: lam.publish_version(FunctionName="fn"),
            lambda: lam.invoke(FunctionName="fn"),
        ):
            assert refused(call) == (
                409,
                "ResourceConflictException",
                (
                    "The operation cannot be performed at this time. "
                    "The function is currently in the following state: Pending"
                ),
            )


def test_new_code_shows_its_digest_and_size(lam: Any) -> None:
    create(lam)
    content = zipped("def handler(event, context): return 2\n")
    updated = lam.update_function_code(FunctionName="fn", ZipFile=content)
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert (updated["CodeSha256"], updated["CodeSize"]) == (digest, len(content))


def test_a_dry_run_of_new_code_changes_nothing(lam: Any) -> None:
    create(lam)
    before = plain(lam.get_function_configuration(FunctionName="fn"))
    answer = lam.update_function_code(FunctionName="fn", ZipFile=zipped("x = 1"), DryRun=True)
    assert answer["CodeSha256"] != before["CodeSha256"]
    assert plain(lam.get_function_configuration(FunctionName="fn")) == before


STALE = (
    412,
    "PreconditionFailedException",
    (
        "The Revision Id provided does not match the latest Revision Id. "
        "Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
    ),
)


@pytest.mark.parametrize(
    ("operation", "sent"),
    [
        ("update_function_configuration", {}),
        ("update_function_code", {"ZipFile": ZIP}),
        ("publish_version", {}),
    ],
)
def test_a_stale_revision_is_refused_and_the_latest_accepted(lam: Any, operation: str, sent: Any) -> None:
    create(lam)
    before = plain(lam.get_function_configuration(FunctionName="fn"))
    call = getattr(lam, operation)
    assert refused(call, FunctionName="fn", RevisionId="wrong", **sent) == STALE
    assert plain(lam.get_function_configuration(FunctionName="fn")) == before
    call(FunctionName="fn", RevisionId=before["RevisionId"], **sent)


# -- lists and deletion ----------------------------------------------------------------------------------


def test_lists_leave_out_state_and_runtime_version(lam: Any) -> None:
    create(lam)
    (item,) = lam.list_functions()["Functions"]
    assert stable(item) == expected()
    assert "RuntimeVersionConfig" not in item


def test_functions_are_listed_page_by_page(lam: Any) -> None:
    for name in ("c", "a", "b"):
        create(lam, name=name)
    pages = lam.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1})
    found = [[item["FunctionName"] for item in page["Functions"]] for page in pages]
    assert found == [["a"], ["b"], ["c"]]


def test_all_versions_are_listed_page_by_page_with_qualified_arns(lam: Any) -> None:
    for name in ("a", "b"):
        create(lam, name=name, Publish=True)
    pages = lam.get_paginator("list_functions").paginate(
        FunctionVersion="ALL", PaginationConfig={"PageSize": 3}
    )
    found = [[item["FunctionArn"].partition(":function:")[2] for item in page["Functions"]] for page in pages]
    assert found == [["a:$LATEST", "a:1", "b:$LATEST"], ["b:1"]]


def test_a_broken_marker_is_refused(lam: Any) -> None:
    assert refused(lam.list_functions, Marker="???")[:2] == (400, "InvalidParameterValueException")


def test_delete_answers_204_and_the_name_is_free_at_once(lam: Any) -> None:
    first = create(lam)
    assert lam.delete_function(FunctionName="fn")["StatusCode"] == 204
    assert refused(lam.get_function, FunctionName="fn") == (
        404,
        "ResourceNotFoundException",
        f"Function not found: {FARN}",
    )
    second = create(lam)
    assert (second["State"], second["RevisionId"] == first["RevisionId"]) == ("Pending", False)


def test_account_settings_count_code_and_functions(lam: Any) -> None:
    create(lam, Publish=True)
    lam.update_function_code(FunctionName="fn", ZipFile=ZIP)
    lam.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=100)
    assert plain(lam.get_account_settings()) == {
        "AccountLimit": {
            "TotalCodeSize": 80530636800,
            "CodeSizeUnzipped": 262144000,
            "CodeSizeZipped": 52428800,
            "ConcurrentExecutions": 1000,
            "UnreservedConcurrentExecutions": 900,
        },
        "AccountUsage": {"TotalCodeSize": 2 * len(ZIP), "FunctionCount": 1},
    }
    lam.delete_function(FunctionName="fn")
    assert lam.get_account_settings()["AccountUsage"] == {"TotalCodeSize": 0, "FunctionCount": 0}


# -- refusals --------------------------------------------------------------------------------------------

INVALID = "InvalidParameterValueException"


def test_a_second_function_of_a_name_is_refused(lam: Any) -> None:
    create(lam)
    assert refused(lambda: create(lam)) == (409, "ResourceConflictException", "Function already exist: fn")


@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        (
            {"Role": "r1"},
            "ValidationException",
            pattern_violation("r1", "role", r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"),
        ),
        (
            {"Timeout": 1200},
            "ValidationException",
            violation("1200", "timeout", "Member must have value less than or equal to 900"),
        ),
        (
            {"MemorySize": 5555555},
            "ValidationException",
            violation("5555555", "memorySize", "Member must have value less than or equal to 10240"),
        ),
        (
            {"Architectures": ["x86_64", "arm64"]},
            "ValidationException",
            violation("[x86_64, arm64]", "architectures", "Member must have length less than or equal to 1"),
        ),
        (
            {"Architectures": ["X86_64"]},
            "ValidationException",
            violation(
                "[X86_64]",
                "architectures",
                "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
            ),
        ),
        (
            {"SnapStart": {"ApplyOn": "invalidOption"}},
            "ValidationException",
            violation(
                "invalidOption",
                "snapStart.applyOn",
                "Member must satisfy enum value set: [PublishedVersions, None]",
            ),
        ),
        (
            {"Runtime": "PYTHON3.9"},
            INVALID,
            f"Value PYTHON3.9 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{', '.join(ACCEPTED)}] or be a valid ARN",
        ),
        (
            {"Environment": {"Variables": {"AWS_REGION": "x"}}},
            INVALID,
            "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION",
        ),
        (
            {"Environment": {"Variables": {"1": "x"}}},
            "ValidationException",
            "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
        ),
        (
            {"LoggingConfig": {"LogFormat": "Text", "SystemLogLevel": "INFO"}},
            INVALID,
            'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again.',
        ),
        (
            {"VpcConfig": {"SubnetIds": ["bad-format-1"], "SecurityGroupIds": []}},
            "ValidationException",
            violation(
                "[bad-format-1]",
                "vpcConfig.subnetIds",
                "Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: subnet-[0-9a-z]*]",
            ),
        ),
        (
            {"Code": {"ZipFile": b"no zip"}},
            INVALID,
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
        ),
        (
            {"Code": {"S3Bucket": "nowhere", "S3Key": "k"}},
            INVALID,
            "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist",
        ),
        ({"Tags": {str(n): "v" for n in range(51)}}, INVALID, "Number of tags exceeds resource tag limit."),
        (
            {"FunctionName": "a" * 65},
            INVALID,
            violation("a" * 65, "functionName", "Member must have length less than or equal to 64"),
        ),
        (
            {"FunctionName": "my-function!"},
            "ValidationException",
            pattern_violation("my-function!", "functionName", P_NAME),
        ),
        (
            {"FunctionName": "arn:aws:lambda:us-east-2:123456789012:function:fn"},
            "ResourceNotFoundException",
            "Functions from 'us-east-2' are not reachable in this region ('us-east-1')",
        ),
    ],
)
def test_a_function_that_can_not_be_is_refused_in_aws_words(
    lam: Any, members: Any, code: str, message: str
) -> None:
    assert refused(lambda: create(lam, **members))[1:] == (code, message)
    assert lam.list_functions()["Functions"] == []


@pytest.mark.parametrize("runtime", sorted(BLOCKED))
def test_a_blocked_runtime_is_refused(lam: Any, runtime: str) -> None:
    assert refused(lambda: create(lam, Runtime=runtime)) == (
        400,
        INVALID,
        (
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. "
            "We recommend you use a supported runtime while creating or updating functions."
        ),
    )


@pytest.mark.parametrize(("length", "passes"), [(4085, True), (4086, False)])
def test_variables_fit_into_4096_bytes_of_json(lam: Any, length: int, passes: bool) -> None:
    variables = {"KEY0": "x" * length}  # {"KEY0":"…"} has 11 bytes more
    if passes:
        create(lam, Environment={"Variables": variables})
    else:
        measured = f'{{"KEY0":"{"x" * length}"}}'
        assert refused(lambda: create(lam, Environment={"Variables": variables}))[2] == (
            "Lambda was unable to configure your environment variables because the environment variables you have "
            f"provided exceeded the 4KB limit. String measured: {measured}"
        )


def test_a_missing_object_is_named_in_the_refusal(lam: Any) -> None:
    import boto3

    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="code")
    assert refused(lambda: create(lam, Code={"S3Bucket": "code", "S3Key": "nothing"}))[2] == (
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist."
    )


def test_creating_under_another_accounts_arn_is_denied_with_no_message(lam: Any) -> None:
    arn = "arn:aws:lambda:us-east-1:111111111111:function:fn"
    found = refused(lambda: create(lam, FunctionName=arn))
    assert found[:2] == (403, "AccessDeniedException")


@pytest.mark.parametrize(
    "name", ["my-function!", "*", "invalid:function:name", f"{FARN}:1:2", f"{FARN}:$LATES"]
)
def test_a_malformed_name_is_refused(lam: Any, name: str) -> None:
    assert refused(lam.get_function, FunctionName=name)[1:] == (
        "ValidationException",
        pattern_violation(name, "functionName", P_NSNAME),
    )


def test_a_bad_qualifier_is_refused(lam: Any) -> None:
    assert refused(lam.get_function, FunctionName="fn", Qualifier="invalid!")[2] == pattern_violation(
        "invalid!", "qualifier", P_QUAL
    )


@pytest.mark.parametrize(
    "operation", ["get_function", "get_function_configuration", "delete_function", "invoke"]
)
def test_two_qualifiers_that_differ_are_refused(lam: Any, operation: str) -> None:
    assert refused(getattr(lam, operation), FunctionName="fn:1", Qualifier="2") == (
        400,
        INVALID,
        "The derived qualifier from the function name does not match the specified qualifier.",
    )


@pytest.mark.parametrize(
    ("operation", "asked", "shown"),
    [
        ("get_function", {}, ""),
        ("get_function", {"Qualifier": "$LATEST"}, ":$LATEST"),
        ("get_function_configuration", {"Qualifier": "live"}, ":live"),
        ("invoke", {}, ":$LATEST"),
        ("invoke", {"Qualifier": "7"}, ":7"),
        ("delete_function", {}, ""),
        ("delete_function", {"Qualifier": "1233"}, ""),
        ("delete_function", {"Qualifier": "$latest"}, ""),
        ("update_function_configuration", {}, ""),
        ("update_function_code", {"ZipFile": ZIP}, ""),
        ("publish_version", {}, ""),
        ("list_versions_by_function", {}, ""),
        ("list_aliases", {}, ""),
        ("create_alias", {"Name": "a", "FunctionVersion": "3"}, ":3"),
        ("add_permission", {"StatementId": "s", "Action": "lambda:*", "Principal": "*"}, ""),
        ("put_function_concurrency", {"ReservedConcurrentExecutions": 1}, ":$LATEST"),
        ("get_function_concurrency", {}, ""),
        ("get_provisioned_concurrency_config", {"Qualifier": "3"}, ":3"),
        ("list_provisioned_concurrency_configs", {}, ""),
        ("get_function_code_signing_config", {}, ""),
    ],
)
def test_each_operation_names_what_it_did_not_find(lam: Any, operation: str, asked: Any, shown: str) -> None:
    assert refused(getattr(lam, operation), FunctionName="fn", **asked) == (
        404,
        "ResourceNotFoundException",
        f"Function not found: {FARN}{shown}",
    )


def test_latest_can_not_be_deleted(lam: Any) -> None:
    assert refused(lam.delete_function, FunctionName="fn", Qualifier="$LATEST") == (
        400,
        INVALID,
        "$LATEST version cannot be deleted without deleting the function.",
    )


def test_an_alias_can_not_be_deleted_as_a_function(lam: Any) -> None:
    assert refused(lam.delete_function, FunctionName="fn", Qualifier="live") == (
        400,
        INVALID,
        "Deletion of aliases is not currently supported.",
    )


@pytest.mark.parametrize(
    "members",
    [
        {
            "FileSystemConfigs": [
                {
                    "Arn": "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-01234567890123456",
                    "LocalMountPath": "/mnt/x",
                }
            ]
        },
        {"AcceleratorConfig": {"AcceleratorMemorySize": 16}},
    ],
)
def test_a_setting_that_would_not_act_is_refused(lam: Any, members: Any) -> None:
    code, message = refused(lambda: create(lam, **members))[1:]
    assert (code, "is not simulated by mocklambda" in message) == (INVALID, True)


def test_accounts_and_regions_have_functions_of_their_own(lam: Any) -> None:
    create(lam)
    create(client("eu-west-1"))
    create(client(account="111111111111"))
    lam.delete_function(FunctionName="fn")
    assert [
        len(one.list_functions()["Functions"])
        for one in (lam, client("eu-west-1"), client(account="111111111111"))
    ] == [0, 1, 1]


def test_the_location_answers_a_plain_get_with_the_zip_for_ten_minutes(mock_lambda: Any, lam: Any) -> None:
    import urllib3

    create(lam)
    location = lam.get_function(FunctionName="fn")["Code"]["Location"]
    assert urllib3.request("GET", location, retries=False).data == ZIP
    mock_lambda.advance(minutes=11)
    assert urllib3.request("GET", location, retries=False).status == 403


# -- images, and code that is no zip ---------------------------------------------------------------------

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/repo:latest"
DIGEST = "a" * 64


@pytest.fixture
def image(mock_lambda: Any, lam: Any) -> dict[str, Any]:
    """An image that is registered, and what makes a function of it."""
    state, _ = mock_lambda.registry.state("lambda", "123456789012", "us-east-1")
    mock_lambda.engine.turn(lambda: state.register_image(IMAGE, DIGEST, object()))
    return {"FunctionName": "fn", "Role": ROLE, "PackageType": "Image", "Code": {"ImageUri": IMAGE}}


def test_an_images_function_has_no_runtime_and_no_handler(lam: Any, image: Any) -> None:
    created = plain(lam.create_function(**image))
    assert created.keys() & {"Runtime", "Handler", "RuntimeVersionConfig"} == set()
    assert (created["CodeSize"], created["CodeSha256"], created["PackageType"]) == (0, DIGEST, "Image")


def test_an_images_code_is_its_uri_and_its_digest(lam: Any, image: Any) -> None:
    lam.create_function(**image)
    assert lam.get_function(FunctionName="fn")["Code"] == {
        "RepositoryType": "ECR",
        "ImageUri": IMAGE,
        "ResolvedImageUri": f"{IMAGE.removesuffix(':latest')}@sha256:{DIGEST}",
    }


def test_an_image_config_is_replaced_whole_and_emptied(lam: Any, image: Any) -> None:
    config = {"EntryPoint": ["sh"], "Command": ["-c", "echo"], "WorkingDirectory": "/app1"}
    created = lam.create_function(**image, ImageConfig=config)
    replaced = lam.update_function_configuration(FunctionName="fn", ImageConfig={"Command": ["x"]})
    emptied = lam.update_function_configuration(FunctionName="fn", ImageConfig={})
    assert [one.get("ImageConfigResponse") for one in (created, replaced, emptied)] == [
        {"ImageConfig": config},
        {"ImageConfig": {"Command": ["x"]}},
        None,
    ]


def test_zips_and_images_do_not_turn_into_one_another(lam: Any, image: Any) -> None:
    lam.create_function(**image)
    create(lam, name="zip")
    found = [
        refused(lam.update_function_code, FunctionName="fn", ZipFile=ZIP),
        refused(lam.update_function_code, FunctionName="zip", ImageUri=IMAGE),
    ]
    assert found == [
        (400, INVALID, "Please provide ImageUri when updating a function with packageType Image."),
        (400, INVALID, "Please don't provide ImageUri when updating a function with packageType Zip."),
    ]


def test_an_unknown_image_is_refused(lam: Any) -> None:
    found = refused(
        lam.create_function, FunctionName="fn", Role=ROLE, PackageType="Image", Code={"ImageUri": "nowhere:1"}
    )
    assert found == (400, INVALID, "Source image nowhere:1 does not exist. Provide a valid source image.")


def test_a_directory_is_run_where_it_lies(lam: Any, tmp_path: Any) -> None:
    (tmp_path / "index.py").write_text("def handler(event, context): return 'from a directory'")
    create(lam, Code={"S3Bucket": "hot-reload", "S3Key": str(tmp_path)})
    assert lam.invoke(FunctionName="fn")["Payload"].read() == b'"from a directory"'


def test_code_in_another_regions_bucket_is_refused(lam: Any) -> None:
    import boto3

    s3 = boto3.client("s3", region_name="eu-west-1")
    s3.create_bucket(Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="far", Key="k", Body=ZIP)
    assert (
        "S3 Error Code: PermanentRedirect"
        in refused(lambda: create(lam, Code={"S3Bucket": "far", "S3Key": "k"}))[2]
    )
