"""Every operation of Lambda, and every member by which one sets something, has a test of what it does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.session import get_session
from lambda_effects import MEMBERS, OPERATIONS

MODEL = get_session().get_service_model("lambda")
SETTING = ("Add", "Create", "Publish", "Put", "Update")
"""What operations that set something begin with; Invoke, too, says how it is to be done."""


@cache
def named_in(name: str) -> frozenset[str]:
    """Return the names of the tests in a file, both without ``test_``."""
    tree = ast.parse(path_of(name).read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = (node.name for node in tree.body if isinstance(node, functions))
    return frozenset(one.removeprefix("test_") for one in found if one.startswith("test_"))


def path_of(name: str) -> Path:
    return Path(__file__).with_name(f"test_{name}.py")


def leaves(shape: Any, start: str = "") -> Iterator[str]:
    """Yield the members of a structure, and those of the structures in it."""
    for name, member in shape.members.items():
        if member.type_name == "structure":
            yield from leaves(member, f"{start}{name}.")
        else:
            yield f"{start}{name}"


def is_of(leaf: str, key: str) -> bool:
    return leaf == key or leaf.startswith(f"{key}.")


def test_every_operation_has_a_test_of_what_it_does() -> None:
    assert sorted(OPERATIONS) == sorted(MODEL.operation_names)


def test_every_operation_that_sets_something_tells_of_its_members() -> None:
    setting = {name for name in MODEL.operation_names if name.startswith(SETTING)}
    assert set(MEMBERS) == setting | {"Invoke"}


@pytest.mark.parametrize("operation", MEMBERS)
def test_every_member_has_one_test_of_what_it_does(operation: str) -> None:
    members = list(leaves(MODEL.operation_model(operation).input_shape))
    told = {leaf: [key for key in MEMBERS[operation] if is_of(leaf, key)] for leaf in members}
    assert {leaf: keys for leaf, keys in told.items() if len(keys) != 1} == {}
    assert {key for key in MEMBERS[operation] if not any(is_of(leaf, key) for leaf in members)} == set()


@pytest.mark.parametrize(
    ("operation", "reference"),
    [
        *OPERATIONS.items(),
        *sorted({(name, one) for name, members in MEMBERS.items() for one in members.values()}),
    ],
)
def test_a_test_that_is_named_is_there(operation: str, reference: str) -> None:
    file, _, name = reference.partition("::")
    assert name in named_in(file)


@pytest.mark.parametrize(("operation", "reference"), OPERATIONS.items())
def test_a_test_that_is_named_for_an_operation_is_where_that_is_called(
    operation: str, reference: str
) -> None:
    text = path_of(reference.partition("::")[0]).read_text()
    helpers = "".join(path.read_text() for path in path_of("").parent.glob("*.py") if path.stem in text)
    assert xform_name(operation) in text + helpers or operation in text + helpers
