"""Records of tables' streams have DynamoDB's sizes, names and orders."""

from __future__ import annotations

import base64

import pytest

from mocklambda.services.dynamodbstreams.record import event_name, images, in_hash_order, size_of
from mocklambda.services.table_changes import ItemWritten

ARN = "arn:aws:dynamodb:us-east-1:111111111111:table/t/stream/2024-11-18T14:36:44.149"


def change(old, new):
    return ItemWritten(arn=ARN, keys={"id": {"S": "a"}}, old=old, new=new)


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ({"Username": {"S": "Fred"}}, 12),
        ({"id": {"S": "my-item-id"}, "attr1": {"S": "value1"}, "attr2": {"S": "value2"}}, 34),
        ({"numericFilter": {"N": "42"}}, 15),
        ({"should_fail": {"BOOL": True}}, 12),
        ({"binary_key": {"B": base64.b64encode(b"foobar").decode()}}, 16),
        ({"n": {"NULL": True}}, 2),
        ({"n": {"N": "-12.50"}}, 4),
        ({"s": {"SS": ["ab", "c"]}}, 4),
        ({"l": {"L": [{"S": "ab"}]}}, 7),
        ({"m": {"M": {"k": {"S": "ab"}}}}, 8),
        ({"\u00e4": {"S": "\u20ac"}}, 5),
    ],
)
def test_sizes_are_counted_as_recorded(attributes, size):
    assert size_of(attributes) == size


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (["id", "id2"], ["id2", "id"]),
        (["id", "numericFilter", "presentKey"], ["numericFilter", "id", "presentKey"]),
        (["Title", "Author", "WeeksOn"], ["WeeksOn", "Title", "Author"]),
    ],
)
def test_attributes_come_in_hash_order(names, order):
    assert list(in_hash_order({name: {"S": ""} for name in names})) == order


def test_nested_maps_come_in_hash_order_too():
    nested = in_hash_order({"m": {"M": {"id": {"S": ""}, "id2": {"S": ""}}}, "l": {"L": [{"S": "x"}]}})

    assert list(nested["m"]["M"]) == ["id2", "id"]


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        (None, {"id": {"S": "a"}}, "INSERT"),
        ({"id": {"S": "a"}}, {"id": {"S": "a"}, "x": {"S": "1"}}, "MODIFY"),
        ({"id": {"S": "a"}}, None, "REMOVE"),
        ({"id": {"S": "a"}}, {"id": {"S": "a"}}, None),
        (None, None, None),
    ],
)
def test_a_change_is_named_by_its_images(old, new, name):
    assert event_name(change(old, new)) == name


@pytest.mark.parametrize(
    ("view_type", "names"),
    [
        ("KEYS_ONLY", []),
        ("NEW_IMAGE", ["NewImage"]),
        ("OLD_IMAGE", ["OldImage"]),
        ("NEW_AND_OLD_IMAGES", ["NewImage", "OldImage"]),
    ],
)
def test_a_view_type_shows_its_images_in_order(view_type, names):
    assert list(images(change({"id": {"S": "a"}}, {"id": {"S": "b"}}), view_type)) == names
