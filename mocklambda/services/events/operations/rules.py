"""Rules: their life, state and lists; and whether a pattern matches."""

from __future__ import annotations

import json

from mocklambda.execution.patterns import InvalidPattern, Pattern, compile_pattern
from mocklambda.services.events import errors
from mocklambda.services.events.bus import DEFAULT, Bus
from mocklambda.services.events.operations.finding import Events, find_bus, find_rule, page
from mocklambda.services.events.rule import DISABLED, Rule
from mocklambda.services.schedules import InvalidSchedule, Schedule, read_cron, read_rate
from mocklambda.services.service import Request, Result, operation

_SETTINGS = ("EventPattern", "ScheduleExpression", "Description", "RoleArn")
_NEEDED_IN_EVENTS = ("id", "account", "source", "time", "region", "detail-type")


@operation("PutRule")
def put_rule(ctx: Events, request: Request) -> Result:
    state, bus = find_bus(ctx, request.get("EventBusName"), "PutRule")
    pattern_text, expression = request.get("EventPattern"), request.get("ScheduleExpression")
    if not pattern_text and not expression:
        raise errors.validation("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    schedule = _schedule(ctx, bus, expression) if expression else None
    pattern = _pattern(pattern_text) if pattern_text else None
    rule = bus.rules.get(request["Name"]) or _new_rule(bus, request)
    rule.settings = {name: request[name] for name in _SETTINGS if request.get(name)}
    rule.settings["State"] = request.get("State") or "ENABLED"
    rule.pattern = pattern
    bus.rules[rule.name] = rule
    state.schedule(rule, schedule)
    return {"RuleArn": rule.arn}


def _new_rule(bus: Bus, request: Request) -> Rule:
    name = request["Name"]
    path = name if bus.name == DEFAULT else f"{bus.name}/{name}"
    return Rule(
        name=name,
        arn=bus.arn.replace(f":event-bus/{bus.name}", f":rule/{path}"),
        bus_name=bus.name,
        account=bus.account,
        tags={tag["Key"]: tag["Value"] for tag in request.get("Tags") or []},
    )


def _schedule(ctx: Events, bus: Bus, expression: str) -> Schedule:
    if bus.name != DEFAULT:
        raise errors.validation("ScheduleExpression is supported only on the default event bus.")
    try:
        return read_rate(expression, ctx.now) if expression.startswith("rate") else read_cron(expression)
    except InvalidSchedule:
        raise errors.validation("Parameter ScheduleExpression is not valid.") from None


def _pattern(text: str) -> Pattern:
    try:
        return compile_pattern(text)
    except InvalidPattern as fault:
        raise errors.invalid_pattern(fault, text) from None


@operation("DescribeRule")
def describe_rule(ctx: Events, request: Request) -> Result:
    _, _, rule = find_rule(ctx, request, "DescribeRule")
    return {**rule.shown(), "CreatedBy": rule.account}


@operation("ListRules")
def list_rules(ctx: Events, request: Request) -> Result:
    _, bus = find_bus(ctx, request.get("EventBusName"), "ListRules")
    return page(request, "Rules", bus.rules, Rule.shown, prefix=request.get("NamePrefix") or "")


@operation("ListRuleNamesByTarget")
def list_rule_names_by_target(ctx: Events, request: Request) -> Result:
    _, bus = find_bus(ctx, request.get("EventBusName"), "ListRuleNamesByTarget")
    arn = request["TargetArn"]
    names = {
        name: name
        for name, rule in bus.rules.items()
        if any(target.arn == arn for target in rule.targets.values())
    }
    return page(request, "RuleNames", names, str)


@operation("EnableRule")
def enable_rule(ctx: Events, request: Request) -> Result:
    state, _, rule = find_rule(ctx, request, "EnableRule")
    rule.settings["State"] = "ENABLED"
    expression = rule.settings.get("ScheduleExpression", "")
    state.schedule(rule, read_rate(expression, ctx.now) if expression.startswith("rate") else rule.schedule)
    return {}


@operation("DisableRule")
def disable_rule(ctx: Events, request: Request) -> Result:
    state, _, rule = find_rule(ctx, request, "DisableRule")
    rule.settings["State"] = DISABLED
    state.schedule(rule, rule.schedule)
    return {}


@operation("DeleteRule")
def delete_rule(ctx: Events, request: Request) -> Result:
    state, bus = find_bus(ctx, request.get("EventBusName"), "DeleteRule")
    rule = bus.rules.get(request["Name"])
    if rule is None:
        return {}
    if rule.targets:
        raise errors.validation("Rule can't be deleted since it has targets.")
    state.drop(bus, rule)
    return {}


@operation("TestEventPattern")
def match_event_pattern(ctx: Events, request: Request) -> Result:
    try:
        event = json.loads(request["Event"])
    except ValueError:
        event = None
    if not isinstance(event, dict) or any(name not in event for name in _NEEDED_IN_EVENTS):
        raise errors.validation("Parameter Event is not valid.")
    return {"Result": _pattern(request["EventPattern"]).matches(event)}
