"""Keeps functions from logging what their roles may not: their log lines then simply do not appear."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Access, LogSink


class GuardedLog:
    """A log sink that asks for the rights that Lambda needs to write to CloudWatch Logs."""

    def __init__(self, sink: LogSink, access: Access, has_group: Callable[[str, str, str], bool]) -> None:
        self._sink = sink
        self._access = access
        self._has_group = has_group

    def append(
        self,
        group: str,
        stream: str,
        events: Sequence[tuple[Millis, str]],
        *,
        account: str,
        region: str,
        role: str = "",
        function_arn: str = "",
    ) -> None:
        """Store events if the role may write there, and make the group if there is none."""
        arn = f"arn:aws:logs:{region}:{account}:log-group:{group}"
        needed = [
            ("CreateLogStream", f"{arn}:log-stream:{stream}"),
            ("PutLogEvents", f"{arn}:log-stream:{stream}"),
        ]
        if not self._has_group(account, region, group):
            needed.insert(0, ("CreateLogGroup", f"{arn}:*"))
        if all(
            self._access.can(role, f"logs:{call}", resource, function_arn=function_arn)
            for call, resource in needed
        ):
            self._sink.append(group, stream, events, account=account, region=region)
