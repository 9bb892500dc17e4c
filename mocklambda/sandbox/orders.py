"""What the zygote is told to start: everything a new process has to know, for whichever root it gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.config import Config
from mocklambda.execution.effects import StartEnvironment
from mocklambda.sandbox import memory, runtimes
from mocklambda.sandbox.environ import RUNTIME_API, variables
from mocklambda.sandbox.places import Places
from mocklambda.sandbox.zygote import site_directories

INSIDE = Places(task_root="/var/task", layer_root="/opt", tmp=None)
"""Lambda's own paths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One process to be started."""

    effect: StartEnvironment
    config: Config
    outside: Places
    """Where the host has the function's directories."""
    is_isolated: bool | None
    """Whether there are namespaces; None where that is not known yet."""
    endpoint_url: str | None
    runtime_api: str | None
    """The address of its Runtime API, for a program that speaks it."""
    bridged: Sequence[str]
    """Addresses on our loopback that are to be found on its own, if it has one of its own."""
    is_suppressed: bool
    instant: Millis | None

    def as_request(self) -> dict[str, Any]:
        """Return it as the zygote takes it."""
        spec = self.effect.spec
        config = self.config
        environ = self._variables(INSIDE)
        wrapper = "" if self.runtime_api else environ.get("AWS_LAMBDA_EXEC_WRAPPER", "")
        mode = "spawn" if wrapper else config.start
        return {
            "mode": "program" if self.runtime_api else mode,
            "wrapper": wrapper,
            "interpreter": runtimes.interpreter(spec.runtime, start=config.start),
            "runtime": spec.runtime,
            "handler": spec.handler,
            "task_root": INSIDE.task_root,
            "layer_root": INSIDE.layer_root,
            "environ": environ,
            "image": self._image(),
            "root": None if self.is_isolated is False else self._root(),
            "directories": {} if self.is_isolated else self._directories(environ, wrapper),
            "is_offline": not self.effect.has_internet,
            "bridged": list(self.bridged),
            "timeout_ms": spec.timeout_ms,
            "log_format": spec.log_format,
            "log_level": environ.get("AWS_LAMBDA_LOG_LEVEL", ""),
            "instant": self.instant,
            "is_suppressed": self.is_suppressed,
            "is_template": self.effect.spec.initialization_type == "snap-start"
            and self.effect.template_id is None,
            "virtual_sleep": config.sleep == "virtual",
            "strict_packages": config.strict_packages,
            "endpoint_url": self.endpoint_url,
            "site": site_directories(),
            "data_limit": memory.data_limit(spec.memory_mb) if config.enforce_memory else 0,
        }

    def as_copy(self, key: int) -> dict[str, Any]:
        """Return what a template's copy has to know."""
        places = self.outside if self.is_isolated is False else INSIDE
        return {
            "key": key,
            "environ": self._variables(places),
            "instant": self.instant,
            "tmp_mb": self.effect.spec.ephemeral_mb,
        }

    def _variables(self, places: Places) -> dict[str, str]:
        found = variables(self.effect, places, self.endpoint_url)
        found["AWS_LAMBDA_RUNTIME_API"] = self.runtime_api or RUNTIME_API
        return found

    def _image(self) -> dict[str, Any] | None:
        """Say what a container image runs, and where."""
        image = runtimes.image_of(self.effect.spec)
        if image is None:
            return None
        return {
            "root": image.root,
            "command": [*image.entry_point, *image.command],
            "directory": image.working_directory,
        }

    def _root(self) -> dict[str, Any]:
        """Say what namespaces show."""
        spec = self.effect.spec
        return {
            "task": self.outside.task_root,
            "layers": self.outside.layer_root,
            "tmp_mb": spec.ephemeral_mb,
            "is_offline": not self.effect.has_internet,
            "is_source": spec.code is not None and not spec.code.is_shared,
        }

    def _directories(self, environ: dict[str, str], wrapper: str) -> dict[str, Any]:
        """Say what is other where there are no namespaces."""
        found = self._variables(self.outside)
        return {
            "task_root": self.outside.task_root,
            "layer_root": self.outside.layer_root,
            "wrapper": self.outside.shown(wrapper),
            "environ": {name: text for name, text in found.items() if environ.get(name) != text},
        }
