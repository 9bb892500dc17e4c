from __future__ import annotations

import json

import pytest

from mocklambda.execution.batching import encode_record, envelope, envelope_size, failed_identifiers

IDS = frozenset({"a", "b"})


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'""',
        b'{"batchItemFailures":[]}',
        b'{"batchItemFailures":null}',
        b'{"state":{}}',
    ],
)
def test_these_responses_are_full_success(response: bytes) -> None:
    assert failed_identifiers(response, IDS) == frozenset()


@pytest.mark.parametrize(
    "response",
    [
        b"not json",
        b"\xff",
        b'"text"',
        b"[1]",
        b"0",
        b"false",
        b'{"batchItemFailures":{}}',
        b'{"batchItemFailures":"a"}',
        b'{"batchItemFailures":["a"]}',
        b'{"batchItemFailures":[{"foo":"a"}]}',
        b'{"batchItemFailures":[{"foo":123}]}',
        b'{"batchItemFailures":[{"foo":null}]}',
        b'{"batchItemFailures":[{"itemIdentifier":""}]}',
        b'{"batchItemFailures":[{"itemIdentifier":null}]}',
        b'{"batchItemFailures":[{"itemIdentifier":123}]}',
        b'{"batchItemFailures":[{"itemIdentifier":"other"}]}',
        b'{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"other"}]}',
    ],
)
def test_these_responses_fail_the_whole_batch(response: bytes) -> None:
    assert failed_identifiers(response, IDS) is None


def test_the_named_items_have_failed() -> None:
    response = b'{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"b"}]}'
    assert failed_identifiers(response, IDS) == {"b"}


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_size_of_an_event_is_known_before_it_is_made(count: int) -> None:
    records = [encode_record({"body": "ü" * number}) for number in range(count)]
    event = envelope(records)
    assert len(event) == envelope_size(sum(map(len, records)), count)
    assert json.loads(event) == {"Records": [{"body": "ü" * number} for number in range(count)]}
