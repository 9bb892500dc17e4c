"""Fake credentials and region in the process environment: set at the start, restored exactly at the end.

An empty string stays an empty string, and what was absent is absent again.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from mocklambda.intercept import active

FAKE = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_SECURITY_TOKEN": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
NEUTRALISED = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_LAMBDA_FUNCTION_NAME",
    "_X_AMZN_TRACE_ID",
    "BOTO_CONFIG",
    "AWS_ENDPOINT_URL",
)


REGIONS = ("AWS_DEFAULT_REGION", "AWS_REGION")
ENDPOINTS = "AWS_ENDPOINT_URL_"
"""What names of variables begin with that lead one service's clients elsewhere."""


def install(region: str) -> active.Undo:
    """Put the fake environment in place."""
    elsewhere = [name for name in os.environ if name.startswith(ENDPOINTS)]
    wanted: dict[str, str | None] = {
        **FAKE,
        **dict.fromkeys((*NEUTRALISED, *elsewhere)),
        **dict.fromkeys(REGIONS, region),
    }
    before = {name: os.environ.get(name) for name in wanted}
    _apply(wanted)
    undo_session = _set_default_session_aside()
    undo_profiles = _forgive_profiles()

    def undo() -> None:
        _apply(before)
        undo_session()
        undo_profiles()

    return undo


def set_region(region: str) -> None:
    """Change the region while the fake environment is in place."""
    _apply(dict.fromkeys(REGIONS, region))


def _apply(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _set_default_session_aside() -> active.Undo:
    """Keep boto3's default session, which caches credentials, out of the test, and its own in."""
    boto3 = sys.modules.get("boto3")
    before = getattr(boto3, "DEFAULT_SESSION", None)
    if boto3 is not None:
        boto3.DEFAULT_SESSION = None  # type: ignore[attr-defined]

    def undo() -> None:
        loaded = sys.modules.get("boto3")
        if loaded is not None:
            loaded.DEFAULT_SESSION = before  # type: ignore[attr-defined]

    return undo


def _forgive_profiles() -> active.Undo:
    """Take a profile that the code under test names for an empty one: elsewhere it may not exist."""
    from botocore import session as sessions
    from botocore.exceptions import ProfileNotFound

    owner: Any = sessions.Session
    original = owner.get_scoped_config

    def get_scoped_config(session: Any) -> Any:
        try:
            return original(session)
        except ProfileNotFound:
            return {}

    owner.get_scoped_config = get_scoped_config

    def undo() -> None:
        owner.get_scoped_config = original

    return undo
