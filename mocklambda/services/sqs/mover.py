"""Drives message move tasks: who gets the next message, and when."""

from __future__ import annotations

from functools import partial

from mocklambda.clock.base import Millis
from mocklambda.services.sqs.moves import MoveTask, TaskStatus
from mocklambda.services.sqs.queue import Queue
from mocklambda.services.sqs.state import Sqs

_REMEMBERED = 10
_GONE = "AWS.SimpleQueueService.NonExistentQueue"
_UNKNOWN_SOURCE = "CouldNotDetermineMessageSource"


class Mover:
    """Moves messages of one account and region."""

    def __init__(self, sqs: Sqs) -> None:
        self._sqs = sqs

    def start(
        self, source: Queue, destination_arn: str | None, per_second: int | None, now: Millis
    ) -> MoveTask:
        """Begin a task; its first message goes in a turn of its own, at this instant."""
        source.refresh(now)
        task = MoveTask(
            task_id=self._sqs.scope.ids.uuid(),
            source_arn=source.arn,
            destination_arn=destination_arn,
            per_second=per_second,
            to_move=source.counts[0],
            started_at=now,
        )
        source.tasks.append(task)
        del source.tasks[:-_REMEMBERED]
        self._park(source, task)
        return task

    def _park(self, source: Queue, task: MoveTask) -> None:
        label = f"message move task of {source.name}"
        task.timer = self._sqs.scope.clock.call_at(
            task.next_at, partial(self._run, source, task), label=label
        )

    def _run(self, source: Queue, task: MoveTask) -> None:
        """Move what may go now; without a rate that is everything."""
        now = self._sqs.scope.clock.now()
        task.timer = None
        reached: dict[str, Queue] = {}
        while task.is_running and task.next_at <= now:
            self._move_one(source, task, reached, now)
        for queue in reached.values():
            self._sqs.announce(queue, now)
        if task.is_running:
            self._park(source, task)

    def _move_one(self, source: Queue, task: MoveTask, reached: dict[str, Queue], now: Millis) -> None:
        message = source.next_visible(now) if task.moved < task.to_move else None
        if message is None:
            task.finish(TaskStatus.COMPLETED)
            return
        arn = task.destination_arn or message.dead_letter_source
        target = self._sqs.by_arn(arn) if arn is not None else None
        if target is None:
            task.finish(TaskStatus.FAILED, _UNKNOWN_SOURCE if arn is None else _GONE)
            return
        source.remove(message)
        self._sqs.put_again(target, message, now)
        reached[target.name] = target
        task.moved += 1
        if task.moved == task.to_move:
            task.finish(TaskStatus.COMPLETED)
