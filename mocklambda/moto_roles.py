"""moto's IAM as the keeper of a session's roles, read where a decision needs them; and names that it knows.

moto decides nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mocklambda.errors import UsageError
from mocklambda.iam.asker import Asker
from mocklambda.iam.roles import Document, NewRole, Role
from mocklambda.moto_managed import PARTITION, let_be_attached
from mocklambda.moto_networks import find_subnet
from mocklambda.neighbours import Moto
from mocklambda.services.links import Arn
from mocklambda.services.networks import made_up_vpc
from mocklambda.services.resources import Resource

NOTHING = "{}"
"""A policy that allows nothing."""


class MotoRoles:
    """The roles that moto's IAM has."""

    def __init__(self, moto: Moto) -> None:
        self._moto = moto

    def find(self, arn: str) -> Role | None:
        backend = self._backend(arn)
        for role in () if backend is None else list(backend.roles.values()):
            if role.arn == arn:
                return _role(backend, role)
        return None

    def make(self, account: str, new: NewRole) -> str:
        wanted = [*new.managed, *([] if new.boundary is None else [new.boundary])]
        with self._moto.turn("iam"), _as_usage(f"role {new.name!r}"):
            from moto.iam.models import iam_backends

            backend = iam_backends[account][PARTITION]
            let_be_attached(account, wanted)
            for arn in wanted:
                backend.get_policy(arn)
            role = backend.create_role(
                role_name=new.name,
                assume_role_policy_document=new.trust,
                path="/",
                permissions_boundary=new.boundary,
                description="",
                tags=[],
                max_session_duration="3600",
            )
            for name, text in new.inline.items():
                backend.put_role_policy(new.name, name, text)
            for arn in new.managed:
                backend.attach_role_policy(arn, new.name)
        return str(role.arn)

    def add_policy(self, arn: str, name: str, text: str) -> None:
        with self._moto.turn("iam"), _as_usage(f"role {arn}"):
            self._backend(arn).put_role_policy(arn.rpartition("/")[2], name, text)

    def _backend(self, arn: str) -> Any:
        models = self._moto.models("iam")
        return None if models is None else models.iam_backends[Arn.parse(arn).account][PARTITION]


@contextmanager
def _as_usage(what: str) -> Iterator[None]:
    """Raise what IAM refuses as an error for the test's author, who asked without IAM's API."""
    from moto.core.exceptions import ServiceException

    try:
        yield
    except ServiceException as error:
        raise UsageError(f"{what}: {error}") from None


