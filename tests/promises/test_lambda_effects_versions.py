"""What publishing, aliases, code and what is deleted do to the invocations that follow."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from lambda_support import FARN, client, create, refused, zipped

REGION = {"region_name": "us-east-1"}
NO_PROFILE = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/p"


def tells(text: str) -> bytes:
    return zipped(f"def handler(event, context):\n    return {text!r}\n")


def run(lam: Any, name: str = "fn", **named: Any) -> Any:
    return json.loads(lam.invoke(FunctionName=name, **named)["Payload"].read())


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    """A function with two versions that tell which they are, and one yet unpublished."""
    lam = client()
    create(lam, Code={"ZipFile": tells("one")}, Publish=True)
    lam.update_function_code(FunctionName="fn", ZipFile=tells("two"), Publish=True)
    lam.update_function_code(FunctionName="fn", ZipFile=tells("latest"))
    return lam


# -- code ------------------------------------------------------------------------------------------------


@pytest.fixture
def bucket(mock_lambda: Any) -> tuple[str, str]:
    """A versioned bucket whose object was ``old`` once and is ``new``; the versions' ids."""
    s3 = boto3.client("s3", **REGION)
    s3.create_bucket(Bucket="code")
    s3.put_bucket_versioning(Bucket="code", VersioningConfiguration={"Status": "Enabled"})
    put = [s3.put_object(Bucket="code", Key="a.zip", Body=tells(text)) for text in ("old", "new")]
    s3.put_object(Bucket="code", Key="b.zip", Body=tells("b"))
    return put[0]["VersionId"], put[1]["VersionId"]


def deploy(lam: Any, way: str, code: dict[str, Any], **members: Any) -> None:
    """Give code at creation or by an update to a function that tells ``latest``."""
    if way == "create":
        lam.delete_function(FunctionName="fn")
        create(lam, Code=code, **members)
    else:
        lam.update_function_code(FunctionName="fn", **code, **members)


each_way = pytest.mark.parametrize("way", ["create", "update"])


@each_way
@pytest.mark.parametrize(
    ("code", "told"),
    [
        pytest.param({"ZipFile": tells("zip")}, "zip", id="ZipFile"),
        pytest.param({"S3Bucket": "code", "S3Key": "a.zip"}, "new", id="S3Bucket"),
        pytest.param({"S3Bucket": "code", "S3Key": "b.zip"}, "b", id="S3Key"),
        pytest.param(
            {"S3Bucket": "code", "S3Key": "a.zip", "S3ObjectVersion": 0}, "old", id="S3ObjectVersion"
        ),
        pytest.param(
            {"S3Bucket": "code", "S3Key": "b.zip", "S3ObjectStorageMode": "COPY"},
            "b",
            id="S3ObjectStorageMode",
        ),
    ],
)
def test_the_code_that_is_named_runs(
    lam: Any, bucket: tuple[str, str], way: str, code: dict[str, Any], told: str
) -> None:
    if "S3ObjectVersion" in code:
        code = {**code, "S3ObjectVersion": bucket[code["S3ObjectVersion"]]}
    deploy(lam, way, code)
    assert run(lam) == told


@each_way
def test_code_that_is_copied_runs_when_its_object_is_gone(
    lam: Any, bucket: tuple[str, str], way: str
) -> None:
    deploy(lam, way, {"S3Bucket": "code", "S3Key": "b.zip", "S3ObjectStorageMode": "COPY"})
    boto3.client("s3", **REGION).delete_object(Bucket="code", Key="b.zip")
    assert run(lam) == "b"


@each_way
def test_code_that_would_stay_in_its_bucket_is_refused(lam: Any, bucket: tuple[str, str], way: str) -> None:
    code = {"S3Bucket": "code", "S3Key": "b.zip", "S3ObjectStorageMode": "REFERENCE"}
    if way == "create":
        found = refused(lambda: create(lam, "new", Code=code))
    else:
        found = refused(lam.update_function_code, FunctionName="fn", **code)
    assert found[:2] == (400, "InvalidParameterValueException")
    assert found[2].startswith("S3ObjectStorageMode REFERENCE is not simulated")
    assert run(lam) == "latest"


