"""Large code is unpacked once for all sessions of a process, is never what a handler made of it, and is removed."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

from mocklambda import mock_lambda
from mocklambda.execution.values import CodeRef
from mocklambda.sandbox import trees
from mocklambda.sandbox.code import FEW_FILES, CodeStore
from mocklambda.sandbox.trees import Trees

APP = """
import os

def handler(event, context):
    place = os.path.dirname(os.path.abspath(__file__))
    if event == "write":
        os.chmod(place, 0o755)
        with open(os.path.join(place, "mark.txt"), "w") as file:
            file.write("here")
    return os.stat(__file__).st_ctime_ns, os.path.exists(os.path.join(place, "mark.txt"))
"""


def zip_of_many(app: str = APP, files: int = FEW_FILES) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", app)
        for number in range(files):
            archive.writestr(f"package/module_{number}.py", f"NUMBER = {number}\n")
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def own_trees(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    own = Trees()
    shared = lambda: own  # noqa: E731 - in place of a cached function
    shared.cache_info = trees.shared.cache_info
    monkeypatch.setattr(trees, "shared", shared)
    yield own
    own.close()


def run(content: bytes, event: object = None, **options: object) -> list[object]:
    with mock_lambda(**options) as cloud:
        return cloud.function("f", source=content, handler="app.handler").invoke(event).payload


def unpacker(size: int, *, of: str = ""):
    def unpack(root: str) -> CodeRef:
        Path(root, "app.py").write_text("x = 1\n")
        return CodeRef(sha256=of, size=1, root=root, unzipped_size=size)

    return unpack


def test_the_next_test_finds_large_code_unpacked():
    content = zip_of_many()
    assert run(content) == run(content)


def test_other_code_is_other_code():
    assert run(zip_of_many()) != run(zip_of_many(APP + "\n"))


def test_small_code_goes_with_its_session(own_trees, tmp_path):
    run(zip_of_many(files=3))
    assert own_trees._line is None
    assert list(tmp_path.iterdir()) == []


def test_what_a_handler_wrote_beside_its_code_no_later_test_finds():
    content, options = zip_of_many(), {"isolation": "directories"}
    first = run(content, **options)
    with mock_lambda(**options) as cloud:
        wrote = cloud.function("f", source=content, handler="app.handler").invoke("write").payload
    assert wrote == [first[0], True]  # an owner, or root, can where there are no namespaces
    later = run(content, **options)
    assert later[0] != first[0]
    assert later[1] is False
    assert run(content, **options) == later


def test_a_tree_that_is_used_is_not_removed_and_the_oldest_of_the_others_is(own_trees):
    own_trees._limit = 25
    roots = {}
    for name in ("old", "used", "middle", "new"):
        roots[name] = Path(own_trees.make(name, unpacker(10, of=name)).root)
    own_trees.give_back(["middle", "new"], is_read_only=True)
    own_trees.give_back(["old"], is_read_only=True)
    assert {name for name, root in roots.items() if root.exists()} == {"old", "used", "new"}
    assert own_trees.take("middle") is None
    assert own_trees.take("new") is not None


def test_what_can_not_be_unpacked_leaves_nothing(own_trees):
    def fail(root: str) -> CodeRef:
        Path(root, "half.py").touch()
        raise ValueError("not a zip after all")

    with pytest.raises(ValueError, match="after all"):
        own_trees.make("bad", fail)
    assert list(Path(own_trees._root).iterdir()) == []


def test_without_a_zygote_large_code_goes_with_its_session(monkeypatch, own_trees):
    def fail() -> None:
        raise OSError("no more processes")

    monkeypatch.setattr("mocklambda.sandbox.zygote.Zygote.line", lambda _: fail())
    store = CodeStore()
    root = Path(store.put_zip(zip_of_many()).code.root)
    assert (root / "package" / "module_7.py").exists()
    store.close()
    assert not root.exists()


def test_a_tree_that_somebody_has_removed_is_made_anew(own_trees, tmp_path):
    content = zip_of_many()
    first = run(content)
    trees.remove(own_trees._root)
    assert run(content)[0] != first[0]
    trees.remove(next(Path(own_trees._root).iterdir()))
    assert run(content)[0] != first[0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")
def test_a_fork_of_the_test_has_trees_of_its_own(own_trees):
    own_trees._limit = 0
    first = own_trees.make("one", unpacker(10)).root
    pid = os.fork()
    if not pid:
        own_trees.give_back(["one"], is_read_only=True)
        found = own_trees.take("one")
        made = own_trees.make("one", unpacker(10))
        own_trees.give_back(["one", "another"], is_read_only=False)
        os._exit(0 if found is None and made.root != first else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert Path(first, "app.py").exists()
    assert own_trees.take("one").root == first


@pytest.mark.parametrize("deed", ["os._exit(0)", "os.kill(os.getpid(), 9)", "sys.exit(1)"])
def test_nothing_is_left_however_the_process_ends(tmp_path, deed):
    script = textwrap.dedent(
        """
        import os, sys, tempfile
        tempfile.tempdir = sys.argv[1]
        from mocklambda import mock_lambda
        from tests.sandbox.test_trees import zip_of_many
        with mock_lambda() as cloud:
            cloud.function("f", source=zip_of_many(), handler="app.handler").invoke(None)
        print(*os.listdir(sys.argv[1]), flush=True)
        sys.stdin.readline()
        exec(sys.argv[2])
        """
    )
    command = [sys.executable, "-W", "error", "-c", script, str(tmp_path), deed]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=Path(__file__).parents[2],
        text=True,
    ) as process:
        assert process.stdout.readline().startswith("mocklambda-code-")
        process.stdin.write("\n")
        process.stdin.flush()
        assert (
            process.stdout.read() == ""
        )  # it has ended, and the zygote, which shares none of its pipes, ends now
    assert gone(tmp_path)


def gone(directory: Path) -> bool:
    """Whether all in it goes, soon: whoever removes it is another process."""
    from select import select

    return any(not any(directory.iterdir()) or select([], [], [], 0.02)[0] for _ in range(500))
