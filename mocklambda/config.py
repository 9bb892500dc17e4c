"""Every option once, its default beside it; where options come from, and what an unknown one is told."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from mocklambda.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The options of ``mock_lambda(...)``, and of whatever else may give them.

    Later ones win: ``MOCKLAMBDA_*`` in the environment, ``[tool.mocklambda]`` in the ``pyproject.toml`` of pytest's
    root, pytest's ini ``mocklambda_options``, the call's or the marker's own.
    """

    region: str = "us-east-1"
    """For clients that were given none; what ``AWS_DEFAULT_REGION`` or ``AWS_REGION`` say unless given."""
    account_id: str = "123456789012"
    """Of callers whose access key is not itself a 12-digit account."""
    settle: Literal["auto", "manual"] = "auto"
    """``auto``: a call returns when what it caused has come to rest."""
    clock: datetime | None = None
    """An instant to start from and stand at until told; None follows ``time.time()``."""
    sleep: Literal["real", "virtual"] = "real"
    """``virtual``: ``time.sleep`` in Python handlers takes no real time but counts as if."""
    long_poll: Literal["virtual", "real"] = "virtual"
    """``real``: long polls on empty queues, and subscribers of shards, wait for real."""
    executor: Literal["process", "inline"] = "process"
    """``inline``: handlers run in the test's own process, within reach of patches and breakpoints."""
    start: Literal["fork", "spawn"] = "fork"
    """How environments start: forked from a warm process, or as fresh interpreters."""
    isolation: Literal["auto", "directories"] = "auto"
    """``auto``: handlers have Lambda's own ``/var/task``, ``/opt`` and ``/tmp`` where the system grants namespaces."""
    enforce_memory: bool = True
    """A handler that takes more than its function's MemorySize is killed, as on Lambda."""
    strict_packages: bool = False
    """Handlers see only the standard library, boto3, their own package and layers."""
    strict_iam: bool = False
    """Handlers, mappings, deliveries and logs may do what the policies of their functions' roles allow, no more."""
    vpc_internet: bool = True
    """``False``: handlers of functions in a VPC whose subnets have no route to a NAT reach AWS, and nothing else."""
    wire: bool = False
    """Every call is signed, sent and parsed as bytes, with the SDK's real retries."""
    guard: bool = True
    """A call to AWS that nothing serves fails the test even if the code swallowed the error."""
    throughput_limits: bool = True
    """``False``: a stream's shards take and give any number of records and calls in a second."""
    seed: int | None = None
    """Of everything random; None takes a new one, which a failing test's report tells."""
    max_real_seconds: float = 30.0
    """How long settling may take in real time."""
    max_environments: int = 64
    """How many environments are kept alive at once; idle ones go first."""
    journal_size: int | None = None
    """How many entries the journal keeps, and how many log lines: the newest. None keeps all."""

    @classmethod
    def build(cls, options: Mapping[str, Any], base: Config | None = None) -> Config:
        """Return ``base`` (by default: from the process environment) with ``options`` on top.

        Raises UsageError naming the nearest option for one that is not there.
        """
        known = {field.name for field in fields(cls)}
        for name in options:
            if name not in known:
                raise UsageError(_unknown(name, known))
        config = replace(base or cls.from_environment(), **options)
        config._check()  # noqa: SLF001 - its own
        return config

    @classmethod
    def from_environment(cls) -> Config:
        """Read ``MOCKLAMBDA_*``, and the region of the SDK's own variables."""
        prefix = "MOCKLAMBDA_"
        texts = {
            name[len(prefix) :].lower(): text for name, text in os.environ.items() if name.startswith(prefix)
        }
        region = os.environ.get("AWS_DEFAULT_REGION") or os.environ.get("AWS_REGION") or cls().region
        return cls.build(cls.parse(texts), base=cls(region=region))

    @classmethod
    def parse(cls, texts: Mapping[str, Any]) -> dict[str, Any]:
        """Turn texts (of the environment, of ini files) into option values."""
        known = {field.name: field.type for field in fields(cls)}
        values: dict[str, Any] = {}
        for name, text in texts.items():
            if name not in known:
                raise UsageError(_unknown(name, set(known)))
            values[name] = _parse(name, str(known[name]), text) if isinstance(text, str) else text
        return values

    @classmethod
    def from_pyproject(cls, file: Path) -> dict[str, Any]:
        """Return the options in a file's table ``[tool.mocklambda]``; none where there is no such file or table.

        Raises UsageError for an option that does not exist, and for a file that is no TOML.
        """
        if not file.is_file():
            return {}
        toml = importlib.import_module(
            "tomllib" if sys.version_info >= (3, 11) else "tomli"
        )  # pytest brings tomli
        try:
            document = toml.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise UsageError(f"{file} can not be read: {error}") from None
        table = document.get("tool", {}).get("mocklambda", {})
        if not isinstance(table, dict):
            raise UsageError(f"{file}: tool.mocklambda is a table, [tool.mocklambda], not {table!r}")
        return cls.parse(table)

    def check_inline(self) -> None:
        """Raise UsageError for options that an inline handler would not heed."""
        for name, value in (("sleep", "virtual"), ("strict_packages", True), ("vpc_internet", False)):
            if getattr(self, name) == value:
                raise UsageError(
                    f"{name}={value!r} does not reach inline handlers: they have the test's own time.sleep, "
                    "imports and network"
                )

    def _check(self) -> None:
        for field in fields(self):
            expected = _expected(str(field.type), getattr(self, field.name))
            if expected is not None:
                raise UsageError(f"{field.name}={getattr(self, field.name)!r}: {expected} is expected")
        if self.max_environments < 1:
            raise UsageError(f"max_environments={self.max_environments}: one or more is expected")
        if self.journal_size is not None and self.journal_size < 1:
            raise UsageError(f"journal_size={self.journal_size}: one or more is expected")
        if self.executor == "inline":
            self.check_inline()
        if self.clock is not None and self.clock.tzinfo is None:
            raise UsageError(
                "clock= needs a datetime with a time zone, such as datetime(2024, 1, 1, tzinfo=timezone.utc)"
            )
        if not (self.account_id.isdigit() and len(self.account_id) == 12):
            raise UsageError(f"account_id={self.account_id!r}: an account has 12 digits")


