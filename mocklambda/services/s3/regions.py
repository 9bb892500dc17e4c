"""Which regions there are, and where a bucket ends up by endpoint and location constraint."""

from __future__ import annotations

from mocklambda.services.service import AwsError

REGIONS = frozenset(
    {
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
        "ca-central-1",
        "ca-west-1",
        "mx-central-1",
        "sa-east-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "eu-central-1",
        "eu-central-2",
        "eu-north-1",
        "eu-south-1",
        "eu-south-2",
        "ap-east-1",
        "ap-east-2",
        "ap-south-1",
        "ap-south-2",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "ap-southeast-5",
        "ap-southeast-6",
        "ap-southeast-7",
        "af-south-1",
        "il-central-1",
        "me-central-1",
        "me-south-1",
        "cn-north-1",
        "cn-northwest-1",
        "us-gov-east-1",
        "us-gov-west-1",
    }
)


def region_of(constraint: str | None, endpoint: str) -> str:
    """Return the region of a bucket made through ``endpoint``; raises for constraints that do not fit it."""
    if endpoint == "us-east-1":
        if constraint is None:
            return endpoint
        if constraint == endpoint or constraint not in REGIONS:
            raise AwsError(
                "InvalidLocationConstraint",
                "The specified location-constraint is not valid",
                fields={"LocationConstraint": constraint},
            )
        return constraint
    if constraint == endpoint or (constraint == "EU" and endpoint == "eu-west-1"):
        return endpoint
    raise AwsError(
        "IllegalLocationConstraintException",
        f"The {constraint or 'unspecified'} location constraint is incompatible for the region specific "
        "endpoint this request was sent to.",
    )
