"""Amazon SNS: topics that deliver to functions and queues."""

from mocklambda.services.service import Service
from mocklambda.services.sns.links import destination, resource, resource_policy
from mocklambda.services.sns.operations import OPERATIONS
from mocklambda.services.sns.state import Topics

SERVICE = Service(
    name="sns",
    operations=OPERATIONS,
    state=Topics,
    destination=destination,
    resource_policy=resource_policy,
    resource=resource,
)
