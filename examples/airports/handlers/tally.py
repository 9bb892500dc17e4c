"""Rows are counted by state, in a table: each batch in one transaction, up to the first row that is none."""

import base64
import os
from collections import Counter

import boto3
from rows import state_of

dynamodb = boto3.client("dynamodb")


def handler(event, context):
    counts, failed = Counter(), []
    for record in event["Records"]:
        line = base64.b64decode(record["kinesis"]["data"]).decode("utf-8")
        try:
            counts[state_of(line)] += 1
        except ValueError as error:
            print(f"not a row: {error}")
            failed = [{"itemIdentifier": record["kinesis"]["sequenceNumber"]}]
            break
    if counts:
        dynamodb.transact_write_items(TransactItems=[{"Update": addition(*item)} for item in counts.items()])
    return {"batchItemFailures": failed}


def addition(state, number):
    return {
        "TableName": os.environ["TABLE"],
        "Key": {"state": {"S": state or "(none)"}},
        "UpdateExpression": "ADD airports :n",
        "ExpressionAttributeValues": {":n": {"N": str(number)}},
    }
