"""What of a PartiQL statement rights and conditions are about."""

from __future__ import annotations

from typing import Any

import pytest

from mocklambda.iam.partiql import statements

A, B = {"S": "a"}, {"N": "2"}


@pytest.mark.parametrize(
    ("text", "parameters", "found"),
    [
        ("SELECT * FROM t WHERE id = 'a'", [], [A]),
        ("SELECT * FROM t WHERE n = ? AND id = ?", [B, A], [A]),
        ("SELECT * FROM t WHERE id IN ['a', ?]", [B], [A, B]),
        ('select x from "t" where "id" in (\'a\')', [], [A]),
        ("SELECT * FROM t WHERE id = 2", [], [B]),
        ("SELECT * FROM t WHERE id = 'it''s'", [], [{"S": "it's"}]),
        ("SELECT * FROM t WHERE id > 'a'", [], []),
        ("SELECT * FROM t WHERE id = 'a' OR n = 2", [], []),
        ("SELECT * FROM t WHERE NOT id = 'a'", [], []),
        ("SELECT * FROM t WHERE note = 'id = ''a'''", [], []),
        ("UPDATE t SET n = ? WHERE id = ?", [B, A], [A]),
        ("UPDATE t SET id = 'a' WHERE n = 2", [], []),
        ("DELETE FROM t WHERE n = 2 AND id = ?", [A], [A]),
        ("INSERT INTO t VALUE {'n': ?, 'id': ?}", [B, A], [A]),
        ("INSERT INTO t VALUE {'id': other}", [], []),
    ],
)
def test_an_attribute_that_items_must_equal(text: str, parameters: list[Any], found: list[Any]) -> None:
    (one,) = statements({"Statement": text, "Parameters": parameters})
    assert one.equals("id") == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SELECT a, \"b c\" FROM t WHERE size(d) > 2 AND e BETWEEN 'x' AND 'y'", ["a", "b c", "d", "e"]),
        ("UPDATE t SET a = b REMOVE c WHERE d = 'e'", ["a", "b", "c", "d"]),
        ("INSERT INTO t VALUE {'a': 'b', 'c': 1}", ["a", "c"]),
    ],
)
def test_the_attributes_that_it_names(text: str, found: list[str]) -> None:
    (one,) = statements({"Statement": text})
    assert one.attributes == found


def test_what_is_no_statement_is_about_nothing() -> None:
    assert list(statements({"Statement": "EXISTS ..."})) == []
