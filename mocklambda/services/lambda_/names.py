"""How functions are named: bare, partial ARN, full ARN, each with or without a qualifier. Knows no state."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from mocklambda.services.lambda_ import errors

LATEST = "$LATEST"
LATEST_PUBLISHED = "$LATEST.PUBLISHED"
"""On managed instances: the version that runs for those who name none."""
P_ALIAS = r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)"
_FORM = re.compile(
    r"(?:arn:(?:aws[a-zA-Z-]*)?:lambda:)?"
    r"(?:(?P<region>(?:eusc-)?[a-z]{2}(?:(?:-gov)|(?:-iso(?:[a-z]?)))?-[a-z]+-\d):)?"
    r"(?:(?P<account>\d{12}):)?(?:function:)?"
    r"(?P<name>[a-zA-Z0-9-_.]+)"
    r"(?::(?P<qualifier>\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
)
_ALIAS = re.compile(P_ALIAS)


class FunctionName(NamedTuple):
    """A function as a request names it."""

    region: str | None
    account: str | None
    name: str
    qualifier: str | None


@lru_cache(maxsize=1024)
def parse(text: str) -> FunctionName:
    """Read any form of a function's name; what matches none is a bare name, which is then not found."""
    if ":" not in text:
        return FunctionName(None, None, text, None)
    found = _FORM.fullmatch(text)
    if found is None:
        return FunctionName(None, None, text, None)
    return FunctionName(found["region"], found["account"], found["name"], found["qualifier"])


def derive(named: str | None, asked: str | None) -> str | None:
    """Return the one qualifier of the name and of ``Qualifier``; raises when they differ."""
    if named is not None and asked is not None and named != asked:
        raise errors.qualifier_mismatch()
    return named if asked is None else asked


def is_version(qualifier: str) -> bool:
    """Whether a qualifier is looked up as a version: everything that no alias may be called (R)."""
    return _ALIAS.fullmatch(qualifier) is None


def function_arn(region: str, account: str, name: str, qualifier: str | None = None) -> str:
    arn = f"arn:aws:lambda:{region}:{account}:function:{name}"
    return arn if qualifier is None else f"{arn}:{qualifier}"