class MotoNames:
    """What moto knows of resources and credentials by names that requests have."""

    def __init__(self, moto: Moto) -> None:
        self._moto = moto

    def full_name(self, service: str, account: str, region: str, name: str) -> str | None:
        """Return the ARN of a secret by its name, or of a key by its alias; None where moto keeps no such thing."""
        if service == "secretsmanager":
            models = self._moto.models(service)
            found = (
                None if models is None else models.secretsmanager_backends[account][region].secrets.get(name)
            )
            return None if found is None else str(found.arn)
        alias = name.rpartition(":")[2]
        if service == "kms" and alias.startswith("alias/"):
            models = self._moto.models(service)
            keys = {} if models is None else models.kms_backends[account][region].keys
            return next((str(key.arn) for key in list(keys.values()) if alias in key.aliases), None)
        return None

    def key_of(self, account: str, region: str, ciphertext: bytes) -> str | None:
        """Return the ARN of the key that something was encrypted with: moto's ciphertexts begin with its id."""
        models = self._moto.models("kms")
        keys = {} if models is None else models.kms_backends[account][region].keys
        found = (str(key.arn) for key in list(keys.values()) if ciphertext.startswith(key.id.encode()))
        return next(found, None)

    def resource_policy(self, arn: str) -> str | None:
        """Return the own policy of a key, its grants as statements, or of a secret; None where there is none."""
        service = Arn.parse(arn).service if arn.startswith("arn:") else ""
        models = self._moto.models(service) if service in {"kms", "secretsmanager"} else None
        if models is None:
            return None
        _, _, region, account, resource = Arn.parse(arn)
        if service == "secretsmanager":
            secret = models.secretsmanager_backends[account][region].secrets.get(arn)
            return None if secret is None else secret.policy
        key = models.kms_backends[account][region].keys.get(resource.removeprefix("key/"))
        return None if key is None else _with_grants(key)

    def vpc_of(self, account: str, region: str, subnet_id: str) -> str:
        """Return the VPC of a subnet: as EC2 has it, or as it is made up where nothing keeps it."""
        backends = self._moto.state("ec2")
        found = None if backends is None else find_subnet(backends[account][region], subnet_id)
        return made_up_vpc(subnet_id) if found is None else str(found.vpc_id)

    def hash_key(self, arn: str) -> str | None:
        """Return the partition key of a table, or of an index of one."""
        table = self._table(arn)
        if table is None:
            return None
        _, _, name = arn.partition("/index/")
        if not name:
            return str(table.hash_key_attr)
        index = next((one for one in table.all_indexes() if one.name == name), None)
        keys = () if index is None else index.schema
        return next((str(key["AttributeName"]) for key in keys if key["KeyType"] == "HASH"), None)

    def resource(self, arn: str) -> Resource | None:
        """Return the tags of a table, secret or key, and the key of a secret; None where there is none such."""
        parts = Arn.parse(arn) if arn.startswith("arn:") else None
        if parts is None:
            return None
        if parts.service == "dynamodb":
            table = self._table(arn)
            return None if table is None else Resource(tags=_tags(table.tags))
        models = self._moto.models(parts.service) if parts.service in {"kms", "secretsmanager"} else None
        if models is None:
            return None
        if parts.service == "secretsmanager":
            secret = models.secretsmanager_backends[parts.account][parts.region].secrets.get(arn)
            return None if secret is None else Resource(tags=_tags(secret.tags), key=secret.kms_key_id or "")
        backend = models.kms_backends[parts.account][parts.region]
        key_id = parts.resource.removeprefix("key/")
        return (
            Resource(tags=backend.tagger.get_tag_dict_for_resource(key_id))
            if key_id in backend.keys
            else None
        )

    def _table(self, arn: str) -> Any:
        parts = Arn.parse(arn)
        models = self._moto.models("dynamodb")
        backend = None if models is None else models.dynamodb_backends[parts.account][parts.region]
        return backend and backend.tables.get(parts.resource.removeprefix("table/").partition("/")[0])

    def session_of(self, access_key: str) -> Asker | None:
        """Return the session whose credentials moto's STS gave; None for others."""
        for backend in self._backends("sts"):
            for session in list(backend.assumed_roles):
                if session.access_key_id == access_key:
                    return Asker(
                        role_arn=session.role_arn,
                        session=session.session_name,
                        policy="" if session.policy is None else _readable(session.policy),
                    )
        return None

    def secret_of(self, access_key: str) -> str | None:
        """Return the secret that moto's IAM or STS gave with an access key; None for those of others."""
        for backend in self._backends("iam"):
            found = backend.access_keys.get(access_key)
            if found is not None:
                return str(found.secret_access_key)
        for backend in self._backends("sts"):
            for session in list(backend.assumed_roles):
                if session.access_key_id == access_key:
                    return str(session.secret_access_key)
        return None

    def _backends(self, service: str) -> Iterator[Any]:
        models = self._moto.models(service)
        accounts = {} if models is None else getattr(models, f"{service}_backends")
        for account in list(accounts):
            yield from list(accounts[account].values())


def _tags(pairs: Any) -> dict[str, str]:
    return {pair["Key"]: pair["Value"] for pair in list(pairs or ())}


def _with_grants(key: Any) -> str:
    document = json.loads(_readable(key.policy))
    statements = document.get("Statement", [])
    granted = [_grant_statement(grant) for grant in list(key.grants.values())]
    own = statements if isinstance(statements, list) else [statements]
    return json.dumps({**document, "Statement": [*own, *granted]})


def _grant_statement(grant: Any) -> dict[str, Any]:
    context = (grant.constraints or {}).get("EncryptionContextSubset") or (grant.constraints or {}).get(
        "EncryptionContextEquals", {}
    )
    condition = {f"kms:EncryptionContext:{name}": value for name, value in context.items()}
    return {
        "Effect": "Allow",
        "Principal": {"AWS": grant.grantee_principal},
        "Action": [f"kms:{operation}" for operation in grant.operations],
        "Resource": "*",
        **({"Condition": {"StringEquals": condition}} if condition else {}),
    }


def _role(backend: Any, role: Any) -> Role:
    managed = [
        Document(name=policy.arn, text=_text(policy)) for policy in list(role.managed_policies.values())
    ]
    inline = [Document(name=name, text=text) for name, text in list(role.policies.items())]
    return Role(
        arn=role.arn,
        unique_id=role.id,
        trust=_readable(role.assume_role_policy_document),
        policies=[*inline, *managed],
        boundary=_boundary(backend, role.permissions_boundary_arn),
        tags={tag["Key"]: tag["Value"] for tag in role.tags or ()},
    )


def _boundary(backend: Any, arn: str | None) -> Document | None:
    policy = backend.managed_policies.get(arn)
    if arn is None:
        return None
    return Document(name=arn, text=NOTHING if policy is None else _text(policy))


def _text(policy: Any) -> str:
    """Return a managed policy's version in force."""
    return str(next(version.document for version in policy.versions if version.is_default))


def _readable(text: str) -> str:
    """Return a document that moto took without looking, or one that says nothing."""
    try:
        return text if isinstance(json.loads(text), dict) else NOTHING
    except ValueError:
        return NOTHING
