"""Which function a request means: its name's forms, its qualifier, its owner, and whether the caller may."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from mocklambda.services.lambda_ import errors, names
from mocklambda.services.lambda_.function import Function
from mocklambda.services.lambda_.policy import Caller
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.service import AwsError, Context, Request


class Located(NamedTuple):
    """A function as a request names it, there or not."""

    state: Lambda
    """Of the function's owner."""
    name: str
    qualifier: str | None
    function: Function | None

    @property
    def arn(self) -> str:
        """The unqualified ARN."""
        return self.state.arn(self.name)

    @property
    def asked_arn(self) -> str:
        """The ARN with the qualifier that was asked for, if any."""
        return self.state.arn(self.name, self.qualifier)

    def missing(self) -> AwsError:
        """Return what is said of what was asked for, with its qualifier."""
        return errors.function_not_found(self.asked_arn)

    def must_exist(self, missing: Callable[[], AwsError] | None = None) -> Function:
        """Return the function; raises what this operation answers when there is none."""
        if self.function is None:
            raise errors.function_not_found(self.arn) if missing is None else missing()
        return self.function


def locate(ctx: Context[Lambda], request: Request, action: str) -> Located:
    """Read ``FunctionName`` and ``Qualifier``; ``action`` is what a foreign caller must be allowed."""
    named = names.parse(request["FunctionName"])
    qualifier = names.derive(named.qualifier, request.get("Qualifier"))
    state = ctx.state
    if named.region is not None and named.region != ctx.region:
        raise errors.not_reachable(named.region, ctx.region)
    if named.account is not None and named.account != ctx.account:
        state = ctx.scope.peer(named.account, ctx.region)
        caller = Caller(account=ctx.account)
        if not state.permits(named.name, qualifier, f"lambda:{action}", caller):
            who = f"arn:aws:iam::{ctx.account}:root"
            raise errors.not_authorized(who, action, state.arn(named.name, qualifier))
    return Located(state, named.name, qualifier, state.functions.get(named.name))


def check_revision(request: Request, current: str, call: str = "GetFunction/GetAlias") -> None:
    """Raise when the request carries a RevisionId that is not the current one."""
    sent = request.get("RevisionId")
    if sent is not None and sent != current:
        raise errors.precondition_failed(call)


def check_ready(function: Function) -> None:
    """Raise while a deployment is under way: ``$LATEST`` takes no other then."""
    if function.latest.is_pending:
        raise errors.wrong_state("Pending")
    if function.latest.is_updating:
        raise errors.update_in_progress(function.arn)
