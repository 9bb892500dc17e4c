"""Bodies are read by range, wherever they are kept."""

from __future__ import annotations

import gc
from io import SEEK_END

import pytest

from mocklambda.services.s3.bodies import Joined, Memory, Piece, Reader, answer, chunks
from mocklambda.services.s3.spill import BodyStore, Extent

MEBI = 1 << 20


@pytest.fixture
def store():
    store = BodyStore(memory_limit=3 * MEBI)
    yield store
    store.close()


def big(letter, size=2 * MEBI):
    return letter.encode() * size


def test_what_is_small_stays_in_memory(store):
    assert isinstance(store.keep([b"ab", b"cd"]), Memory)


def test_what_is_too_much_goes_to_the_file(store):
    first = store.keep([big("a")])
    second = store.keep([big("b", MEBI), big("c", MEBI)])

    assert (type(first), type(second)) == (Memory, Extent)
    assert second.read(MEBI - 1, MEBI + 1) == b"bc"
    assert second.size == 2 * MEBI


def test_memory_that_is_given_back_is_used_again(store):
    first = store.keep([big("a")])
    del first
    gc.collect()

    assert isinstance(store.keep([big("b")]), Memory)


def test_room_in_the_file_that_is_given_back_is_used_again(store):
    kept = store.keep([big("a")])
    extents = [store.keep([big(letter)]) for letter in "bc"]
    del extents
    gc.collect()

    last = store.keep([big("d")])

    assert last.read(0, 2) == b"dd"
    assert last._offset == 0
    assert kept.size == 2 * MEBI


def test_a_failed_upload_leaves_nothing_in_the_file(store):
    store_of_one = store.keep([big("a")])

    def failing():
        yield big("b")
        raise ValueError("broken off")

    with pytest.raises(ValueError, match="broken off"):
        store.keep(failing())

    assert store.keep([big("c")])._offset == 0
    assert store_of_one.size == 2 * MEBI


def test_joined_bodies_read_as_one():
    body = Joined([Memory(b"abc"), Memory(b"d"), Piece(Memory(b"xefx"), 1, 3)])

    assert body.size == 6
    assert [body.read(start, end) for start, end in ((0, 6), (2, 5), (3, 4), (4, 100))] == [
        b"abcdef",
        b"cde",
        b"d",
        b"ef",
    ]
    assert b"".join(chunks(body)) == b"abcdef"


def test_a_reader_is_a_file():
    reader = Reader(Memory(b"0123456789"), 2, 8)

    assert (reader.read(2), reader.tell(), reader.read(), reader.read(1)) == (b"23", 2, b"4567", b"")
    assert (reader.seek(-1, SEEK_END), reader.read(), reader.seek(0), reader.readall()) == (
        5,
        b"7",
        0,
        b"234567",
    )
    assert (reader.seek(1), reader.readinto(buffer := bytearray(3)), bytes(buffer)) == (1, 3, b"345")


def test_only_large_answers_are_streamed():
    assert answer(Memory(b"abc"), 0, 3) == b"abc"
    assert answer(Memory(b"abc"), 1, 2) == b"b"
    assert isinstance(answer(Memory(big("a")), 0, 2 * MEBI), Reader)
