"""Scheduler's API operations, by what they are about."""

from mocklambda.services.scheduler.operations import groups, schedules
from mocklambda.services.service import operation_table

OPERATIONS = {**operation_table(vars(schedules)), **operation_table(vars(groups))}
