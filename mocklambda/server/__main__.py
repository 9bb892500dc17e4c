"""``python -m mocklambda.server``: the gateway on its own, for other clients and languages.

Real time, one port for all services, nothing settled for the caller. Point clients at it with
``endpoint_url`` (boto3) or ``AWS_ENDPOINT_URL`` (the AWS command line and other SDKs).
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

from mocklambda.config import Config
from mocklambda.errors import UsageError
from mocklambda.server.app import application
from mocklambda.server.instance import Instance
from mocklambda.server.listener import Listener


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted or terminated; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m mocklambda.server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=5000, help="port; 0 takes a free one (default: %(default)s)")
    parser.add_argument("--region", default=None, help="region of requests that name none")
    chosen = parser.parse_args(arguments)
    options = {"long_poll": "real", "settle": "manual", **({"region": chosen.region} if chosen.region else {})}
    try:
        instance = Instance(Config.build(options))
        listener = Listener(lambda: application(instance.answer), chosen.host, chosen.port)
    except (UsageError, OSError) as error:
        print(f"mocklambda: {error}", file=sys.stderr)  # noqa: T201 - a command's own output
        return 1
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    print(f"mocklambda listens on {listener.url}", flush=True)  # noqa: T201
    stop.wait()
    listener.close()
    instance.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
