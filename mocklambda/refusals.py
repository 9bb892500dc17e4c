"""What a call is told that nothing here answers: an error for a test, its protocol's form for a program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mocklambda.errors import NotImplementedInMock, UnmockedAWSCall, UsageError
from mocklambda.services import SERVICES
from mocklambda.services.service import AwsError
from mocklambda.wire.errors import NoSuchRoute
from mocklambda.wire.message import Request, Response

if TYPE_CHECKING:
    from botocore.model import ServiceModel

ANY_JSON_SERVICE = "lambda"


def not_implemented(
    service: str, operation: str, operations: Iterable[str], request: Request
) -> NotImplementedInMock:
    """Name an operation that a service here lacks, and the nearest of those that it has."""
    import difflib

    near = difflib.get_close_matches(operation, list(operations), n=3, cutoff=0.5)
    nearest = f" The nearest that it has: {', '.join(near)}." if near else ""
    return NotImplementedInMock(
        f"mocklambda does not implement {service}.{operation}; nothing was done.{nearest}",
        service=service,
        operation=operation,
        url=url_of(request),
    )


def no_operation(service: str, request: Request, error: NoSuchRoute) -> NotImplementedInMock:
    """Tell that a request asks for nothing that a service does."""
    return NotImplementedInMock(
        f"{service}: {request.method} {request.path}{'?' + request.query if request.query else ''} is no operation "
        f"that mocklambda knows ({error})",
        service=service,
        operation="",
        url=url_of(request),
    )


def no_such_call(service: str, operation: str, operations: Iterable[str]) -> UsageError:
    """Name what ``cloud.api`` can not do, and the nearest that it can."""
    import difflib

    if service in SERVICES:
        near = difflib.get_close_matches(operation, list(operations), n=1)
        what = f"there is no operation of {service} {operation!r}"
    else:
        near = (
            []
            if _model(service).service_name == service
            else difflib.get_close_matches(service, SERVICES, n=1)
        )
        what = f"there is no service {service!r}"
    if near:
        return UsageError(f"{what}; did you mean {near[0]!r}?")
    return UsageError(
        f"{what} here: cloud.api does calls of mocklambda's own services, by botocore's names of them and of their "
        f"operations ({', '.join(SERVICES)}); a client of boto3 does all others"
    )


def not_served(service: str, operation: str, request: Request, why_not: str) -> UnmockedAWSCall:
    """Name a call to a service that nobody here answers for."""
    return UnmockedAWSCall(
        f"{service}{'.' + operation if operation else ''} is not served by mocklambda, so {url_of(request)} was not "
        f"sent anywhere. {why_not}",
        service=service,
        operation=operation,
        url=url_of(request),
    )


def not_connected(host: str, answered: str) -> UnmockedAWSCall:
    """Tell of a connection to AWS that something tried by itself, and what is ``answered`` instead."""
    return UnmockedAWSCall(
        f"A connection to {host} was tried and refused. {answered}",
        service="",
        operation="",
        url=host,
    )


def refusal(service: str, code: str, text: str, status: int, request_id: str) -> Response:
    """Answer with an error that a service's SDK can read; JSON where the service is not known."""
    from mocklambda.wire.protocols import codec_for

    codec = codec_for(_model(service))
    return codec.encode_error(None, AwsError(code, text, status), request_id=request_id)


def _model(service: str) -> ServiceModel:
    from botocore.exceptions import UnknownServiceError

    from mocklambda.wire.models import service_model

    try:
        return service_model(service or ANY_JSON_SERVICE)
    except UnknownServiceError:
        return service_model(ANY_JSON_SERVICE)


def named_service(request: Request) -> str:
    """Return the service that a request names, by botocore's name; empty where nothing tells."""
    from mocklambda.wire.routing import identify

    return identify(request).service


def url_of(request: Request) -> str:
    """Write a request's URL for people."""
    return f"{request.scheme}://{request.host}{request.path}{'?' + request.query if request.query else ''}"
