"""moto's KMS keys as services ask for them: whether one is there, enabled, and open to a role.

As long as nobody asked moto's KMS for anything, a key that is named is taken as existing, and stays so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mocklambda.neighbours import Moto
from mocklambda.services.keys import KeyRefused
from mocklambda.services.links import Arn
from mocklambda.services.policies import Question, Verdict, judge

# F: what Lambda shows of it; the states' words below are recorded (R)
DENIED = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are "
    "not allowed to access."
)
_STATES = {
    "Disabled": ("DisabledException", "is disabled."),
    "PendingDeletion": ("KMSInvalidStateException", "is pending deletion."),
    "PendingImport": ("KMSInvalidStateException", "is pending import."),
}


class MotoKeys:
    """The keys of one session."""

    def __init__(self, moto: Moto) -> None:
        self._moto = moto
        self._on_trust: set[str] = set()
        """What was named before there was anybody to ask."""

    def usable(self, arn: str, region: str) -> str:
        """Return the ARN of the key under a key's or alias's ARN, for use in a region; raises KeyRefused."""
        key = self._find(arn, region)
        if key is None:
            return arn
        trouble = _STATES.get(key.key_state)
        if trouble is not None:
            code, text = trouble
            raise KeyRefused(code, f"{key.arn} {text}")
        return str(key.arn)

    def check_decrypt(self, arn: str, region: str, principals: Sequence[str]) -> None:
        """Raise KeyRefused where somebody can not decrypt: a role's session has no grant, or the policy denies."""
        self.usable(arn, region)
        key = self._find(arn, region)
        if key is None:
            return
        asked = Question(
            principal=Arn.parse(arn).account, action="kms:Decrypt", resource=arn, names=tuple(principals)
        )
        is_granted = not principals or _granted(key, principals[0]) is not None
        if not is_granted or judge(key.policy, asked) is Verdict.DENY:
            raise KeyRefused("AccessDeniedException", DENIED)

    def grant(self, arn: str, principal: str) -> None:
        """Let a principal decrypt with a key; once more changes nothing."""
        key = self._find(arn, Arn.parse(arn).region)
        if key is not None and _granted(key, principal) is None:
            with self._moto.turn("kms"):
                key.add_grant("", principal, ["Decrypt", "RetireGrant"], {}, "")

    def retire(self, arn: str, principal: str) -> None:
        """Take what ``grant`` gave back; the key may be gone."""
        backend = self._backend(Arn.parse(arn))
        key = None if backend is None else backend.keys.get(_name(arn))
        grant = None if key is None else _granted(key, principal)
        if key is not None and grant is not None:
            with self._moto.turn("kms"):
                key.retire_grant(grant)

    # -- inside ------------------------------------------------------------------------------------------

    def _find(self, arn: str, region: str) -> Any:
        """Return moto's key; None for one that is taken as existing."""
        try:
            parts = Arn.parse(arn)
        except ValueError:
            raise KeyRefused("NotFoundException", f"Invalid arn {arn}") from None
        backend = self._backend(parts)
        if backend is None:
            self._on_trust.add(arn)
        if arn in self._on_trust:
            return None
        if parts.region != region:
            raise KeyRefused("NotFoundException", f"Invalid arn {parts.region}")
        name = _name(arn)
        if name.startswith("alias/"):
            key = next((one for one in backend.keys.values() if name in one.aliases), None)
            missing = f"Alias {arn} is not found."
        else:
            key, missing = backend.keys.get(name), f"Key '{arn}' does not exist"
        if key is None:
            raise KeyRefused("NotFoundException", missing)
        return key

    def _backend(self, parts: Arn) -> Any:
        backends = self._moto.state("kms")
        if backends is None or parts.region not in backends[parts.account]:
            return None
        return backends[parts.account][parts.region]


def _name(arn: str) -> str:
    resource = Arn.parse(arn).resource
    return resource if resource.startswith("alias/") else resource.rpartition("/")[2]


def _granted(key: Any, principal: str) -> str | None:
    """Return the id of the grant that lets a principal decrypt, if one does."""
    for grant in list(key.grants.values()):
        if grant.grantee_principal == principal and "Decrypt" in grant.operations:
            return str(grant.id)
    return None
