"""Amazon DynamoDB Streams: what was written to tables, kept for a day. The tables themselves are moto's."""

from __future__ import annotations

from mocklambda.services.dynamodbstreams import operations
from mocklambda.services.dynamodbstreams.links import stream_source
from mocklambda.services.dynamodbstreams.state import TableStreams
from mocklambda.services.service import Service, operation_table

SERVICE = Service(
    name="dynamodbstreams",
    operations=operation_table(vars(operations)),
    state=TableStreams,
    validates=True,
    stream_source=stream_source,
    arn_service="dynamodb",
)
