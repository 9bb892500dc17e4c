"""Event invoke configs: what becomes of asynchronous invocations, per qualifier. The five operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mocklambda.services.lambda_ import errors, names
from mocklambda.services.lambda_.function import EventConfig, Function
from mocklambda.services.lambda_.operations import paging
from mocklambda.services.lambda_.operations.locate import Located, locate
from mocklambda.services.lambda_.role_rules import check_destination
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.links import Arn
from mocklambda.services.service import AwsError, Context, Request, Result, operation

LARGEST_PAGE = 50
_SUCCESS_SERVICES = frozenset({"sqs", "sns", "lambda", "events"})
_FAILURE_SERVICES = _SUCCESS_SERVICES | {"s3"}


@operation("PutFunctionEventInvokeConfig")
def put_event_config(ctx: Context[Lambda], request: Request) -> Result:
    """Set a qualifier's config; what is not sent is dropped."""
    found = locate(ctx, request, "PutFunctionEventInvokeConfig")
    _must_set_something(request)
    function = _must_be_there(found)
    return _store(ctx, found, function, EventConfig(modified_at=ctx.now), request)


@operation("UpdateFunctionEventInvokeConfig")
def update_event_config(ctx: Context[Lambda], request: Request) -> Result:
    """Change a qualifier's config; what is not sent stays."""
    found = locate(ctx, request, "UpdateFunctionEventInvokeConfig")
    function = found.must_exist(_no_function)
    current = function.event_configs.get(_key(found))
    if current is None:
        raise _no_config(found)
    return _store(ctx, found, function, replace(current, modified_at=ctx.now), request)


@operation("GetFunctionEventInvokeConfig")
def get_event_config(ctx: Context[Lambda], request: Request) -> Result:
    found = locate(ctx, request, "GetFunctionEventInvokeConfig")
    return _reply(found, _key(found), _config(found))


@operation("DeleteFunctionEventInvokeConfig")
def delete_event_config(ctx: Context[Lambda], request: Request) -> Result:
    found = locate(ctx, request, "DeleteFunctionEventInvokeConfig")
    _config(found)
    assert found.function is not None
    del found.function.event_configs[_key(found)]
    ctx.reply.status = 204
    return {}


@operation("ListFunctionEventInvokeConfigs")
def list_event_configs(ctx: Context[Lambda], request: Request) -> Result:
    found = locate(ctx, request, "ListFunctionEventInvokeConfigs")
    function = found.must_exist(_no_function)
    keys, more = paging.page(sorted(function.event_configs), request, LARGEST_PAGE)
    configs = [_reply(found, key, function.event_configs[key]) for key in keys]
    return {"FunctionEventInvokeConfigs": configs, **more}


# -- inside ----------------------------------------------------------------------------------------------


def _key(found: Located) -> str:
    return found.qualifier or names.LATEST


def _no_function() -> AwsError:
    return errors.not_found("The function doesn't exist.")


def _no_config(found: Located) -> AwsError:
    arn = found.state.arn(found.name, _key(found))
    return errors.not_found(f"The function {arn} doesn't have an EventInvokeConfig")


def _config(found: Located) -> EventConfig:
    config = None if found.function is None else found.function.event_configs.get(_key(found))
    if config is None:
        raise _no_config(found)
    return config


def _must_be_there(found: Located) -> Function:
    function = found.must_exist(_no_function)
    if function.find(found.qualifier) is None:
        raise _no_function()
    return function


def _must_set_something(request: Request) -> None:
    destinations = request.get("DestinationConfig") or {}
    numbers = (request.get("MaximumRetryAttempts"), request.get("MaximumEventAgeInSeconds"))
    # R: an empty OnSuccess or OnFailure counts as a setting
    if numbers == (None, None) and not ({"OnSuccess", "OnFailure"} & destinations.keys()):
        raise errors.invalid_parameter(
            "You must specify at least one of error handling or destination setting."
        )


def _store(
    ctx: Context[Lambda], found: Located, function: Function, base: EventConfig, request: Request
) -> Result:
    changes: dict[str, Any] = {}
    if request.get("MaximumRetryAttempts") is not None:
        changes["max_retries"] = request["MaximumRetryAttempts"]
    if request.get("MaximumEventAgeInSeconds") is not None:
        changes["max_age_s"] = request["MaximumEventAgeInSeconds"]
    destinations = request.get("DestinationConfig") or {}
    for member, field in (("OnSuccess", "on_success"), ("OnFailure", "on_failure")):
        if destinations.get(member) is not None:
            changes[field] = destinations[member].get("Destination") or None
    _check_destinations(found, destinations)
    config = replace(base, **changes)
    function.event_configs[_key(found)] = config
    return _reply(found, _key(found), config)


def _check_destinations(found: Located, destinations: Mapping[str, Any]) -> None:
    success = (destinations.get("OnSuccess") or {}).get("Destination")
    failure = (destinations.get("OnFailure") or {}).get("Destination")
    for arn, services in ((success, _SUCCESS_SERVICES), (failure, _FAILURE_SERVICES)):
        if not arn:
            continue
        if _service(arn) not in services:
            raise _unsupported(success, failure)
        if _service(arn) == "lambda":
            _check_function(found, arn)
        if found.function is not None:
            role = found.function.latest.settings.role
            check_destination(found.state.scope.access, role, found.function.arn, arn)


def _check_function(found: Located, arn: str) -> None:
    if arn == found.arn or arn.startswith(f"{found.arn}:"):
        raise errors.invalid_parameter("You can't specify the function as a destination for itself.")
    if found.state.scope.links.destination(arn) is None:
        raise errors.invalid_parameter(f"The destination ARN {arn} is invalid.")


def _service(arn: str) -> str:
    try:
        return Arn.parse(arn).service
    except ValueError:
        return ""


def _unsupported(success: str | None, failure: str | None) -> AwsError:
    on_success = f"OnSuccess(destination={success})" if success else "null"
    on_failure = f"OnFailure(destination={failure})" if failure else "null"
    return errors.invalid_parameter(
        f"The provided destination config DestinationConfig(onSuccess={on_success}, onFailure={on_failure}) "
        "is invalid."
    )


def _reply(found: Located, key: str, config: EventConfig) -> Result:
    reply: Result = {
        "LastModified": config.modified_at,
        "FunctionArn": found.state.arn(found.name, key),
    }
    if config.max_retries is not None:
        reply["MaximumRetryAttempts"] = config.max_retries
    if config.max_age_s is not None:
        reply["MaximumEventAgeInSeconds"] = config.max_age_s
    reply["DestinationConfig"] = {
        "OnSuccess": {"Destination": config.on_success} if config.on_success else {},
        "OnFailure": {"Destination": config.on_failure} if config.on_failure else {},
    }
    return reply
