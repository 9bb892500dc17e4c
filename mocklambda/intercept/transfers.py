"""boto3's transfers of files go through its clients while a session is active, also where awscrt is preferred."""

from __future__ import annotations

from mocklambda.intercept import active
from mocklambda.intercept.loading import once_loaded
from mocklambda.sandbox.child.transfers import stay_classic


def install() -> active.Undo:
    """Patch boto3's choice, at once or when its transfers are imported; returns what puts it back."""
    return once_loaded("boto3.s3.transfer", stay_classic)
