"""What is unpacked from a zip, what is refused, and that nothing is ever written outside."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from mocklambda.execution.values import BadZip
from mocklambda.sandbox import code
from mocklambda.sandbox.code import CodeStore, LayerTrees
from mocklambda.sandbox.directories import SessionDirectory
from tests.sandbox.lab import zip_of

CAN_NOT_UNZIP = "Could not unzip uploaded file. Please check your file, then try to upload again."


@pytest.fixture
def directories(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    directories = SessionDirectory()
    yield directories
    directories.close()
    assert os.listdir(tmp_path) == []


@pytest.fixture
def store(directories):
    return CodeStore(directories)


def special(*members):
    """A zip of (name, mode with type bits, content)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, mode, content in members:
            member = zipfile.ZipInfo(name)
            member.external_attr = mode << 16
            archive.writestr(member, content)
    return buffer.getvalue()


def test_a_zip_is_unpacked_once_per_content(store):
    content = zip_of({"app.py": "x = 1\n", "pkg/data.txt": "hi"})
    upload, other = store.put_zip(content), store.put_zip(bytes(content))
    assert upload is other
    first = upload.code
    assert (first.sha256, first.size, first.unzipped_size, first.is_shared) == (
        base64.b64encode(hashlib.sha256(content).digest()).decode(),
        len(content),
        8,
        True,
    )
    with open(f"{first.root}/pkg/data.txt") as file:
        assert file.read() == "hi"


@pytest.mark.parametrize(
    ("mode", "found"),
    [(0o100755, 0o555), (0o100644, 0o444), (0o100600, 0o400), (0o100000, 0o444), (0o755, 0o555)],
)
def test_modes_are_applied_and_nothing_is_writable(store, mode, found):
    ref = store.put_zip(special(("run.sh", mode, b"#!/bin/sh\n"))).code
    assert stat.S_IMODE(os.stat(f"{ref.root}/run.sh").st_mode) == found
    assert stat.S_IMODE(os.stat(ref.root).st_mode) == 0o555


def test_a_link_inside_is_kept(store):
    ref = store.put_zip(
        special(
            ("lib/real", 0o100644, b"x"), ("lib/link", 0o120777, b"real"), ("up", 0o120777, b"lib/../lib")
        )
    ).code
    assert os.readlink(f"{ref.root}/lib/link") == "real"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"not a zip", id="no zip"),
        pytest.param(zip_of({"app.py": "x" * 1000})[:-30], id="cut off"),
        pytest.param(special(("../out", 0o100644, b"x")), id="climbs out"),
        pytest.param(special(("a/../../out", 0o100644, b"x")), id="climbs out from inside"),
        pytest.param(special(("/tmp/out", 0o100644, b"x")), id="absolute"),
        pytest.param(special(("..\\out", 0o100644, b"x")), id="backslashes"),
        pytest.param(special(("null", 0o020666, b"")), id="character device"),
        pytest.param(special(("disk", 0o060666, b"")), id="block device"),
        pytest.param(special(("pipe", 0o010666, b"")), id="fifo"),
        pytest.param(special(("link", 0o120777, b"/etc/passwd")), id="link out"),
        pytest.param(special(("link", 0o120777, b"../x")), id="link up"),
        pytest.param(
            special(("a/b", 0o120777, b".."), ("c", 0o120777, b"a/b/../..")), id="links together out"
        ),
        pytest.param(special(("d", 0o120777, b"/tmp"), ("d/out", 0o100644, b"x")), id="through a link"),
        pytest.param(special(("a", 0o100644, b"x"), ("a/b", 0o100644, b"x")), id="file as directory"),
    ],
)
def test_what_is_not_safe_is_refused(store, directories, content):
    with pytest.raises(BadZip) as caught:
        store.put_zip(content)
    assert (caught.value.code, caught.value.message) == ("InvalidParameterValueException", CAN_NOT_UNZIP)
    assert [name for name in os.listdir(directories.root) if os.listdir(f"{directories.root}/{name}")] == []


def test_an_empty_zip_is_refused(store):
    with pytest.raises(BadZip, match="Uploaded file must be a non-empty zip"):
        store.put_zip(zip_of({}))


def test_a_bomb_is_refused_before_anything_is_unpacked(store, monkeypatch):
    monkeypatch.setattr(code, "UNZIPPED_LIMIT", 1000)
    store.put_zip(zip_of({"a": "x" * 1000}))
    with pytest.raises(BadZip, match="Unzipped size must be smaller than 262144000 bytes"):
        store.put_zip(zip_of({"a": "x" * 1001}))


def test_a_directory_is_taken_as_it_is(store, tmp_path):
    ref = store.directory(str(tmp_path))
    assert (ref.root, ref.is_shared) == (str(tmp_path), False)


def test_layers_lie_over_one_another(store, directories):
    layers = tuple(
        store.put_zip(zip_of(files)).code for files in ({"a/x": "1", "a/y": "1"}, {"a/y": "2", "b": "2"})
    )
    trees = LayerTrees(directories)
    root = trees.merged(layers)
    assert {name: Path(root, name).read_text() for name in ("a/x", "a/y", "b")} == {
        "a/x": "1",
        "a/y": "2",
        "b": "2",
    }
    assert trees.merged(layers) == root
    assert trees.merged(()) is None
