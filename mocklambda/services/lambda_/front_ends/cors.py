"""What a function URL's CORS settings add to replies, and what they answer to a preflight by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Cors = Mapping[str, Any]
Headers = tuple[tuple[str, str], ...]


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a browser asks what it may do."""
    return method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def preflight(cors: Cors, headers: Mapping[str, str]) -> Headers:
    """Return the headers of the answer to a preflight: none for an origin that is not listed."""
    allowed = _allowing(cors, headers)
    if not allowed:
        return ()
    lists = (
        ("Access-Control-Allow-Methods", "AllowMethods"),
        ("Access-Control-Allow-Headers", "AllowHeaders"),
    )
    listed = tuple((name, ",".join(cors[member])) for name, member in lists if cors.get(member))
    age = (("Access-Control-Max-Age", str(cors["MaxAge"])),) if cors.get("MaxAge") is not None else ()
    return (*allowed, *listed, *age)


def added(cors: Cors, headers: Mapping[str, str]) -> Headers:
    """Return what goes on the reply to an ordinary request; beside the function's own, which stay (D)."""
    allowed = _allowing(cors, headers)
    if not allowed or not cors.get("ExposeHeaders"):
        return allowed
    return (*allowed, ("Access-Control-Expose-Headers", ",".join(cors["ExposeHeaders"])))


def _allowing(cors: Cors, headers: Mapping[str, str]) -> Headers:
    origin = headers.get("origin")
    origins = cors.get("AllowOrigins") or ()
    if origin is None:
        return ()
    if "*" in origins:
        allowed: Headers = (("Access-Control-Allow-Origin", "*"),)
    elif origin.lower() in {listed.lower() for listed in origins}:
        allowed = (("Access-Control-Allow-Origin", origin), ("Vary", "Origin"))
    else:
        return ()
    return (
        (*allowed, ("Access-Control-Allow-Credentials", "true")) if cors.get("AllowCredentials") else allowed
    )
