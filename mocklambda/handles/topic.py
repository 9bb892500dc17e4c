"""A topic as a test holds it: published to."""

from __future__ import annotations

import json
from typing import Any

from mocklambda.handles.handle import Handle, message_attributes


class Topic(Handle):
    """A topic of SNS."""

    @property
    def arn(self) -> str:
        return self._arn("sns", self.name)

    def publish(
        self, message: Any, *, subject: str | None = None, group: str | None = None, **attributes: Any
    ) -> str:
        """Publish a message; returns its id.

        Args:
            message: text as it is; anything else as JSON.
            subject: of the notification.
            group: message group id, for FIFO topics.
            attributes: message attributes, as text, numbers or bytes.
        """
        answer = self._cloud.api(
            "sns",
            "Publish",
            TopicArn=self.arn,
            Message=message if isinstance(message, str) else json.dumps(message),
            Subject=subject,
            MessageGroupId=group,
            MessageAttributes=message_attributes(attributes) or None,
        )
        return str(answer["MessageId"])
