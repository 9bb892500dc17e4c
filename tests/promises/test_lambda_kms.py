"""Functions whose variables, code or filters are encrypted with a key of their own: moto's KMS decides."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from lambda_support import FARN, ROLE, client, create, refused, status, zipped

pytest.importorskip("moto")

SESSION = "arn:aws:sts::123456789012:assumed-role/r/fn"
UNKNOWN = "arn:aws:kms:us-east-1:123456789012:key/6e551f00-8a97-4e3b-b620-1a59080bd1be"
READ = "import os\ndef handler(event, context):\n    return os.environ['SECRET']\n"
SECRET = {"Variables": {"SECRET": "s3cret"}}
DECRYPT = "Lambda was unable to decrypt the environment variables because "
CHECK = ". Please check the function's KMS key settings. "
DENIED = (
    f"{DECRYPT}KMS access was denied{CHECK}KMS Exception: AccessDeniedException KMS Message: The ciphertext refers "
    "to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."
)


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    return client()


@pytest.fixture
def kms(mock_lambda: Any) -> Any:
    return boto3.client("kms", region_name="us-east-1")


@pytest.fixture
def key(kms: Any) -> str:
    return kms.create_key()["KeyMetadata"]["Arn"]


def id_of(key: str) -> str:
    return key.rpartition("/")[2]


def create_secret(lam: Any, key: str, **members: Any) -> dict[str, Any]:
    wanted = {"KMSKeyArn": key, "Environment": SECRET, "Code": {"ZipFile": zipped(READ)}}
    return create(lam, **(wanted | members))


def renew(lam: Any) -> None:
    """Have the next invocation be a cold start."""
    lam.update_function_configuration(FunctionName="fn", Description="another")


def answer(found: Any) -> Any:
    return json.loads(found["Payload"].read())


def break_key(kms: Any, key: str, how: str) -> None:
    if how == "disabled":
        kms.disable_key(KeyId=id_of(key))
    else:
        kms.schedule_key_deletion(KeyId=id_of(key), PendingWindowInDays=7)


def deny(kms: Any, key: str, principal: Any) -> None:
    statement = {"Effect": "Deny", "Principal": principal, "Action": "kms:Decrypt", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    kms.put_key_policy(KeyId=id_of(key), PolicyName="default", Policy=policy)


DISABLED = (
    "KMSDisabledException",
    DECRYPT
    + "the KMS key used is disabled"
    + CHECK
    + "KMS Exception: DisabledException KMS Message: {key} is disabled.",
)
DELETED = (
    "KMSInvalidStateException",
    DECRYPT
    + "the KMS key used is in an invalid state for Decrypt"
    + CHECK
    + "KMS Exception: KMSInvalidStateException KMS Message: {key} is pending deletion.",
)


def test_a_handler_finds_its_variables_decrypted_and_replies_show_key_and_variables(
    lam: Any, key: str
) -> None:
    create_secret(lam, key)

    assert answer(lam.invoke(FunctionName="fn")) == "s3cret"
    shown = lam.get_function_configuration(FunctionName="fn")
    assert (shown["KMSKeyArn"], shown["Environment"]) == (key, SECRET)


@pytest.mark.parametrize(
    ("how", "error"), [("disabled", DISABLED), ("deleted", DELETED)], ids=["off", "gone"]
)
def test_a_key_out_of_service_refuses_cold_starts_only(
    lam: Any, kms: Any, key: str, how: str, error: tuple[str, str]
) -> None:
    create_secret(lam, key)
    lam.invoke(FunctionName="fn")

    break_key(kms, key, how)

    assert answer(lam.invoke(FunctionName="fn")) == "s3cret"  # warm
    renew(lam)
    code, message = error
    assert refused(lam.invoke, FunctionName="fn") == (502, code, message.format(key=key))


def test_a_key_that_is_back_in_service_lets_environments_start_again(lam: Any, kms: Any, key: str) -> None:
    create_secret(lam, key)
    break_key(kms, key, "disabled")
    assert refused(lam.invoke, FunctionName="fn")[1] == "KMSDisabledException"

    kms.enable_key(KeyId=id_of(key))

    assert answer(lam.invoke(FunctionName="fn")) == "s3cret"


def test_what_was_refused_gives_its_concurrency_back(lam: Any, kms: Any, key: str) -> None:
    create_secret(lam, key)
    lam.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=1)
    break_key(kms, key, "disabled")
    codes = [refused(lam.invoke, FunctionName="fn")[1] for _ in range(2)]

    assert codes == ["KMSDisabledException"] * 2


def test_deploying_grants_the_roles_session_and_deleting_retires_that(lam: Any, kms: Any, key: str) -> None:
    create_secret(lam, key)

    grants = kms.list_grants(KeyId=key)["Grants"]
    assert [(one["GranteePrincipal"], one["Operations"]) for one in grants] == [
        (SESSION, ["Decrypt", "RetireGrant"])
    ]

    lam.delete_function(FunctionName="fn")
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_a_revoked_grant_denies_until_the_key_is_set_again(lam: Any, kms: Any, key: str) -> None:
    create_secret(lam, key)
    (grant,) = kms.list_grants(KeyId=key)["Grants"]
    kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])

    assert refused(lam.invoke, FunctionName="fn") == (502, "KMSAccessDeniedException", DENIED)

    lam.update_function_configuration(FunctionName="fn", KMSKeyArn=key)
    assert answer(lam.invoke(FunctionName="fn")) == "s3cret"


@pytest.mark.parametrize("principal", ["*", {"AWS": ROLE}, {"AWS": SESSION}], ids=["all", "role", "session"])
def test_a_keys_policy_that_denies_the_role_refuses_invocations(
    lam: Any, kms: Any, key: str, principal: Any
) -> None:
    create_secret(lam, key)

    deny(kms, key, principal)

    assert refused(lam.invoke, FunctionName="fn") == (502, "KMSAccessDeniedException", DENIED)


@pytest.mark.parametrize(
    ("prepare", "text"),
    [
        (None, "NotFoundException KMS Message: Key '{key}' does not exist"),
        ("disabled", "DisabledException KMS Message: {key} is disabled."),
        ("deleted", "KMSInvalidStateException KMS Message: {key} is pending deletion."),
        ("alias", "InvalidArnException KMS Message: Key Aliases are not supported for this operation."),
        ("elsewhere", "NotFoundException KMS Message: Invalid arn us-west-2"),
    ],
)
def test_a_key_that_can_not_be_granted_is_refused_when_it_is_set(
    lam: Any, kms: Any, key: str, prepare: str | None, text: str
) -> None:
    create(lam, "other")
    if prepare is None:
        key = UNKNOWN
    elif prepare == "alias":
        key = "arn:aws:kms:us-east-1:123456789012:alias/mine"
    elif prepare == "elsewhere":
        key = boto3.client("kms", region_name="us-west-2").create_key()["KeyMetadata"]["Arn"]
    else:
        break_key(kms, key, prepare)
    expected = (
        400,
        "InvalidParameterValueException",
        "Lambda was unable to configure access to your environment variables because the KMS key is invalid for "
        "CreateGrant. Please check your KMS key settings. KMS Exception: " + text.format(key=key),
    )

    assert refused(create_secret, lam=lam, key=key) == expected
    assert refused(lam.update_function_configuration, FunctionName="other", KMSKeyArn=key) == expected
    assert [one["FunctionName"] for one in lam.list_functions()["Functions"]] == ["other"]


@pytest.mark.parametrize("is_used", [True, False], ids=["asked", "not-asked"])
def test_what_is_no_whole_arn_is_refused(lam: Any, is_used: bool) -> None:
    if is_used:
        boto3.client("kms", region_name="us-east-1").create_key()

    code, kind, message = refused(create_secret, lam=lam, key="arn:aws:kms:us-east-1")

    assert (code, kind) == (400, "InvalidParameterValueException")
    assert message.endswith("KMS Exception: NotFoundException KMS Message: Invalid arn arn:aws:kms:us-east-1")


def test_an_empty_key_goes_back_to_lambdas_own(lam: Any, kms: Any, key: str) -> None:
    create_secret(lam, key)
    break_key(kms, key, "disabled")

    lam.update_function_configuration(FunctionName="fn", KMSKeyArn="")

    assert answer(lam.invoke(FunctionName="fn")) == "s3cret"
    assert "KMSKeyArn" not in lam.get_function_configuration(FunctionName="fn")


def test_as_long_as_kms_was_asked_nothing_any_key_is_taken_as_existing(lam: Any) -> None:
    create_secret(lam, UNKNOWN)

    boto3.client("kms", region_name="us-east-1").create_key()

    assert answer(lam.invoke(FunctionName="fn")) == "s3cret"


def test_variables_under_a_disabled_key_are_not_shown_but_why(lam: Any, kms: Any, key: str) -> None:
    create_secret(lam, key)
    lam.publish_version(FunctionName="fn")
    break_key(kms, key, "disabled")
    error = {
        "Error": {
            "ErrorCode": "DisabledException",
            "Message": "Lambda was unable to decrypt your environment variables because the KMS key used is disabled. "
            "Please check your KMS key settings. KMS Exception: DisabledException KMS Message: "
            f"{key} is disabled.",
        }
    }

    assert lam.get_function_configuration(FunctionName="fn")["Environment"] == error
    assert lam.get_function(FunctionName="fn")["Configuration"]["Environment"] == error
    assert lam.list_functions()["Functions"][0]["Environment"] == error
    versions = lam.list_versions_by_function(FunctionName="fn")["Versions"]
    assert [one["Environment"] for one in versions] == [error, error]


def test_a_viewer_whom_the_key_denies_sees_no_variables(lam: Any, kms: Any, key: str) -> None:
    create_secret(lam, key)
    deny(kms, key, "*")

    assert lam.get_function_configuration(FunctionName="fn")["Environment"] == {
        "Error": {
            "ErrorCode": "AccessDeniedException",
            "Message": "Lambda was unable to decrypt your environment variables because the KMS access was denied. "
            "Please check your KMS permissions. KMS Exception: AccessDeniedException KMS Message: User: "
            "arn:aws:iam::123456789012:root is not authorized to perform: kms:Decrypt on resource: " + key,
        }
    }


def test_an_asynchronous_event_waits_until_the_key_is_back(
    mock_lambda: Any, lam: Any, kms: Any, key: str
) -> None:
    create_secret(lam, key)
    break_key(kms, key, "disabled")
    lam.invoke(FunctionName="fn", InvocationType="Event")
    mock_lambda.advance(minutes=10)
    assert mock_lambda.invocations("fn") == []

    kms.enable_key(KeyId=id_of(key))
    mock_lambda.advance(minutes=5)

    assert [(one.attempt, one.result) for one in mock_lambda.invocations("fn")] == [(1, "s3cret")]


def test_a_queues_messages_wait_until_the_key_is_back(mock_lambda: Any, lam: Any, kms: Any, key: str) -> None:
    queue = mock_lambda.queue("q")
    create_secret(lam, key)
    lam.create_event_source_mapping(EventSourceArn=queue.arn, FunctionName="fn")
    break_key(kms, key, "disabled")
    queue.send("x")
    assert (len(queue.messages), mock_lambda.invocations("fn")) == (1, [])

    kms.enable_key(KeyId=id_of(key))
    mock_lambda.advance(minutes=2)

    assert (queue.messages, len(mock_lambda.invocations("fn"))) == ([], 1)


def test_a_function_url_answers_502_while_no_environment_can_start(lam: Any, kms: Any, key: str) -> None:
    import urllib3

    create_secret(lam, key)
    url = lam.create_function_url_config(FunctionName="fn", AuthType="NONE")["FunctionUrl"]
    for action in ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction"):
        more = {"FunctionUrlAuthType": "NONE"} if action.endswith("Url") else {}
        lam.add_permission(FunctionName="fn", StatementId=action[7:], Action=action, Principal="*", **more)
    break_key(kms, key, "disabled")

    assert urllib3.PoolManager().request("GET", url).status == 502


def test_provisioned_environments_can_not_start_under_a_disabled_key(
    mock_lambda: Any, lam: Any, kms: Any, key: str
) -> None:
    create_secret(lam, key)
    lam.publish_version(FunctionName="fn")
    break_key(kms, key, "disabled")
    lam.put_provisioned_concurrency_config(
        FunctionName="fn", Qualifier="1", ProvisionedConcurrentExecutions=2
    )
    mock_lambda.advance(minutes=2)

    shown = lam.get_provisioned_concurrency_config(FunctionName="fn", Qualifier="1")

    assert (shown["Status"], shown["AvailableProvisionedConcurrentExecutions"]) == ("FAILED", 0)


HELPER = """
import base64, os
import boto3

