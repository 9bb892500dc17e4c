"""An uploaded file's rows go to a stream, one record each."""

import csv
import os
import time
from urllib.parse import unquote_plus

import boto3

MOST = 500

s3 = boto3.client("s3")
kinesis = boto3.client("kinesis")


def handler(event, context):
    rows = 0
    for record in event["Records"]:
        bucket, key = record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"])
        lines = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode("utf-8").splitlines()[1:]
        entries = [{"Data": line.encode(), "PartitionKey": key_of(line)} for line in lines]
        for start in range(0, len(entries), MOST):
            put(entries[start : start + MOST])
        rows += len(entries)
    return {"rows": rows}


def key_of(line):
    """Return the column of the state, so that a state's rows stay in order; what is no row goes anywhere."""
    (row,) = csv.reader([line])
    return row[3] if len(row) > 3 and row[3] else "?"


def put(entries):
    """Put records, those again that a shard had no room for."""
    while entries:
        results = kinesis.put_records(StreamName=os.environ["STREAM"], Records=entries)["Records"]
        entries = [entry for entry, result in zip(entries, results, strict=True) if "ErrorCode" in result]
        if entries:
            time.sleep(0.2)
