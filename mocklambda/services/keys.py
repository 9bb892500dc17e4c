"""What services ask of encryption keys. Whoever keeps the keys is none of these services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class KeyRefused(Exception):
    """A key can not be used, in KMS's own code and message."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}")


class Keys(Protocol):
    """The keys of all accounts and regions."""

    def usable(self, arn: str, region: str) -> str:
        """Return the ARN of the key under a key's or alias's ARN, for use in a region; raises KeyRefused."""

    def check_decrypt(self, arn: str, region: str, principals: Sequence[str]) -> None:
        """Raise KeyRefused where a role's session can not decrypt with a key.

        ``principals`` are the session's ARN and its role's; none stand for the key's own account.
        """

    def grant(self, arn: str, principal: str) -> None:
        """Let a principal decrypt with a key; once more changes nothing."""

    def retire(self, arn: str, principal: str) -> None:
        """Take what ``grant`` gave back."""


class AnyKey:
    """Where nobody keeps keys, each is taken as existing."""

    def usable(self, arn: str, region: str) -> str:
        return arn

    def check_decrypt(self, arn: str, region: str, principals: Sequence[str]) -> None:
        """Let everybody."""

    def grant(self, arn: str, principal: str) -> None:
        """Note nothing."""

    def retire(self, arn: str, principal: str) -> None:
        """Note nothing."""
