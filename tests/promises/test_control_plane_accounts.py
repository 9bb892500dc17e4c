"""Another account's calls, by full ARN, where the resource's policy lets it: all lands with the owner."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lambda_support import FARN, ZIP, client, create, plain, refused, status

OTHER = "111111111111"


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    return client()


@pytest.fixture
def other(lam: Any) -> Any:
    """The other account's client; the function lets that account do everything."""
    create(lam, Publish=True)
    lam.add_permission(FunctionName="fn", StatementId="all", Action="lambda:*", Principal=OTHER)
    return client(account=OTHER)


def test_what_another_account_reads_is_the_owners(lam: Any, other: Any) -> None:
    own = lam.get_function_configuration(FunctionName="fn")
    assert plain(other.get_function_configuration(FunctionName=FARN)) == plain(own)
    assert plain(other.get_function(FunctionName=FARN))["Configuration"] == plain(own)
    assert json.loads(other.invoke(FunctionName=FARN, Payload=b"[1]")["Payload"].read()) == [1]
    assert other.list_functions()["Functions"] == []


def test_what_another_account_changes_is_the_owners(lam: Any, other: Any) -> None:
    lam.update_function_configuration(FunctionName="fn", Description="d")
    assert other.publish_version(FunctionName=FARN)["FunctionArn"] == f"{FARN}:2"
    put = other.put_function_concurrency(FunctionName=FARN, ReservedConcurrentExecutions=3)
    assert plain(put) == plain(lam.get_function_concurrency(FunctionName="fn"))
    assert status(other.delete_function_concurrency(FunctionName=FARN)) == 204
    assert plain(lam.get_function_concurrency(FunctionName="fn")) == {}
    other.tag_resource(Resource=FARN, Tags={"a": "1", "b": "2"})
    other.untag_resource(Resource=FARN, TagKeys=["a", "unknown"])
    assert other.list_tags(Resource=FARN)["Tags"] == lam.list_tags(Resource=FARN)["Tags"] == {"b": "2"}


@pytest.mark.parametrize("version", ["1", "$LATEST"])
def test_another_account_has_aliases_made_changed_and_deleted(lam: Any, other: Any, version: str) -> None:
    made = other.create_alias(FunctionName=FARN, Name="live", FunctionVersion=version)
    assert made["AliasArn"] == f"{FARN}:live"
    assert plain(other.get_alias(FunctionName=FARN, Name="live")) == plain(made)
    other.update_alias(FunctionName=FARN, Name="live", Description="d")
    (listed,) = other.list_aliases(FunctionName=FARN)["Aliases"]
    assert [listed] == lam.list_aliases(FunctionName="fn")["Aliases"]
    assert listed["Description"] == "d"
    other.delete_alias(FunctionName=FARN, Name="live")
    assert lam.list_aliases(FunctionName="fn")["Aliases"] == []


def test_another_account_deletes_the_owners_function(lam: Any, other: Any) -> None:
    other.delete_function(FunctionName=FARN)
    assert lam.list_functions()["Functions"] == []


def test_another_account_may_not_do_what_no_statement_lets_it(lam: Any) -> None:
    create(lam)
    lam.add_permission(FunctionName="fn", StatementId="one", Action="lambda:GetFunction", Principal=OTHER)
    other = client(account=OTHER)
    assert other.get_function(FunctionName=FARN)["Configuration"]["FunctionArn"] == FARN
    for call in (other.delete_function, other.publish_version, other.list_aliases):
        assert refused(call, FunctionName=FARN)[:2] == (403, "AccessDeniedException")
    assert refused(other.get_function, FunctionName=f"{FARN}:$LATEST")[0] == 403


def test_a_layers_statement_opens_two_operations_to_another_account(lam: Any) -> None:
    arn = lam.publish_layer_version(LayerName="l", Content={"ZipFile": ZIP})["LayerArn"]
    lam.add_layer_version_permission(
        LayerName=arn,
        VersionNumber=1,
        StatementId="s",
        Action="lambda:GetLayerVersion",
        Principal=OTHER,
    )
    other = client(account=OTHER)
    assert other.get_layer_version(LayerName=arn, VersionNumber=1)["LayerArn"] == arn
    assert other.get_layer_version_by_arn(Arn=f"{arn}:1")["LayerArn"] == arn
    assert other.list_layers()["Layers"] == []
