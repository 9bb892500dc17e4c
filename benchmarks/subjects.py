"""All that can be measured, by subject."""

from __future__ import annotations

import control_plane
import kinesis
import lambda_
import lifecycle
import s3
import sqs
import suites
from measure import Measure

SUBJECTS: dict[str, tuple[Measure, ...]] = {
    "sqs": sqs.MEASURES,
    "lambda": lambda_.MEASURES,
    "control-plane": control_plane.MEASURES,
    "s3": s3.MEASURES,
    "kinesis": kinesis.MEASURES,
    "lifecycle": lifecycle.MEASURES,
    "suites": suites.MEASURES,
}
