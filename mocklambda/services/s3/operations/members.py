"""How stored things look in answers: the members that several operations share."""

from __future__ import annotations

from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.checksums import Checksum
from mocklambda.services.s3.dates import http_date
from mocklambda.services.s3.encryption import Encryption
from mocklambda.services.s3.lifecycle import expiration_of
from mocklambda.services.s3.objects import NULL, StoredObject
from mocklambda.services.s3.operations.entry import Result


def quoted(etag: str) -> str:
    return f'"{etag}"'


def checksum_members(checksum: Checksum) -> Result:
    return {checksum.member: checksum.value, "ChecksumType": checksum.kind}


def encryption_members(encryption: Encryption) -> Result:
    """Return the members that tell how an object is encrypted."""
    if encryption.customer_md5 is not None:
        return {"SSECustomerAlgorithm": "AES256", "SSECustomerKeyMD5": encryption.customer_md5}
    found: Result = {"ServerSideEncryption": encryption.algorithm}
    if encryption.key_arn is not None:
        found["SSEKMSKeyId"] = encryption.key_arn
    if encryption.is_bucket_key:
        found["BucketKeyEnabled"] = True
    return found


def expiration(bucket: Bucket, version: StoredObject) -> str | None:
    """Return the Expiration header of a current version that a lifecycle rule will expire."""
    rules = bucket.settings.lifecycle
    found = expiration_of(rules, version) if rules else None
    if found is None:
        return None
    return f'expiry-date="{http_date(found[0])}", rule-id="{found[1]}"'


def written(bucket: Bucket, version: StoredObject) -> Result:
    """Return what every write answers of the version it made."""
    found = encryption_members(version.encryption)
    if version.version_id != NULL:
        found["VersionId"] = version.version_id
    when = expiration(bucket, version)
    if when is not None:
        found["Expiration"] = when
    return found
