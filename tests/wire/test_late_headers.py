"""Headers that are not there before somebody looks are like any others to whoever does."""

from __future__ import annotations

import copy
import json
import operator
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from mocklambda.wire.late_headers import LateHeaders
from mocklambda.wire.message import LateResponse, Response

WHOLE = {"content-type": "text/plain", "content-length": "5"}


def late() -> LateHeaders:
    made = Response(status=200, headers={"Content-Type": "text/plain", "Content-Length": "5"}, body=b"hello")
    return LateHeaders.of(LateResponse(200, lambda: made))


def taken(**headers: str) -> dict[str, str]:
    return headers


LOOKS: dict[str, Callable[[Any], Any]] = {
    "an item": lambda h: h["content-length"],
    "get": lambda h: h.get("content-length"),
    "in": lambda h: "content-length" in h,
    "iteration": list,
    "reversed": lambda h: list(reversed(h)),
    "keys": lambda h: list(h.keys()),
    "values": lambda h: list(h.values()),
    "items": lambda h: list(h.items()),
    "len": len,
    "truth": bool,
    "dict": dict,
    "copy": lambda h: h.copy(),
    "a shallow copy": copy.copy,
    "a deep copy": copy.deepcopy,
    "a pickle": lambda h: pickle.loads(pickle.dumps(h)),
    "json": json.dumps,
    "indented json": lambda h: json.dumps(h, indent=1),
    "repr": repr,
    "text": str,
    "format": lambda h: f"{h}",
    "unpacked in a dict": lambda h: {**h},
    "unpacked in a call": lambda h: taken(**{name.replace("-", "_"): value for name, value in h.items()}),
    "unpacked at once": lambda h: dict(**h),
    "updating another": lambda h: (other := {"a": "b"}).update(h) or other,
    "or": lambda h: h | {"a": "b"},
    "or, at the right": lambda h: {"a": "b"} | h,
    "equal": lambda h: (h == WHOLE, h != WHOLE, h == {}),
    "equal, at the right": lambda h: (operator.eq(WHOLE, h), operator.ne(WHOLE, h)),
    "pop": lambda h: (h.pop("content-length"), list(h)),
    "popitem": lambda h: (h.popitem(), list(h)),
    "setdefault": lambda h: (h.setdefault("content-length", "9"), list(h)),
    "setting": lambda h: (h.__setitem__("content-length", "9"), dict(h))[1],
    "deleting": lambda h: (h.__delitem__("content-length"), dict(h))[1],
    "clear": lambda h: (h.clear(), dict(h))[1],
    "update": lambda h: (h.update(a="b"), dict(h))[1],
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_late_headers_look_as_a_plain_dict_does(look: Callable[[Any], Any]):
    assert look(late()) == look(dict(WHOLE))


def test_every_method_of_a_dict_that_could_look_does_so_after_they_came():
    blind = vars(dict).keys() - vars(LateHeaders).keys() - vars(object).keys()

    assert blind == {"__class_getitem__", "fromkeys"}


def test_the_response_is_written_once_and_not_before_somebody_looks():
    written = []

    def make() -> Response:
        written.append(1)
        return Response(status=200, headers={"Content-Length": "5"}, body=b"hello")

    response = LateResponse(200, make)
    headers = LateHeaders.of(response)
    before = list(written)

    assert (before, headers["content-length"], response.body, written) == ([], "5", b"hello", [1])
