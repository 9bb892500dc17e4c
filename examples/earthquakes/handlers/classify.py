"""Takes earthquakes off a queue, sorts them into classes, and passes on what somebody should look at."""

import json
import os

import boto3

lambda_client = boto3.client("lambda")

UNREADABLE = (ValueError, KeyError, TypeError)
CLASSES = ((6.0, "strong"), (4.0, "moderate"), (2.0, "light"))


def read(body):
    """Return id, magnitude and class of an earthquake; raises what UNREADABLE names for what is none."""
    feature = json.loads(body)
    magnitude = feature["properties"]["mag"]
    if magnitude is None:
        return feature["id"], None, "unknown"
    return feature["id"], magnitude, next((name for limit, name in CLASSES if magnitude >= limit), "micro")


def handler(event, context):
    counts, failures = {}, []
    for record in event["Records"]:
        try:
            quake, magnitude, name = read(record["body"])
        except UNREADABLE as error:
            print(f"cannot read {record['messageId']}: {error!r}")
            failures.append({"itemIdentifier": record["messageId"]})
            continue
        counts[name] = counts.get(name, 0) + 1
        if name in {"strong", "unknown"}:
            lambda_client.invoke(
                FunctionName=os.environ["ALERT_FUNCTION"],
                InvocationType="Event",
                Payload=json.dumps({"id": quake, "class": name, "magnitude": magnitude}),
            )
    return {"batchItemFailures": failures, "counts": counts}
