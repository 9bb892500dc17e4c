"""Amazon EventBridge Scheduler: one-time and recurring schedules."""

from mocklambda.services.scheduler.operations import OPERATIONS
from mocklambda.services.scheduler.state import Scheduler
from mocklambda.services.service import Service

SERVICE = Service(name="scheduler", operations=OPERATIONS, state=Scheduler, validates=True)