@pytest.mark.parametrize("storage", ["S3Bucket", "ZipFile"])
def test_a_layers_content_is_on_the_path_wherever_it_comes_from(lam: Any, storage: str) -> None:
    content = zipped("TEXT = 'layered'", "python/greeting.py")
    s3 = boto3.client("s3", **REGION)
    s3.create_bucket(Bucket="layers")
    s3.put_bucket_versioning(Bucket="layers", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket="layers", Key="l.zip", Body=content)["VersionId"]
    s3.put_object(Bucket="layers", Key="l.zip", Body=zipped("", "python/other.py"))
    named = {
        "S3Bucket": "layers",
        "S3Key": "l.zip",
        "S3ObjectVersion": version,
        "S3ObjectStorageMode": "COPY",
    }
    made = lam.publish_layer_version(
        LayerName="l", Content=named if storage == "S3Bucket" else {"ZipFile": content}
    )
    source = "import greeting\n\ndef handler(event, context):\n    return greeting.TEXT\n"
    create(lam, "layered", Code={"ZipFile": zipped(source)}, Layers=[made["LayerVersionArn"]])
    assert run(lam, "layered") == "layered"


def test_a_layer_that_would_stay_in_its_bucket_is_refused(lam: Any, bucket: tuple[str, str]) -> None:
    content = {"S3Bucket": "code", "S3Key": "b.zip", "S3ObjectStorageMode": "REFERENCE"}
    found = refused(lam.publish_layer_version, LayerName="l", Content=content)
    assert found[2].startswith("S3ObjectStorageMode REFERENCE is not simulated")
    assert lam.list_layers()["Layers"] == []


def test_a_deleted_layer_version_can_not_be_used_anew(lam: Any) -> None:
    arn = lam.publish_layer_version(LayerName="l", Content={"ZipFile": tells("x")})["LayerVersionArn"]
    lam.delete_layer_version(LayerName="l", VersionNumber=1)
    assert refused(lambda: create(lam, "new", Layers=[arn]))[0] == 400


# -- versions and aliases --------------------------------------------------------------------------------


def test_a_published_version_stays_as_it_was(lam: Any) -> None:
    assert [run(lam, Qualifier=one) for one in ("1", "2", "$LATEST")] == ["one", "two", "latest"]
    number = lam.publish_version(FunctionName="fn")["Version"]
    lam.update_function_code(FunctionName="fn", ZipFile=tells("newer"))
    assert (run(lam, Qualifier=number), run(lam)) == ("latest", "newer")


@pytest.mark.parametrize("wrong", [{"CodeSha256": "x" * 43 + "="}, {"RevisionId": "wrong"}])
def test_what_is_not_what_was_meant_is_not_published(lam: Any, wrong: dict[str, str]) -> None:
    assert refused(lam.publish_version, FunctionName="fn", **wrong)[0] in {400, 412}
    assert refused(lam.invoke, FunctionName="fn", Qualifier="3")[0] == 404


def test_code_of_another_revision_is_not_replaced(lam: Any) -> None:
    assert (
        refused(lam.update_function_code, FunctionName="fn", ZipFile=tells("x"), RevisionId="wrong")[0] == 412
    )
    assert run(lam) == "latest"


def test_a_configuration_of_another_revision_is_not_changed(lam: Any) -> None:
    sent = {"Handler": "no.handler", "RevisionId": "wrong"}
    assert refused(lam.update_function_configuration, FunctionName="fn", **sent)[0] == 412
    assert run(lam) == "latest"


@pytest.mark.parametrize("way", ["create", "update"])
@pytest.mark.parametrize(
    ("sent", "told"),
    [
        pytest.param({"FunctionVersion": "2"}, "two", id="FunctionVersion"),
        pytest.param(
            {"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 1.0}}},
            "two",
            id="RoutingConfig",
        ),
        pytest.param(
            {"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.0}}},
            "one",
            id="RoutingConfig-0",
        ),
    ],
)
def test_an_alias_runs_the_version_that_it_points_to(lam: Any, way: str, sent: Any, told: str) -> None:
    if way == "create":
        lam.create_alias(FunctionName="fn", Name="live", **sent)
    else:
        lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="$LATEST")
        assert run(lam, Qualifier="live") == "latest"
        lam.update_alias(FunctionName="fn", Name="live", **sent)
    assert run(lam, Qualifier="live") == told


def test_an_alias_of_latest_is_one_everywhere(mock_lambda: Any, lam: Any) -> None:
    queue = mock_lambda.queue("q", visibility_timeout=30)
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="$LATEST")
    shown = lam.get_function_configuration(FunctionName="fn", Qualifier="live")
    assert (shown["Version"], shown["FunctionArn"]) == ("$LATEST", f"{FARN}:live")
    lam.create_event_source_mapping(FunctionName="fn:live", EventSourceArn=queue.arn)
    queue.send("m")
    lam.invoke(FunctionName="fn:live", InvocationType="Event")
    assert [ran.version for ran in mock_lambda.invocations("fn")] == ["$LATEST", "$LATEST"]


