"""What a change of the control plane changes, what it leaves alone, and what the account's books say of it."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from lambda_support import FARN, ZIP, client, create, plain, refused, status, zipped

INVALID = "InvalidParameterValueException"
LAYER = "arn:aws:lambda:us-east-1:123456789012:layer:l"


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    return client()


def used(lam: Any) -> int:
    return lam.get_account_settings()["AccountUsage"]["TotalCodeSize"]


def test_code_storage_counts_every_version_of_functions_and_layers(lam: Any) -> None:
    size = len(ZIP)
    create(lam)
    sizes = [used(lam)]
    lam.update_function_code(FunctionName="fn", ZipFile=ZIP, Publish=True)
    sizes.append(used(lam))
    lam.update_function_configuration(FunctionName="fn", Description="d")
    sizes.append(used(lam))
    lam.publish_version(FunctionName="fn")
    sizes.append(used(lam))
    lam.publish_layer_version(LayerName="l", Content={"ZipFile": ZIP})
    sizes.append(used(lam))
    lam.delete_function(FunctionName="fn", Qualifier="1")
    lam.delete_layer_version(LayerName="l", VersionNumber=1)
    sizes.append(used(lam))
    assert sizes == [size, 2 * size, 2 * size, 3 * size, 4 * size, 2 * size]


@pytest.mark.parametrize("wanted", [899, 900])
def test_a_reservation_that_leaves_a_hundred_passes(lam: Any, wanted: int) -> None:
    create(lam)
    lam.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=wanted)
    limits = lam.get_account_settings()["AccountLimit"]
    assert limits["UnreservedConcurrentExecutions"] == 1000 - wanted


def test_a_reservation_may_be_raised_within_what_is_left(lam: Any) -> None:
    create(lam)
    create(lam, "other")
    lam.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=800)
    lam.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=900)
    found = refused(lam.put_function_concurrency, FunctionName="other", ReservedConcurrentExecutions=1)
    assert found[:2] == (400, INVALID)


def test_deleting_what_was_never_set_is_fine(lam: Any) -> None:
    create(lam, Publish=True)
    assert status(lam.delete_function_concurrency(FunctionName="fn")) == 204
    assert status(lam.delete_provisioned_concurrency_config(FunctionName="fn", Qualifier="1")) == 204


def test_a_second_provisioned_config_replaces_the_first_in_progress_or_not(
    mock_lambda: Any, lam: Any
) -> None:
    create(lam, Publish=True)
    wish = {"FunctionName": "fn", "Qualifier": "1"}
    with mock_lambda.paused():
        lam.put_provisioned_concurrency_config(**wish, ProvisionedConcurrentExecutions=1)
        put = plain(lam.put_provisioned_concurrency_config(**wish, ProvisionedConcurrentExecutions=3))
        assert put["RequestedProvisionedConcurrentExecutions"] == 3
        assert plain(lam.get_provisioned_concurrency_config(**wish)) == put
    configs = lam.list_provisioned_concurrency_configs(FunctionName="fn")["ProvisionedConcurrencyConfigs"]
    assert [one["FunctionArn"] for one in configs] == [f"{FARN}:1"]


def test_fifty_tags_at_creation_pass_and_one_more_does_not(lam: Any) -> None:
    tags = {f"key-{number}": "v" for number in range(50)}
    create(lam, Tags=tags)
    assert lam.list_tags(Resource=FARN)["Tags"] == lam.get_function(FunctionName="fn")["Tags"] == tags
    expected = (400, INVALID, "Number of tags exceeds resource tag limit.")
    assert refused(lambda: create(lam, "other", Tags={**tags, "more": "v"})) == expected
    assert refused(lam.tag_resource, Resource=FARN, Tags={"more": "v"}) == expected
    lam.tag_resource(Resource=FARN, Tags={"key-0": "other"})
    lam.untag_resource(Resource=FARN, TagKeys=list(tags))
    assert "Tags" not in lam.get_function(FunctionName="fn")


def test_code_signing_configs_have_tags_too(lam: Any) -> None:
    profile = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/p"
    made = lam.create_code_signing_config(
        AllowedPublishers={"SigningProfileVersionArns": [profile]}, Tags={"k": "v"}
    )["CodeSigningConfig"]
    arn = made["CodeSigningConfigArn"]
    lam.tag_resource(Resource=arn, Tags={"l": "w"})
    assert ("Tags" in made, lam.list_tags(Resource=arn)["Tags"]) == (False, {"k": "v", "l": "w"})


def test_a_function_and_its_versions_have_one_runtime_version(lam: Any) -> None:
    created = create(lam, Publish=True)["RuntimeVersionConfig"]
    version = lam.get_function_configuration(FunctionName="fn", Qualifier="1")["RuntimeVersionConfig"]
    assert created == version


def test_a_url_and_when_it_was_made_stay_for_life(mock_lambda: Any, lam: Any) -> None:
    create(lam)
    made = plain(lam.create_function_url_config(FunctionName="fn", AuthType="NONE"))
    mock_lambda.advance(minutes=5)
    cors = {"AllowOrigins": ["*"], "AllowMethods": ["GET"], "MaxAge": 5}
    updated = plain(lam.update_function_url_config(FunctionName="fn", AuthType="AWS_IAM", Cors=cors))
    found = plain(lam.get_function_url_config(FunctionName="fn"))
    assert found == {**updated, "InvokeMode": "BUFFERED"}
    assert (found["FunctionUrl"], found["CreationTime"]) == (made["FunctionUrl"], made["CreationTime"])
    assert (found["AuthType"], found["Cors"]) == ("AWS_IAM", cors)
    assert found["LastModifiedTime"] > found["CreationTime"]


def test_a_sid_may_be_used_once_in_each_qualifiers_policy(lam: Any) -> None:
    create(lam, Publish=True)
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    permit = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    for name in ("fn", "fn:1", "fn:live"):
        lam.add_permission(FunctionName=name, **permit)
        assert refused(lam.add_permission, FunctionName=name, **permit)[0] == 409


def test_a_published_version_starts_without_a_policy(lam: Any) -> None:
    create(lam)
    lam.add_permission(FunctionName="fn", StatementId="s", Action="lambda:*", Principal="*")
    before = plain(lam.get_policy(FunctionName="fn"))
    lam.publish_version(FunctionName="fn")
    assert refused(lam.get_policy, FunctionName="fn:1")[0] == 404
    assert plain(lam.get_policy(FunctionName="fn")) == before


def test_a_layers_policy_is_refused_and_removed_by_its_own_revision(lam: Any) -> None:
    lam.publish_layer_version(LayerName="l", Content={"ZipFile": ZIP})
    layer = {"LayerName": "l", "VersionNumber": 1}
    permit = {"Action": "lambda:GetLayerVersion", "Principal": "*"}
    revision = lam.add_layer_version_permission(**layer, StatementId="s", **permit)["RevisionId"]
    found = refused(lam.remove_layer_version_permission, **layer, StatementId="s", RevisionId="wrong")
    assert found == (
        412,
        "PreconditionFailedException",
        (
            "The Revision Id provided does not match the latest Revision Id. "
            "Call the GetLayerPolicy API to retrieve the latest Revision Id"
        ),
    )
    lam.remove_layer_version_permission(**layer, StatementId="s", RevisionId=revision)
    assert (
        refused(lam.get_layer_version_policy, **layer)[2]
        == "No policy is associated with the given resource."
    )


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("get_layer_version_policy", {}),
        ("remove_layer_version_permission", {"StatementId": "s"}),
        (
            "add_layer_version_permission",
            {"StatementId": "s", "Action": "lambda:GetLayerVersion", "Principal": "*"},
        ),
    ],
)
@pytest.mark.parametrize("name", ["l", LAYER])
def test_a_missing_layer_has_no_policy_to_speak_of(lam: Any, operation: str, members: Any, name: str) -> None:
    found = refused(getattr(lam, operation), LayerName=name, VersionNumber=1, **members)
    assert found == (404, "ResourceNotFoundException", f"Layer version {LAYER}:1 does not exist.")


def test_an_organisations_statement_names_it(lam: Any) -> None:
    lam.publish_layer_version(LayerName="l", Content={"ZipFile": ZIP})
    made = lam.add_layer_version_permission(
        LayerName="l",
        VersionNumber=1,
        StatementId="s",
        Action="lambda:GetLayerVersion",
        Principal="*",
        OrganizationId="o-1234567890",
    )
    condition = json.loads(made["Statement"])["Condition"]
    assert condition == {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}


def test_identical_layers_have_one_digest_and_versions_of_their_own(lam: Any) -> None:
    made = [lam.publish_layer_version(LayerName="l", Content={"ZipFile": ZIP}) for _ in range(2)]
    assert [one["Version"] for one in made] == [1, 2]
    assert len({one["Content"]["CodeSha256"] for one in made}) == 1


def test_deleting_a_layer_in_use_changes_nothing_of_the_function(lam: Any) -> None:
    lam.publish_layer_version(LayerName="l", Content={"ZipFile": ZIP})
    create(lam, Layers=[f"{LAYER}:1"])
    before = plain(lam.get_function_configuration(FunctionName="fn"))
    lam.delete_layer_version(LayerName="l", VersionNumber=1)
    assert plain(lam.get_function_configuration(FunctionName="fn")) == before
    assert before["Layers"] == [{"Arn": f"{LAYER}:1", "CodeSize": len(ZIP)}]


def test_an_alias_points_where_it_is_moved_and_keeps_its_weights(lam: Any) -> None:
    create(lam, Publish=True)
    for number in ("2", "3"):
        lam.update_function_code(
            FunctionName="fn", ZipFile=zipped(f"def handler(e, c): return {number}"), Publish=True
        )
    weights = {"AdditionalVersionWeights": {"2": 0.0}}
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1", RoutingConfig=weights)
    moved = lam.update_alias(FunctionName="fn", Name="live", FunctionVersion="3")
    assert (moved["FunctionVersion"], moved["RoutingConfig"]) == ("3", weights)
    answer = lam.invoke(FunctionName="fn:live")
    assert (answer["ExecutedVersion"], answer["Payload"].read()) == ("3", b"3")


def test_an_update_with_the_same_values_is_an_update(lam: Any) -> None:
    create(lam)
    before = lam.get_function_configuration(FunctionName="fn")
    updated = lam.update_function_configuration(FunctionName="fn")
    after = lam.get_function_configuration(FunctionName="fn")
    assert len({before["RevisionId"], updated["RevisionId"], after["RevisionId"]}) == 3
    assert updated["LastUpdateStatus"] == "InProgress"


def test_an_update_replaces_variables_and_layers_whole(lam: Any) -> None:
    for name in ("l", "m"):
        lam.publish_layer_version(LayerName=name, Content={"ZipFile": ZIP})
    other = LAYER.removesuffix("l") + "m:1"
    create(lam, Environment={"Variables": {"ONE": "1", "TWO": "2"}}, Layers=[f"{LAYER}:1"])
    updated = lam.update_function_configuration(
        FunctionName="fn", Environment={"Variables": {"TWO": "3"}}, Layers=[other]
    )
    assert updated["Environment"] == {"Variables": {"TWO": "3"}}
    assert [one["Arn"] for one in updated["Layers"]] == [other]


def test_code_may_move_to_another_architecture(lam: Any) -> None:
    before = create(lam)["RuntimeVersionConfig"]
    updated = lam.update_function_code(FunctionName="fn", ZipFile=ZIP, Architectures=["arm64"])
    assert updated["Architectures"] == ["arm64"]
    assert updated["RuntimeVersionConfig"] != before


def test_a_mapping_of_a_missing_function_or_source_is_no_error_in_a_list(lam: Any) -> None:
    assert lam.list_event_source_mappings(FunctionName="nobody")["EventSourceMappings"] == []
    arn = "arn:aws:sqs:us-east-1:123456789012:nothing"
    assert lam.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"] == []


def test_an_empty_list_of_filters_is_taken_and_not_shown(lam: Any) -> None:
    boto3.client("sqs", region_name="us-east-1").create_queue(QueueName="q")
    create(lam)
    made = lam.create_event_source_mapping(
        FunctionName="fn",
        EventSourceArn="arn:aws:sqs:us-east-1:123456789012:q",
        FilterCriteria={"Filters": []},
    )
    assert "FilterCriteria" not in made
