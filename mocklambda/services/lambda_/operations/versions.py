"""Published versions."""

from __future__ import annotations

from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.function import Function
from mocklambda.services.lambda_.hosting import check_target, publish
from mocklambda.services.lambda_.operations import paging
from mocklambda.services.lambda_.operations.locate import check_ready, check_revision, locate
from mocklambda.services.lambda_.operations.shown import configuration
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.service import Context, Request, Result, operation


@operation("PublishVersion")
def publish_version(ctx: Context[Lambda], request: Request) -> Result:
    """Publish ``$LATEST``; nothing new is published when nothing changed."""
    found = locate(ctx, request, "PublishVersion")
    state, function = found.state, found.must_exist()
    check_target(function.latest.settings, request)
    latest = function.latest
    check_revision(request, latest.revision_id)
    check_ready(function)
    sent, current = request.get("CodeSha256"), latest.package.sha256
    if sent and sent != current:
        raise errors.invalid_parameter(
            f"CodeSHA256 ({sent}) is different from current CodeSHA256 in $LATEST ({current}). "
            "Please try again with the CodeSHA256 in $LATEST."
        )
    before = function.published
    version = publish(state, function, request, ctx.now)
    if function.published != before:
        latest.revision_id = ctx.scope.ids.uuid()
    ctx.reply.status = 201
    return configuration(state, function, version)


@operation("ListVersionsByFunction")
def list_versions(ctx: Context[Lambda], request: Request) -> Result:
    """List ``$LATEST``, then the versions ascending."""
    found = locate(ctx, request, "ListVersionsByFunction")
    function = found.must_exist()
    numbers, more = paging.page([0, *function.numbers], request)
    return {"Versions": [_item(found.state, function, number) for number in numbers], **more}


def _item(state: Lambda, function: Function, number: int) -> Result:
    version = function.versions[str(number)] if number else function.latest
    return configuration(state, function, version, is_listed=True)