def _expected(kind: str, value: Any) -> str | None:
    """Say what an option takes, if not this value."""
    if kind.startswith("Literal"):
        allowed = [word.strip(" \"'") for word in kind[len("Literal[") : -1].split(",")]
        return None if value in allowed else f"one of {', '.join(map(repr, allowed))}"
    if value is None and kind.endswith("| None"):
        return None
    name = kind.split(" ", maxsplit=1)[0]
    types, words = _KINDS[name]
    is_fitting = isinstance(value, types) and (name == "bool" or not isinstance(value, bool))
    return None if is_fitting else words


_KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "bool": ((bool,), "True or False"),
    "datetime": ((datetime,), "a datetime with a time zone"),
    "float": ((int, float), "a number"),
    "int": ((int,), "a whole number"),
    "str": ((str,), "a text"),
}
"""Type → what it may be, and how that is called."""


def _unknown(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(known))}"
    return f"mock_lambda has no option {name!r}{hint}"


def _parse(name: str, kind: str, text: str) -> Any:
    if kind == "bool":
        if text.lower() not in {"1", "0", "true", "false", "yes", "no", "on", "off"}:
            raise UsageError(f"{name}={text!r}: a yes or no is expected")
        return text.lower() in {"1", "true", "yes", "on"}
    try:
        if kind in {"int", "int | None"}:
            return int(text)
        if kind == "float":
            return float(text)
        if kind.startswith("datetime"):
            return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise UsageError(f"{name}={text!r}: not a valid {kind.split(' ', maxsplit=1)[0]}") from None
    return text
