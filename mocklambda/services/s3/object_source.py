"""A bucket as other services read it: code is deployed from it, packages lie in AWS's own for download."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mocklambda.execution.ports import MissingObject
from mocklambda.services.links import Arn
from mocklambda.services.s3.arrivals import put_from_service
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.encryption import with_usable_key
from mocklambda.services.s3.errors import no_such_key, no_such_version
from mocklambda.services.s3.objects import StoredObject
from mocklambda.services.service import AwsError

if TYPE_CHECKING:
    from mocklambda.services.s3.state import S3State

AWS_ACCOUNT = "000000000000"
_AWS_OWNED = re.compile(r"awslambda-(?P<region>[a-z0-9-]+)-(tasks|layers)")
"""D: where the URLs of function and layer code point to; made when first asked for."""


class BucketSource:
    """One bucket."""

    def __init__(self, state: S3State, bucket: Bucket) -> None:
        self._state = state
        self._bucket = bucket

    @property
    def region(self) -> str:
        return self._bucket.region

    def read(self, key: str, version_id: str | None = None) -> bytes:
        """Return an object's bytes, the current version's by default."""
        bucket = self._bucket
        version = bucket.current(key) if version_id is None else bucket.find(key, version_id)
        if not isinstance(version, StoredObject):
            error = no_such_key(key) if version_id is None else no_such_version(key, version_id)
            raise MissingObject(error.code, error.message)
        try:
            with_usable_key(version.encryption, self._state.scope.links.keys)
        except AwsError as error:
            raise MissingObject(error.code, error.message) from None
        return version.body.read(0, version.body.size)

    def offer(self, key: str, content: bytes) -> None:
        """Put an object unless it is there."""
        if self._bucket.current(key) is None:
            put_from_service(self._state, self._bucket, key, content)


def object_source(state: S3State, arn: str) -> BucketSource | None:
    """Return the bucket under ``arn:aws:s3:::name``."""
    name = Arn.parse(arn).resource
    bucket = state.buckets.get(name)
    if bucket is None:
        owned = _AWS_OWNED.fullmatch(name)
        if owned is None:
            return None
        bucket = state.new_bucket(name, region=owned["region"], account=AWS_ACCOUNT, location=owned["region"])
        state.add(bucket)
    return BucketSource(state, bucket)
