"""A version of a layer as a test holds it."""

from __future__ import annotations

from typing import Any

from mocklambda.handles.handle import Handle


class Layer(Handle):
    """One version of a layer."""

    def __init__(self, cloud: Any, name: str, version: int) -> None:
        super().__init__(cloud, name)
        self.version = version

    @property
    def arn(self) -> str:
        return self._arn("lambda", f"layer:{self.name}:{self.version}")
