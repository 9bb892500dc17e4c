"""Where processes can not be forked, all works but handlers that need one: those end with an error that says so.

Windows is played: what it has not is taken away before anything is imported.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

WINDOWS = """
import os, signal, socket, sys, time, types

import concurrent.futures, multiprocessing, ssl, subprocess, tempfile  # have looked already

for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
for module, names in (
    (os, ("fork", "killpg", "WIFSIGNALED", "WTERMSIG", "WEXITSTATUS", "getuid", "geteuid", "waitpid", "setsid")),
    (signal, ("SIGKILL", "SIGSTOP", "SIGCONT", "SIGHUP", "SIGUSR1", "pthread_sigmask")),
    (socket, ("send_fds", "recv_fds", "AF_UNIX", "MSG_DONTWAIT")),
    (time, ("clock_gettime", "CLOCK_MONOTONIC", "CLOCK_REALTIME", "tzset")),
):
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
"""

USES = """
import json
import boto3
from mocklambda import mock_lambda

def works(event, context):
    return event

def leaves(event, context):
    raise SystemExit(3)

with mock_lambda() as cloud:
    queue = cloud.queue("q")
    boto3.client("sqs").send_message(QueueUrl=queue.url, MessageBody="m")
    fn = cloud.function("process", source="def handler(event, context):\\n    return event\\n")
    inline = cloud.function("inline", source=works, inline=True)
    dead = cloud.queue("dead")
    fn.configure_events(retries=0, on_failure=dead)
    fn.send()
    ended = fn.invoke()
    cloud.stub("stub", returns=1)
    crashing = cloud.stub("crashing")
    cloud.faults.crash(crashing)
    print(json.dumps({
        "queue": [message.body for message in queue.messages],
        "process": ended.error["errorMessage"].replace(ended.request_id, "ID"),
        "dead": dead.messages[0].json()["requestContext"]["condition"],
        "inline": inline.invoke("event").payload,
        "inline exit": cloud.function("leaves", source=leaves, inline=True).invoke().error["errorMessage"][-13:],
        "stub": cloud.invocations("stub") + [json.loads(boto3.client("lambda").invoke(FunctionName="stub")["Payload"].read())],
        "crash": crashing.invoke().error["errorMessage"].rpartition("Error: ")[2],
    }))
"""


def test_windows_has_everything_but_processes():
    told = subprocess.run(
        [sys.executable, "-c", WINDOWS + USES], capture_output=True, text=True, timeout=60, check=False
    )

    assert (told.returncode, told.stderr) == (0, "")
    assert json.loads(told.stdout) == {
        "queue": ["m"],
        "process": (
            "RequestId: ID Error: mocklambda: handlers in processes of their own need fork() and the passing of "
            "descriptors, which this system has not; run this one in the test's process with inline=True or "
            'mock_lambda(executor="inline"), or stub it'
        ),
        "dead": "RetriesExhausted",
        "inline": "event",
        "inline exit": "exit status 3",
        "stub": [1],
        "crash": "Runtime exited with error: signal: killed",
    }


def test_the_readmes_first_example_runs_there_inline():
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(.*?)```", readme, re.DOTALL).group(1)
    name = re.search(r"def (test_\w+)", example).group(1)
    told = subprocess.run(
        [sys.executable, "-c", f"{WINDOWS}{example}\n{name}()"],
        env={**os.environ, "MOCKLAMBDA_EXECUTOR": "inline"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")
