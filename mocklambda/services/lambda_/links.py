"""What functions are to other services: something to invoke, for later, that its resource policy guards."""

from __future__ import annotations

from mocklambda.execution.ports import Delivery, Undeliverable
from mocklambda.services.lambda_.json_request import check_json
from mocklambda.services.lambda_.policy import Caller
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.lambda_.tenancy import check_tenant
from mocklambda.services.resources import Resource
from mocklambda.services.service import AwsError


def destination(state: Lambda, arn: str) -> FunctionDestination | None:
    """Return the function, version or alias under this ARN as something to deliver to."""
    kind, _, rest = arn.split(":", 5)[5].partition(":")
    name, _, qualifier = rest.partition(":")
    function = state.functions.get(name)
    if kind != "function" or function is None or function.find(qualifier or None) is None:
        return None
    return FunctionDestination(state, arn, name, qualifier or None)


def resource_policy(state: Lambda, arn: str) -> str | None:
    """Return the policy of the function, version or alias under this ARN."""
    kind, _, rest = arn.split(":", 5)[5].partition(":")
    name, _, qualifier = rest.partition(":")
    function = state.functions.get(name)
    policy = None if kind != "function" or function is None else function.policies.get(qualifier)
    return None if policy is None else policy.document


def resource(state: Lambda, arn: str) -> Resource | None:
    """Return tags of the function or mapping under this ARN; of a mapping, also which function it is for."""
    kind, _, rest = arn.split(":", 5)[5].partition(":")
    if kind == "event-source-mapping":
        mapping = state.mappings.get(rest)
        if mapping is None:
            return None
        return Resource(tags=mapping.tags, conditions={"lambda:functionarn": mapping.function_arn})
    function = state.functions.get(rest.partition(":")[0]) if kind == "function" else None
    return None if function is None else Resource(tags=function.tags)


class FunctionDestination:
    """A function that takes deliveries as asynchronous invocations."""

    def __init__(self, state: Lambda, arn: str, name: str, qualifier: str | None) -> None:
        self._state = state
        self._arn = arn
        self._name = name
        self._qualifier = qualifier

    @property
    def arn(self) -> str:
        return self._arn

    def deliver(self, delivery: Delivery) -> str:
        """Queue the body as an event; returns its request id. What is no JSON, Invoke would refuse."""
        scope = self._state.scope
        payload = delivery.body.encode()
        function = self._state.functions.get(self._name)
        try:
            check_json(payload)
            if function is not None:
                check_tenant(function.latest.spec, None)  # other services name none
        except AwsError as refusal:
            raise Undeliverable(refusal.code, refusal.message, refusal.status) from None
        request_id: str | None = scope.execution.events.accept(
            self._arn,
            payload,
            trigger=_trigger(delivery),
            causes=scope.outbox.causes,
            trace_header=delivery.trace_header,
        )
        if request_id is None:
            raise Undeliverable("ResourceNotFoundException", f"Function not found: {self._arn}", 404)
        return request_id

    def permits(self, principal: str, source_arn: str, source_account: str) -> bool:
        """Tell whether the resource policy lets a service invoke it for a resource."""
        if principal == "lambda.amazonaws.com":  # destinations: the execution role decides, not this policy
            return True
        caller = Caller(service=principal, source_arn=source_arn, source_account=source_account)
        return self._state.permits(self._name, self._qualifier, "lambda:InvokeFunction", caller)


def _trigger(delivery: Delivery) -> str:
    service = delivery.principal.partition(".")[0]
    resource = delivery.source_arn.rpartition(":")[2]
    return f"{service}:{resource.rpartition('/')[2] if service != 's3' else resource}"
