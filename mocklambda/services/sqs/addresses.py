"""Queue URLs and ARNs: how they are written for a host, and which queue one means."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_AWS_HOST = re.compile(r"[\w.-]*\.(amazonaws\.com(\.cn)?|api\.aws|amazonaws\.eu)(:\d+)?")
_REGION = re.compile(r"(^|[.])((?:us|eu|ap|sa|ca|me|af|il|mx|cn|eusc)(?:-[a-z]+)+-\d)[.]")


class Address(NamedTuple):
    """What a queue URL says; None is left to the request."""

    account: str | None
    region: str | None
    name: str


@lru_cache(maxsize=1024)
def parse(url: str) -> Address | None:
    """Read a queue URL in any of its forms, or a bare name; None for what names no queue."""
    if "/" not in url:
        return Address(None, None, url)
    host, _, path = url.partition("://")[2].partition("/") if "://" in url else ("", "", url)
    parts = path.strip("/").split("/")
    if len(parts) < 2 or not (parts[-2].isdecimal() and len(parts[-2]) == 12):
        return None
    region = region_of(host)
    if len(parts) == 4 and parts[0] == "queue":
        region = parts[1]
    return Address(parts[-2], region, parts[-1])


def region_of(host: str) -> str | None:
    """Return the region that an AWS host belongs to; None for other hosts."""
    if not _AWS_HOST.fullmatch(host):
        return None
    found = _REGION.search(host)
    if found is not None:
        return found[2]
    return "us-east-1" if host.startswith("queue.") else None


def url(scheme: str, host: str, address: Address) -> str:
    """Write a queue's URL as a client that called ``host`` gets it."""
    account, region, name = address
    if not host or (_AWS_HOST.fullmatch(host) and "queue.amazonaws.com" not in host):
        suffix = ".cn" if region and region.startswith("cn-") else ""
        return f"https://sqs.{region}.amazonaws.com{suffix}/{account}/{name}"
    if "queue.amazonaws.com" in host:
        return f"https://{host}/{account}/{name}"
    return f"{scheme}://{host}/queue/{region}/{account}/{name}"


def arn(account: str, region: str, name: str) -> str:
    """Write a queue's ARN."""
    partition = (
        "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    )
    return f"arn:{partition}:sqs:{region}:{account}:{name}"
