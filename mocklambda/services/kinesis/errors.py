"""The errors of Kinesis, in AWS's words."""

from __future__ import annotations

from datetime import datetime, timezone

from mocklambda.clock.base import Millis
from mocklambda.services.service import AwsError

_NOT_FOUND = "ResourceNotFoundException"
_IN_USE = "ResourceInUseException"
_ARGUMENT = "InvalidArgumentException"
_LIMIT = "LimitExceededException"
_VALIDATION = "ValidationException"
_THROUGHPUT = "ProvisionedThroughputExceededException"


def invalid_argument(message: str) -> AwsError:
    return AwsError(_ARGUMENT, message)


def validation(constraint: str) -> AwsError:
    """One broken constraint, such as ``Value at 'data' failed to satisfy constraint: ...``."""
    return AwsError(_VALIDATION, f"1 validation error detected: {constraint}")


def stream_not_found(name: str, account: str) -> AwsError:
    return AwsError(_NOT_FOUND, f"Stream {name} under account {account} not found.")


def stream_exists(name: str, account: str) -> AwsError:
    return AwsError(_IN_USE, f"Stream {name} under account {account} already exists.")


def has_consumers(name: str, arn: str) -> AwsError:
    return AwsError(
        _IN_USE,
        f"DeleteStream can't delete {arn} because there are consumers associated with this data stream. "
        f"To delete {name} anyway, set the EnforceConsumerDeletion parameter to true to force the deletion "
        "of all the consumers that are associated with it.",
    )


def shard_limit(account: str, region: str, current: int, limit: int, added: int) -> AwsError:
    return AwsError(
        _LIMIT,
        f"This request would exceed the shard limit for the account {account} in {region}. Current shard "
        f"count for the account: {current}. Limit: {limit}. Number of additional shards that would have "
        f"resulted from this request: {added}. Refer to the AWS Service Limits page "
        "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how "
        "to request higher limits.",
    )


def limit_exceeded(message: str) -> AwsError:
    return AwsError(_LIMIT, message)


def scales_too_far(current: int, target: int) -> AwsError:
    way = "up over double" if target > current else "down below half"
    return AwsError(
        _LIMIT,
        f"UpdateShardCount cannot scale {way} your current open shard count. "
        f"Current open shard count: {current}, Target shard count: {target}",
    )


def rate_exceeded(shard: str, name: str, account: str) -> AwsError:
    return AwsError(_THROUGHPUT, rate_exceeded_text(shard, name, account))


def rate_exceeded_text(shard: str, name: str, account: str) -> str:
    return f"Rate exceeded for shard {shard} in stream {name} under account {account}."


def shard_not_found(shard: str, name: str, account: str) -> AwsError:
    return AwsError(_NOT_FOUND, f"Could not find shard {shard} in stream {name} under account {account}.")


def no_such_shard(shard: str, name: str, account: str) -> AwsError:
    return AwsError(_NOT_FOUND, f"Shard {shard} in stream {name} under account {account} does not exist")


def iterator_expired(created_at: Millis, now: Millis) -> AwsError:
    return AwsError(
        "ExpiredIteratorException",
        f"Iterator expired. The iterator was created at time {_date(created_at)} while right now it is "
        f"{_date(now)} which is further in the future than the tolerated delay of 300000 milliseconds.",
    )


def token_expired() -> AwsError:
    return AwsError("ExpiredNextTokenException", "NextToken expired. It is valid for 300 seconds.")


def position_and_number(kind: str, *, has_number: bool) -> AwsError:
    said = f"{kind} and also a" if has_number else f"{kind} and no"
    return invalid_argument(
        "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or "
        f"(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified {said} "
        "StartingSequenceNumber."
    )


def bad_starting_number(number: str, shard: str, name: str, account: str, *, is_foreign: bool) -> AwsError:
    why = " because it did not come from this stream" if is_foreign else ""
    return invalid_argument(
        f"StartingSequenceNumber {number} used in GetShardIterator on shard {shard} in stream {name} "
        f"under account {account} is invalid{why}."
    )


def number_of_other_shard(encoded: str, shard: str) -> AwsError:
    return invalid_argument(
        f"Invalid StartingSequenceNumber. It encodes {encoded}, "
        f"while it was used in a call to a shard with {shard}"
    )


