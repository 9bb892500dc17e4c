"""SQS: standard and FIFO queues, dead letters, message move tasks; time is the cloud's clock."""

from __future__ import annotations

from mocklambda.services.service import Service
from mocklambda.services.sqs import links
from mocklambda.services.sqs.front import front
from mocklambda.services.sqs.operations import OPERATIONS
from mocklambda.services.sqs.state import Sqs

SERVICE: Service[Sqs] = Service(
    name="sqs",
    operations=OPERATIONS,
    state=Sqs,
    front=front,
    destination=links.destination,
    queue_source=links.queue_source,
    resource_policy=links.resource_policy,
    resource=links.resource,
    about=links.about,
)
