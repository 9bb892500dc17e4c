"""Where environments have their directories on the host, and the namespaces that outlive a process. Starts nothing."""

from __future__ import annotations

import os

from mocklambda.execution.effects import StartEnvironment
from mocklambda.sandbox.code import LayerTrees
from mocklambda.sandbox.directories import SessionDirectory, remove
from mocklambda.sandbox.orders import INSIDE
from mocklambda.sandbox.places import Places


class Homes:
    """Those of one session, by environment. Its methods are called under the supervisor's lock."""

    def __init__(self, directories: SessionDirectory) -> None:
        self._directories = directories
        self._layers = LayerTrees(directories)
        self._homes: dict[str, str] = {}
        self._namespaces: dict[str, list[int]] = {}

    def places(self, effect: StartEnvironment, *, is_isolated: bool | None) -> Places:
        """Return where the host has a function's directories; without namespaces /tmp is one, made now."""
        home = self._homes.get(effect.environment_id)
        if home is None and not is_isolated:
            home = self._homes[effect.environment_id] = self._directories.fresh("environment")
        spec = effect.spec
        if spec.code is None:  # an image has all in itself
            return INSIDE
        return Places(task_root=spec.code.root, layer_root=self._layers.merged(spec.layers), tmp=home)

    def keep_namespaces(self, environment_id: str, descriptors: list[int]) -> None:
        """Keep what holds the namespaces of a process that has ended, for the next one."""
        self._namespaces[environment_id] = descriptors

    def namespaces(self, environment_id: str) -> list[int]:
        """Return what holds an environment's namespaces; empty where it has had no process yet."""
        return self._namespaces.get(environment_id, [])

    def remove(self, environment_id: str) -> None:
        """Forget an environment that has ended."""
        home = self._homes.pop(environment_id, None)
        if home is not None:
            remove(home)
        for descriptor in self._namespaces.pop(environment_id, []):
            os.close(descriptor)

    def close(self) -> None:
        """Let go of all namespaces; the directories go with the session's."""
        for environment_id in list(self._namespaces):
            self.remove(environment_id)
