"""What a handler's ``import`` finds: its own before what is preloaded; and patches after an import."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
"""What Lambda's Python runtimes bundle beside the standard library."""


class AfterImport(importlib.abc.MetaPathFinder):
    """Hands one module, right after its import, to a patch."""

    def __init__(self, name: str, patch: Callable[[Any], object]) -> None:
        self._name = name
        self._patch = patch

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != self._name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = PatchingLoader(spec.loader, self._patch)
        return spec


class PatchingLoader(importlib.abc.Loader):
    """A module's own loader, and a patch after it."""

    def __init__(self, loader: Any, patch: Callable[[Any], object]) -> None:
        self._loader = loader
        self._patch = patch

    def create_module(self, spec: Any) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._patch(module)


class SdkOnly(importlib.abc.MetaPathFinder):
    """Finds the bundled SDK, and nothing else, in site-packages."""

    def __init__(self, directories: Sequence[str]) -> None:
        self._directories = list(directories)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name.partition(".")[0] not in SDK or "." in name:
            return None
        return importlib.machinery.PathFinder.find_spec(name, self._directories)


def is_site(directory: str) -> bool:
    """Whether a search path entry holds installed packages."""
    return os.path.basename(directory.rstrip("/")) in ("site-packages", "dist-packages")


def arrange(task_root: str, layer_root: str | None, site: Iterable[str], *, strict: bool) -> None:
    """Set ``sys.path`` as Lambda does: the function, its layers, the standard library, installed packages.

    ``strict`` leaves of the installed packages what Lambda bundles.
    """
    minor = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    own = [task_root]
    if layer_root:
        own += [
            os.path.join(layer_root, "python", "lib", minor, "site-packages"),
            os.path.join(layer_root, "python"),
        ]
    installed = [entry for entry in sys.path if is_site(entry)]
    installed += [entry for entry in site if entry not in installed]
    standard = [entry for entry in sys.path if entry and not is_site(entry)]
    sys.path[:] = own + standard + ([] if strict else installed)
    if strict:
        sys.meta_path.append(SdkOnly(installed))
        forget(name for name in list(sys.modules) if _is_foreign(name, installed))
    prefer(own, installed)


def _is_foreign(name: str, installed: list[str]) -> bool:
    top = name.partition(".")[0]
    if top in SDK or top in ("coverage", "_mocklambda_child"):
        return False
    origin = getattr(sys.modules[name], "__file__", None) or ""
    return any(origin.startswith(directory + os.sep) for directory in installed)


def prefer(own: Sequence[str], installed: Sequence[str]) -> None:
    """Forget preloaded modules of which the function brings its own copy, so that its copy is imported."""
    names: set[str] = set()
    for directory in own:
        try:
            entries = os.listdir(directory)
        except OSError:
            continue
        names.update(entry.partition(".")[0] for entry in entries)
    names = {name for name in names if name in sys.modules} - KEPT
    if names.intersection(SDK):
        names.update(SDK)  # they hold on to one another
    if names:
        forget(name for name in list(sys.modules) if name.partition(".")[0] in names)


def forget(names: Iterable[str]) -> None:
    for name in names:
        sys.modules.pop(name, None)


KEPT = frozenset(sys.builtin_module_names) | frozenset(
    [
        "__main__",
        "_mocklambda_child",
        "abc",
        "codecs",
        "collections",
        "encodings",
        "functools",
        "importlib",
        "io",
        "json",
        "logging",
        "os",
        "posixpath",
        "re",
        "site",
        "socket",
        "string",
        "struct",
        "sys",
        "threading",
        "time",
        "traceback",
        "types",
        "typing",
        "warnings",
        "weakref",
    ]
)
"""What Lambda's own bootstrap has loaded too before it looks at the function."""