def test_an_alias_of_latest_is_not_provisioned(lam: Any) -> None:
    told = (
        400,
        "InvalidParameterValueException",
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
    )
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="$LATEST")
    wish = {"FunctionName": "fn", "Qualifier": "live", "ProvisionedConcurrentExecutions": 1}
    assert refused(lam.put_provisioned_concurrency_config, **wish) == told
    lam.update_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    lam.put_provisioned_concurrency_config(**wish)
    assert refused(lam.update_alias, FunctionName="fn", Name="live", FunctionVersion="$LATEST") == told
    assert run(lam, Qualifier="live") == "one"


def test_an_alias_of_another_revision_is_not_moved(lam: Any) -> None:
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    sent = {"FunctionVersion": "2", "RevisionId": "wrong"}
    assert refused(lam.update_alias, FunctionName="fn", Name="live", **sent)[0] == 412
    assert run(lam, Qualifier="live") == "one"


def test_a_deleted_alias_runs_nothing_and_its_version_goes_on(lam: Any) -> None:
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    lam.delete_alias(FunctionName="fn", Name="live")
    assert refused(lam.invoke, FunctionName="fn", Qualifier="live")[:2] == (404, "ResourceNotFoundException")
    assert run(lam, Qualifier="1") == "one"


def test_a_deleted_version_runs_nothing_and_the_others_go_on(lam: Any) -> None:
    lam.delete_function(FunctionName="fn", Qualifier="1")
    assert refused(lam.invoke, FunctionName="fn", Qualifier="1")[:2] == (404, "ResourceNotFoundException")
    assert [run(lam, Qualifier=one) for one in ("2", "$LATEST")] == ["two", "latest"]


def test_a_deleted_function_runs_nothing(lam: Any) -> None:
    lam.delete_function(FunctionName="fn")
    for named in ({}, {"Qualifier": "1"}):
        assert refused(lam.invoke, FunctionName="fn", **named)[:2] == (404, "ResourceNotFoundException")


# -- concurrency, loops, runtimes, signatures ------------------------------------------------------------


def test_a_function_runs_again_without_its_reservation_of_none(lam: Any) -> None:
    lam.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)
    assert refused(lam.invoke, FunctionName="fn")[:2] == (429, "TooManyRequestsException")
    lam.delete_function_concurrency(FunctionName="fn")
    assert run(lam) == "latest"


def test_without_their_config_environments_start_on_demand(mock_lambda: Any) -> None:
    lam = client()
    source = (
        "import os\n\ndef handler(event, context):\n    return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\n"
    )
    create(lam, Code={"ZipFile": zipped(source)}, Publish=True)
    named = {"FunctionName": "fn", "Qualifier": "1"}
    lam.put_provisioned_concurrency_config(**named, ProvisionedConcurrentExecutions=1)
    mock_lambda.advance(minutes=1)
    before = run(lam, Qualifier="1")
    lam.delete_provisioned_concurrency_config(**named)
    assert (before, run(lam, Qualifier="1")) == ("provisioned-concurrency", "on-demand")


LOOP = """
import boto3

def handler(event, context):
    if event["left"]:
        client = boto3.client("lambda")
        client.invoke(FunctionName="fn", InvocationType="Event", Payload='{"left": %d}' % (event["left"] - 1))
"""


@pytest.mark.parametrize(("loop", "runs"), [("Allow", 20), ("Terminate", 16)])
def test_a_loop_goes_on_where_it_is_allowed(mock_lambda: Any, loop: str, runs: int) -> None:
    lam = client()
    create(lam, Code={"ZipFile": zipped(LOOP)})
    lam.put_function_recursion_config(FunctionName="fn", RecursiveLoop=loop)
    lam.invoke(FunctionName="fn", InvocationType="Event", Payload=b'{"left": 19}')
    assert len(mock_lambda.invocations("fn")) == runs


