"""What changed in the table is told to a topic."""

import json
import os

import boto3

sns = boto3.client("sns")


def handler(event, context):
    messages = [json.dumps(told(record["dynamodb"]["NewImage"])) for record in event["Records"]]
    for start in range(0, len(messages), 10):
        entries = [{"Id": str(n), "Message": text} for n, text in enumerate(messages[start : start + 10])]
        sns.publish_batch(TopicArn=os.environ["TOPIC_ARN"], PublishBatchRequestEntries=entries)
    return len(messages)


def told(image):
    return {"state": image["state"]["S"], "airports": int(image["airports"]["N"])}
