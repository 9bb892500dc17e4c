"""Event source mappings: the five operations. What polls is the core's."""

from __future__ import annotations

from mocklambda.execution.mapping import MappingState
from mocklambda.execution.ports import QueueSource
from mocklambda.services.lambda_ import errors, mapping_rules as rules, names
from mocklambda.services.lambda_.function import Function
from mocklambda.services.lambda_.key_use import FILTERS, check_new, trouble
from mocklambda.services.lambda_.operations import paging
from mocklambda.services.lambda_.role_rules import check_mapping
from mocklambda.services.lambda_.source_mapping import DEFAULTS, SQS, SourceMapping, merged, on_failure
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.lambda_.tagging import check_tags
from mocklambda.services.lambda_.tenancy import refuse_with_tenants
from mocklambda.services.links import Arn
from mocklambda.services.service import Context, Request, Result, operation

LARGEST_PAGE = 100


@operation("CreateEventSourceMapping")
def create_mapping(ctx: Context[Lambda], request: Request) -> Result:
    """Let a function be invoked with what a queue or stream holds."""
    state = ctx.state
    kind = rules.source_kind(request)
    rules.check_members(kind, request)
    function, function_arn = _function(ctx, request["FunctionName"])
    source_arn = request["EventSourceArn"]
    queue = _queue(state, kind, source_arn)
    rules.check_starting_position(kind, request)
    existing = state.mapping_of(source_arn, function.name)
    if existing is not None:
        raise rules.duplicate(kind, existing)
    members = merged(DEFAULTS[kind], request)
    rules.check_values(kind, members, queue)
    _check_key(state, request)
    rules.check_timeout(queue, function.latest.settings.timeout_s)
    role = function.latest.settings.role
    check_mapping(ctx.scope.access, role, function.arn, source_arn, on_failure(members))
    tags = dict(request.get("Tags") or {})
    check_tags(tags)
    mapping = state.add_mapping(
        kind=kind,
        source_arn=source_arn,
        function_arn=function_arn,
        function_name=function.name,
        members=members,
        is_enabled=request.get("Enabled", True),
        tags=tags,
        now=ctx.now,
    )
    shown = ctx.scope.execution.mappings.create(mapping.settings(), is_enabled=mapping.is_enabled)
    if mapping.is_enabled:
        _change(ctx, mapping, shown)
    return _reply(ctx, mapping, shown, 202)


@operation("GetEventSourceMapping")
def get_mapping(ctx: Context[Lambda], request: Request) -> Result:
    return _reply(ctx, _find(ctx, request), None, 200)


@operation("UpdateEventSourceMapping")
def update_mapping(ctx: Context[Lambda], request: Request) -> Result:
    """Change a mapping; what is not sent stays."""
    mapping = _find(ctx, request)
    _check_idle(mapping)
    rules.check_members(mapping.kind, request)
    function_name, function_arn = mapping.function_name, mapping.function_arn
    if request.get("FunctionName"):
        function, function_arn = _function(ctx, request["FunctionName"])
        function_name = function.name
    if function_name != mapping.function_name:
        existing = ctx.state.mapping_of(mapping.source_arn, function_name)
        if existing is not None:
            raise rules.duplicate(mapping.kind, existing)
    members = merged(mapping.members, request)
    queue = None if mapping.kind != SQS else ctx.scope.links.queue_source(mapping.source_arn)
    rules.check_values(mapping.kind, members, queue)
    _check_key(ctx.state, request)
    reader = ctx.state.functions.get(function_name)
    if reader is not None:
        role = reader.latest.settings.role
        check_mapping(ctx.scope.access, role, reader.arn, mapping.source_arn, on_failure(members))
    ctx.state.move_mapping(mapping, function_name)
    mapping.function_arn = function_arn
    mapping.members = members
    mapping.modified_at = ctx.now
    was_switched = request.get("Enabled") not in {None, mapping.is_enabled}
    mapping.is_enabled = request.get("Enabled", mapping.is_enabled)
    shown = ctx.scope.execution.mappings.update(mapping.settings(), is_enabled=mapping.is_enabled)
    if request.get("Enabled") is not None and not was_switched:
        # R: Enabling or Disabling whenever Enabled was sent
        shown = MappingState.ENABLING if mapping.is_enabled else MappingState.DISABLING
    _change(ctx, mapping, shown)
    return _reply(ctx, mapping, shown, 202)


