"""Processes that a template forks, in place of the zygote: asked for, on their way, there. Called under the lock."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from mocklambda.sandbox.environment import Environment, State
from mocklambda.sandbox.process import Process

Held = tuple[Environment, Process]


class Copies:
    """Those of one session. ``ask`` asks the zygote, ``kill`` kills a process."""

    def __init__(
        self,
        environments: Mapping[str, Environment],
        processes: Mapping[int, Held],
        *,
        ask: Callable[[dict[str, Any]], None],
        kill: Callable[[Process], None],
    ) -> None:
        self._environments = environments
        self._processes = processes
        self._ask = ask
        self._kill = kill

    def template_of(self, environment: Environment) -> Process | None:
        """Return the process that an environment's is to be a copy of, where processes can be copied."""
        template = self._environments.get(environment.effect.template_id or "")
        return None if template is None or sys.platform != "linux" else template.process

    def arrived(self, template: Environment, header: dict[str, Any]) -> None:
        """Hear that a template has forked a copy, which is the zygote's child now."""
        environment, process = self._processes[header["key"]]
        process.pid = header["pid"]
        self._ask({"do": "adopt", "key": process.key, "pid": process.pid})
        if process.is_unwanted:
            self._kill(process)
        elif environment.state is State.IDLE:
            process.freeze()
        original = process.copied_from
        if original is None or self.to_come(original):
            return
        if original.is_unwanted:
            self._kill(original)
        else:
            template.freeze()

    def must_wait(self, process: Process) -> bool:
        """Tell whether a process can not be killed yet: it is being forked, or is forking, and nobody would know."""
        if process.copied_from is not None:
            return process.pid is None
        return process.is_ready and bool(self.to_come(process))

    def to_come(self, template: Process) -> list[Held]:
        """List the copies that a template has not forked yet."""
        return [
            (environment, process)
            for environment, process in self._processes.values()
            if process.copied_from is template and process.pid is None
        ]
