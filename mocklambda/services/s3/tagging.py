"""Which tag sets are accepted, for objects and for buckets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mocklambda.services.s3.errors import invalid_tag, malformed_xml
from mocklambda.services.service import AwsError

_ALLOWED = re.compile(r"[\w\s.:/=+\-@]*")
_OBJECT_LIMIT = 10
_BUCKET_LIMIT = 50


def object_tags(tag_set: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Check the body of PutObjectTagging."""
    tags = _checked(tag_set, "Your TagKey cannot be prefixed with aws:")
    _limit(tags, _OBJECT_LIMIT, "Object")
    return tags


def bucket_tags(tag_set: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Check the body of PutBucketTagging."""
    tags = _checked(tag_set, "System tags cannot be added/updated by requester")
    _limit(tags, _BUCKET_LIMIT, "Bucket")
    return tags


def new_bucket_tags(tag_set: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Check the tags of CreateBucket, which is refused in its own words."""
    keys = [tag.get("Key") for tag in tag_set]
    if any(isinstance(key, str) and key.startswith("aws:") for key in keys):
        raise invalid_tag(
            'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. Remove '
            '"aws:" from your tag keys and try again.'
        )
    if len(set(keys)) < len(keys):
        # R: AWS itself answers a 500 to duplicate keys here.
        raise AwsError("InternalError", "We encountered an internal error. Please try again.", 500)
    return bucket_tags(tag_set)


def check_header_tags(tags: Mapping[str, str]) -> Mapping[str, str]:
    """Check tags that came in an ``x-amz-tagging`` header."""
    return object_tags([{"Key": key, "Value": value} for key, value in tags.items()])


def _checked(tag_set: Sequence[Mapping[str, Any]], reserved: str) -> dict[str, str]:
    tags: dict[str, str] = {}
    for tag in tag_set:
        key, value = tag.get("Key"), tag.get("Value")
        if not key or value is None:
            raise malformed_xml()
        if key in tags:
            raise invalid_tag("Cannot provide multiple Tags with the same key", key)
        if key.startswith("aws:"):
            raise invalid_tag(reserved, key)
        if len(key) > 128 or not _ALLOWED.fullmatch(key):
            raise invalid_tag("The TagKey you have provided is invalid", key)
        if len(value) > 256 or not _ALLOWED.fullmatch(value):
            raise invalid_tag("The TagValue you have provided is invalid", key, value)
        tags[key] = value
    return tags


def _limit(tags: Mapping[str, str], limit: int, what: str) -> None:
    if len(tags) > limit:
        raise AwsError("BadRequest", f"{what} tags cannot be greater than {limit}")
