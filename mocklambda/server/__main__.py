"""``python -m mocklambda.server``: the gateway on its own, for other clients and languages.

Real time, one port for all services, nothing settled for the caller. Point clients at it with
``endpoint_url`` (boto3) or ``AWS_ENDPOINT_URL`` (the AWS command line and other SDKs).
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace

from mocklambda.config import Config
from mocklambda.errors import UsageError
from mocklambda.server.instance import Instance
from mocklambda.server.listener import Listener
from mocklambda.server.stops import Stops

JOURNAL_SIZE = 10_000
"""Entries of the journal that are kept unless told otherwise: nobody looks at those of a server's first day."""
GRACE_S = 5.0
"""How long the requests in flight have for their answers once a stop is asked for; asked again, none."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted or terminated; returns the exit status."""
    chosen = _parser().parse_args(arguments)
    options = {
        "long_poll": "real",
        "settle": "manual",
        **{
            name: value for name in ("region", "journal_size") if (value := getattr(chosen, name)) is not None
        },
    }
    try:
        config = Config.build(options)
    except UsageError as error:
        return _failed(str(error))
    if config.journal_size is None:
        config = replace(config, journal_size=JOURNAL_SIZE)
    stops = Stops()
    instance = Instance(config)
    try:
        listener = Listener(instance.answer, chosen.host, chosen.port)
    except OSError as error:
        instance.close()
        stops.close()
        stops.release()
        return _failed(f"can not listen on {chosen.host} port {chosen.port}: {error.strerror}")
    print(f"mocklambda listens on {listener.url}", flush=True)  # noqa: T201 - a command's own output
    stops.wait()
    _end(listener, instance, stops)
    return 0


def _end(listener: Listener, instance: Instance, stops: Stops) -> None:
    listener.refuse()
    draining = threading.Thread(target=_drain, args=(listener, stops))
    draining.start()
    stops.wait()
    stops.close()
    instance.close()
    listener.close()
    draining.join()
    stops.release()


def _drain(listener: Listener, stops: Stops) -> None:
    listener.drain(GRACE_S)
    stops.note()


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
    parser.add_argument(
        "--journal-size",
        type=int,
        metavar="N",
        default=None,
        help=f"how many entries /_mocklambda/invocations tells from: the newest (default: {JOURNAL_SIZE})",
    )
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
