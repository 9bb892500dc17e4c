"""S3's own errors: code, text, status and members as it sends them. Knows no bucket and no request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocklambda.services.service import AwsError
from mocklambda.services.signed import Forgery

MALFORMED_XML = "The XML you provided was not well-formed or did not validate against our published schema"
LOCKED = "Access Denied because object protected by object lock."
NO_SUCH_VERSION = "The specified version does not exist."


def no_such_bucket(name: str) -> AwsError:
    return AwsError("NoSuchBucket", "The specified bucket does not exist", 404, fields={"BucketName": name})


def no_such_key(key: str, headers: dict[str, str] | None = None) -> AwsError:
    return AwsError(
        "NoSuchKey", "The specified key does not exist.", 404, fields={"Key": key}, headers=headers
    )


def no_such_version(key: str, version_id: str) -> AwsError:
    return AwsError("NoSuchVersion", NO_SUCH_VERSION, 404, fields={"Key": key, "VersionId": version_id})


def no_such_upload(upload_id: str) -> AwsError:
    return AwsError(
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
        "aborted or completed.",
        404,
        fields={"UploadId": upload_id},
    )


_NOT_CONFIGURED = {
    "NoSuchBucketPolicy": "The bucket policy does not exist",
    "NoSuchTagSet": "The TagSet does not exist",
    "NoSuchLifecycleConfiguration": "The lifecycle configuration does not exist",
    "NoSuchCORSConfiguration": "The CORS configuration does not exist",
    "NoSuchWebsiteConfiguration": "The specified bucket does not have a website configuration",
    "NoSuchPublicAccessBlockConfiguration": "The public access block configuration was not found",
    "OwnershipControlsNotFoundError": "The bucket ownership controls were not found",
    "ObjectLockConfigurationNotFoundError": "Object Lock configuration does not exist for this bucket",
}


def not_configured(code: str, bucket: str) -> AwsError:
    """Return the 404 for a configuration that the bucket does not have."""
    return AwsError(code, _NOT_CONFIGURED[code], 404, fields={"BucketName": bucket})


def no_object_lock() -> AwsError:
    return AwsError(
        "NoSuchObjectLockConfiguration",
        "The specified object does not have a ObjectLock configuration",
        404,
    )


def malformed_xml() -> AwsError:
    return AwsError("MalformedXML", MALFORMED_XML)


def malformed_acl() -> AwsError:
    return AwsError("MalformedACLError", MALFORMED_XML)


def invalid_argument(message: str, name: str, value: str | None = None) -> AwsError:
    """Return InvalidArgument naming the argument; without ``value``, ArgumentValue is left out."""
    fields = {"ArgumentName": name}
    if value is not None:
        fields["ArgumentValue"] = value
    return AwsError("InvalidArgument", message, fields=fields)


def invalid_request(message: str) -> AwsError:
    return AwsError("InvalidRequest", message)


def invalid_version_id(value: str) -> AwsError:
    return invalid_argument("Invalid version id specified", "versionId", value)


def invalid_tag(message: str, key: str | None = None, value: str | None = None) -> AwsError:
    fields = {} if key is None else {"TagKey": key}
    if value is not None:
        fields["TagValue"] = value
    return AwsError("InvalidTag", message, fields=fields)


def invalid_storage_class(value: str) -> AwsError:
    return AwsError(
        "InvalidStorageClass",
        "The storage class you specified is not valid",
        fields={"StorageClassRequested": value},
    )


def invalid_object_state(storage_class: str) -> AwsError:
    return AwsError(
        "InvalidObjectState",
        "The operation is not valid for the object's storage class",
        403,
        fields={"StorageClass": storage_class},
    )


def access_denied(message: str = "Access Denied") -> AwsError:
    return AwsError("AccessDenied", message, 403)


def precondition_failed(condition: str) -> AwsError:
    return AwsError(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        412,
        fields={"Condition": condition},
    )


def signature_does_not_match(forgery: Forgery) -> AwsError:
    """Tell what should have been signed, as text and as bytes."""
    text, canonical = forgery.string_to_sign, forgery.canonical_request
    fields = {
        "AWSAccessKeyId": forgery.access_key,
        "StringToSign": text,
        "SignatureProvided": forgery.provided,
        "StringToSignBytes": text.encode().hex(" "),
    }
    if canonical is not None:
        fields |= {"CanonicalRequest": canonical, "CanonicalRequestBytes": canonical.encode().hex(" ")}
    return AwsError(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and signing "
        "method.",
        403,
        fields=fields,
    )


def not_modified(headers: dict[str, str]) -> AwsError:
    return AwsError("304", "Not Modified", 304, headers=headers)


def conditional_conflict(condition: str, key: str) -> AwsError:
    return AwsError(
        "ConditionalRequestConflict",
        "The conditional request cannot succeed due to a conflicting operation against this resource.",
        409,
        fields={"Condition": condition, "Key": key},
    )


def not_implemented(header: str, more: str | None = None) -> AwsError:
    fields = {"Header": header}
    if more is not None:
        fields["additionalMessage"] = more
    return AwsError(
        "NotImplemented",
        "A header you provided implies functionality that is not implemented",
        501,
        fields=fields,
    )


def refuse_header(request: Mapping[str, Any], member: str, header: str) -> None:
    """Raise for a header that would have no effect here: there are no MFA devices, nor AWS's support."""
    if request.get(member):
        raise not_implemented(header)


