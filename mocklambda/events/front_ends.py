"""Events of what answers HTTP: function URLs and load balancers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocklambda.events.workshop import Event, workshop


def function_url(
    method: str = "GET",
    path: str = "/",
    *,
    params: Any = None,
    headers: Mapping[str, str] | None = None,
    data: bytes | str | None = None,
    json: Any = None,
    auth: str = "NONE",
    **where: Any,
) -> Event:
    """Make the event of a request to a function's URL.

    Args:
        method: ``GET`` ...
        path: from the root, with or without a query.
        params: of the query: a mapping, or pairs.
        headers: the client's.
        data: the body.
        json: the body, as JSON.
        auth: ``NONE`` or ``AWS_IAM``.
        where: ``at``, ``seed``, ``region``, ``account_id``.

    See https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
    """
    with workshop(**where) as shop:
        url = shop.function.url(auth=auth)
        url.request(method, path, params=params, headers=headers, data=data, json=json)
        return shop.event()


def alb(
    method: str = "GET",
    path: str = "/",
    *,
    params: Any = None,
    headers: Mapping[str, str] | None = None,
    data: bytes | str | None = None,
    json: Any = None,
    multi_value_headers: bool = False,
    **where: Any,
) -> Event:
    """Make the event of a request to an application load balancer.

    Args:
        method: ``GET`` ...
        path: from the root, with or without a query.
        params: of the query: a mapping, or pairs.
        headers: the client's.
        data: the body.
        json: the body, as JSON.
        multi_value_headers: of the target group: headers and query come as lists.
        where: ``at``, ``seed``, ``region``, ``account_id``.

    See https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """
    with workshop(**where) as shop:
        balancer = shop.cloud.alb(shop.function, multi_value_headers=multi_value_headers)
        balancer.request(method, path, params=params, headers=headers, data=data, json=json)
        return shop.event()
