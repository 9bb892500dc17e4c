"""What promise tests of topics, rules and schedules share."""

from __future__ import annotations

import json

import boto3

RECORD_TO_QUEUE = """
    import json, os
    import boto3
    sqs = boto3.client("sqs")

    def handler(event, context):
        sqs.send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps(event))
"""


def open_to(url: str, service: str) -> None:
    """Let a service send to a queue, as its policy must on AWS."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    boto3.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
