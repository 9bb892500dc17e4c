"""SQS's operations, by what they are about."""

from __future__ import annotations

from mocklambda.services.service import operation_table
from mocklambda.services.sqs.operations import move_tasks, permissions, queues, receiving, sending

OPERATIONS = {
    name: function
    for module in (queues, sending, receiving, permissions, move_tasks)
    for name, function in operation_table(vars(module)).items()
}
