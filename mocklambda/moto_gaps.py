"""Which answers of moto's say that it lacks an operation, and what the test is told then.

Its applications answer a path that they do not know by a page of the web server's, or by nothing: code that asks
whether something exists would take that for AWS's 404.
"""

from __future__ import annotations

from mocklambda.calls import operation_of
from mocklambda.errors import NotImplementedInMock
from mocklambda.refusals import url_of
from mocklambda.wire.message import Request, Response

_PAGE = b"<!doctype html>"


def is_gap(request: Request, response: Response) -> bool:
    """Tell whether nobody in moto has answered."""
    body = response.body
    is_page = isinstance(body, bytes) and (not body or body[: len(_PAGE)].lower() == _PAGE)
    return response.status == 404 and is_page and request.method != "HEAD"


def not_in_moto(service: str, request: Request) -> NotImplementedInMock:
    """Name an operation that moto lacks."""
    operation = operation_of(service, request)
    named = f"{service}.{operation}" if operation else f"{service}: {request.method} {request.path}"
    return NotImplementedInMock(
        f"moto, which answers for {service}, does not implement {named}; nothing was done.",
        service=service,
        operation=operation,
        url=url_of(request),
    )
