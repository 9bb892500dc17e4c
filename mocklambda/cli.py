"""The ``mocklambda`` command: ``server``, ``invoke``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["server"]:
        from mocklambda.server.__main__ import main as serve

        return serve(given[1:])
    parser = argparse.ArgumentParser(
        prog="mocklambda", description="Mock AWS Lambda, really running handlers."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("server", help="serve other clients and languages over HTTP", add_help=False)
    invoke = commands.add_parser("invoke", help="run a handler once with an event")
    invoke.add_argument("handler", help="module.function")
    invoke.add_argument("--source", default=".", help="directory that holds it (default: here)")
    invoke.add_argument("--event", default="{}", help="the event as JSON, or @file")
    invoke.add_argument("--timeout", type=int, default=3, help="seconds (default: %(default)s)")
    return _invoke(parser.parse_args(given))


def _invoke(chosen: argparse.Namespace) -> int:
    from mocklambda.session import mock_lambda

    text = (
        Path(chosen.event[1:]).read_text(encoding="utf-8") if chosen.event.startswith("@") else chosen.event
    )
    try:
        event = json.loads(text)
    except ValueError as error:
        print(f"mocklambda: the event is not JSON: {error}", file=sys.stderr)  # noqa: T201 - a command's own output
        return 2
    with mock_lambda() as cloud:
        function = cloud.function("function", chosen.handler, source=chosen.source, timeout=chosen.timeout)
        result = function.invoke(event)
    sys.stderr.write(result.logs)
    print(json.dumps(result.payload, indent=2))  # noqa: T201
    return 0 if result.ok else 1
