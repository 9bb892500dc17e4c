"""S3: buckets, objects, versions, uploads and notifications, in one namespace for all accounts and regions."""

from mocklambda.services.s3.operations import OPERATIONS
from mocklambda.services.s3.state import S3State
from mocklambda.services.service import Service

SERVICE = Service(
    name="s3",
    operations=OPERATIONS,
    state=S3State,
    is_global=True,
)

__all__ = ["SERVICE"]
