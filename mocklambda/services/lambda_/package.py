"""Where a function's or layer's code comes from, and what AWS refuses about it. Knows no unpacking."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mocklambda.execution.ports import MissingObject
from mocklambda.execution.values import BadZip, CodeRef, Zip
from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.function import Package
from mocklambda.services.lambda_.key_use import CODE, check_new
from mocklambda.services.lambda_.settings import LayerUse
from mocklambda.services.service import AwsError

if TYPE_CHECKING:
    from mocklambda.services.lambda_.state import Lambda

ZIPPED_LIMIT = 52_428_800
REQUEST_LIMIT = 70_167_211
HOT_RELOAD = "hot-reload"
"""Code in this bucket is a directory of the author's own: its path is the key."""


def check_request_size(sent: int | None, code: Mapping[str, Any], operation: str) -> None:
    """Raise for a request over what Lambda's front door takes; ``sent`` is its length where it is known."""
    length = 4 * len(code.get("ZipFile") or b"") // 3 if sent is None else sent
    if length > REQUEST_LIMIT:
        raise errors.too_large(
            f"Request must be smaller than {REQUEST_LIMIT} bytes for the {operation} operation"
        )


def fetch(state: Lambda, code: Mapping[str, Any]) -> Package:
    """Return the package that a request's code members name; raises what AWS answers when it is not one."""
    package = _fetched(state, code)
    key_arn = code.get("SourceKMSKeyArn")
    if not key_arn:
        return package
    if package.image_uri is not None:
        raise errors.invalid_parameter(
            "SourceKMSKeyArn is not supported for functions with packageType Image."
        )
    check_new(state, key_arn, CODE)
    return replace(package, key_arn=key_arn)


def _fetched(state: Lambda, code: Mapping[str, Any]) -> Package:
    if code.get("S3ObjectStorageMode") == "REFERENCE":
        raise errors.not_simulated("S3ObjectStorageMode REFERENCE")
    if code.get("ImageUri"):
        return _image(state, code["ImageUri"])
    if code.get("S3Bucket") == HOT_RELOAD:
        return of_code(state.scope.execution.code.directory(code.get("S3Key", "")))
    if code.get("ZipFile") is not None:
        content = code["ZipFile"]
        if len(content) > ZIPPED_LIMIT:
            raise errors.too_large(f"Zipped size must be smaller than {ZIPPED_LIMIT} bytes")
        return unpack(state, content)
    if code.get("S3Bucket") and code.get("S3Key"):
        return unpack(state, _from_bucket(state, code))
    raise errors.invalid_parameter("Please provide a source for function code.")


def unpack(state: Lambda, content: bytes) -> Package:
    """Have a zip unpacked."""
    if not content:
        raise errors.invalid_parameter("Uploaded file must be a non-empty zip")
    try:
        found: Zip = state.scope.execution.code.put_zip(content)
    except BadZip as error:
        raise AwsError(error.code, error.message, 400, fields=errors.USER) from None
    code = found.code
    return Package(sha256=code.sha256, size=code.size, code=code, upload=found)


def of_code(code: CodeRef) -> Package:
    """Return the package of code that was never a zip."""
    return Package(sha256=code.sha256, size=code.size, code=code)


def empty() -> Package:
    """Return the package of a function for which the test stands in."""
    return Package(sha256=base64.b64encode(hashlib.sha256(b"").digest()).decode(), size=0)


def check_unzipped(package: Package, layers: Sequence[LayerUse]) -> None:
    """Raise when code and layers together are too big."""
    if not layers or package.code is None:
        return
    total = package.code.unzipped_size + sum(layer.code.unzipped_size for layer in layers)
    if total > errors.UNZIPPED_LIMIT:
        raise errors.invalid_parameter(
            "Function code combined with layers exceeds the maximum allowed size of "
            f"{errors.UNZIPPED_LIMIT} bytes. The actual size is {total} bytes."
        )


def _from_bucket(state: Lambda, code: Mapping[str, Any]) -> bytes:
    bucket = code["S3Bucket"]
    source = state.scope.links.object_source(f"arn:aws:s3:::{bucket}")
    if source is None:
        raise _get_object_failed("NoSuchBucket", "The specified bucket does not exist")
    if source.region != state.scope.region:
        # O
        raise errors.invalid_parameter(
            "Your access has been denied by S3, please make sure your request credentials have permission to "
            f"GetObject for {bucket}/{code['S3Key']}. S3 Error Code: PermanentRedirect. S3 Error Message: "
            "The bucket is in this region: "
            f"{source.region}. Please use this region to retry the request"
        )
    try:
        # R: a key with a leading slash works
        return source.read(code["S3Key"], code.get("S3ObjectVersion"))
    except MissingObject as error:
        raise _get_object_failed(error.code, error.message) from None


def _get_object_failed(code: str, message: str) -> AwsError:
    return errors.invalid_parameter(
        f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"
    )


def _image(state: Lambda, uri: str) -> Package:
    found = state.images.get(uri)
    if found is None:
        raise errors.invalid_parameter(f"Source image {uri} does not exist. Provide a valid source image.")
    digest, image = found
    return Package(sha256=digest, size=0, image_uri=uri, image=image)
