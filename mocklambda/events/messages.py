"""Events of queues and topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mocklambda.events.workshop import Event, workshop


def sqs(
    bodies: Sequence[Any],
    *,
    queue: str = "queue",
    attributes: Mapping[str, Any] | None = None,
    group: str | None = None,
    **where: Any,
) -> Event:
    """Make the event of a queue's messages.

    Args:
        bodies: one for each message: text as it is, anything else as JSON.
        queue: the queue's name; one that ends in ``.fifo`` is a FIFO queue.
        attributes: message attributes of each, as text, numbers or bytes.
        group: message group id; ``group`` by default for a FIFO queue.
        where: ``at``, ``seed``, ``region``, ``account_id``.

    See https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    is_fifo = queue.endswith(".fifo")
    with workshop(**where) as shop:
        settings: dict[str, Any] = {"ContentBasedDeduplication": "true"} if is_fifo else {}
        made = shop.cloud.queue(queue, fifo=is_fifo, **settings)
        for body in bodies:
            made.send(body, group=group or ("group" if is_fifo else None), **(attributes or {}))
        _, scope = shop.state("sqs")
        source = scope.links.queue_source(made.arn)
        received = shop.cloud.engine.turn(lambda: source.receive(len(bodies)))
        return {"Records": [one.record for one in received]}


def sns(
    message: Any,
    *,
    topic: str = "topic",
    subject: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    **where: Any,
) -> Event:
    """Make the event of a topic's message.

    Args:
        message: text as it is; anything else as JSON.
        topic: the topic's name.
        subject: of the notification.
        attributes: message attributes, as text, numbers or bytes.
        where: ``at``, ``seed``, ``region``, ``account_id``.

    See https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
    """
    with workshop(**where) as shop:
        made = shop.cloud.topic(topic)
        shop.function.on_topic(made)
        made.publish(message, subject=subject, **(attributes or {}))
        return shop.event()