kms = boto3.client("kms")

def handler(event, context):
    blob = base64.b64decode(os.environ["PASSWORD"])
    context = {"LambdaFunctionName": os.environ["AWS_LAMBDA_FUNCTION_NAME"]}
    return kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"].decode()
"""


@pytest.mark.parametrize(("context", "error"), [("fn", None), ("another", "InvalidCiphertextException")])
def test_a_handler_decrypts_what_was_encrypted_for_its_name_only(
    lam: Any, kms: Any, key: str, context: str, error: str | None
) -> None:
    import base64

    blob = kms.encrypt(KeyId=key, Plaintext=b"open sesame", EncryptionContext={"LambdaFunctionName": context})
    password = base64.b64encode(blob["CiphertextBlob"]).decode()
    create(lam, Environment={"Variables": {"PASSWORD": password}}, Code={"ZipFile": zipped(HELPER)})

    result = answer(lam.invoke(FunctionName="fn"))

    assert result == "open sesame" if error is None else result["errorType"] == error


# -- code ------------------------------------------------------------------------------------------------


def test_code_under_a_key_of_ones_own_is_shown_with_it_and_runs_while_the_key_does(
    lam: Any, kms: Any, key: str
) -> None:
    create(lam, Code={"ZipFile": zipped("def handler(e, c): return 1"), "SourceKMSKeyArn": key})
    assert answer(lam.invoke(FunctionName="fn")) == 1
    code = lam.get_function(FunctionName="fn")["Code"]
    assert (code["SourceKMSKeyArn"], "Location" in code) == (key, True)

    break_key(kms, key, "disabled")
    renew(lam)

    assert refused(lam.invoke, FunctionName="fn")[:2] == (502, "KMSDisabledException")
    code = lam.get_function(FunctionName="fn")["Code"]
    assert (code["Error"]["ErrorCode"], "Location" in code) == ("DisabledException", False)


def test_code_is_not_taken_under_an_unknown_key(lam: Any, key: str) -> None:
    create(lam)

    code, kind, message = refused(
        lam.update_function_code, FunctionName="fn", ZipFile=zipped("x = 1"), SourceKMSKeyArn=UNKNOWN
    )

    assert (code, kind) == (400, "InvalidParameterValueException")
    assert message.endswith(f"KMS Exception: NotFoundException KMS Message: Key '{UNKNOWN}' does not exist")


def test_an_image_is_not_encrypted_under_a_key_of_ones_own(
    mock_lambda: Any, lam: Any, key: str, tmp_path: Any
) -> None:
    mock_lambda.image("123456789012.dkr.ecr.us-east-1.amazonaws.com/i:1", tmp_path)

    assert refused(
        create,
        lam=lam,
        PackageType="Image",
        Runtime=None,
        Handler=None,
        Code={"ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/i:1", "SourceKMSKeyArn": key},
    )[1:] == (
        "InvalidParameterValueException",
        "SourceKMSKeyArn is not supported for functions with packageType Image.",
    )


def test_code_from_a_bucket_takes_that_the_objects_key_is_in_service(lam: Any, kms: Any, key: str) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="codes")
    s3.put_object(Bucket="codes", Key="c.zip", Body=zipped(), ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    break_key(kms, key, "disabled")

    assert refused(create, lam=lam, Code={"S3Bucket": "codes", "S3Key": "c.zip"}) == (
        400,
        "InvalidParameterValueException",
        (
            "Error occurred while GetObject. S3 Error Code: KMS.DisabledException. "
            f"S3 Error Message: {key} is disabled."
        ),
    )


# -- filter criteria -------------------------------------------------------------------------------------

FILTERS = {"Filters": [{"Pattern": '{"body": ["yes"]}'}]}


def test_encrypted_filters_filter_and_are_shown_by_get_but_not_by_list(
    mock_lambda: Any, lam: Any, key: str
) -> None:
    queue = mock_lambda.queue("q")
    create(lam)
    made = lam.create_event_source_mapping(
        EventSourceArn=queue.arn, FunctionName="fn", FilterCriteria=FILTERS, KMSKeyArn=key
    )
    queue.send("no")
    queue.send("yes")

    assert [one.event["Records"][0]["body"] for one in mock_lambda.invocations("fn")] == ["yes"]
    shown = lam.get_event_source_mapping(UUID=made["UUID"])
    assert (shown["KMSKeyArn"], shown["FilterCriteria"]) == (key, FILTERS)
    (listed,) = lam.list_event_source_mappings()["EventSourceMappings"]
    assert (listed["KMSKeyArn"], "FilterCriteria" in listed) == (key, False)


def test_filters_under_a_disabled_key_are_not_shown_but_why(
    mock_lambda: Any, lam: Any, kms: Any, key: str
) -> None:
    queue = mock_lambda.queue("q")
    create(lam)
    made = lam.create_event_source_mapping(
        EventSourceArn=queue.arn, FunctionName="fn", FilterCriteria=FILTERS, KMSKeyArn=key
    )
    break_key(kms, key, "disabled")

    shown = lam.get_event_source_mapping(UUID=made["UUID"])

    assert (shown["FilterCriteriaError"]["ErrorCode"], "FilterCriteria" in shown) == (
        "DisabledException",
        False,
    )


def test_a_mapping_gives_its_key_up_by_an_empty_one_and_takes_no_unknown_one(
    mock_lambda: Any, lam: Any, key: str
) -> None:
    queue = mock_lambda.queue("q")
    create(lam)
    made = lam.create_event_source_mapping(
        EventSourceArn=queue.arn, FunctionName="fn", FilterCriteria=FILTERS, KMSKeyArn=key
    )
    code, kind, _ = refused(lam.update_event_source_mapping, UUID=made["UUID"], KMSKeyArn=UNKNOWN)
    assert (code, kind) == (400, "InvalidParameterValueException")

    changed = lam.update_event_source_mapping(UUID=made["UUID"], KMSKeyArn="")

    assert status(changed) == 202
    assert ("KMSKeyArn" in changed, changed["FilterCriteria"]) == (False, FILTERS)
    assert changed["FunctionArn"] == FARN
