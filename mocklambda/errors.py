"""Errors for the author of a test. The code under test never sees these: it gets AWS's own."""

from __future__ import annotations

from collections.abc import Sequence


class MocklambdaError(Exception):
    """Base of all errors that speak to the author of a test."""


class UsageError(MocklambdaError):
    """The library was asked for something that cannot be, such as an unknown option."""


class NotStarted(UsageError):
    """No cloud is active, or ``stop`` was called before ``start``."""


class NotSettled(MocklambdaError):
    """Work was still in flight when the real time allowed for it had passed.

    ``in_flight`` and ``parked`` list what it was, one line each.
    """

    def __init__(self, message: str, in_flight: Sequence[str], parked: Sequence[str]) -> None:
        self.in_flight = tuple(in_flight)
        self.parked = tuple(parked)
        super().__init__(message)


class NothingWillAnswer(MocklambdaError):
    """A caller waits, nothing is in flight and nothing is parked: it would wait for ever."""


class UnmockedAWSCall(MocklambdaError):
    """A request to AWS that nothing here serves; it did not leave this machine."""

    def __init__(self, message: str, *, service: str, operation: str, url: str) -> None:
        self.service = service
        self.operation = operation
        self.url = url
        super().__init__(message)


class NotImplementedInMock(UnmockedAWSCall):
    """An operation of a service that is served, but not this operation."""
