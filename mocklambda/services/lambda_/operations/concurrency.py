"""Reserved concurrency and account settings; who may run is the core's business."""

from __future__ import annotations

from mocklambda.execution.concurrency import UNRESERVED_MINIMUM, BelowProvisioned, BelowUnreservedMinimum
from mocklambda.services.lambda_ import errors, names, package
from mocklambda.services.lambda_.instances import refuse_on_instances
from mocklambda.services.lambda_.operations.locate import Located, locate
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.service import Context, Request, Result, operation

TOTAL_CODE_SIZE = 80_530_636_800


@operation("PutFunctionConcurrency")
def put_function_concurrency(ctx: Context[Lambda], request: Request) -> Result:
    found = locate(ctx, request, "PutFunctionConcurrency")
    _refuse_qualified(found)
    function = found.must_exist(lambda: errors.function_not_found(found.state.arn(found.name, names.LATEST)))
    refuse_on_instances(function.latest.settings, "Reserved concurrency")
    wanted = request["ReservedConcurrentExecutions"]
    try:
        ctx.scope.execution.concurrency.reserve(function.arn, wanted)
    except BelowProvisioned as refusal:
        # R: leading and double blanks are AWS's
        raise errors.invalid_without_type(
            f" ReservedConcurrentExecutions  {wanted} should not be lower than function's total provisioned "
            "concurrency "
            f"[{refusal.provisioned}]."
        ) from None
    except BelowUnreservedMinimum:
        raise errors.invalid_without_type(
            "Specified ReservedConcurrentExecutions for function decreases account's "
            "UnreservedConcurrentExecution below "
            f"its minimum value of [{UNRESERVED_MINIMUM}]."
        ) from None
    return {"ReservedConcurrentExecutions": wanted}


@operation("GetFunctionConcurrency")
def get_function_concurrency(ctx: Context[Lambda], request: Request) -> Result:
    found = locate(ctx, request, "GetFunctionConcurrency")
    function = found.must_exist()
    reserved = ctx.scope.execution.concurrency.reserved(function.arn)
    return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}


@operation("DeleteFunctionConcurrency")
def delete_function_concurrency(ctx: Context[Lambda], request: Request) -> Result:
    found = locate(ctx, request, "DeleteFunctionConcurrency")
    _refuse_qualified(found)
    function = found.must_exist()
    ctx.scope.execution.concurrency.reserve(function.arn, None)
    ctx.reply.status = 204
    return {}


@operation("GetAccountSettings")
def get_account_settings(ctx: Context[Lambda], request: Request) -> Result:
    concurrency = ctx.scope.execution.concurrency
    return {
        "AccountLimit": {
            "TotalCodeSize": TOTAL_CODE_SIZE,
            "CodeSizeUnzipped": errors.UNZIPPED_LIMIT,
            "CodeSizeZipped": package.ZIPPED_LIMIT,
            "ConcurrentExecutions": concurrency.limit(),
            "UnreservedConcurrentExecutions": concurrency.unreserved(ctx.account, ctx.region),
        },
        "AccountUsage": {
            "TotalCodeSize": ctx.state.code_used,
            "FunctionCount": len(ctx.state.functions),
        },
    }


def _refuse_qualified(found: Located) -> None:
    if found.qualifier is not None:
        raise errors.invalid_parameter(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this "
            "operation. "
            "Please specify either a function name or an unqualified function ARN."
        )
