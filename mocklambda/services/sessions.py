"""The session in which a function has its execution role: it bears the function's name."""

from __future__ import annotations


def session_name(function: str) -> str:
    """Return a session's name; STS wants two characters at least, so a name of one is made longer (R)."""
    return f"{function}@lambda_function" if len(function) == 1 else function


def role_session(role: str, account: str, function: str) -> str:
    """Return a session's ARN, by the role's ARN and the function's account and name."""
    return f"arn:aws:sts::{account}:assumed-role/{role.rpartition('/')[2]}/{session_name(function)}"
