"""Entry of every process we start: ``python -I launch.py MODE ...``, with MODE ``zygote`` or ``spawned``.

Loads this folder as a package of a private name, so that neither our package nor our file names can be
mistaken for the function's own.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys

PACKAGE = "_mocklambda_child"


def load(module: str) -> object:
    """Import one module of this folder under the private name."""
    here = os.path.dirname(os.path.abspath(__file__))
    spec = importlib.util.spec_from_file_location(
        PACKAGE, os.path.join(here, "__init__.py"), submodule_search_locations=[here]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)
    return importlib.import_module(f"{PACKAGE}.{module}")


if __name__ == "__main__":
    sys.exit(load(sys.argv[1]).main(sys.argv[2:]))  # type: ignore[attr-defined]
