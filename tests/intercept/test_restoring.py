"""Each patch of the interception by itself: put on once, put back exactly, also when a later one fails."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from mocklambda import mock_lambda
from mocklambda.errors import NotStarted
from mocklambda.intercept import active

SEAMS = (
    "aiobotocore_client",
    "botocore_client",
    "botocore_send",
    "botocore_time",
    "http_send",
    "httpx_send",
    "model_cache",
    "moto_send",
    "name_lookup",
    "session_cache",
)
PATCHED = (
    ("botocore.hooks", "EventAliaser", "__init__"),
    ("botocore.hooks", "", "accepts_kwargs"),
    ("botocore.client", "BaseClient", "_make_request"),
    ("botocore.httpsession", "URLLib3Session", "send"),
    ("botocore.session", "Session", "get_scoped_config"),
    ("botocore.session", "", "create_loader"),
    ("botocore.endpoint", "Endpoint", "_do_get_response"),
    ("botocore.signers", "RequestSigner", "get_auth"),
    ("botocore.signers", "RequestSigner", "get_auth_instance"),
    ("urllib3.connectionpool", "HTTPConnectionPool", "urlopen"),
)


def patches() -> list[Any]:
    found = []
    for module, owner, name in PATCHED:
        place: Any = importlib.import_module(module)
        found.append(vars(getattr(place, owner) if owner else place)[name])
    return found


@pytest.mark.parametrize("name", SEAMS)
def test_a_seam_is_put_back_by_what_its_installation_returns(name: str) -> None:
    before = patches()
    undo = importlib.import_module(f"mocklambda.intercept.{name}").install()
    undo()
    assert patches() == before


@pytest.mark.parametrize("name", SEAMS)
def test_a_seam_that_can_not_be_put_on_leaves_nothing_of_the_others(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = patches()

    def fail() -> active.Undo:
        raise AttributeError("this botocore has no such method")

    monkeypatch.setattr(importlib.import_module(f"mocklambda.intercept.{name}"), "install", fail)
    with pytest.raises(AttributeError, match="no such method"):
        mock_lambda().start()
    assert (patches(), active.top()) == (before, None)


def test_who_started_last_answers_and_can_be_taken_off_from_anywhere() -> None:
    first, second = object(), object()
    for session in (first, second):
        active.push(session)  # type: ignore[arg-type]
    assert active.top() is second
    active.remove(first)  # type: ignore[arg-type]
    assert active.top() is second
    active.remove(second)  # type: ignore[arg-type]
    with pytest.raises(NotStarted):
        active.current()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("sqs.us-east-1.amazonaws.com", True),
        ("bucket.s3.eu-west-1.amazonaws.com:443", True),
        ("sqs.cn-north-1.amazonaws.com.cn", True),
        ("sqs.us-east-1.api.aws", True),
        ("x.lambda-url.us-east-1.on.aws", True),
        ("169.254.169.254", True),
        ("example.com", False),
        ("localhost:4566", False),
        ("127.0.0.1", False),
        ("amazonaws.com.example.org", False),
        ("notamazonaws.com", False),
    ],
)
def test_hosts_of_aws_are_known_by_name(host: str, expected: bool) -> None:
    assert active.is_aws(host) is expected
