"""The exact variables that a function's process sees (R), and nothing of the host's."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from mocklambda.execution.effects import StartEnvironment
from mocklambda.sandbox.places import Places
from mocklambda.sandbox.runtimes import image_of, python_minor

RUNTIME_API = "169.254.100.1:9001"
XRAY_HOST = "169.254.100.1"
XRAY_PORT = "2000"
PATH = "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin"
LIBRARIES = "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"


def variables(effect: StartEnvironment, places: Places, endpoint_url: str | None) -> dict[str, str]:
    """Return the environment of a function's process.

    The function's own variables win over those that a user may set, the platform's and the credentials
    over its (S).
    """
    spec = effect.spec
    minor = python_minor(spec.runtime)
    image = image_of(spec)
    environ = {
        "TZ": ":UTC",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": f"{XRAY_HOST}:{XRAY_PORT}",
        **(dict(image.environment) if image is not None else _of_runtime(spec.runtime, places)),
    }
    if minor is not None:
        environ["PYTHONPATH"] = "/var/runtime"
    if minor is not None and minor >= 12:  # R
        environ["LC_CTYPE"] = "C.UTF-8"
    if places.tmp is not None:  # no /tmp of its own: what honours TMPDIR finds one
        environ["TMPDIR"] = places.tmp
    environ.update(spec.environment)
    environ.update(
        {
            "AWS_LAMBDA_FUNCTION_NAME": spec.name,
            "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
            "AWS_LAMBDA_LOG_GROUP_NAME": effect.log_stream.group,
            "AWS_LAMBDA_LOG_STREAM_NAME": effect.log_stream.name,
            "AWS_LAMBDA_INITIALIZATION_TYPE": spec.initialization_type,
            "AWS_LAMBDA_RUNTIME_API": RUNTIME_API,
            "AWS_REGION": spec.region,
            "AWS_DEFAULT_REGION": spec.region,
            "AWS_ACCESS_KEY_ID": effect.credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": effect.credentials.secret_key,
            "AWS_SESSION_TOKEN": effect.credentials.session_token,
            "LAMBDA_TASK_ROOT": places.task_root,
            "LAMBDA_RUNTIME_DIR": "/var/runtime",
            "_AWS_XRAY_DAEMON_ADDRESS": XRAY_HOST,
            "_AWS_XRAY_DAEMON_PORT": XRAY_PORT,
        }
    )
    if image is None:
        environ["_HANDLER"] = spec.handler
    if spec.runtime and not spec.runtime.startswith("provided"):
        environ["AWS_EXECUTION_ENV"] = f"AWS_Lambda_{spec.runtime}"
    if spec.max_concurrency is not None:
        environ["AWS_LAMBDA_MAX_CONCURRENCY"] = str(spec.max_concurrency)
    if spec.log_format == "JSON":
        environ["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        environ["AWS_LAMBDA_LOG_LEVEL"] = spec.application_log_level or "INFO"
    if endpoint_url is not None:  # for other programs and other languages than the handler's own SDK
        environ["AWS_ENDPOINT_URL"] = endpoint_url
    return environ


def _of_runtime(runtime: str, places: Places) -> dict[str, str]:
    """Return what a runtime's own image sets."""
    path, libraries = places.shown(PATH), places.shown(LIBRARIES)
    if runtime == "provided.al2":  # R: it has no /var/lang
        path, libraries = path.partition(":")[2], libraries.partition(":")[2]
    return {
        "PATH": path,
        "LD_LIBRARY_PATH": libraries,
        "LANG": "en_US.UTF-8",
        "SHLVL": "0",
        "PWD": places.task_root,
    }


HOST_KEEPS = frozenset(
    {"PATH", "LD_LIBRARY_PATH", "LANG", "LC_CTYPE", "TZ", "SHLVL", "PWD", "PYTHONPATH", "TMPDIR"}
)
"""What an inline handler sees of the test's process, unless the function sets it itself."""


class Variables:
    """A function's variables, in this process while it runs; what it changes lives on, but for it alone."""

    def __init__(self, environ: Mapping[str, str], own: Sequence[tuple[str, str]]) -> None:
        names = {name for name, _ in own}
        self._given = {
            name: value for name, value in environ.items() if name not in HOST_KEEPS or name in names
        }
        self._changed: dict[str, str | None] = {}

    @contextmanager
    def installed(self, trace_header: str) -> Iterator[None]:
        """Set them; restores what was there exactly."""
        before = dict(os.environ)
        wanted: dict[str, str | None] = {**self._given, **self._changed, "_X_AMZN_TRACE_ID": trace_header}
        _set(wanted)
        try:
            yield
        finally:
            after = dict(os.environ)
            shown = before | wanted
            for name in shown.keys() | after.keys():
                if after.get(name) != shown.get(name):
                    self._changed[name] = after.get(name)
            _set(
                {
                    name: before.get(name)
                    for name in shown.keys() | after.keys()
                    if after.get(name) != before.get(name)
                }
            )


def _differences(old: Mapping[str, str | None], new: Mapping[str, str]) -> dict[str, str | None]:
    return {name: new.get(name) for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