def internal_failure() -> AwsError:
    return AwsError("InternalFailure", "", 500)


def no_timestamp() -> AwsError:
    return invalid_argument(
        "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. "
        "Current request has no timestamp parameter."
    )


def timestamp_in_future(timestamp: Millis, now: Millis) -> AwsError:
    return invalid_argument(
        "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
        f"timestampInMillis: {timestamp}, currentTimestampInMillis: {now}"
    )


def bad_hash_key(key: str) -> AwsError:
    return invalid_argument(
        "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
        f"Specified value was {key}"
    )


def bad_ordering_number(number: str, name: str, account: str) -> AwsError:
    return invalid_argument(
        f"ExclusiveMinimumSequenceNumber {number} used in PutRecord on stream {name} "
        f"under account {account} is invalid."
    )


def bad_split_key(key: str, shard: str, name: str, account: str, *, first: int, last: int) -> AwsError:
    return invalid_argument(
        f"NewStartingHashKey {key} used in SplitShard() on shard {shard} in stream {name} under account "
        f"{account} is not both greater than one plus the shard's StartingHashKey {first} and less than the "
        f"shard's EndingHashKey {last}."
    )


def already_resharded(shard: str, name: str, account: str) -> AwsError:
    return invalid_argument(
        f"Shard {shard} in stream {name} under account {account} has already been merged or split, "
        "and thus is not eligible for merging or splitting."
    )


def not_adjacent(one: str, other: str, name: str, account: str) -> AwsError:
    return invalid_argument(
        f"Shards {one} and {other} in stream {name} under account {account} "
        "are not an adjacent pair of shards eligible for merging"
    )


def retention_too_short(hours: int) -> AwsError:
    return invalid_argument(
        f"Minimum allowed retention period is 24 hours. "
        f"Requested retention period ({hours} hours) is too short."
    )


def retention_too_long(hours: int) -> AwsError:
    return invalid_argument(
        f"Maximum allowed retention period is 8760 hours. "
        f"Requested retention period ({hours} hours) is too long."
    )


def retention_wrong_way(hours: int, name: str, existing: int) -> AwsError:
    way, other = ("shorter", "Decrease") if hours < existing else ("longer", "Increase")
    return invalid_argument(
        f"Requested retention period ({hours} hours) for stream {name} can not be {way} than existing "
        f"retention period ({existing} hours). Use {other}RetentionPeriod API."
    )


def is_on_demand(name: str, account: str) -> AwsError:
    return AwsError(
        _VALIDATION, f"Request is invalid. Stream {name} under account {account} is in On-Demand mode."
    )


def consumer_not_found(name: str, account: str) -> AwsError:
    return AwsError(_NOT_FOUND, f"Consumer {name}, account {account} not found.")


def consumer_exists(consumer: str, name: str, account: str) -> AwsError:
    return AwsError(_IN_USE, f"Consumer {consumer} under stream {name} already exists for account {account}.")


def already_subscribed(account: str, name: str, shard: str, consumer: str) -> AwsError:
    return AwsError(
        _IN_USE,
        f"Another active subscription exists for this consumer: {account}:{name}:{shard}:{consumer}",
    )


def no_policy(arn: str) -> AwsError:
    return AwsError(_NOT_FOUND, f"No resource policy found for resource ARN {arn}.")


def tags_with_bad_characters() -> AwsError:
    return invalid_argument(
        "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, "
        "_ . / = + - % @."
    )


def tags_with_percent(verb: str, name: str, account: str) -> AwsError:
    return invalid_argument(
        f"Failed to {verb} stream {name} under account {account} because some tags contained illegal "
        "characters. The allowed characters are Unicode letters, white-spaces, '_',',','/','=','+','-','@'."
    )


def too_many_tags(name: str, account: str) -> AwsError:
    # It says 10 and counts 50.
    return invalid_argument(
        f"Failed to add tags to stream {name} under account {account} because a given stream cannot have "
        "more than 10 tags associated with it."
    )


def _date(instant: Millis) -> str:
    moment = datetime.fromtimestamp(instant // 1000, tz=timezone.utc)
    return moment.strftime("%a %b %d %H:%M:%S UTC %Y")
