"""The queue's heaps against the rules written naively, over random histories."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import settings as hypothesis_settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mocklambda.services.sqs.message import Message
from mocklambda.services.sqs.queue import Queue
from mocklambda.services.sqs.settings import Settings

GROUPS = ("a", "b", "c")
RETENTION_MS = 60_000


@dataclass
class Plain:
    """A message as the rules see it."""

    name: str
    group: str
    sent_at: int
    available_at: int
    hidden_until: int
    order: int
    handle: str = ""


class Histories(RuleBasedStateMachine):
    is_fifo = True

    def __init__(self):
        super().__init__()
        settings = Settings(is_fifo=self.is_fifo, retention_ms=RETENTION_MS)
        self.queue = Queue(
            name="q", arn="arn", account="1", region="r", settings=settings, tag=b"12345678", now=0
        )
        self.now = 0
        self.count = 0
        self.messages: list[Plain] = []

    def advance_to(self, now):
        self.now = now
        self.messages = [message for message in self.messages if message.sent_at + RETENTION_MS > now]
        for message in self.messages:
            if message.hidden_until and message.hidden_until <= now:
                message.available_at, message.hidden_until = message.hidden_until, 0

    def next_order(self):
        self.count += 1
        return self.count

    def receivable(self):
        """Every message that a receive could take, in order."""
        if not self.is_fifo:
            return [message for message in self.messages if not message.hidden_until]
        runs = []
        for group in GROUPS:
            run = []
            for message in self.messages:
                if message.group == group:
                    if message.hidden_until:
                        break
                    run.append(message)
            if run:
                runs.append(run)
        runs.sort(key=lambda run: (run[0].available_at, run[0].order))
        return [message for run in runs for message in run]

    @rule(group=st.sampled_from(GROUPS), delay=st.sampled_from([0, 0, 0, 1500]))
    def send(self, group, delay):
        order = self.next_order()
        message = Message(
            message_id=str(order),
            body=str(order),
            md5="",
            sender_id="",
            sent_at=self.now,
            causes=frozenset({order % 3}),
            group_id=group,
            kept_from=self.now,
        )
        self.queue.add(message, self.now, delay)
        hidden_until = self.now + delay if delay else 0
        self.messages.append(Plain(str(order), group, self.now, self.now, hidden_until, order))

    @rule(limit=st.integers(1, 5), hidden=st.sampled_from([0, 1000, 2000, 30_000]))
    def receive(self, limit, hidden):
        expected = self.receivable()[:limit]
        taken, _ = self.queue.receive(limit, hidden, self.now)
        assert [message.body for message in taken] == [message.name for message in expected]
        for message, plain in zip(taken, expected, strict=True):
            plain.handle = self.queue.handle(message)
            plain.order = self.next_order()
            plain.available_at, plain.hidden_until = self.now, self.now + hidden if hidden else 0

    @precondition(lambda self: any(message.handle and message.hidden_until for message in self.messages))
    @rule(data=st.data(), seconds=st.sampled_from([None, 0, 1, 5]))
    def delete_or_change_one_in_flight(self, data, seconds):
        flying = [message for message in self.messages if message.handle and message.hidden_until]
        plain = data.draw(st.sampled_from(flying))
        if seconds is None:
            self.queue.delete(plain.handle, self.now)
            self.messages.remove(plain)
        else:
            self.queue.change_visibility(plain.handle, seconds * 1000, self.now)
            plain.hidden_until = self.now + seconds * 1000
            self.advance_to(self.now)

    @rule(seconds=st.sampled_from([1, 2, 29, 40]))
    def time_passes(self, seconds):
        due = sorted(
            at
            for message in self.messages
            for at in (message.hidden_until, message.sent_at + RETENTION_MS)
            if self.now < at <= self.now + seconds * 1000
        )
        end = self.now + seconds * 1000
        for instant in (*due, end):
            self.advance_to(instant)

    @invariant()
    def what_can_be_seen_is_what_the_rules_say(self):
        hidden = [message for message in self.messages if message.hidden_until]
        assert [message.body for message in self.queue.peek(self.now)] == [one.name for one in self.messages]
        assert self.queue.counts[0] == len(self.messages) - len(hidden)
        visible = {int(one.name) % 3 for one in self.messages if not one.hidden_until}
        assert self.queue.waiting(self.now) == visible
        assert (self.queue.backlog(self.now) > 0) == bool(self.receivable())
        assert self.queue.backlog(self.now) >= len(self.receivable())


class StandardHistories(Histories):
    is_fifo = False


_OPTIONS = hypothesis_settings(max_examples=60, stateful_step_count=40, deadline=None, derandomize=True)
TestFifoHistories = Histories.TestCase
TestFifoHistories.settings = _OPTIONS
TestStandardHistories = StandardHistories.TestCase
TestStandardHistories.settings = _OPTIONS
