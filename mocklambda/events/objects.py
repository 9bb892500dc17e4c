"""Events of buckets."""

from __future__ import annotations

from typing import Any

from mocklambda.events.workshop import Event, workshop


def s3_put(
    key: str = "key", body: Any = b"", *, bucket: str = "bucket", versioned: bool = False, **where: Any
) -> Event:
    """Make the event of an object that was put.

    Args:
        key: the object's name as it is; the event has it encoded.
        body: what size and ETag tell of: bytes, text, or anything else as JSON.
        bucket: the bucket's name.
        versioned: whether the bucket keeps versions: then the event names one.
        where: ``at``, ``seed``, ``region``, ``account_id``.

    See https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html
    """
    with workshop(**where) as shop:
        made = shop.cloud.bucket(bucket, versioned=versioned)
        shop.function.on_upload(made)
        made.put(key, body)
        return shop.event()


def s3_delete(key: str = "key", *, bucket: str = "bucket", versioned: bool = False, **where: Any) -> Event:
    """Make the event of an object that was deleted, or covered by a delete marker in a versioned bucket.

    Args:
        key: the object's name as it is; the event has it encoded.
        bucket: the bucket's name.
        versioned: whether the bucket keeps versions.
        where: ``at``, ``seed``, ``region``, ``account_id``.

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    with workshop(**where) as shop:
        made = shop.cloud.bucket(bucket, versioned=versioned)
        made.put(key)
        shop.function.on_upload(made, events=["s3:ObjectRemoved:*"])
        made.delete(key)
        return shop.event()
