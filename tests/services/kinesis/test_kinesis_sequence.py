"""Sequence numbers have AWS's form."""

from __future__ import annotations

import pytest

from mocklambda.services.kinesis.sequence import (
    SequenceNumber,
    UnreadableError,
    counter_of,
    ending_number,
    parse,
    sequence_number,
)

PUBLISHED = [
    ("49590338271490256608559692538361571095921575989136588898", 1542776258, 6, 0x67648A17, 1545084650),
    ("49646437577108476416916876405825929425585429676275269634", 1700000000, 0, 0, 1700000000),
    ("49646437577130777162115407028967465143858078037781250066", 1700000000, 1, 0, 1700000000),
    ("49646437577108476416916876405827138351405044511608406018", 1700000000, 0, 1, 1700000003),
    ("49646437613168781402940894025689185872457837172112752658", 1700000101, 1, 0, 1700000101),
]
NOW = 1_700_000_200
PUT = int(PUBLISHED[3][0])


@pytest.mark.parametrize(("text", "created", "shard", "counter", "put"), PUBLISHED)
def test_a_published_number_is_written_from_its_parts(text, created, shard, counter, put):
    assert sequence_number(created, shard, counter, put) == text


@pytest.mark.parametrize(("text", "created", "shard", "counter", "put"), PUBLISHED)
def test_a_published_number_is_read_into_its_parts(text, created, shard, counter, put):
    assert parse(text, NOW) == SequenceNumber(created, counter, put, shard)


def test_a_closed_shard_ends_with_the_highest_counter():
    closed = ending_number(1700000000, 0, 1700000100)

    assert closed == "49646437577119626789516141717395488358902146099801227266"


def test_a_counter_is_a_records_place_in_its_stream():
    assert counter_of(str(PUT)) == 1


@pytest.mark.parametrize(("text", "shard"), [("5", 5), ("0", 0), (str(0x80000000), -2147483648)])
def test_a_small_number_says_its_shard_only(text, shard):
    assert parse(text, NOW) == SequenceNumber(-1, 0, 0, shard)


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(PUT - 2, id="version 0"),
        pytest.param(PUT + 1, id="version 3"),
        pytest.param(PUT + 2, id="version 4"),
        pytest.param(PUT ^ 3 << 184, id="first digit 1"),
        pytest.param(PUT | 8 << 140, id="counter 8..."),
        pytest.param(PUT + (1000 << 36), id="put in the future"),
        pytest.param(PUT + (1000 << 148), id="shard made in the future"),
        pytest.param(1 << 150, id="between small and whole"),
    ],
)
def test_a_number_that_could_not_have_been_given_is_unreadable(number):
    with pytest.raises(UnreadableError):
        parse(str(number), NOW)


def test_a_number_of_version_1_is_read():
    assert parse(str(PUT - 1), NOW).shard == 0
