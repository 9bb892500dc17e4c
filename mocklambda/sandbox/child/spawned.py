"""A fresh interpreter in a zygote's fork: the same jail and the same runtime, nothing preloaded."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

from . import bootstrap, jail


def main(arguments: Sequence[str]) -> int:
    """Read what to start from a file, and be it."""
    reader, orders, answers, log, door = map(int, arguments)
    with open(reader, "rb") as script:
        start, parent = json.loads(script.read())
    if start["wrapper"]:
        start["environ"] = {
            name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")
        }
    sys.path.extend(entry for entry in start["site"] if entry not in sys.path)
    kept = [orders, answers, door, log]
    for descriptor in kept:
        os.set_inheritable(descriptor, False)
    bootstrap.main(start, jail.enter(start, parent, log, kept))
    return 1
