"""What sets a function off: queues, streams, uploads, topics, rules and schedules, one method each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from mocklambda.handles.handle import Handle, arn_of

Patterns = Sequence[Mapping[str, Any]]


class Wiring(Handle):
    """The half of a function that sources and senders are tied to."""

    def on_queue(
        self,
        queue: Any,
        *,
        batch_size: int | None = None,
        window: int | None = None,
        partial: bool = False,
        filters: Patterns | None = None,
        max_concurrency: int | None = None,
        enabled: bool | None = None,
    ) -> str:
        """Run it for the messages of a queue; returns the mapping's UUID.

        Args:
            queue: a handle or an ARN.
            batch_size: messages an event; 10 by default.
            window: seconds to wait for a batch to fill.
            partial: the handler reports ``batchItemFailures``.
            filters: patterns; a message that matches none is deleted unseen.
            max_concurrency: batches at once, from 2.
            enabled: False to begin disabled.
        """
        return self._map(
            queue,
            BatchSize=batch_size,
            MaximumBatchingWindowInSeconds=window,
            FunctionResponseTypes=["ReportBatchItemFailures"] if partial else None,
            FilterCriteria=_criteria(filters),
            ScalingConfig={"MaximumConcurrency": max_concurrency} if max_concurrency is not None else None,
            Enabled=enabled,
        )

    def on_stream(
        self,
        stream: Any,
        *,
        start: str = "TRIM_HORIZON",
        batch_size: int | None = None,
        window: int | None = None,
        partial: bool = False,
        filters: Patterns | None = None,
        parallelization: int | None = None,
        retries: int | None = None,
        max_age: int | None = None,
        bisect: bool | None = None,
        tumbling_window: int | None = None,
        on_failure: Any = None,
        enabled: bool | None = None,
    ) -> str:
        """Run it for the records of a stream; returns the mapping's UUID.

        Args:
            stream: a handle, or the ARN of a Kinesis stream, of a consumer, or of a table's stream.
            start: ``TRIM_HORIZON`` (all that it holds) or ``LATEST``.
            batch_size: records an event; 100 by default.
            window: seconds to wait for a batch to fill.
            partial: the handler reports ``batchItemFailures``.
            filters: patterns; a record that matches none is skipped.
            parallelization: batches of one shard at once, up to 10.
            retries: of a failing batch; without end by default.
            max_age: seconds after which a record is given up.
            bisect: split a failing batch in two.
            tumbling_window: seconds of a window over which the handler keeps a state.
            on_failure: a queue, topic or bucket (or an ARN) that takes the record of what was given up.
            enabled: False to begin disabled.
        """
        return self._map(
            stream,
            StartingPosition=start,
            BatchSize=batch_size,
            MaximumBatchingWindowInSeconds=window,
            FunctionResponseTypes=["ReportBatchItemFailures"] if partial else None,
            FilterCriteria=_criteria(filters),
            ParallelizationFactor=parallelization,
            MaximumRetryAttempts=retries,
            MaximumRecordAgeInSeconds=max_age,
            BisectBatchOnFunctionError=bisect,
            TumblingWindowInSeconds=tumbling_window,
            DestinationConfig=_on_failure(on_failure),
            Enabled=enabled,
        )

    def on_upload(
        self,
        bucket: Any,
        *,
        prefix: str | None = None,
        suffix: str | None = None,
        events: Sequence[str] = ("s3:ObjectCreated:*",),
    ) -> None:
        """Run it, asynchronously, for what happens in a bucket, beside the notifications that it has.

        Args:
            bucket: a handle, or a bucket's name.
            prefix: only for keys that begin so.
            suffix: only for keys that end so.
            events: S3's names of them, such as ``s3:ObjectRemoved:*``.
        """
        name = bucket.name if isinstance(bucket, Handle) else str(bucket)
        self.allow("s3.amazonaws.com", f"arn:aws:s3:::{name}")
        rules = [
            {"Name": part, "Value": value}
            for part, value in (("prefix", prefix), ("suffix", suffix))
            if value
        ]
        wanted: dict[str, Any] = {"LambdaFunctionArn": self.arn, "Events": list(events)}
        if rules:
            wanted["Filter"] = {"Key": {"FilterRules": rules}}
        settings = self._cloud.api("s3", "GetBucketNotificationConfiguration", Bucket=name)
        del settings["ResponseMetadata"]
        settings["LambdaFunctionConfigurations"] = [*settings.get("LambdaFunctionConfigurations", ()), wanted]
        self._cloud.api(
            "s3", "PutBucketNotificationConfiguration", Bucket=name, NotificationConfiguration=settings
        )

    def on_topic(self, topic: Any, *, filters: Mapping[str, Any] | None = None, on_body: bool = False) -> str:
        """Run it, asynchronously, for each message of a topic; returns the subscription's ARN.

        Args:
            topic: a handle or an ARN.
            filters: a filter policy on message attributes.
            on_body: the policy is on the message's body instead.
        """
        arn = arn_of(topic)
        self.allow("sns.amazonaws.com", arn)
        attributes = filter_policy(filters, on_body=on_body)
        answer = self._cloud.api(
            "sns",
            "Subscribe",
            TopicArn=arn,
            Protocol="lambda",
            Endpoint=self.arn,
            Attributes=attributes or None,
            ReturnSubscriptionArn=True,
        )
        return str(answer["SubscriptionArn"])

    def on_rule(
        self,
        pattern: Mapping[str, Any] | None = None,
        *,
        schedule: str | None = None,
        bus: str = "default",
        name: str | None = None,
        payload: Any = None,
    ) -> str:
        """Run it, asynchronously, for events of a bus, or by a rule's schedule; returns the rule's ARN.

        Args:
            pattern: that events must match.
            schedule: ``rate(5 minutes)`` or ``cron(0 12 * * ? *)`` instead of a pattern.
            bus: the bus's name.
            name: the rule's name; made from the function's by default.
            payload: what the function gets in place of the event.
        """
        text = None if pattern is None else json.dumps(pattern)
        name = name or _name(self.name, bus, text, schedule)
        rule = self._cloud.api(
            "events",
            "PutRule",
            Name=name,
            EventBusName=bus,
            EventPattern=text,
            ScheduleExpression=schedule,
        )["RuleArn"]
        self.allow("events.amazonaws.com", rule)
        target = {"Id": self.name, "Arn": self.arn}
        if payload is not None:
            target["Input"] = json.dumps(payload)
        self._cloud.api("events", "PutTargets", Rule=name, EventBusName=bus, Targets=[target])
        return str(rule)

    def on_schedule(
        self, expression: str, *, payload: Any = None, timezone: str | None = None, name: str | None = None
    ) -> str:
        """Run it, asynchronously, on a schedule of EventBridge Scheduler; returns the schedule's ARN.

        Args:
            expression: ``rate(5 minutes)``, ``cron(0 12 * * ? *)`` or ``at(2024-01-01T12:00:00)``.
            payload: what the function gets; Scheduler's own event by default.
            timezone: in which the expression is read; UTC by default.
            name: the schedule's name; made from the function's by default.
        """
        allowed = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}
        role = self._cloud.role_of_ours("scheduler", [allowed], "scheduler.amazonaws.com")
        target = {"Arn": self.arn, "RoleArn": role}
        if payload is not None:
            target["Input"] = json.dumps(payload)
        answer = self._cloud.api(
            "scheduler",
            "CreateSchedule",
            Name=name or _name(self.name, expression, timezone),
            ScheduleExpression=expression,
            ScheduleExpressionTimezone=timezone,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target=target,
        )
        return str(answer["ScheduleArn"])

    def allow(self, principal: str, source_arn: str) -> None:
        """Let a service invoke it for one of its resources; a second time changes nothing."""
        from botocore.exceptions import ClientError

        try:
            self._cloud.api(
                "lambda",
                "AddPermission",
                FunctionName=self.name,
                StatementId=_name(principal.partition(".")[0], source_arn),
                Action="lambda:InvokeFunction",
                Principal=principal,
                SourceArn=source_arn,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceConflictException":  # that one: it may already
                raise

    def _map(self, source: Any, **settings: Any) -> str:
        answer = self._cloud.api(
            "lambda",
            "CreateEventSourceMapping",
            FunctionName=self.name,
            EventSourceArn=arn_of(source),
            **settings,
        )
        return str(answer["UUID"])


def filter_policy(filters: Mapping[str, Any] | None, *, on_body: bool) -> dict[str, str]:
    """Return a subscription's attributes for a filter policy."""
    if filters is None:
        return {}
    attributes = {"FilterPolicy": json.dumps(filters)}
    if on_body:
        attributes["FilterPolicyScope"] = "MessageBody"
    return attributes


def _criteria(filters: Patterns | None) -> dict[str, Any] | None:
    return {"Filters": [{"Pattern": json.dumps(each)} for each in filters]} if filters else None


def _on_failure(target: Any) -> dict[str, Any] | None:
    return None if target is None else {"OnFailure": {"Destination": arn_of(target)}}


def _name(start: str, *parts: str | None) -> str:
    """Return a name that follows from what it is for, so that two of a kind differ."""
    return f"{start}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:8]}"
