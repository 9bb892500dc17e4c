"""SnapStart: what it does not go together with, which versions have a snapshot, and what they are without one.

The texts of refusals are not recorded, but for that of the runtime, which they follow.
"""

from __future__ import annotations

from mocklambda.execution.values import Executor, FunctionSpec, Outcome, OutcomeKind
from mocklambda.services.lambda_ import errors, runtimes
from mocklambda.services.lambda_.function import Failure
from mocklambda.services.lambda_.settings import Settings
from mocklambda.services.lambda_.tenancy import refuse_with_tenants
from mocklambda.services.service import AwsError

LARGEST_TMP_MB = 512
SNAP_START = "snap-start"


def check_snap_start(settings: Settings) -> None:
    """Raise where a function wants SnapStart and something that does not go with it (D)."""
    if settings.snap_start != "PublishedVersions":
        return
    refuse_with_tenants(settings, "SnapStart")
    if settings.package_type == "Image":
        raise _refusal("PackageType Image")
    if settings.runtime and not settings.runtime.startswith(runtimes.SNAP_START_PREFIXES):
        raise _refusal(settings.runtime)
    if settings.ephemeral_mb > LARGEST_TMP_MB:
        raise _refusal(f"Ephemeral storage of more than {LARGEST_TMP_MB} MB")


def check_provisioned(settings: Settings) -> None:
    """Raise where environments are to be provisioned for a version with SnapStart (D)."""
    if settings.snap_start == "PublishedVersions":
        raise _refusal("Provisioned concurrency")


def _refusal(what: str) -> AwsError:
    return errors.invalid_parameter(f"{what} is not supported for SnapStart enabled functions.")


def has_snapshot(spec: FunctionSpec) -> bool:
    """Whether this version's environments are copies of one: where its handler runs in a process of ours."""
    is_run = spec.executor is Executor.PROCESS and spec.runtime.startswith("python")
    return spec.initialization_type == SNAP_START and is_run


def failure_of(outcome: Outcome) -> Failure:
    """Say why a version has no snapshot, as its state does."""
    code = "FunctionError.InitTimeout" if outcome.kind is OutcomeKind.TIMED_OUT else "FunctionError"
    return Failure(code=code, reason=outcome.error_message or "")


def not_ready() -> AwsError:
    return AwsError(
        "SnapStartNotReadyException",
        "Lambda is initializing your function. You can invoke the function when the function state becomes Active.",
        409,
        fields=errors.USER,
    )


def restore_failed(outcome: Outcome) -> AwsError:
    """Return the error of an invocation for which no snapshot could be restored."""
    if outcome.kind is OutcomeKind.TIMED_OUT:
        text = "Lambda couldn't restore the snapshot within the timeout limit."
        return AwsError("SnapStartTimeoutException", text, 408, fields=errors.USER)
    return AwsError(
        "SnapStartException",
        "The afterRestore() runtime hook encountered an error. For more information, check the Amazon CloudWatch "
        "logs.",
        400,
        fields=errors.USER,
    )
