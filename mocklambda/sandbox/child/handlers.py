"""Finding the function that a handler string names (S: the Python runtime client)."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

from .faults import Fault


def find(handler: str, shown: Callable[[str], str]) -> Any:
    """Import the module and return the function.

    Raises Fault for what the runtime names itself; whatever else the module raises comes through.
    """
    try:
        module_name, function_name = handler.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{handler}': {error}") from None
    dotted = module_name.replace("/", ".")
    if dotted.split(".")[0] in sys.builtin_module_names:
        raise Fault(
            "Runtime.BuiltInModuleConflict",
            f"Cannot use built-in module {module_name} as a handler module",
        )
    try:
        module = importlib.import_module(dotted)
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise Fault("Runtime.ImportModuleError", message) from None
    except SyntaxError as error:
        place = '  File "{}" Line {}\n    {}'.format(shown(error.filename or ""), error.lineno, error.text)
        message = f"Syntax error in module '{module_name}': {error}"
        raise Fault("Runtime.UserCodeSyntaxError", message, [place]) from None
    try:
        return getattr(module, function_name)
    except AttributeError:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise Fault("Runtime.HandlerNotFound", message) from None
