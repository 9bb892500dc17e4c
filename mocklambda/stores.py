"""The sugar that makes what holds things: queues, buckets, streams, topics. Each is one ordinary API call."""

from __future__ import annotations

import json
from typing import Any

from mocklambda.errors import UsageError
from mocklambda.handles import Bucket, Queue, Stream, Topic, arn_of


class Storing:
    """The part of `Cloud` that makes stores and channels."""

    def queue(
        self: Any,
        name: str,
        *,
        fifo: bool = False,
        dead_letter: Any = None,
        max_receive_count: int | None = None,
        visibility_timeout: int | None = None,
        delay: int | None = None,
        **attributes: Any,
    ) -> Queue:
        """Make a queue.

        Args:
            name: its name; ``.fifo`` is appended for a FIFO queue.
            fifo: keep message groups in order.
            dead_letter: a queue (or its ARN) that takes what was received ``max_receive_count`` times.
            max_receive_count: of the redrive policy; 5 by default.
            visibility_timeout: seconds that a received message is hidden.
            delay: seconds until a message is visible.
            attributes: further queue attributes, such as ``MessageRetentionPeriod=60``.

        Raises:
            ClientError: as CreateQueue does.
            UsageError: ``max_receive_count`` without ``dead_letter``.
        """
        if fifo:
            name = name if name.endswith(".fifo") else f"{name}.fifo"
            attributes["FifoQueue"] = "true"
        if dead_letter is not None:
            count = 5 if max_receive_count is None else max_receive_count
            policy = {"deadLetterTargetArn": arn_of(dead_letter), "maxReceiveCount": count}
            attributes["RedrivePolicy"] = json.dumps(policy)
        elif max_receive_count is not None:
            raise UsageError(
                "max_receive_count= needs dead_letter=: the queue that takes what was received so often"
            )
        if visibility_timeout is not None:
            attributes["VisibilityTimeout"] = visibility_timeout
        if delay is not None:
            attributes["DelaySeconds"] = delay
        texts = {
            key: value if isinstance(value, str) else json.dumps(value) for key, value in attributes.items()
        }
        answer = self.api("sqs", "CreateQueue", QueueName=name, Attributes=texts or None)
        return Queue(self, name, answer["QueueUrl"])

    def bucket(self: Any, name: str, *, versioned: bool = False) -> Bucket:
        """Make a bucket.

        Args:
            name: its name.
            versioned: keep what is overwritten and deleted.
        """
        region = self.config.region
        self.api(
            "s3",
            "CreateBucket",
            Bucket=name,
            CreateBucketConfiguration=None if region == "us-east-1" else {"LocationConstraint": region},
        )
        if versioned:
            self.api("s3", "PutBucketVersioning", Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return Bucket(self, name)

    def stream(self: Any, name: str, *, shards: int = 1) -> Stream:
        """Make a Kinesis stream.

        Args:
            name: its name.
            shards: how many of them; each takes 1,000 records a second, as on AWS.
        """
        self.api("kinesis", "CreateStream", StreamName=name, ShardCount=shards)
        return Stream(self, name)

    def topic(self: Any, name: str, *, fifo: bool = False, **attributes: str) -> Topic:
        """Make a topic of SNS.

        Args:
            name: its name; ``.fifo`` is appended for a FIFO topic.
            fifo: keep message groups in order.
            attributes: further topic attributes, such as ``ContentBasedDeduplication="true"``.
        """
        if fifo:
            name = name if name.endswith(".fifo") else f"{name}.fifo"
            attributes["FifoTopic"] = "true"
        self.api("sns", "CreateTopic", Name=name, Attributes=attributes or None)
        return Topic(self, name)
