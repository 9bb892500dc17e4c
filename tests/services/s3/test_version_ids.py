"""Version ids look random and keep their order."""

from __future__ import annotations

import pytest

from mocklambda.ids import Ids
from mocklambda.services.s3.version_ids import is_well_formed, make, order_of


@pytest.mark.parametrize("order", [0, 1, 2, 1_000_000, (1 << 48) - 1])
def test_an_id_tells_the_order_it_was_made_with(order):
    version_id = make(order, Ids(1))

    assert (len(version_id), is_well_formed(version_id), order_of(version_id)) == (32, True, order)


def test_neighbours_look_unlike():
    assert make(1, Ids(1))[:8] != make(2, Ids(1))[:8]


@pytest.mark.parametrize(
    ("text", "expected"), [("null", True), ("x", False), ("-" * 32, False), ("a" * 33, False)]
)
def test_other_texts_are_told_apart(text, expected):
    assert is_well_formed(text) is expected
