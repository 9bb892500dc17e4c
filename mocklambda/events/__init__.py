"""Events for unit tests that call a handler directly: ``handler(events.sqs(["hello"]), context())``.

Each is what the function would get: the session's own services make it, in a small cloud of its own. Equal
arguments give equal events; ids follow from ``seed``, times are ``at``.
"""

from __future__ import annotations

from mocklambda.events.buses import eventbridge, scheduled
from mocklambda.events.front_ends import alb, function_url
from mocklambda.events.messages import sns, sqs
from mocklambda.events.objects import s3_delete, s3_put
from mocklambda.events.streams import dynamodb, kinesis

__all__ = [
    "alb",
    "dynamodb",
    "eventbridge",
    "function_url",
    "kinesis",
    "s3_delete",
    "s3_put",
    "scheduled",
    "sns",
    "sqs",
]