@operation("DeleteEventSourceMapping")
def delete_mapping(ctx: Context[Lambda], request: Request) -> Result:
    mapping = _find(ctx, request)
    _check_idle(mapping)
    reply = _reply(ctx, mapping, MappingState.DELETING, 202)
    ctx.scope.execution.mappings.delete(mapping.mapping_id)
    ctx.state.remove_mapping(mapping)
    return reply


@operation("ListEventSourceMappings")
def list_mappings(ctx: Context[Lambda], request: Request) -> Result:
    """List mappings, of one source or function or of all; what is not there has none."""
    source, named = request.get("EventSourceArn"), request.get("FunctionName")
    wanted = None if named is None else _shown_arn(ctx, named)
    matching = {
        mapping.serial: mapping
        for mapping in ctx.state.mappings.values()
        if source in {None, mapping.source_arn} and wanted in {None, mapping.function_arn}
    }
    found, more = paging.page(list(matching), request, LARGEST_PAGE)
    return {
        "EventSourceMappings": [_listed(_reply(ctx, matching[serial], None, 200)) for serial in found],
        **more,
    }


# -- inside ----------------------------------------------------------------------------------------------


def _find(ctx: Context[Lambda], request: Request) -> SourceMapping:
    mapping = ctx.state.mappings.get(request["UUID"])
    if mapping is None:
        raise errors.no_such_resource()
    return mapping


def _function(ctx: Context[Lambda], text: str) -> tuple[Function, str]:
    named = names.parse(text)
    function = ctx.state.functions.get(named.name)
    is_own = named.region in {None, ctx.region} and named.account in {None, ctx.account}
    if function is None or not is_own or function.find(named.qualifier) is None:
        raise errors.invalid_parameter("Function does not exist")
    refuse_with_tenants(function.latest.settings, "An event source mapping")
    return function, ctx.state.arn(named.name, named.qualifier)


def _shown_arn(ctx: Context[Lambda], text: str) -> str:
    named = names.parse(text)
    return names.function_arn(
        named.region or ctx.region, named.account or ctx.account, named.name, named.qualifier
    )


def _queue(state: Lambda, kind: str, arn: str) -> QueueSource | None:
    """Return the queue that is the source, if it is one; D: what is in another region is no source here."""
    links = state.scope.links
    queue = links.queue_source(arn) if kind == SQS else None
    is_here = Arn.parse(arn).region == state.scope.region
    if not is_here or (queue is None and (kind == SQS or links.stream_source(arn) is None)):
        raise rules.missing_source(kind, arn)
    return queue


def _reply(ctx: Context[Lambda], mapping: SourceMapping, shown: MappingState | None, status: int) -> Result:
    ctx.reply.status = status
    core = ctx.scope.execution.mappings
    state = shown or mapping.change or core.state(mapping.mapping_id)
    reply = mapping.reply(state.value, core.last_result(mapping.mapping_id))
    key = reply.get("KMSKeyArn")
    error = trouble(ctx.state, key, FILTERS) if key and "FilterCriteria" in reply else None
    if error is not None:
        del reply["FilterCriteria"]
        reply["FilterCriteriaError"] = error
    return reply


def _check_idle(mapping: SourceMapping) -> None:
    if mapping.change is not None:
        raise errors.resource_in_use("Cannot update the event source mapping because it is in use.")


def _change(ctx: Context[Lambda], mapping: SourceMapping, shown: MappingState) -> None:
    def end() -> None:
        mapping.change = None

    mapping.change = shown
    ctx.scope.outbox.soon(end)


def _check_key(state: Lambda, request: Request) -> None:
    if request.get("KMSKeyArn"):
        check_new(state, request["KMSKeyArn"], FILTERS)


def _listed(reply: Result) -> Result:
    """Leave out of a list what only a look at one mapping has decrypted (M)."""
    if "KMSKeyArn" in reply:
        reply.pop("FilterCriteria", None)
        reply.pop("FilterCriteriaError", None)
    return reply
