"""Amazon EventBridge: buses, rules with patterns and schedules, targets."""

from types import MappingProxyType

from mocklambda.services.events.links import destination, resource, resource_policy
from mocklambda.services.events.operations import OPERATIONS
from mocklambda.services.events.state import Buses
from mocklambda.services.service import Service

SERVICE = Service(
    name="events",
    operations=OPERATIONS,
    state=Buses,
    destination=destination,
    resource_policy=resource_policy,
    resource=resource,
    validates=True,
    # Too many entries are refused with a text of their own, see entries.py.
    validation_overrides=MappingProxyType({"entries": {"max": None}}),
)