def method_not_allowed(method: str, headers: dict[str, str] | None = None) -> AwsError:
    return AwsError(
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        405,
        fields={"Method": method, "ResourceType": "DeleteMarker"},
        headers=headers,
    )


def invalid_range(requested: str, size: int) -> AwsError:
    return AwsError(
        "InvalidRange",
        "The requested range is not satisfiable",
        416,
        fields={"RangeRequested": requested, "ActualObjectSize": str(size)},
    )


def invalid_part_number(requested: int, count: int) -> AwsError:
    return AwsError(
        "InvalidPartNumber",
        "The requested partnumber is not satisfiable",
        416,
        fields={"PartNumberRequested": str(requested), "ActualPartCount": str(count)},
    )


def invalid_part(upload_id: str, number: int, etag: str) -> AwsError:
    return AwsError(
        "InvalidPart",
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or "
        "the specified entity tag may not match the part's entity tag.",
        fields={"UploadId": upload_id, "PartNumber": str(number), "ETag": etag},
    )


def invalid_part_order(upload_id: str) -> AwsError:
    return AwsError(
        "InvalidPartOrder",
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
        fields={"UploadId": upload_id},
    )


def entity_too_small(proposed: int, minimum: int, **more: str) -> AwsError:
    return AwsError(
        "EntityTooSmall",
        "Your proposed upload is smaller than the minimum allowed size",
        fields={"ProposedSize": str(proposed), "MinSizeAllowed": str(minimum), **more},
    )


def entity_too_large(proposed: int, maximum: int) -> AwsError:
    return AwsError(
        "EntityTooLarge",
        "Your proposed upload exceeds the maximum allowed size",
        fields={"ProposedSize": str(proposed), "MaxSizeAllowed": str(maximum)},
    )


def bad_digest(message: str, **fields: str) -> AwsError:
    return AwsError("BadDigest", message, fields=fields)


def incomplete_body() -> AwsError:
    return AwsError("IncompleteBody", "The request body terminated unexpectedly")


def invalid_bucket_state(message: str) -> AwsError:
    return AwsError("InvalidBucketState", message, 409)


def missing_security_header(name: str) -> AwsError:
    return AwsError(
        "MissingSecurityHeader",
        "Your request was missing a required header",
        fields={"MissingHeaderName": name},
    )


_REASONS = {
    304: "Not Modified",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    412: "Precondition Failed",
    416: "Requested Range Not Satisfiable",
    501: "Not Implemented",
}


def bare(error: AwsError) -> AwsError:
    """Return the error as a HEAD request sees it: no body, so the status is all there is."""
    return AwsError(str(error.status), _REASONS[error.status], error.status, headers=error.headers)
