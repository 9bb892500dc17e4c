"""Where a function finds its code, its layers and its /tmp."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The directories of one environment, as paths that its process can open."""

    task_root: str
    layer_root: str | None
    tmp: str | None
    """None where /tmp itself is the function's own."""

    def shown(self, search_path: str) -> str:
        """Return a search path with Lambda's directories replaced by where they are."""
        entries = search_path.split(":")
        for name, real in (("/opt", self.layer_root), ("/var/task", self.task_root)):
            if real is not None and real != name:
                entries = [
                    real + entry[len(name) :] if entry.startswith(name) else entry for entry in entries
                ]
        return ":".join(entries)
