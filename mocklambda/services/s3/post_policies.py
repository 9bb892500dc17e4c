"""Whether an upload by form is signed in form, and within the policy that came with it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.services.s3.errors import access_denied, entity_too_large, entity_too_small, invalid_argument
from mocklambda.services.service import AwsError

_V4 = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature")
_V2 = ("Signature", "AWSAccessKeyId")
_FREE = frozenset({"file", "policy", "x-amz-signature", "signature", "awsaccesskeyid", "bucket"})


def check_signature(fields: Mapping[str, str]) -> None:
    """Refuse a form with a policy but not all of its signature's fields. ``fields`` have lower-case names."""
    for names in (_V4, _V2):
        if any(name.lower() in fields for name in names):
            for name in names:
                if name.lower() not in fields:
                    raise invalid_argument(
                        f"Bucket POST must contain a field named '{name}'.  If it is specified, please check "
                        "the order of the fields.",
                        name,
                        "",
                    )
            return
    raise access_denied()


class Policy:
    """A form's policy document."""

    def __init__(self, text: str) -> None:
        document = _document(text)
        expiration, conditions = document.get("expiration"), document.get("conditions")
        if not isinstance(expiration, str) or not isinstance(conditions, list):
            raise _invalid("Policy missing expiration or conditions.")
        self._expires_at = _instant(expiration)
        self._conditions = [_Condition(condition) for condition in conditions]

    def check(self, fields: Mapping[str, str], bucket: str, now: Millis) -> None:
        """Raise for what the form's fields say that the policy does not allow."""
        if now > self._expires_at:
            raise _refused("Policy expired.")
        known = {**fields, "bucket": bucket}
        for condition in self._conditions:
            if not condition.holds(known):
                raise condition.failed()
        named = {condition.name for condition in self._conditions}
        extra = [
            name
            for name in fields
            if name not in named and name not in _FREE and not name.startswith("x-ignore-")
        ]
        if extra:
            raise _refused(f"Extra input fields: {', '.join(extra)}")

    def check_size(self, size: int) -> None:
        """Raise when the file is longer or shorter than a ``content-length-range`` allows."""
        for condition in self._conditions:
            if condition.bounds is not None:
                least, most = condition.bounds
                if size < least:
                    raise entity_too_small(size, least)
                if size > most:
                    raise entity_too_large(size, most)


class _Condition:
    """One condition: a match of a field, or bounds of the file's size."""

    def __init__(self, document: Any) -> None:
        self.bounds: tuple[int, int] | None = None
        self._shown = document
        if isinstance(document, dict):
            if len(document) != 1:
                raise _invalid(
                    "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
                )
            ((name, value),) = document.items()
            self._operator, self._name, self._value = "eq", f"${name}", str(value)
            self._shown = ["eq", self._name, value]
        elif isinstance(document, list) and len(document) == 3:
            self._operator, self._name, self._value = (
                str(document[0]).lower(),
                str(document[1]),
                str(document[2]),
            )
        else:
            raise _invalid("Invalid Condition: wrong number of arguments.")
        if self._operator == "content-length-range":
            self.bounds = self._size_bounds()
        elif self._operator not in {"eq", "starts-with"}:
            raise _invalid(f"Invalid Condition: unknown operation '{self._operator}'.")

    @property
    def name(self) -> str:
        return self._name.removeprefix("$").lower()

    def holds(self, fields: Mapping[str, str]) -> bool:
        if self._operator == "content-length-range":
            return self.bounds is not None
        if not self._name.startswith("$"):
            return False
        value = fields.get(self.name, "")
        return value == self._value if self._operator == "eq" else value.startswith(self._value)

    def failed(self) -> AwsError:
        return _refused(f"Policy Condition failed: {json.dumps(self._shown, ensure_ascii=False)}")

    def _size_bounds(self) -> tuple[int, int] | None:
        try:
            return int(self._name), int(self._value)
        except ValueError:
            return None


def _document(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(base64.b64decode(text))
    except (binascii.Error, ValueError):
        raise _invalid("Invalid JSON.") from None
    if not isinstance(document, dict):
        raise _invalid("Invalid JSON.")
    return document


def _instant(text: str) -> Millis:
    for form in ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            moment = datetime.strptime(text, form).replace(tzinfo=timezone.utc)
        except ValueError:
            continue
        return int(moment.timestamp() * 1000)
    raise _invalid(f"Invalid 'expiration' value: '{text}'")


def _refused(what: str) -> AwsError:
    return access_denied(f"Invalid according to Policy: {what}")


def _invalid(what: str) -> AwsError:
    return AwsError("InvalidPolicyDocument", f"Invalid Policy: {what}")
