"""The errors of DynamoDB Streams, in AWS's words where they are known."""

from __future__ import annotations

from mocklambda.services.service import AwsError


def stream_not_found(arn: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found")


def shard_not_found(shard_id: str, arn: str) -> AwsError:
    return AwsError(
        "ResourceNotFoundException",
        f"Requested resource not found: Shard: {shard_id} in Stream: {arn} not found",
    )


def trimmed() -> AwsError:
    return AwsError(
        "TrimmedDataAccessException",
        "The operation attempted to read past the oldest stream record in a shard.",
    )


def iterator_expired() -> AwsError:
    return AwsError("ExpiredIteratorException", "The shard iterator has expired. It is valid for 15 minutes.")


def validation(message: str) -> AwsError:
    return AwsError("ValidationException", message)
