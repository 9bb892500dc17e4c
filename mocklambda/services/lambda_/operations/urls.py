"""Function URL configs; answering at the URL is not decided here."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.constraints import P_URL_QUALIFIER
from mocklambda.services.lambda_.function import Function, UrlConfig
from mocklambda.services.lambda_.operations import paging
from mocklambda.services.lambda_.operations.locate import Located, locate
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.lambda_.tenancy import refuse_with_tenants
from mocklambda.services.service import Context, Request, Result, operation

LARGEST_PAGE = 50


@operation("CreateFunctionUrlConfig")
def create_url(ctx: Context[Lambda], request: Request) -> Result:
    """Give a function or alias its URL."""
    found, function = _existing(ctx, request, "CreateFunctionUrlConfig")
    refuse_with_tenants(function.latest.settings, "A function URL")
    if _key(found) in function.urls:
        # R: two blanks after the colon
        raise errors.conflict(
            f"Failed to create function url config for [functionArn = {found.asked_arn}]. "
            "Error message:  FunctionUrlConfig exists for this Lambda function"
        )
    url = UrlConfig(
        url_id=ctx.scope.ids.letters(32).lower(),
        auth_type=request["AuthType"],
        cors=request.get("Cors"),
        invoke_mode=request.get("InvokeMode"),
        created_at=ctx.now,
        modified_at=ctx.now,
    )
    found.state.add_url(function, _key(found), url)
    reply = _reply(found, _key(found), url)
    del reply["LastModifiedTime"]
    ctx.reply.status = 201
    return reply


@operation("GetFunctionUrlConfig")
def get_url(ctx: Context[Lambda], request: Request) -> Result:
    found = _located(ctx, request, "GetFunctionUrlConfig")
    return _with_mode(_reply(found, _key(found), _url(found)), _url(found))


@operation("UpdateFunctionUrlConfig")
def update_url(ctx: Context[Lambda], request: Request) -> Result:
    """Change a URL's config; the URL itself stays for life."""
    found, _ = _existing(ctx, request, "UpdateFunctionUrlConfig")
    url = _url(found)
    url.auth_type = request.get("AuthType") or url.auth_type
    url.invoke_mode = request.get("InvokeMode") or url.invoke_mode
    if "Cors" in request:
        url.cors = request["Cors"] or None
    url.modified_at = ctx.now
    return _reply(found, _key(found), url)


@operation("DeleteFunctionUrlConfig")
def delete_url(ctx: Context[Lambda], request: Request) -> Result:
    found = _located(ctx, request, "DeleteFunctionUrlConfig")
    _url(found)
    assert found.function is not None
    found.state.forget_url(found.function, _key(found))
    ctx.reply.status = 204
    return {}


@operation("ListFunctionUrlConfigs")
def list_urls(ctx: Context[Lambda], request: Request) -> Result:
    found = locate(ctx, request, "ListFunctionUrlConfigs")
    function = found.must_exist(errors.function_does_not_exist)
    keys, more = paging.page(sorted(function.urls), request, LARGEST_PAGE)
    configs = [_with_mode(_reply(found, key, function.urls[key]), function.urls[key]) for key in keys]
    return {"FunctionUrlConfigs": configs, **more}


# -- inside ----------------------------------------------------------------------------------------------


def _located(ctx: Context[Lambda], request: Request, action: str) -> Located:
    found = locate(ctx, request, action)
    qualifier = found.qualifier
    if qualifier is not None and (qualifier.isdigit() or qualifier.startswith("$")):
        raise errors.pattern_violation(qualifier, "qualifier", P_URL_QUALIFIER)
    return found


def _existing(ctx: Context[Lambda], request: Request, action: str) -> tuple[Located, Function]:
    found = _located(ctx, request, action)
    function = found.must_exist(errors.function_does_not_exist)
    if function.find(found.qualifier) is None:
        raise errors.function_does_not_exist()
    return found, function


def _key(found: Located) -> str:
    return found.qualifier or ""


def _url(found: Located) -> UrlConfig:
    url = None if found.function is None else found.function.urls.get(_key(found))
    if url is None:
        raise errors.no_such_resource()
    return url


def _reply(found: Located, key: str, url: UrlConfig) -> dict[str, Any]:
    region = found.state.scope.region
    reply: dict[str, Any] = {
        "FunctionUrl": f"https://{url.url_id}.lambda-url.{region}.on.aws/",
        "FunctionArn": found.state.arn(found.name, key or None),
        "AuthType": url.auth_type,
        "CreationTime": _time(url.created_at),
        "LastModifiedTime": _time(url.modified_at),
    }
    if url.cors:
        reply["Cors"] = url.cors
    if url.invoke_mode:
        reply["InvokeMode"] = url.invoke_mode
    return reply


def _with_mode(reply: dict[str, Any], url: UrlConfig) -> dict[str, Any]:
    return {**reply, "InvokeMode": url.invoke_mode or "BUFFERED"}


def _time(at: Millis) -> str:
    moment = datetime.fromtimestamp(at // 1000, tz=timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at % 1000:03d}000Z"
