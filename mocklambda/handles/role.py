"""A role as a test holds it: its ARN, usable as such, that can be given more rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocklambda.handles.handle import Handle

if TYPE_CHECKING:
    from typing_extensions import Self


class Role(str):  # a text, so that boto3 takes it for Role= as it is
    """The ARN of a role that was made by ``cloud.role``."""

    __slots__ = ("_cloud",)
    _cloud: Any

    def __new__(cls, cloud: Any, arn: str) -> Self:
        role = super().__new__(cls, arn)
        role._cloud = cloud
        return role

    @property
    def arn(self) -> str:
        """Its full ARN, as a plain text."""
        return str(self)

    @property
    def name(self) -> str:
        """Its name."""
        return self.rpartition("/")[2]

    def allow(self, action: Any, resource: Any = "*") -> None:
        """Let it do something more, from now on.

        Args:
            action: IAM's action, or several, such as ``"sqs:SendMessage"`` or ``["s3:GetObject", "s3:PutObject"]``.
            resource: an ARN or a handle, or several; a bucket stands for itself and all in it.

        Raises:
            UsageError: the role is gone.
        """
        self._cloud.add_statement(
            self, {"Effect": "Allow", "Action": action, "Resource": resource_of(resource)}
        )

    def deny(self, action: Any, resource: Any = "*") -> None:
        """Forbid it something, whatever else allows it; arguments as for `allow`."""
        self._cloud.add_statement(
            self, {"Effect": "Deny", "Action": action, "Resource": resource_of(resource)}
        )


def resource_of(thing: Any) -> Any:
    """Return what a statement says for ARNs and handles, one or several."""
    from mocklambda.handles.bucket import Bucket

    if isinstance(thing, (list, tuple, set)):
        found = [resource_of(one) for one in thing]
        return [arn for one in found for arn in (one if isinstance(one, list) else [one])]
    if isinstance(thing, Bucket):
        return [thing.arn, f"{thing.arn}/*"]
    return thing.arn if isinstance(thing, Handle) else str(thing)
