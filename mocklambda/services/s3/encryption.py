"""How an object is encrypted, as far as its users see it: which headers, which key, which refusals."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, replace

from mocklambda.services.keys import KeyRefused, Keys
from mocklambda.services.s3.errors import access_denied, invalid_argument, invalid_request
from mocklambda.services.service import AwsError

_UUID = re.compile(r"(mrk-)?[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
KMS_ALGORITHMS = frozenset({"aws:kms", "aws:kms:dsse"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Encryption:
    """Encryption of one object. With ``customer_md5`` the key is the customer's (SSE-C)."""

    algorithm: str = "AES256"
    key_arn: str | None = None
    is_named_key: bool = False
    """Whether somebody chose the key; else it is the account's ``aws/s3``, which S3 looks after."""
    is_bucket_key: bool = False
    context: str | None = None
    customer_md5: str | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the ETag is the MD5 of the bytes."""
        return self.customer_md5 is None and self.algorithm == "AES256"


S3_MANAGED = Encryption()


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketRule:
    """A bucket's default encryption."""

    algorithm: str = "AES256"
    key_id: str | None = None
    is_bucket_key: bool = False


DEFAULT_RULE = BucketRule()


def from_rule(rule: BucketRule, region: str, account: str) -> Encryption:
    """Return what a put without encryption headers gets."""
    if rule.algorithm == "AES256":
        return S3_MANAGED
    return Encryption(
        algorithm=rule.algorithm,
        key_arn=key_arn(rule.key_id, region, account),
        is_named_key=rule.key_id is not None,
        is_bucket_key=rule.is_bucket_key,
    )


def requested(
    algorithm: str | None,
    key_id: str | None,
    *,
    is_bucket_key: bool | None,
    context: str | None,
    rule: BucketRule,
    region: str,
    account: str,
) -> Encryption:
    """Return the encryption that the request's headers, or else the bucket's rule, ask for."""
    if algorithm is None:
        if key_id is not None:
            raise invalid_argument(
                "Server Side Encryption with AWS KMS managed key requires HTTP header "
                "x-amz-server-side-encryption : aws:kms",
                "x-amz-server-side-encryption",
            )
        return from_rule(rule, region, account)
    if algorithm == "AES256":
        if key_id is not None:
            raise invalid_argument(
                "Server Side Encryption with AWS KMS managed key requires HTTP header "
                "x-amz-server-side-encryption : aws:kms",
                "x-amz-server-side-encryption",
                algorithm,
            )
        return S3_MANAGED
    if algorithm not in KMS_ALGORITHMS:
        raise invalid_argument(
            "The encryption method specified is not supported", "x-amz-server-side-encryption", algorithm
        )
    return Encryption(
        algorithm=algorithm,
        key_arn=key_arn(key_id, region, account),
        is_named_key=key_id is not None,
        is_bucket_key=rule.is_bucket_key if is_bucket_key is None else is_bucket_key,
        context=context,
    )


def with_usable_key(found: Encryption, keys: Keys) -> Encryption:
    """Look a chosen key up, for a write or a read; an alias stands for its key. Raises KMS's refusal as S3's."""
    if found.key_arn is None or not found.is_named_key:
        return found
    region = found.key_arn.split(":", 5)[3]
    try:
        arn = keys.usable(found.key_arn, region)
    except KeyRefused as refusal:
        raise AwsError(f"KMS.{refusal.code}", refusal.message) from None
    return found if arn == found.key_arn else replace(found, key_arn=arn)


def key_arn(key_id: str | None, region: str, account: str) -> str:
    """Return the ARN of the key named by id, alias or ARN; without a name, the account's ``aws/s3`` key."""
    prefix = f"arn:aws:kms:{region}:{account}:"
    if key_id is None:
        digits = hashlib.sha256(f"aws/s3:{region}:{account}".encode()).hexdigest()
        return f"{prefix}key/{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"
    if key_id.startswith("arn:"):
        parts = key_id.split(":", 5)
        if len(parts) != 6 or parts[3] != region:
            raise AwsError("KMS.NotFoundException", f"Invalid arn {parts[3] if len(parts) > 3 else key_id}")
        return key_id
    if key_id.startswith("alias/"):
        return prefix + key_id
    if _UUID.fullmatch(key_id) is None:
        raise AwsError("KMS.NotFoundException", f"Invalid keyId '{key_id}'")
    return f"{prefix}key/{key_id}"


_CUSTOMER = "Requests specifying Server Side Encryption with Customer provided keys must provide "


def customer_key(
    algorithm: str | None, key: str | None, md5: str | None, *, server_side: str | None = None
) -> Encryption | None:
    """Check SSE-C parameters of a write; None when there are none."""
    if algorithm is None and key is None and md5 is None:
        return None
    if server_side is not None:
        raise invalid_argument(
            "Server Side Encryption with Customer provided key is incompatible with the encryption method "
            "specified",
            "x-amz-server-side-encryption",
            server_side,
        )
    check_algorithm(algorithm)
    if key is None:
        raise _refused(_CUSTOMER + "an appropriate secret key.")
    raw = _key_bytes(key)
    if len(raw) != 32 or md5 is None:
        raise _refused("The secret key was invalid for the specified algorithm.")
    if base64.b64encode(hashlib.md5(raw).digest()).decode() != md5:
        raise _refused("The calculated MD5 hash of the key did not match the hash that was provided.")
    return Encryption(customer_md5=md5)


def check_algorithm(algorithm: str | None) -> None:
    """Refuse an SSE-C algorithm that is missing or not AES256."""
    if algorithm is None:
        raise _refused(_CUSTOMER + "a valid encryption algorithm.")
    if algorithm != "AES256":
        raise AwsError(
            "InvalidEncryptionAlgorithmError",
            "The Encryption request you specified is not valid. Supported value: AES256.",
            fields={"ArgumentName": "x-amz-server-side-encryption", "ArgumentValue": algorithm},
        )


def check_read(stored: Encryption, algorithm: str | None, key: str | None, md5: str | None) -> None:
    """Refuse a read that does not bring the customer's key of an SSE-C object."""
    if stored.customer_md5 is None:
        if algorithm is not None or key is not None:
            raise invalid_request("The encryption parameters are not applicable to this object.")
        return
    if algorithm is None and key is None and md5 is None:
        raise invalid_request(
            "The object was stored using a form of Server Side Encryption. The correct parameters must be "
            "provided to retrieve the object."
        )
    check_algorithm(algorithm)
    if key is None:
        raise _refused(_CUSTOMER + "an appropriate secret key.")
    if md5 != stored.customer_md5:
        raise access_denied(_CUSTOMER + "the correct secret key.")


def check_part(upload: Encryption, algorithm: str | None, key: str | None, md5: str | None) -> None:
    """Refuse a part whose SSE-C parameters are not the upload's."""
    has_key = algorithm is not None or key is not None or md5 is not None
    if has_key != (upload.customer_md5 is not None):
        raise invalid_request(
            "The multipart upload initiate requested encryption. Subsequent part requests must include the "
            "appropriate encryption parameters."
        )
    if has_key:
        customer_key(algorithm, key, md5)
        if md5 != upload.customer_md5:
            raise invalid_request(
                "The provided encryption parameters did not match the ones used originally."
            )


def _key_bytes(key: str) -> bytes:
    try:
        return base64.b64decode(key)
    except (binascii.Error, ValueError):
        return b""


def _refused(message: str) -> AwsError:
    return invalid_argument(message, "x-amz-server-side-encryption")
