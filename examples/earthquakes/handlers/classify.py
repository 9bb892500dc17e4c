"""Takes earthquakes off a queue, sorts them into classes, and passes on what somebody should look at."""

import json
import os

import boto3

lambda_client = boto3.client("lambda")

CLASSES = ((6.0, "strong"), (4.0, "moderate"), (2.0, "light"))


def class_of(feature):
    magnitude = feature["properties"]["mag"]
    if magnitude is None:
        return "unknown"
    return next((name for limit, name in CLASSES if magnitude >= limit), "micro")


def handler(event, context):
    counts, failures = {}, []
    for record in event["Records"]:
        try:
            feature = json.loads(record["body"])
            name = class_of(feature)
        except (ValueError, KeyError, TypeError) as error:
            print(f"cannot read {record['messageId']}: {error!r}")
            failures.append({"itemIdentifier": record["messageId"]})
            continue
        counts[name] = counts.get(name, 0) + 1
        if name in {"strong", "unknown"}:
            lambda_client.invoke(
                FunctionName=os.environ["ALERT_FUNCTION"],
                InvocationType="Event",
                Payload=json.dumps(
                    {"id": feature["id"], "class": name, "magnitude": feature["properties"]["mag"]}
                ),
            )
    return {"batchItemFailures": failures, "counts": counts}
