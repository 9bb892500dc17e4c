"""Host names at which no API answers but what an author put there: function URLs and load balancers.

``<name>.localhost`` stands for the AWS name, for browsers and curl: they take every such name for loopback.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_URL = re.compile(r"(?P<name>[a-z0-9]+)\.lambda-url\.(?P<region>[a-z0-9-]+)\.(?:on\.aws|localhost)")
_BALANCER = re.compile(r"(?P<name>[a-z0-9-]+)\.(?P<region>[a-z0-9-]+)\.elb\.(?:amazonaws\.com|localhost)")
_PORT = re.compile(r":\d+$")
FUNCTION_URL, LOAD_BALANCER = "lambda-url", "load-balancer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What a host name says."""

    kind: str
    region: str
    host: str
    """The name on AWS, with the port of the request if it had one."""


@lru_cache(maxsize=1024)
def door_of(host: str) -> Door | None:
    """Return the door at a host, None where an API answers."""
    port = _PORT.search(host)
    name = host.lower() if port is None else host[: port.start()].lower()
    found = _URL.fullmatch(name)
    if found is not None:
        return Door(
            kind=FUNCTION_URL,
            region=found["region"],
            host=f"{found['name']}.lambda-url.{found['region']}.on.aws",
        )
    found = _BALANCER.fullmatch(name)
    if found is None:
        return None
    is_local = name.endswith(".localhost")
    return Door(
        kind=LOAD_BALANCER,
        region=found["region"],
        host=f"{found['name']}.{found['region']}.elb.amazonaws.com"
        + ("" if port is None or is_local else port[0]),
    )
