"""Names and qualifiers that each operation refuses, and how it names what is not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from botocore.session import get_session
from control_plane_support import REQUESTS, World, ask, build
from lambda_support import (
    FARN,
    P_NAME,
    P_NSNAME,
    P_QUAL,
    client,
    create,
    pattern_violation,
    refused,
    violation,
)

from mocklambda import mock_lambda

pytestmark = pytest.mark.usefixtures("standing")
MODEL = get_session().get_service_model("lambda")
INVALID = "InvalidParameterValueException"
P_URLNAME = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
    r"([a-zA-Z0-9-_]{1,64})(:((?!\d+$)[0-9a-zA-Z-_]+))?"
)
P_UNQUAL = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
    r"([a-zA-Z0-9-_]+)"
)
ANY_LETTER = (
    "CreateFunction UpdateFunctionCode UpdateFunctionConfiguration PublishVersion CreateAlias GetAlias UpdateAlias "
    "DeleteAlias ListAliases PutFunctionConcurrency GetFunctionConcurrency DeleteFunctionConcurrency "
    "PutProvisionedConcurrencyConfig GetProvisionedConcurrencyConfig DeleteProvisionedConcurrencyConfig "
    "ListProvisionedConcurrencyConfigs"
)
DOTS_TOO = (
    "GetFunction GetFunctionConfiguration DeleteFunction Invoke InvokeWithResponseStream ListVersionsByFunction "
    "AddPermission RemovePermission GetPolicy PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig "
    "GetFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig ListFunctionEventInvokeConfigs "
    "PutFunctionCodeSigningConfig GetFunctionCodeSigningConfig DeleteFunctionCodeSigningConfig "
    "PutRuntimeManagementConfig GetRuntimeManagementConfig CreateEventSourceMapping ListEventSourceMappings"
)
URLS = (
    "CreateFunctionUrlConfig GetFunctionUrlConfig UpdateFunctionUrlConfig DeleteFunctionUrlConfig "
    "ListFunctionUrlConfigs"
)
UNQUALIFIED = "PutFunctionRecursionConfig GetFunctionRecursionConfig"
PATTERNS = {
    name: pattern
    for names, pattern in (
        (ANY_LETTER, P_NAME),
        (DOTS_TOO, P_NSNAME),
        (URLS, P_URLNAME),
        (UNQUALIFIED, P_UNQUAL),
    )
    for name in names.split()
}


class Standing(NamedTuple):
    """A world that many tests may share: what is refused changes nothing."""

    lam: Any
    world: World

    def refusal(self, operation: str, **instead: Any) -> tuple[int, str, str]:
        return refused(lambda: ask(self.lam, operation, self.world, **instead))


@pytest.fixture(scope="module")
def standing() -> Iterator[Standing]:
    with mock_lambda():
        lam = client()
        yield Standing(lam, build(lam))


def takes(name: str, member: str) -> bool:
    return member in MODEL.operation_model(name).input_shape.members


OF_FUNCTIONS = [name for name in REQUESTS if takes(name, "FunctionName") and name in PATTERNS]


@pytest.mark.parametrize(
    "name", ["my-function!", "invalid:function:name", f"{FARN}:1:2", "arn:aws:sqs:us-east-1:123456789012:fn"]
)
@pytest.mark.parametrize("operation", OF_FUNCTIONS)
def test_each_operation_refuses_a_malformed_name_with_its_own_pattern(
    standing: Standing, operation: str, name: str
) -> None:
    assert standing.refusal(operation, FunctionName=name) == (
        400,
        "ValidationException",
        pattern_violation(name, "functionName", PATTERNS[operation]),
    )


@pytest.mark.parametrize(
    "name",
    [
        "*",
        "invalid-account:function:f",
        f"{FARN}:$LATEST:1",
        f"{FARN}:$LATES",
        "arn:aws:lambda:123456789012:function:f:1:2",
        "arn:aws:lambda:nowhere:123456789012:function:fn",
        "arn:aws:lambda::123456789012:function:fn",
        "arn:aws:s3:::bucket",
    ],
)
def test_a_name_of_nothing_is_malformed(standing: Standing, name: str) -> None:
    lam = standing.lam
    for call in (lam.get_function, lam.delete_function, lam.invoke):
        assert refused(call, FunctionName=name)[1:] == (
            "ValidationException",
            pattern_violation(name, "functionName", P_NSNAME),
        )
    assert refused(lambda: create(lam, name))[1:] == (
        "ValidationException",
        pattern_violation(name, "functionName", P_NAME),
    )


def test_no_function_is_created_with_latest_in_small_letters_in_its_name(standing: Standing) -> None:
    lam = standing.lam
    name = f"{FARN}:$latest"
    found = refused(lambda: create(lam, name))
    assert found[1:] == ("ValidationException", pattern_violation(name, "functionName", P_NAME))


LONG = "a" * 65
FAR = "arn:aws:lambda:us-east-2:123456789012:function:fn"


@pytest.mark.parametrize("length", [65, 100, 233])
@pytest.mark.parametrize("operation", ["get_function", "delete_function", "invoke"])
def test_a_longer_name_is_just_not_found(standing: Standing, operation: str, length: int) -> None:
    lam = standing.lam
    arn = FARN.removesuffix("fn") + "a" * length
    shown = f"{arn}:$LATEST" if operation == "invoke" else arn
    assert refused(getattr(lam, operation), FunctionName="a" * length)[1:] == (
        "ResourceNotFoundException",
        f"Function not found: {shown}",
    )


@pytest.mark.parametrize("name", [f"fn:{'a' * 138}", FARN.removesuffix("fn") + "a" * 100])
def test_no_form_of_a_name_has_more_than_140_characters_where_a_function_is_created(
    standing: Standing, name: str
) -> None:
    lam = standing.lam
    assert refused(lambda: create(lam, name)) == (
        400,
        "ValidationException",
        violation(name, "functionName", "Member must have length less than or equal to 140"),
    )


def test_a_name_that_is_too_long_and_malformed_breaks_two_rules(standing: Standing) -> None:
    lam = standing.lam
    name = "!" * 141
    code, message = refused(lambda: create(lam, name))[1:]
    assert code == "ValidationException"
    assert entries(message, 2) == {
        part(name, "functionName", "Member must have length less than or equal to 140"),
        part(name, "functionName", f"Member must satisfy regular expression pattern: {P_NAME}"),
    }


def part(value: str, path: str, constraint: str) -> str:
    return violation(value, path, constraint).removeprefix("1 validation error detected: ")


def entries(message: str, number: int) -> set[str]:
    lead = f"{number} validation errors detected: "
    assert message.startswith(lead)
    return set(message.removeprefix(lead).split("; "))


def test_a_bad_name_and_a_bad_qualifier_are_told_together(standing: Standing) -> None:
    lam = standing.lam
    found = refused(lam.get_function, FunctionName="my-function!", Qualifier="invalid!")[2]
    pattern = "Member must satisfy regular expression pattern"
    assert entries(found, 2) == {
        part("my-function!", "functionName", f"{pattern}: {P_NSNAME}"),
        part("invalid!", "qualifier", f"{pattern}: {P_QUAL}"),
    }


@pytest.mark.parametrize(
    ("qualifier", "constraint"),
    [
        ("a" * 129, "Member must have length less than or equal to 128"),
        ("invalid!", f"Member must satisfy regular expression pattern: {P_QUAL}"),
        ("with-?-char", f"Member must satisfy regular expression pattern: {P_QUAL}"),
    ],
)
@pytest.mark.parametrize(
    "operation",
    [
        "GetFunction",
        "GetFunctionConfiguration",
        "DeleteFunction",
        "Invoke",
        "AddPermission",
        "GetPolicy",
        "RemovePermission",
        "PutFunctionEventInvokeConfig",
        "UpdateFunctionEventInvokeConfig",
        "GetFunctionEventInvokeConfig",
        "DeleteFunctionEventInvokeConfig",
        "PutRuntimeManagementConfig",
        "GetRuntimeManagementConfig",
    ],
)
def test_a_qualifier_that_can_not_be_is_refused(
    standing: Standing, operation: str, qualifier: str, constraint: str
) -> None:
    assert standing.refusal(operation, Qualifier=qualifier) == (
        400,
        "ValidationException",
        violation(qualifier, "qualifier", constraint),
    )


@pytest.mark.parametrize("qualifier", ["$latest", "a-$-b"])
def test_a_qualifier_that_is_neither_is_looked_for_as_a_version(standing: Standing, qualifier: str) -> None:
    lam = standing.lam
    for call in (lam.get_function, lam.get_function_configuration, lam.invoke):
        assert refused(call, FunctionName="fn", Qualifier=qualifier)[1:] == (
            "ResourceNotFoundException",
            f"Function not found: {FARN}:{qualifier}",
        )


@pytest.mark.parametrize("operation", [name for name in OF_FUNCTIONS if "SourceMapping" not in name])
def test_a_function_of_another_region_is_not_reachable(standing: Standing, operation: str) -> None:
    assert standing.refusal(operation, FunctionName=FAR) == (
        404,
        "ResourceNotFoundException",
        "Functions from 'us-east-2' are not reachable in this region ('us-east-1')",
    )


QUALIFIABLE = [name for name in OF_FUNCTIONS if takes(name, "Qualifier")]
MISMATCH = (
    400,
    INVALID,
    "The derived qualifier from the function name does not match the specified qualifier.",
)


@pytest.mark.parametrize("name", ["fn:live", f"{FARN}:live"])
@pytest.mark.parametrize("operation", QUALIFIABLE)
def test_a_name_and_a_qualifier_that_differ_are_refused(
    standing: Standing, operation: str, name: str
) -> None:
    assert standing.refusal(operation, FunctionName=name, Qualifier="other") == MISMATCH


@pytest.mark.parametrize(
    ("name", "qualifier"),
    [("fn:1", "2"), ("fn:1", "$LATEST"), ("fn:$LATEST", "1"), ("fn:live", "1"), ("fn:$LATEST", "live")],
)
def test_a_version_an_alias_and_latest_differ(standing: Standing, name: str, qualifier: str) -> None:
    lam = standing.lam
    for call in (lam.get_function, lam.invoke, lam.get_policy, lam.delete_function):
        assert refused(call, FunctionName=name, Qualifier=qualifier) == MISMATCH


# -- what is not there -----------------------------------------------------------------------------------

NOBODY = FARN.removesuffix("fn") + "nobody"
GONE = "The resource you requested does not exist."
NO_EVENTS = "The function doesn't exist."


@pytest.mark.parametrize(
    ("operation", "instead", "message"),
    [
        ("GetFunction", {}, f"Function not found: {NOBODY}"),
        ("GetFunction", {"Qualifier": "$LATEST"}, f"Function not found: {NOBODY}:$LATEST"),
        ("GetFunction", {"Qualifier": "7"}, f"Function not found: {NOBODY}:7"),
        ("GetFunction", {"Qualifier": "no"}, f"Function not found: {NOBODY}:no"),
        ("GetFunction", {"FunctionName": "fn", "Qualifier": "7"}, f"Function not found: {FARN}:7"),
        ("GetFunction", {"FunctionName": "fn", "Qualifier": "no"}, f"Function not found: {FARN}:no"),
        ("GetFunctionConfiguration", {}, f"Function not found: {NOBODY}"),
        ("GetFunctionConfiguration", {"FunctionName": "fn:7"}, f"Function not found: {FARN}:7"),
        ("Invoke", {}, f"Function not found: {NOBODY}:$LATEST"),
        ("Invoke", {"FunctionName": "fn:no"}, f"Function not found: {FARN}:no"),
        ("Invoke", {"InvocationType": "Event"}, f"Function not found: {NOBODY}:$LATEST"),
        ("Invoke", {"InvocationType": "DryRun"}, f"Function not found: {NOBODY}:$LATEST"),
        ("DeleteFunction", {}, f"Function not found: {NOBODY}"),
        ("DeleteFunction", {"Qualifier": "1233"}, f"Function not found: {NOBODY}"),
        ("DeleteFunction", {"Qualifier": "$latest"}, f"Function not found: {NOBODY}"),
        ("UpdateFunctionCode", {}, f"Function not found: {NOBODY}"),
        ("UpdateFunctionConfiguration", {}, f"Function not found: {NOBODY}"),
        ("PublishVersion", {}, f"Function not found: {NOBODY}"),
        ("ListVersionsByFunction", {}, f"Function not found: {NOBODY}"),
        ("ListAliases", {}, f"Function not found: {NOBODY}"),
        ("CreateAlias", {}, f"Function not found: {NOBODY}:1"),
        ("CreateAlias", {"FunctionName": "fn", "FunctionVersion": "10"}, f"Function not found: {FARN}:10"),
        ("GetAlias", {"FunctionName": "fn", "Name": "no"}, f"Cannot find alias arn: {FARN}:no"),
        ("UpdateAlias", {"FunctionName": "fn", "Name": "no"}, f"Alias not found: {FARN}:no"),
        ("AddPermission", {}, f"Function not found: {NOBODY}"),
        ("AddPermission", {"FunctionName": "fn", "Qualifier": "42"}, f"Function not found: {FARN}:42"),
        ("AddPermission", {"FunctionName": "fn", "Qualifier": "no"}, f"Cannot find alias arn: {FARN}:no"),
        ("GetPolicy", {}, GONE),
        ("GetPolicy", {"FunctionName": "fn", "Qualifier": "42"}, GONE),
        ("GetPolicy", {"FunctionName": "fn", "Qualifier": "1"}, GONE),
        ("RemovePermission", {}, f"No policy found for: {NOBODY}"),
        ("RemovePermission", {"FunctionName": "fn", "Qualifier": "no"}, f"Cannot find alias arn: {FARN}:no"),
        ("CreateFunctionUrlConfig", {}, "Function does not exist"),
        ("CreateFunctionUrlConfig", {"FunctionName": NOBODY}, "Function does not exist"),
        ("CreateFunctionUrlConfig", {"FunctionName": "fn", "Qualifier": "no"}, "Function does not exist"),
        ("UpdateFunctionUrlConfig", {}, "Function does not exist"),
        ("UpdateFunctionUrlConfig", {"FunctionName": "fn", "Qualifier": "no"}, "Function does not exist"),
        ("UpdateFunctionUrlConfig", {"FunctionName": "fn", "Qualifier": "live"}, GONE),
        ("ListFunctionUrlConfigs", {}, "Function does not exist"),
        ("GetFunctionUrlConfig", {}, GONE),
        ("GetFunctionUrlConfig", {"FunctionName": "fn", "Qualifier": "no"}, GONE),
        ("GetFunctionUrlConfig", {"FunctionName": "fn", "Qualifier": "live"}, GONE),
        ("DeleteFunctionUrlConfig", {}, GONE),
        ("DeleteFunctionUrlConfig", {"FunctionName": "fn", "Qualifier": "no"}, GONE),
        ("PutFunctionEventInvokeConfig", {}, NO_EVENTS),
        ("PutFunctionEventInvokeConfig", {"FunctionName": "fn", "Qualifier": "no"}, NO_EVENTS),
        ("UpdateFunctionEventInvokeConfig", {}, NO_EVENTS),
        (
            "UpdateFunctionEventInvokeConfig",
            {"FunctionName": "fn", "Qualifier": "no"},
            f"The function {FARN}:no doesn't have an EventInvokeConfig",
        ),
        (
            "UpdateFunctionEventInvokeConfig",
            {"FunctionName": "fn", "Qualifier": "live"},
            f"The function {FARN}:live doesn't have an EventInvokeConfig",
        ),
        ("ListFunctionEventInvokeConfigs", {}, NO_EVENTS),
        (
            "GetFunctionEventInvokeConfig",
            {},
            f"The function {NOBODY}:$LATEST doesn't have an EventInvokeConfig",
        ),
        (
            "DeleteFunctionEventInvokeConfig",
            {"FunctionName": "fn", "Qualifier": "9"},
            f"The function {FARN}:9 doesn't have an EventInvokeConfig",
        ),
        ("PutFunctionConcurrency", {}, f"Function not found: {NOBODY}:$LATEST"),
        (
            "PutFunctionConcurrency",
            {"ReservedConcurrentExecutions": 1001},
            f"Function not found: {NOBODY}:$LATEST",
        ),
        ("GetFunctionConcurrency", {}, f"Function not found: {NOBODY}"),
        ("PutProvisionedConcurrencyConfig", {}, f"Function not found: {NOBODY}:1"),
        ("PutProvisionedConcurrencyConfig", {"Qualifier": "no"}, f"Cannot find alias arn: {NOBODY}:no"),
        ("GetProvisionedConcurrencyConfig", {}, f"Function not found: {NOBODY}:1"),
        ("GetProvisionedConcurrencyConfig", {"Qualifier": "no"}, f"Cannot find alias arn: {NOBODY}:no"),
        ("DeleteProvisionedConcurrencyConfig", {}, f"Function not found: {NOBODY}:1"),
        ("DeleteProvisionedConcurrencyConfig", {"Qualifier": "no"}, f"Cannot find alias arn: {NOBODY}:no"),
        (
            "DeleteProvisionedConcurrencyConfig",
            {"FunctionName": "fn", "Qualifier": "10"},
            f"Function not found: {FARN}:10",
        ),
        ("ListProvisionedConcurrencyConfigs", {}, f"Function not found: {NOBODY}"),
        ("GetFunctionCodeSigningConfig", {}, f"Function not found: {NOBODY}"),
        ("PutFunctionCodeSigningConfig", {}, f"Function not found: {NOBODY}"),
        ("DeleteFunctionCodeSigningConfig", {}, f"Function not found: {NOBODY}"),
    ],
)
def test_each_operation_names_what_is_not_there(
    standing: Standing, operation: str, instead: Any, message: str
) -> None:
    found = standing.refusal(operation, **({"FunctionName": "nobody"} | instead))
    assert found == (404, "ResourceNotFoundException", message)


# -- deletion --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fn", "nobody"])
@pytest.mark.parametrize(
    ("qualifier", "message"),
    [
        ("$LATEST", "$LATEST version cannot be deleted without deleting the function."),
        ("live", "Deletion of aliases is not currently supported."),
        ("no-such", "Deletion of aliases is not currently supported."),
    ],
)
def test_latest_and_aliases_are_not_deleted_so_whether_they_are_there_or_not(
    standing: Standing, name: str, qualifier: str, message: str
) -> None:
    lam = standing.lam
    expected = (400, INVALID, message)
    assert refused(lam.delete_function, FunctionName=name, Qualifier=qualifier) == expected
    assert refused(lam.delete_function, FunctionName=f"{name}:{qualifier}") == expected
