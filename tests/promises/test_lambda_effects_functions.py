"""Each setting of a function acts, whether it was there from the beginning or came by an update."""

from __future__ import annotations

from typing import Any

import pytest
from lambda_effects_settings import BOTH, REFUSED, Setting, deploy
from lambda_support import client, refused

from mocklambda.sandbox.zygote import shared


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    return client()


@pytest.mark.parametrize("setting", [pytest.param(one, id=name) for name, one in BOTH.items()])
@pytest.mark.parametrize("way", ["create", "update"])
def test_a_setting_acts(mock_lambda: Any, lam: Any, way: str, setting: Setting) -> None:
    if setting.takes == "namespaces" and not shared().grants_namespaces():
        pytest.skip("this system refuses namespaces")
    if setting.prepare is not None:
        setting.prepare(mock_lambda, lam)
    if way == "create":
        deploy(lam, **(setting.base | setting.sent))
    else:
        deploy(lam, **setting.base)
        assert setting.see(mock_lambda, lam) == setting.before
        lam.update_function_configuration(FunctionName="fn", **setting.sent)
    assert setting.see(mock_lambda, lam) == setting.after


def send(lam: Any, way: str, sent: dict[str, Any]) -> Any:
    if way == "create":
        return deploy(lam, **sent)
    return lam.update_function_configuration(FunctionName="fn", **sent)


@pytest.mark.parametrize("sent", [pytest.param(one, id=name) for name, one in REFUSED.items()])
@pytest.mark.parametrize("way", ["create", "update"])
def test_a_setting_that_would_not_act_is_refused_by_name(lam: Any, way: str, sent: dict[str, Any]) -> None:
    if way == "update":
        deploy(lam)
    before = lam.list_functions()["Functions"]
    status, code, message = refused(lambda: send(lam, way, sent))
    assert (status, code) == (400, "InvalidParameterValueException")
    assert message.startswith(next(iter(sent)))
    assert message.endswith("is not simulated by mocklambda, and is not stored without effect.")
    assert lam.list_functions()["Functions"] == before


@pytest.mark.parametrize("sent", [pytest.param(one, id=name) for name, one in REFUSED.items()])
@pytest.mark.xfail(
    strict=True, reason="neither Amazon EFS nor accelerators nor shared runtimes are simulated"
)
def test_a_setting_that_is_known_is_taken(lam: Any, sent: dict[str, Any]) -> None:
    deploy(lam, **sent)
