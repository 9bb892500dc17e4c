"""Where Kinesis checks requests otherwise than its model says, or prints the rule in another form."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

CONSTRAINTS: Mapping[str, Any] = MappingProxyType(
    {
        "HashKey": {"pattern": r"0|([1-9]\d{0,38})"},
        "SequenceNumber": {"pattern": r"0|([1-9]\d{0,128})"},
        "ShardIteratorType": {
            "enum": ["AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"]
        },
        # F: how much a record may hold is the stream's to say.
        "Data": {"max": None},
        "PutRecordsRequestEntryList": {"hidden": True},
        "shardCount": {"max": 100_000},
        "retentionPeriodHours": {"min": 1},
    }
)
