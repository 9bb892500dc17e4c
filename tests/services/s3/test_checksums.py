"""Checksums come out alike, whoever counts them."""

from __future__ import annotations

import sys

import pytest

from mocklambda.services.s3 import checksums
from mocklambda.services.s3.checksums import composed, decode, encode, hasher

VALUES = {
    "CRC32": "cZWHwQ==",
    "CRC32C": "Pf4upw==",
    "CRC64NVME": "qUVrWYOrIAM=",
    "SHA1": "B++3uSfJMSHWToQMQ1g6lIJY5Eo=",
    "SHA256": "2l26x0trnT0r2AvakoFk2MB7eKVKzYESLMxSAKAzoik=",
}


@pytest.fixture(params=["with awscrt", "without"])
def library(request, monkeypatch):
    if request.param == "without":
        monkeypatch.setitem(sys.modules, "awscrt", None)
    checksums._library.cache_clear()
    yield
    checksums._library.cache_clear()


@pytest.mark.parametrize("algorithm", VALUES)
def test_each_algorithm_gives_the_recorded_value(library, algorithm):
    running = hasher(algorithm)
    running.update(b"test ")
    running.update(b"data..")

    assert encode(running.digest()) == VALUES[algorithm]


def test_nothing_has_a_checksum_too(library):
    assert encode(hasher("CRC64NVME").digest()) == "AAAAAAAAAAA="


def test_a_composite_is_of_the_parts_values():
    assert composed("CRC32", ["NRU+Sw==", "NRU+Sw==", "TBHN8A=="]).value == "5FRUiw==-3"


@pytest.mark.parametrize("value", ["", "no", "AAAA", "AAAAAA==x", "ä"])
def test_what_is_no_value_is_seen(value):
    assert decode(value, 4) is None
