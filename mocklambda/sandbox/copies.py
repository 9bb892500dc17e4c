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

    def found(self, environment: Environment, process: Process, pid: int) -> None:
        """Hear of a copy that is there, and the zygote's child: from itself or its template, whichever is first."""
        if process.pid is not None:
            return
        process.pid = pid
        self._ask({"do": "adopt", "key": process.key, "pid": pid})
        if process.is_unwanted:
            self._kill(process)
        elif environment.state is State.IDLE:
            process.freeze()

    def arrived(self, template: Environment, original: Process, header: dict[str, Any]) -> None:
        """Hear from a template that it has forked a copy, which may have ended since."""
        held = self._processes.get(header["key"])
        if held is not None:
            environment, process = held
            self.found(environment, process, header["pid"])
            process.is_told_of = True
        if self.to_come(original):
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
        """List the copies that a template has not told of yet."""
        return [
            (environment, process)
            for environment, process in self._processes.values()
            if process.copied_from is template and not process.is_told_of
        ]
