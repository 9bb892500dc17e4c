"""S3: buckets, objects, versions, uploads, notifications; one namespace for all accounts and regions."""

from mocklambda.services.s3.links import destination, resource, resource_policy, resource_version
from mocklambda.services.s3.object_source import object_source
from mocklambda.services.s3.operations import OPERATIONS
from mocklambda.services.s3.state import S3State
from mocklambda.services.s3.wire import front, lifted
from mocklambda.services.service import Service

SERVICE = Service(
    name="s3",
    operations=OPERATIONS,
    state=S3State,
    is_global=True,
    destination=destination,
    front=front,
    lifted=lifted,
    object_source=object_source,
    resource_policy=resource_policy,
    resource=resource,
    resource_version=resource_version,
)

__all__ = ["SERVICE"]
