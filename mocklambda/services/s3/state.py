"""All of S3 in one session: the buckets, where bytes are kept, and the one order of all versions."""

from __future__ import annotations

from mocklambda.services.s3 import version_ids
from mocklambda.services.s3.access_logs import AccessLogs
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.expiry import Expiry
from mocklambda.services.s3.notifications import Notifier
from mocklambda.services.s3.spill import BodyStore
from mocklambda.services.service import Scope


class S3State:
    """Buckets have one namespace over all accounts and regions."""

    def __init__(self, scope: Scope[S3State]) -> None:
        self.scope = scope
        self.buckets: dict[str, Bucket] = {}
        self.bodies = BodyStore()
        self._order = 0
        self.notifier = Notifier(scope.links, scope.ids)
        self.expiry = Expiry(scope.clock, self.notifier)
        self.access_logs = AccessLogs(self)

    def new_bucket(self, name: str, *, region: str, account: str, location: str | None) -> Bucket:
        """Make an empty bucket, which is not there before it is added."""
        return Bucket(
            name=name,
            region=region,
            account=account,
            created_at=self.scope.clock.now(),
            location=location,
            next_order=self.next_order,
            new_version_id=lambda order: version_ids.make(order, self.scope.ids),
        )

    def add(self, bucket: Bucket) -> None:
        """Let the bucket be found; its name must be free."""
        self.buckets[bucket.name] = bucket

    def delete(self, bucket: Bucket) -> None:
        """Drop the bucket with its configuration."""
        self.expiry.forget(bucket)
        del self.buckets[bucket.name]

    def next_order(self) -> int:
        """Return a number greater than all before, for versions, uploads and sequencers."""
        self._order += 1
        return self._order

    def close(self) -> None:
        """Give the spill file back; called when the session ends."""
        self.bodies.close()
