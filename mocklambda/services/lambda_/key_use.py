"""A function's own KMS keys: what a request may name, who is let decrypt, and what is said where they fail.

Variables, code and the data of durable executions are encrypted at rest. Deploying lets the role's session decrypt (a
grant on the key); each new environment decrypts anew, one that is warm has done so; executions decrypt at each step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mocklambda.execution.refusals import Unstartable
from mocklambda.execution.values import DurableTerms, Executor, FunctionKeys, FunctionSpec
from mocklambda.services.keys import KeyRefused, Keys
from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.function import Function, Package, Version
from mocklambda.services.lambda_.settings import Settings
from mocklambda.services.sessions import role_session

if TYPE_CHECKING:
    from mocklambda.services.lambda_.state import Lambda

VARIABLES, CODE, FILTERS = "environment variables", "function code", "filter criteria"
DATA = "durable execution data"
"""AWS documents the errors of a key for it, not their words: they are those for variables."""
_WHY = {
    # KMS's code: (Invoke's, why). AWS documents the codes; the words are seen in the field for denied access only (F),
    # the others follow them (I). KMS's own messages are recorded (R).
    "AccessDeniedException": ("KMSAccessDeniedException", "KMS access was denied"),
    "DisabledException": ("KMSDisabledException", "the KMS key used is disabled"),
    "KMSInvalidStateException": (
        "KMSInvalidStateException",
        "the KMS key used is in an invalid state for Decrypt",
    ),
    "NotFoundException": ("KMSNotFoundException", "the KMS key was not found"),
}


def keys_of(settings: Settings, package: Package) -> FunctionKeys | None:
    """Return the keys that starting an environment takes, None for none: without variables there is no need."""
    variables = settings.kms_key_arn if settings.variables else ""
    if not variables and not package.key_arn:
        return None
    return FunctionKeys(variables=variables, code=package.key_arn)


def check_new(state: Lambda, arn: str, what: str) -> None:
    """Raise for a key that can not be let decrypt ``what``; the words are seen in the field for variables (F)."""
    refusal = None
    if arn.split(":", 5)[-1].startswith("alias/"):
        refusal = KeyRefused("InvalidArnException", "Key Aliases are not supported for this operation.")
    else:
        try:
            state.scope.links.keys.usable(arn, state.scope.region)
        except KeyRefused as error:
            refusal = error
    if refusal is not None:
        raise errors.invalid_parameter(
            f"Lambda was unable to configure access to your {what} because the KMS key is invalid for CreateGrant. "
            f"Please check your KMS key settings. KMS Exception: {refusal.code} KMS Message: {refusal.message}"
        )


def check_keys(state: Lambda, settings: Settings, request: Mapping[str, Any]) -> None:
    """Raise for keys that a request names, or has new variables be encrypted with."""
    if settings.kms_key_arn and (request.get("KMSKeyArn") or request.get("Environment")):
        check_new(state, settings.kms_key_arn, VARIABLES)
    if settings.durable is not None and (request.get("DurableConfig") or {}).get("KMSKeyArn"):
        check_new(state, settings.durable.key_arn, DATA)


def grant(state: Lambda, name: str, settings: Settings, package: Package) -> None:
    """Let a function's role decrypt with its keys."""
    for arn in _all_keys(settings, package):
        session = role_session(settings.role, state.scope.account, name)
        state.scope.links.keys.grant(arn, session)


def retire_grants(state: Lambda, function: Function) -> None:
    """Take back what was granted to a function that is deleted."""
    for version in (function.latest, *function.versions.values()):
        for arn in _all_keys(version.settings, version.package):
            session = role_session(version.settings.role, state.scope.account, function.name)
            state.scope.links.keys.retire(arn, session)


def _all_keys(settings: Settings, package: Package) -> set[str]:
    durable = "" if settings.durable is None else settings.durable.key_arn
    return {settings.kms_key_arn, package.key_arn, durable} - {""}


def check_start(state: Lambda, spec: FunctionSpec) -> None:
    """Raise Unstartable where a new environment could not decrypt the function's variables or code."""
    if spec.keys is None or spec.executor is Executor.STUB:
        return
    for arn, what in ((spec.keys.variables, VARIABLES), (spec.keys.code, CODE)):
        _check_decrypt(state.scope.links.keys, arn, spec.region, principals_of(spec), what)


def check_data(keys: Keys, terms: DurableTerms, region: str, principals: Sequence[str]) -> None:
    """Raise Unstartable where somebody can not have an execution's data decrypted; nobody is the account itself."""
    _check_decrypt(keys, terms.key_arn, region, principals, DATA)


def principals_of(spec: FunctionSpec) -> Sequence[str]:
    """Return as whom a function decrypts: its role's session, and the role."""
    return (role_session(spec.role, spec.account, spec.name), spec.role)


def _check_decrypt(keys: Keys, arn: str, region: str, principals: Sequence[str], what: str) -> None:
    if not arn:
        return
    try:
        keys.check_decrypt(arn, region, principals)
    except KeyRefused as refusal:
        code, why = _WHY[refusal.code]
        raise Unstartable(
            code,
            f"Lambda was unable to decrypt the {what} because {why}. Please check the function's KMS key "
            f"settings. KMS Exception: {refusal.code} KMS Message: {refusal.message}",
        ) from None


def trouble(state: Lambda, arn: str, what: str) -> dict[str, str] | None:
    """Return what a reply shows in place of what its reader can not have decrypted.

    The model gives its shape; the words are seen in the field for denied access (F), the others follow them (I).
    """
    region, account = state.scope.region, state.scope.account
    try:
        state.scope.links.keys.check_decrypt(arn, region, ())
    except KeyRefused as refusal:
        code, message = refusal.code, refusal.message
    else:
        return None
    why, check = _WHY[code][1], "key settings"
    if code == "AccessDeniedException":
        why, check = "the KMS access was denied", "permissions"
        message = (
            f"User: arn:aws:iam::{account}:root is not authorized to perform: kms:Decrypt on resource: {arn}"
        )
    return {
        "ErrorCode": code,
        "Message": f"Lambda was unable to decrypt your {what} because {why}. Please check your KMS {check}. "
        f"KMS Exception: {code} KMS Message: {message}",
    }


def concealed(state: Lambda, version: Version) -> dict[str, str] | None:
    """Return why a version's variables can not be shown, None where they can."""
    arn = version.settings.kms_key_arn
    return trouble(state, arn, VARIABLES) if arn and version.settings.variables else None
