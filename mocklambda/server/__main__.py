"""``python -m mocklambda.server``: the gateway on its own, for other clients and languages.

Real time, one port for all services, nothing settled for the caller. Point clients at it with
``endpoint_url`` (boto3) or ``AWS_ENDPOINT_URL`` (the AWS command line and other SDKs).
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

from mocklambda.config import Config
from mocklambda.errors import UsageError
from mocklambda.server.instance import Instance
from mocklambda.server.listener import Listener

GRACE_S = 5.0
"""How long the requests in flight have for their answers once a stop is asked for; asked again, none."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted or terminated; returns the exit status."""
    chosen = _parser().parse_args(arguments)
    options = {
        "long_poll": "real",
        "settle": "manual",
        **({"region": chosen.region} if chosen.region else {}),
    }
    try:
        config = Config.build(options)
    except UsageError as error:
        return _failed(str(error))
    stop = threading.Event()
    _on_signals(lambda *_: stop.set())
    instance = Instance(config)
    try:
        listener = Listener(instance.answer, chosen.host, chosen.port)
    except OSError as error:
        instance.close()
        return _failed(f"can not listen on {chosen.host} port {chosen.port}: {error.strerror}")
    print(f"mocklambda listens on {listener.url}", flush=True)  # noqa: T201 - a command's own output
    stop.wait()
    _end(listener, instance)
    return 0


def _end(listener: Listener, instance: Instance) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        _on_signals(signal.default_int_handler)
        listener.drain(GRACE_S)
    _on_signals(signal.SIG_IGN)  # what follows is short, and must be done
    instance.close()
    listener.close()


def _on_signals(handler: Callable[..., Any] | signal.Handlers) -> None:
    for number in SIGNALS:
        signal.signal(number, handler)


def _failed(text: str) -> int:
    print(f"mocklambda: {text}", file=sys.stderr)  # noqa: T201 - a command's own output
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m mocklambda.server",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=_port, default=5000, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--region", default=None, help="region of requests that name none")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


if __name__ == "__main__":
    sys.exit(main())
