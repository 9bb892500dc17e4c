"""From what a test's author has (a directory, module, function, text, zip bytes) to what Lambda deploys."""

from __future__ import annotations

import inspect
import io
import os
import re
import sys
import textwrap
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from mocklambda.errors import UsageError

HOT_RELOAD = "hot-reload"
"""The bucket name under which a directory is deployed where it lies, as in LocalStack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What CreateFunction needs to know."""

    code: dict[str, Any]
    handler: str
    target: Callable[..., Any] | None = None
    """For a handler that runs in the test's own process."""

    @property
    def runtime(self) -> str:
        """The runtime that this interpreter is."""
        return f"python3.{min(max(sys.version_info.minor, 9), 14)}"


_CODE = re.compile(r"\b(def|lambda|import|class)\s")
"""What one line of code has that no path has: a handler may be ``def handler(event, context): return 7``."""


def package(handler: str | Callable[..., Any] | None, source: Any, *, is_inline: bool) -> Package:
    """Find out what is to be deployed.

    Raises:
        UsageError: nothing to deploy, or a function that another process can not import.
    """
    if source is None and callable(handler):
        handler, source = None, handler
    if source is None:
        raise UsageError(
            "cloud.function needs source=: a directory, file, module, function, text or zip bytes"
        )
    if isinstance(source, (bytes, bytearray)):
        return Package(code={"ZipFile": bytes(source)}, handler=_named(handler, "zip bytes"))
    if isinstance(source, ModuleType):
        return _of_module(source, handler, is_inline=is_inline)
    if isinstance(source, (str, os.PathLike)):
        text = os.fspath(source)
        if "\n" in text or (_CODE.search(text) and not os.path.exists(text)):  # noqa: PTH110
            return Package(code={"ZipFile": zip_of({"index.py": text})}, handler=_text_handler(handler))
        return _of_path(os.path.abspath(text), handler, is_inline=is_inline)  # noqa: PTH100 - no other look at the path
    if callable(source):
        return _of_callable(source, is_inline=is_inline)
    raise UsageError(f"source={source!r}: a directory, file, module, function, text or zip bytes is expected")


def zip_of(files: dict[str, str | bytes]) -> bytes:
    """Return a zip of files by name, dedented where they are text."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            member = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            member.external_attr = 0o644 << 16
            archive.writestr(member, textwrap.dedent(content) if isinstance(content, str) else content)
    return buffer.getvalue()


def layer_zip(source: Any) -> bytes:
    """Return the zip of a layer: of a directory as it lies, a mapping, a zip file or zip bytes.

    Raises:
        UsageError: none of these.
    """
    if isinstance(source, (bytes, bytearray)):
        return bytes(source)
    if isinstance(source, Mapping):
        return zip_of(dict(source))
    path = Path(source) if isinstance(source, (str, os.PathLike)) else None
    if path is not None and path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
        return zip_of({file.relative_to(path).as_posix(): file.read_bytes() for file in files})
    if path is not None and path.is_file():
        return path.read_bytes()
    raise UsageError(f"source={source!r}: a directory, a zip file, zip bytes or a mapping is expected")


def _named(handler: str | Callable[..., Any] | None, what: str) -> str:
    if not isinstance(handler, str):
        raise UsageError(f"handler= is needed beside {what}: 'module.function'")
    return handler


def _text_handler(handler: str | Callable[..., Any] | None) -> str:
    return handler if isinstance(handler, str) else "index.handler"


def _of_path(path: str, handler: str | Callable[..., Any] | None, *, is_inline: bool) -> Package:
    if os.path.isdir(path):  # noqa: PTH112
        root, name = path, _named(handler, "a directory")
    elif os.path.isfile(path):  # noqa: PTH113
        root, stem = os.path.split(path)
        if path.endswith(".zip"):
            with open(path, "rb") as file:  # noqa: PTH123
                return Package(code={"ZipFile": file.read()}, handler=_named(handler, "a zip file"))
        name = handler if isinstance(handler, str) else f"{stem.removesuffix('.py')}.handler"
    else:
        raise UsageError(f"source={path!r}: there is no such file or directory")
    return _hot(root, name, is_inline=is_inline)


def _hot(root: str, handler: str, target: Callable[..., Any] | None = None, *, is_inline: bool) -> Package:
    if is_inline and target is None:
        target = InlineSource(root, handler)
    return Package(
        code={"S3Bucket": HOT_RELOAD, "S3Key": root}, handler=handler, target=target if is_inline else None
    )


@dataclass(frozen=True, slots=True)
class InlineSource:
    """A handler named by directory and string, to be imported in this process at its first call."""

    root: str
    handler: str

    def __call__(self, event: Any, context: Any) -> Any:
        import importlib

        module, _, name = self.handler.replace("/", ".").rpartition(".")
        sys.path.insert(0, self.root)
        try:
            return getattr(importlib.import_module(module), name)(event, context)
        finally:
            sys.path.remove(self.root)


def _of_module(module: ModuleType, handler: str | Callable[..., Any] | None, *, is_inline: bool) -> Package:
    name = handler if isinstance(handler, str) else "handler"
    function = getattr(module, name.rpartition(".")[2], None)
    if function is None:
        raise UsageError(f"module {module.__name__} has no {name!r}; name the function with handler=")
    return _hot(_root(module), f"{module.__name__}.{name.rpartition('.')[2]}", function, is_inline=is_inline)


def _of_callable(function: Callable[..., Any], *, is_inline: bool) -> Package:
    module = inspect.getmodule(function)
    name = getattr(function, "__qualname__", "")
    is_importable = module is not None and getattr(module, name, None) is function
    if is_inline:
        root = _root(module) if module is not None and getattr(module, "__file__", None) else os.getcwd()  # noqa: PTH109
        return _hot(
            root, f"{getattr(module, '__name__', 'test')}.{name or 'handler'}", function, is_inline=True
        )
    if not is_importable or module is None:
        raise UsageError(
            f"{name or function!r} is not a module-level function, so another process can not import it: move it "
            "to module level, give its code as text, or run it in this process with inline=True"
        )
    return _hot(_root(module), f"{module.__name__}.{name}", is_inline=False)


def _root(module: ModuleType) -> str:
    """Return the directory from which ``module`` is imported under its full name."""
    path = os.path.abspath(str(module.__file__))  # noqa: PTH100
    levels = module.__name__.count(".") + (os.path.basename(path) == "__init__.py")  # noqa: PTH119
    for _ in range(levels + 1):
        path = os.path.dirname(path)  # noqa: PTH120
    return path
