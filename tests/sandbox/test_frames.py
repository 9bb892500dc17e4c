"""What both sides of a line write and read on their own ways is what the libraries' own ways would give."""

from __future__ import annotations

import json
from json import encoder
from typing import Any

import pytest
from botocore.awsrequest import HeadersDict
from hypothesis import given, strategies as st

from mocklambda.sandbox.child import texts
from mocklambda.sandbox.child.headers import headers_class

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
NAME = st.sampled_from(["Content-Type", "content-type", "x-amzn-RequestId", "ETag", "etag", "X-Amz-Id-2"])


@given(st.dictionaries(st.text(), JSON))
def test_a_header_is_the_text_that_json_would_write(header: dict[str, Any]) -> None:
    assert texts.encoded(header) == json.dumps(header).encode()
    assert texts.decoded(texts.encoded(header)) == header


def test_a_header_is_the_same_without_the_encoder_in_c(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "c_make_encoder", None)
    header = {"id": "é\ud800", "at": 1.5, "of": [True, None], "nan": float("inf")}
    assert "".join(texts._make_pieces()(header, 0)) == json.dumps(header)


def test_what_json_can_not_write_is_refused() -> None:
    with pytest.raises(TypeError, match="bytes is not JSON serializable"):
        texts.encoded({"body": b""})


@given(
    st.dictionaries(NAME, st.text(), max_size=3).filter(
        lambda sent: len({n.lower() for n in sent}) == len(sent)
    ),
    st.lists(st.tuples(st.sampled_from(["get", "set", "del", "in", "pop"]), NAME), max_size=8),
)
def test_answers_headers_are_botocores(sent: dict[str, str], steps: list[tuple[str, str]]) -> None:
    ours, theirs = headers_class()(dict(sent)), HeadersDict(sent)
    for what, name in steps:
        assert [_done(what, ours, name)] == [_done(what, theirs, name)]
        assert list(ours) == list(theirs)
        assert list(ours.items()) == list(theirs.items())
        assert len(ours) == len(theirs)
        assert dict(ours.copy()) == dict(theirs.copy())
    assert isinstance(ours, HeadersDict)
    assert repr(ours) == repr(theirs)


def _done(what: str, headers: Any, name: str) -> Any:
    try:
        if what == "set":
            headers[name] = "new"
        elif what == "del":
            del headers[name]
        elif what == "in":
            return name in headers
        elif what == "pop":
            return headers.pop(name, None)
        else:
            return headers.get(name), headers[name]
    except KeyError:
        return KeyError
