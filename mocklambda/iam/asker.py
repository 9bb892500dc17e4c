"""Who asks: a session of a role; and what conditions may ask about it, about the time and about what it asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from mocklambda.clock.base import Millis
from mocklambda.iam.rights import Right
from mocklambda.iam.roles import Role
from mocklambda.services.links import Arn
from mocklambda.services.resources import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """A role's session: of a function, it bears that one's name."""

    role_arn: str
    session: str
    policy: str = ""
    """What the session is kept to beside its role's policies; empty where to nothing."""
    function_arn: str = ""
    """Of the function in whose environment the call is made, or for which Lambda acts."""

    @property
    def arn(self) -> str:
        """The session's ARN, as messages name it."""
        return f"arn:aws:sts::{self.account}:assumed-role/{self.role_arn.rpartition('/')[2]}/{self.session}"

    @property
    def account(self) -> str:
        return Arn.parse(self.role_arn).account

    def names(self) -> tuple[str, str]:
        """Return what a resource's policy may call it."""
        return (self.arn, self.role_arn)


def about_role(asker: Asker, role: Role | None) -> dict[str, str]:
    """Return the global condition keys that tell who asks.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    known = {
        "aws:principalarn": asker.role_arn,
        "aws:principalaccount": asker.account,
        "aws:principaltype": "AssumedRole",
        "aws:viaawsservice": "false",
        "aws:principalisawsservice": "false",
    }
    if asker.function_arn:
        known["lambda:sourcefunctionarn"] = asker.function_arn
    if role is not None:
        known["aws:userid"] = f"{role.unique_id}:{asker.session}"
        known |= {f"aws:principaltag/{key.lower()}": value for key, value in role.tags.items()}
    return known


def about_time(now: Millis) -> dict[str, str]:
    """Return the condition keys that tell when."""
    instant = datetime.fromtimestamp(now / 1000, tz=timezone.utc)
    return {"aws:currenttime": f"{instant:%Y-%m-%dT%H:%M:%SZ}", "aws:epochtime": str(now // 1000)}


def about_resource(right: Right, resource: Resource | None) -> dict[str, str]:
    """Return the condition keys that tell of the resource: its tags, under both names that services have for them."""
    account = Arn.parse(right.resource).account if right.resource.startswith("arn:") else ""
    known = {"aws:resourceaccount": account} if account else {}
    if resource is None:
        return known
    known |= resource.conditions
    prefix = right.action.partition(":")[0]
    for name, value in resource.tags.items():
        known[f"aws:resourcetag/{name.lower()}"] = known[f"{prefix}:resourcetag/{name.lower()}"] = value
    return known
