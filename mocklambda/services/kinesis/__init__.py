"""Amazon Kinesis Data Streams: streams, shards, records, consumers. Channels and queues are not served."""

from __future__ import annotations

from mocklambda.services.kinesis.constraints import CONSTRAINTS
from mocklambda.services.kinesis.links import about, destination, resource, resource_policy, stream_source
from mocklambda.services.kinesis.operations import OPERATIONS
from mocklambda.services.kinesis.state import Kinesis
from mocklambda.services.service import Service

SERVICE = Service(
    name="kinesis",
    operations=OPERATIONS,
    state=Kinesis,
    validates=True,
    validation_overrides=CONSTRAINTS,
    destination=destination,
    stream_source=stream_source,
    resource_policy=resource_policy,
    resource=resource,
    about=about,
)
