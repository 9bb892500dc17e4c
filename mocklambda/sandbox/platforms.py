"""What a system offers to sandboxes."""

from __future__ import annotations

import os
import socket

NO_PROCESSES = (
    "handlers in processes of their own need fork() and the passing of descriptors, which this system has not; "
    'run this one in the test\'s process with inline=True or mock_lambda(executor="inline"), or stub it'
)


def has_processes() -> bool:
    """Tell whether environments can be processes of their own here: not on Windows."""
    return hasattr(os, "fork") and hasattr(socket, "send_fds")
