from __future__ import annotations

import pytest

from mocklambda.execution.message_buffer import HeldMessage, MessageBuffer
from mocklambda.execution.ports import QueueRecord


def held(name: str, *, group: str | None = None, size: int = 10, expires_at: int = 100) -> HeldMessage:
    source = QueueRecord(message_id=name, receipt_handle=name, record={}, causes=frozenset({len(name)}))
    return HeldMessage(source=source, encoded=b"x" * size, group=group, received_at=1, expires_at=expires_at)


def buffer_of(*messages: HeldMessage) -> MessageBuffer:
    buffer = MessageBuffer()
    for message in messages:
        buffer.add(message)
    return buffer


def names(messages: list[HeldMessage]) -> list[str]:
    return [message.source.message_id for message in messages]


def rest(buffer: MessageBuffer) -> list[str]:
    return names(buffer.take(10_000, frozenset()))


def test_messages_are_taken_in_order_up_to_the_limit() -> None:
    buffer = buffer_of(held("a"), held("b"), held("c"))
    assert (names(buffer.take(2, frozenset())), rest(buffer)) == (["a", "b"], ["c"])


def test_messages_of_busy_groups_keep_their_place() -> None:
    buffer = buffer_of(
        held("a1", group="a"), held("b1", group="b"), held("a2", group="a"), held("b2", group="b")
    )
    assert names(buffer.take(10, {"a"})) == ["b1", "b2"]
    assert rest(buffer) == ["a1", "a2"]


def test_an_event_ends_before_the_message_that_does_not_fit() -> None:
    buffer = buffer_of(held("a", size=4_000_000), held("b", size=3_000_000), held("c"))
    assert buffer.is_full
    assert (names(buffer.take(10, frozenset())), buffer.is_full) == (["a"], False)
    assert rest(buffer) == ["b", "c"]


@pytest.mark.parametrize(("now", "left"), [(49, ["a", "b"]), (50, ["b"]), (60, [])])
def test_what_others_may_receive_again_is_dropped(now: int, left: list[str]) -> None:
    buffer = buffer_of(held("a", expires_at=50), held("b", expires_at=60))
    buffer.expire(now)
    assert rest(buffer) == left


def test_a_dropped_group_is_gone() -> None:
    buffer = buffer_of(held("a", group="a"), held("b", group="b"), held("c"))
    buffer.drop_groups({"a"})
    assert rest(buffer) == ["b", "c"]


def test_the_calls_of_all_messages_are_told() -> None:
    assert buffer_of(held("a"), held("bb"), held("c")).causes == {1, 2}
