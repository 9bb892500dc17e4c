"""A bucket as a destination of others: on-failure records become objects in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocklambda.execution.ports import Delivery, Undeliverable
from mocklambda.services.links import Arn
from mocklambda.services.resources import Resource
from mocklambda.services.s3.arrivals import put_from_service
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.encryption import KMS_ALGORITHMS, key_arn
from mocklambda.services.s3.objects import StoredObject, Version
from mocklambda.services.s3.policies import compact

if TYPE_CHECKING:
    from mocklambda.services.s3.state import S3State


class BucketDestination:
    """Takes a delivery as the object ``delivery.object_key``."""

    def __init__(self, state: S3State, bucket: Bucket) -> None:
        self._state = state
        self._bucket = bucket

    @property
    def arn(self) -> str:
        return self._bucket.arn

    def deliver(self, delivery: Delivery) -> str | None:
        if delivery.object_key is None:
            raise Undeliverable("InvalidRequest", "a bucket takes only what has a key")
        put_from_service(
            self._state, self._bucket, delivery.object_key, delivery.body.encode(), delivery.trace_header
        )
        return None

    def permits(self, principal: str, source_arn: str, source_account: str) -> bool:
        """Whether the caller may put here: functions write with their role, in the bucket's account."""
        return source_account == self._bucket.account


def resource_policy(state: S3State, arn: str) -> str | None:
    """Return the policy of the bucket under this ARN, or in which the object under it lies."""
    bucket = state.buckets.get(Arn.parse(arn).resource.partition("/")[0])
    return None if bucket is None or bucket.settings.policy is None else compact(bucket.settings.policy)


def resource(state: S3State, arn: str) -> Resource | None:
    """Return the key that a bucket's new objects get, or an object's own, and the object's tags.

    Of buckets S3 lets policies ask for no tags.
    """
    name, _, key = Arn.parse(arn).resource.partition("/")
    bucket = state.buckets.get(name)
    if bucket is None:
        return None
    if not key:
        rule = bucket.settings.encryption
        is_named = rule.algorithm in KMS_ALGORITHMS and rule.key_id is not None
        return Resource(key=key_arn(rule.key_id, bucket.region, bucket.account) if is_named else "")
    return _object(bucket.current(key))


def resource_version(state: S3State, arn: str, version_id: str) -> Resource | None:
    """Return an object's version's own key and tags."""
    name, _, key = Arn.parse(arn).resource.partition("/")
    bucket = state.buckets.get(name)
    return None if bucket is None else _object(bucket.find(key, version_id))


def _object(stored: Version | None) -> Resource | None:
    if not isinstance(stored, StoredObject):
        return None
    kept = stored.encryption
    tags = {f"s3:existingobjecttag/{name.lower()}": value for name, value in stored.tags.items()}
    return Resource(conditions=tags, key=(kept.key_arn or "") if kept.is_named_key else "")


def destination(state: S3State, arn: str) -> BucketDestination | None:
    """Return the bucket under ``arn:aws:s3:::name``."""
    bucket = state.buckets.get(Arn.parse(arn).resource)
    return None if bucket is None else BucketDestination(state, bucket)
