"""Holds handlers' calls to what their roles may do: the gateway asks it before each, when a session wants that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from mocklambda.calls import Call, Origin, codec_of, operation_of
from mocklambda.iam.access import Access
from mocklambda.iam.asker import Asker
from mocklambda.iam.item_conditions import HashKey, about_items
from mocklambda.iam.key_rights import KeyRight, key_rights
from mocklambda.iam.refusals import access_denied, key_denied, sentence
from mocklambda.iam.request_conditions import about_request
from mocklambda.iam.resources import ANYTHING, Place
from mocklambda.iam.rights import Right, prefix_of, rights
from mocklambda.iam.roles import unique_id_of
from mocklambda.iam.s3_rights import object_right
from mocklambda.services.service import AwsError, Context

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from mocklambda.wire.message import Request

Operation = Callable[[Context[Any], Mapping[str, Any]], Any]
_HIDDEN = frozenset({"NoSuchKey", "404"})


class Names(Protocol):
    """What is known of things by the names that requests have for them; None for what is not."""

    def full_name(self, service: str, account: str, region: str, name: str) -> str | None:
        """Return a resource's ARN."""

    def key_of(self, account: str, region: str, ciphertext: bytes) -> str | None:
        """Return the ARN of the key that something was encrypted with."""

    def vpc_of(self, account: str, region: str, subnet_id: str) -> str:
        """Return the VPC of a subnet."""

    def hash_key(self, arn: str) -> str | None:
        """Return the partition key of a table, or of an index of one."""

    def session_of(self, access_key: str) -> Asker | None:
        """Return the session whose credentials were given to whoever assumed a role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A call as rights are asked for it."""

    model: OperationModel
    params: Mapping[str, Any]
    origin: Origin
    account: str
    region: str

    @property
    def asker(self) -> Asker:
        origin = self.origin
        session = origin.caller_arn.rpartition("/")[2]
        return Asker(
            role_arn=origin.role,
            session=session,
            policy=origin.session_policy,
            function_arn=origin.function_arn,
        )

    def context(self, right: Right, place: Place, hash_key: HashKey) -> dict[str, Any]:
        """Return the condition keys that tell of the call."""
        prefix = prefix_of(self.model)
        known = about_request(prefix, self.params, place) | {
            "aws:sourceip": self.origin.source_ip,
            "aws:securetransport": "true",
            "aws:requestedregion": self.region,
        }
        if right.action == "iam:PassRole":
            known["iam:passedtoservice"] = f"{prefix}.amazonaws.com"
        if prefix == "dynamodb" and ":table/" in right.resource:
            known |= about_items(self.model.name, right.resource, self.params, hash_key)
        return known


class Guard:
    """The guard of one session."""

    def __init__(self, access: Access, names: Names) -> None:
        self._access = access
        self._names = names

    def identified(self, origin: Origin, access_key: str | None) -> Origin:
        """Return the origin with the role whose credentials a call is signed with.

        The environment's own are the execution role's; those of a role that the handler assumed are that one's;
        any others are an account's, which may do everything.
        """
        if not origin.role or access_key in {None, origin.access_key}:
            return origin
        asker = self._names.session_of(access_key or "")
        if asker is None:
            return replace(origin, role="", caller_arn="", caller_id="")
        user_id = f"{unique_id_of(self._access.roles, asker.role_arn)}:{asker.session}"
        return replace(
            origin,
            role=asker.role_arn,
            caller_arn=asker.arn,
            caller_id=user_id,
            session_policy=asker.policy,
            account=asker.account,
        )

    def run(
        self, call: Call, function: Operation, ctx: Context[Any], params: Mapping[str, Any], about: str | None
    ) -> Any:
        """Do an operation of ours if the role that asks may, in the turn; ``about`` is its resource where it knows.

        Raises AwsError as the service refuses.
        """
        asked = _Asked(
            model=call.model, params=params, origin=call.origin, account=call.account, region=call.region
        )
        if call.service == "s3" and call.model.name == "DeleteObjects":
            return self._delete_objects(asked, function, ctx)
        self._check(asked, about)
        if call.service != "s3":
            return function(ctx, params)
        try:
            return function(ctx, params)
        except AwsError as error:
            if error.code in _HIDDEN and params.get("Key"):
                # D: whoever may not list a bucket is not told that a key is missing in it
                self._check_right(asked, Right("s3:ListBucket", f"arn:aws:s3:::{params['Bucket']}"))
            raise

    def check(
        self, service: str, operation: str, request: Request, account: str, region: str, origin: Origin
    ) -> None:
        """Raise AwsError unless the role that asks may do what it asks of a service that is not ours, in a turn."""
        from mocklambda.wire.models import service_model

        name = operation or operation_of(service, request)
        if not name:
            return  # no operation that IAM knows of: whoever answers will say so
        model = service_model(service).operation_model(name)
        params = codec_of(model).decode(model, request)
        self._check(_Asked(model=model, params=params, origin=origin, account=account, region=region), None)

    def _check(self, asked: _Asked, about: str | None) -> None:
        place, name = self._place(asked), asked.model.name
        for right in rights(asked.model, asked.params, place):
            named = about if about is not None and right.resource == ANYTHING else right.resource
            needed = replace(right, resource=named)
            self._check_right(asked, needed)
            for key in key_rights(needed, name, asked.params, place, self._access.resource):
                self._check_key(asked, key)

    def _check_key(self, asked: _Asked, key: KeyRight) -> None:
        why = self._access.refusal(asked.asker, key.right, key.context)
        if why is not None:
            arn, right = asked.origin.caller_arn, key.right
            raise key_denied(asked.model, sentence("kms", arn, right.action, right.resource, why))

    def _place(self, asked: _Asked) -> Place:
        names = self._names
        return Place(
            account=asked.account,
            region=asked.region,
            full_name=names.full_name,
            key_of=names.key_of,
            vpc_of=names.vpc_of,
        )

    def _check_right(self, asked: _Asked, right: Right) -> None:
        text = self._denial(asked, right)
        if text is not None:
            raise access_denied(asked.model, text)

    def _denial(self, asked: _Asked, right: Right) -> str | None:
        """Return what the service says to somebody who may not; None where he may."""
        context = asked.context(right, self._place(asked), self._names.hash_key)
        why = self._access.refusal(asked.asker, right, context)
        if why is None:
            return None
        service = asked.model.service_model.service_name
        return sentence(service, asked.origin.caller_arn, right.action, right.resource, why)

    def _delete_objects(self, asked: _Asked, function: Operation, ctx: Context[Any]) -> Any:
        """Delete what may be deleted, and tell of the rest in the reply, key by key."""
        refused, allowed, params = [], [], asked.params
        for entry in params["Delete"].get("Objects") or ():
            text = self._denial(asked, Right(*object_right(entry, params["Bucket"])))
            if text is None:
                allowed.append(entry)
            else:
                known = {name: entry[name] for name in ("Key", "VersionId") if name in entry}
                refused.append({**known, "Code": "AccessDenied", "Message": text})
        if not refused:
            return function(ctx, params)
        left = {**params, "Delete": {**params["Delete"], "Objects": allowed}}
        result = function(ctx, left) if allowed else {}
        return {**result, "Errors": [*result.get("Errors", ()), *refused]}