@pytest.mark.parametrize("mode", ["Auto", "FunctionUpdate"])
def test_a_runtime_that_is_managed_by_hand_can_be_changed_when_it_is_no_longer(lam: Any, mode: str) -> None:
    shown = lam.get_function_configuration(FunctionName="fn")["RuntimeVersionConfig"]["RuntimeVersionArn"]
    put = lam.put_runtime_management_config
    put(FunctionName="fn", UpdateRuntimeOn="Manual", RuntimeVersionArn=shown)
    change = {"FunctionName": "fn", "Runtime": "python3.13"}
    assert refused(lam.update_function_configuration, **change)[0] == 400
    put(FunctionName="fn", UpdateRuntimeOn=mode)
    lam.update_function_configuration(**change)
    assert lam.get_function_configuration(FunctionName="fn")["Runtime"] == "python3.13"


def test_a_versions_runtime_management_leaves_latest_alone(lam: Any) -> None:
    shown = lam.get_function_configuration(FunctionName="fn", Qualifier="1")["RuntimeVersionConfig"]
    lam.put_runtime_management_config(
        FunctionName="fn",
        Qualifier="1",
        UpdateRuntimeOn="Manual",
        RuntimeVersionArn=shown["RuntimeVersionArn"],
    )
    lam.update_function_configuration(FunctionName="fn", Runtime="python3.13")
    assert lam.get_function_configuration(FunctionName="fn")["Runtime"] == "python3.13"


def signing(lam: Any, policy: str) -> str:
    made = lam.create_code_signing_config(
        AllowedPublishers={"SigningProfileVersionArns": [NO_PROFILE]},
        CodeSigningPolicies={"UntrustedArtifactOnDeployment": policy},
    )
    return made["CodeSigningConfig"]["CodeSigningConfigArn"]


def takes_code(lam: Any) -> bool:
    """Tell whether the function takes code that nobody signed."""
    try:
        lam.update_function_code(FunctionName="fn", ZipFile=tells("unsigned"))
    except lam.exceptions.CodeVerificationFailedException:
        assert run(lam) == "latest"
        return False
    assert run(lam) == "unsigned"
    return True


@pytest.mark.parametrize(("policy", "is_taken"), [("Enforce", False), ("Warn", True)])
def test_unsigned_code_is_refused_where_that_is_enforced(lam: Any, policy: str, is_taken: bool) -> None:
    lam.put_function_code_signing_config(FunctionName="fn", CodeSigningConfigArn=signing(lam, policy))
    assert takes_code(lam) == is_taken


def test_a_function_that_was_created_with_enforced_signing_takes_no_unsigned_code(lam: Any) -> None:
    lam.delete_function(FunctionName="fn")
    arn = signing(lam, "Warn")
    create(lam, Code={"ZipFile": tells("latest")}, CodeSigningConfigArn=arn)
    lam.update_code_signing_config(
        CodeSigningConfigArn=arn, CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"}
    )
    assert not takes_code(lam)


def test_a_function_without_its_signing_config_takes_unsigned_code(lam: Any) -> None:
    lam.put_function_code_signing_config(FunctionName="fn", CodeSigningConfigArn=signing(lam, "Enforce"))
    lam.delete_function_code_signing_config(FunctionName="fn")
    assert takes_code(lam)


def test_a_deleted_signing_config_can_not_be_given_to_a_function(lam: Any) -> None:
    arn = signing(lam, "Enforce")
    lam.delete_code_signing_config(CodeSigningConfigArn=arn)
    found = refused(lam.put_function_code_signing_config, FunctionName="fn", CodeSigningConfigArn=arn)
    assert found[1] == "CodeSigningConfigNotFoundException"
    assert takes_code(lam)


def test_tags_are_found_at_the_function_and_are_gone_when_taken_off(lam: Any) -> None:
    lam.tag_resource(Resource=FARN, Tags={"a": "1", "b": "2"})
    before = lam.get_function(FunctionName="fn")["Tags"]
    lam.untag_resource(Resource=FARN, TagKeys=["a"])
    assert (before, lam.get_function(FunctionName="fn")["Tags"]) == ({"a": "1", "b": "2"}, {"b": "2"})
