"""All queues of one account and region: who is there, who is woken, and where dead letters go."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count, islice

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Causes
from mocklambda.services.links import Arn
from mocklambda.services.service import Scope
from mocklambda.services.sqs import addresses, errors
from mocklambda.services.sqs.attempts import Attempts
from mocklambda.services.sqs.deduplication import Accepted
from mocklambda.services.sqs.message import Message
from mocklambda.services.sqs.moves import TaskStatus
from mocklambda.services.sqs.polls import LongPoll
from mocklambda.services.sqs.queue import Queue
from mocklambda.services.sqs.redrive import refused
from mocklambda.services.sqs.sending import Outgoing
from mocklambda.services.sqs.settings import Settings

_NAME_IS_BLOCKED: Millis = 60_000
_FIRST_SEQUENCE_NUMBER = 18_849_496_460_467_696_128
_SEQUENCE_STEP = 256


class Sqs:
    """The service's state for one account and region."""

    def __init__(self, scope: Scope[Sqs]) -> None:
        self.scope = scope
        self.queues: dict[str, Queue] = {}
        self._names: list[str] = []
        self._deleted: dict[str, Millis] = {}
        self._listeners: dict[str, list[Callable[[], None]]] = {}
        self._sequence = count(_FIRST_SEQUENCE_NUMBER, _SEQUENCE_STEP)
        self._senders: dict[str, str] = {}
        self.attempts = Attempts()

    # -- queues ------------------------------------------------------------------------------------------

    def create(self, name: str, settings: Settings, tags: Mapping[str, str], now: Millis) -> Queue:
        """Make a queue; raises QueueDeletedRecently for a name given up less than 60 s ago."""
        deleted_at = self._deleted.get(name)
        if deleted_at is not None and now < deleted_at + _NAME_IS_BLOCKED:
            raise errors.deleted_recently()
        arn = addresses.arn(self.scope.account, self.scope.region, name)
        self.check_redrive(arn, settings)
        queue = Queue(
            name=name, arn=arn, account=self.scope.account, region=self.scope.region, settings=settings,
            tag=bytes.fromhex(self.scope.ids.hex(16)), now=now,
        )  # fmt: skip
        queue.tags.update(tags)
        self.queues[name] = queue
        insort(self._names, name)
        return queue

    def delete(self, queue: Queue, now: Millis) -> None:
        """Drop a queue with all it holds; whoever waits on it is told that it is gone."""
        del self.queues[queue.name]
        del self._names[bisect_left(self._names, queue.name)]
        self._deleted = {name: at for name, at in self._deleted.items() if now < at + _NAME_IS_BLOCKED}
        self._deleted[queue.name] = now
        for task in queue.tasks:
            if task.is_running:
                task.finish(TaskStatus.CANCELLED)
        if queue.timer is not None:
            queue.timer.cancel()
        while queue.polls:
            queue.polls.popleft().refuse(errors.no_such_queue())

    def named(self, prefix: str, after: str, limit: int) -> list[str]:
        """Return up to ``limit`` queue names with that prefix, in order, beyond ``after``."""
        start = bisect_left(self._names, max(prefix, f"{after}\0" if after else ""))
        names = islice(self._names, start, None)
        found: list[str] = []
        for name in names:
            if not name.startswith(prefix) or len(found) == limit:
                break
            found.append(name)
        return found

    def by_arn(self, arn: str) -> Queue | None:
        """Return the queue under an ARN of this account and region."""
        queue = self.queues.get(arn.rpartition(":")[2])
        return queue if queue is not None and queue.arn == arn else None

    def check_redrive(self, arn: str, settings: Settings) -> None:
        """Raise when the redrive policy names a queue that is not there, not of the kind, or unwilling."""
        if settings.redrive is None:
            return
        text, target_arn = settings.redrive.show(), Arn.parse(settings.redrive.target_arn)
        if (target_arn.account, target_arn.region) != (self.scope.account, self.scope.region):
            raise refused(text, "Dead-letter target owner should be same as the source.")
        target = self.by_arn(settings.redrive.target_arn)
        if target is None:
            raise refused(text, "Dead letter target does not exist.")
        if target.arn == arn:
            raise refused(text, "Dead letter target must be another queue.")
        if target.is_fifo != settings.is_fifo:
            raise refused(text, "Dead-letter queue must be same type of queue as the source.")
        if not _admits(target, arn):
            raise refused(text, "Dead-letter queue does not allow this queue as a source queue.")

    def sources_of(self, queue: Queue) -> list[Queue]:
        """List the queues whose dead letters come to ``queue``, by name."""
        found = (self.queues[name] for name in self._names)
        return [one for one in found if one.settings.redrive and one.settings.redrive.target_arn == queue.arn]

    # -- messages ----------------------------------------------------------------------------------------

    def send(
        self, queue: Queue, outgoing: Outgoing, sender_id: str, causes: Causes, now: Millis
    ) -> tuple[str, int | None]:
        """Store a message, unless it repeats an earlier one; returns id and sequence number.

        Whoever waits is told by ``announce``, which the caller does once, after its last message.
        """
        sequence_number, group_id, deduplication_id = None, outgoing.group_id, outgoing.deduplication_id
        message_id = self.scope.ids.uuid()
        if queue.is_fifo:
            key = group_id or "", deduplication_id or ""
            earlier = queue.deduplication.find(*key, now)
            if earlier is not None:
                return earlier
            sequence_number = next(self._sequence)
            queue.deduplication.remember(*key, Accepted(message_id, sequence_number), now)
        message = Message(
            message_id=message_id, body=outgoing.body, md5=outgoing.md5, sender_id=sender_id, sent_at=now,
            causes=causes, attributes=outgoing.attributes, trace_header=outgoing.trace_header,
            group_id=group_id, deduplication_id=deduplication_id, sequence_number=sequence_number,
            kept_from=now,
        )  # fmt: skip
        queue.add(message, now, outgoing.delay_ms)
        return message_id, sequence_number

    def receive(self, queue: Queue, limit: int, hidden_ms: Millis, now: Millis) -> list[Message]:
        """Receive up to ``limit``; what was received too often goes to the dead-letter queue instead."""
        redrive = queue.settings.redrive
        target = None if redrive is None else self.by_arn(redrive.target_arn)
        if redrive is None or target is None or not _admits(target, queue.arn):
            taken, _ = queue.receive(limit, hidden_ms, now)
        else:
            taken, exhausted = queue.receive(limit, hidden_ms, now, redrive.max_receives)
            if exhausted:
                self._bury(queue, target, exhausted, now)
        self.arm(queue)
        return taken

    def put_again(self, queue: Queue, message: Message, now: Millis) -> None:
        """Send a message on to ``queue`` as a new one: a redriven message gets id, time and count anew."""
        message.message_id = self.scope.ids.uuid()
        message.sent_at = message.kept_from = now
        message.receive_count = message.first_received_at = 0
        message.dead_letter_source = None
        self._renumber(queue, message)
        queue.add(message, now, queue.settings.delay_ms)

    def sender(self, service: str) -> str:
        """Return the sender id of the account's user (``""``) or of a service's session, each the same throughout."""
        sender = self._senders.get(service)
        if sender is None:
            sender = self._senders[service] = ("AROA" if service else "AIDA") + self.scope.ids.letters(17)
        return f"{sender}:{service}" if service else sender

    def _bury(self, source: Queue, target: Queue, messages: Sequence[Message], now: Millis) -> None:
        for message in messages:
            message.dead_letter_source = source.arn
            if target.is_fifo:
                message.kept_from = now
                self._renumber(target, message)
            target.add(message, now)
        self.announce(target, now)

    def _renumber(self, queue: Queue, message: Message) -> None:
        message.sequence_number = next(self._sequence) if queue.is_fifo else None

    # -- who is told -------------------------------------------------------------------------------------

    def listen(self, name: str, listener: Callable[[], None]) -> Callable[[], None]:
        """Have ``listener`` called when the queue of that name has messages; returns the undoing."""
        listeners = self._listeners.setdefault(name, [])
        listeners.append(listener)
        return partial(listeners.remove, listener)

    def wait(self, queue: Queue, poll: LongPoll, until: Millis) -> None:
        """Park a long poll."""
        queue.polls.append(poll)
        poll.timer = self.scope.clock.call_at(
            until, partial(self._give_up, queue, poll), label=f"long poll on {queue.name}"
        )

    def announce(self, queue: Queue, now: Millis) -> None:
        """Serve long polls, then tell listeners, if there is something to receive; set the queue's alarm."""
        queue.refresh(now)
        while queue.polls and queue.backlog(now):
            poll = queue.polls.popleft()  # before receiving: a dead letter may bring us here again
            if poll.pending.done:
                poll.drop()
                continue
            messages = self.receive(queue, poll.limit, poll.hidden_ms, now)
            if not messages:
                queue.polls.appendleft(poll)
                break
            self.attempts.remember(queue, poll.attempt_id, messages, poll.hidden_ms, now)
            poll.answer(messages)
        listeners = self._listeners.get(queue.name)
        if listeners and queue.backlog(now):
            for listener in tuple(listeners):
                listener()
        self.arm(queue)

    def after_delete(self, queue: Queue, now: Millis) -> None:
        """Note that messages were deleted: that sets groups free, and makes room for more in flight."""
        if queue.is_fifo or queue.is_held_back:
            queue.is_held_back = False
            self.announce(queue, now)
        else:
            self.arm(queue)

    def arm(self, queue: Queue) -> None:
        """Have one timer on the clock, for the first of the queue's hidden messages."""
        due, timer = queue.next_due(), queue.timer
        if timer is not None:
            if timer.when == due:
                return
            timer.cancel()
            queue.timer = None
        if due is not None:
            label = f"a hidden message of {queue.name}"
            queue.timer = self.scope.clock.call_at(due, partial(self._ring, queue), label=label)

    def _ring(self, queue: Queue) -> None:
        queue.timer = None
        self.announce(queue, self.scope.clock.now())

    def _give_up(self, queue: Queue, poll: LongPoll) -> None:
        queue.polls.remove(poll)
        poll.answer(())


def _admits(target: Queue, source_arn: str) -> bool:
    allow = target.settings.redrive_allow
    return allow is None or allow.admits(source_arn)
