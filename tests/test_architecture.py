"""The house's laws: who imports whom, who touches time, threads, processes and the environment; deferred imports too."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "mocklambda"
GROUND = {"clock", "ids", "config", "errors"}
THIRD_PARTY = {
    "botocore",
    "boto3",
    "responses",
    "werkzeug",
    "freezegun",
    "pytest",
    "moto",
    "urllib3",
    "cbor2",
    "awscrt",
}

LAYERS = {
    # layer: (own layers it may import, third parties it may import)
    "clock": ({"clock"}, {"freezegun"}),
    "ids": (set(), set()),
    "config": ({"errors"}, set()),
    "errors": (set(), set()),
    "sockets": (set(), set()),
    "execution": ({"execution", "clock"}, set()),
    "wire": (GROUND | {"wire"}, {"botocore"}),
    "engine": (GROUND | {"execution", "flight", "waiting"}, set()),
    "waiting": (GROUND, set()),
    "flight": ({"execution"}, set()),
    "services": (GROUND | {"execution", "services"}, {"werkzeug", "awscrt"}),
    "calls": (GROUND | {"wire", "services", "execution", "flight"}, {"botocore"}),
    "fronts": (GROUND | {"wire", "services", "engine", "execution"}, set()),
    "elsewhere": (
        GROUND | {"wire", "services", "engine", "execution", "flight", "fronts", "calls"},
        set(),
    ),
    "identity": (GROUND | {"wire", "calls"}, set()),
    "input_checks": (GROUND | {"wire", "services"}, {"botocore"}),
    "gateway": (
        GROUND
        | {
            "wire",
            "services",
            "engine",
            "execution",
            "refusals",
            "fronts",
            "elsewhere",
            "identity",
            "flight",
            "calls",
            "input_checks",
        },
        {"botocore"},
    ),
    "iam": (GROUND | {"wire", "services", "execution", "calls", "iam"}, set()),
    "sandbox": (
        GROUND | {"execution", "engine", "sandbox", "wire", "sockets"},
        {"botocore", "boto3", "freezegun", "urllib3"},
    ),
    "server": (GROUND | {"wire", "server", "cloud", "services", "sockets"}, {"werkzeug"}),
    # what a handler's process does to its SDK stands alone, and the test's process does some of it too
    "intercept": (
        GROUND | {"wire", "intercept", "sandbox.child"},
        {"botocore", "boto3", "responses", "urllib3"},
    ),
    "plugin": ({"session", "cloud", "config", "explain", "intercept"}, {"pytest"}),
}
"""Everything else (cloud, handles, session ...) joins the layers and may import them all."""

EXECUTION_ROOMS = {
    "sandbox": ("execution.values", "execution.effects", "execution.ports"),
    "engine": ("execution.effects", "execution.ports"),
    "flight": ("execution.ports",),
    "iam": ("execution.ports",),
    "services": ("execution.ports", "execution.values", "execution.patterns", "execution.pattern_grammar"),
    "services.lambda_": ("execution",),
}
"""Which modules of the core others may know; all of it only the service whose core it is."""

BANNED = {
    "time": ("clock", "sandbox.child", "sandbox.takeover"),  # the last for gmtime only
    "threading": ("engine", "clock", "sandbox", "server", "intercept", "cloud", "stubs", "neighbours"),
    "subprocess": ("sandbox",),
    "signal": ("sandbox", "server"),
    "resource": ("sandbox",),
    "socket": ("sockets", "sandbox", "server", "intercept.name_lookup"),
    "random": ("ids",),
    "uuid": ("ids",),
    "multiprocessing": (),
}
"""Standard modules → where alone they may be imported."""


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@cache
def imports(path: Path) -> set[str]:
    """All that a module imports, anywhere in it, but for what only the type checker sees."""
    found: set[str] = set()

    class Visitor(ast.NodeVisitor):
        def visit_If(self, node: ast.If) -> None:
            if not (isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
                self.generic_visit(node)

        def visit_Import(self, node: ast.Import) -> None:
            found.update(alias.name for alias in node.names)

        def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
            if node.level:  # the child's files stand alone as a package of their own
                assert name_of(path).startswith("sandbox.child"), f"{path}: relative import"
                return
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
            found.add(node.module or "")

    Visitor().visit(tree_of(path))
    return found


def is_in(name: str, places: tuple[str, ...] | set[str]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_imports_only_what_its_layer_may(path: Path) -> None:
    name = name_of(path)
    layer = name.partition(".")[0]
    if layer not in LAYERS:
        return
    own, third = LAYERS[layer]
    wrong = set()
    for imported in imports(path):
        top, _, rest = imported.partition(".")
        if top == "mocklambda" and rest:
            if rest.partition(".")[0] not in own and not is_in(rest, own):
                wrong.add(imported)
        elif top in THIRD_PARTY and top not in third:
            wrong.add(imported)
    assert wrong == set()


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_the_core_is_known_by_its_ports(path: Path) -> None:
    name = name_of(path)
    rooms = [room for room in EXECUTION_ROOMS if is_in(name, (room,))]
    if not rooms:
        return
    known = EXECUTION_ROOMS[max(rooms, key=len)]
    used = {
        imported[len("mocklambda.") :]
        for imported in imports(path)
        if imported.startswith("mocklambda.execution")
    }
    assert {imported for imported in used - {"execution"} if not is_in(imported, known)} == set()


@pytest.mark.parametrize("path", [p for p in modules() if name_of(p).startswith("services.")], ids=name_of)
def test_no_service_knows_another(path: Path) -> None:
    name = name_of(path).split(".")
    if len(name) < 3 and path.parent.name == "services":
        return
    folder = name[1]
    others = {
        imported
        for imported in imports(path)
        if imported.startswith("mocklambda.services.")
        and imported.split(".")[2] != folder
        and (ROOT / "services" / imported.split(".")[2]).is_dir()
    }
    assert others == set()


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_only_the_owner_of_a_thing_in_the_world_touches_it(path: Path) -> None:
    name = name_of(path)
    wrong = {
        imported
        for imported in imports(path)
        for banned, places in BANNED.items()
        if (imported == banned or imported.startswith(f"{banned}.")) and not is_in(name, places)
    }
    assert wrong == set()


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_only_clocks_read_time_and_only_environ_reads_the_environment(path: Path) -> None:
    name = name_of(path)
    tree = tree_of(path)
    attributes = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    wrong = set()
    if not is_in(name, ("clock", "sandbox.child")):
        wrong |= attributes & {"datetime.now", "datetime.utcnow", "date.today", "time.time", "time.monotonic"}
    if not is_in(name, ("intercept.environ", "sandbox", "config")):
        wrong |= attributes & {"os.environ", "os.getenv", "os.putenv"}
    assert wrong == set()


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_keeps_no_mutable_global_but_the_stack_of_sessions(path: Path) -> None:
    mutable = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
    wrong = []
    for node in tree_of(path).body:
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        for target in targets:
            if not isinstance(target, ast.Name) or target.id.isupper() or target.id.startswith("__"):
                continue
            if target.id.lstrip("_").isupper():
                continue
            if isinstance(node.value, mutable):
                wrong.append(target.id)
    assert wrong == (["_stack"] if name_of(path) == "intercept.active" else [])


def test_no_module_is_too_long_to_live_in() -> None:
    assert [
        f"{name_of(path)}: {lines}"
        for path in modules()
        if (lines := len(path.read_text().splitlines())) > 500
    ] == []


def test_packages_do_not_import_each_other_in_circles() -> None:
    """Between the rooms of the house; inside one, modules may lean on each other."""
    edges: dict[str, set[str]] = {}
    for path in modules():
        room = name_of(path).partition(".")[0] or "__init__"
        for imported in imports(path):
            if imported.startswith("mocklambda."):
                other = imported.split(".")[1]
                if other != room and ((ROOT / other).is_dir() or (ROOT / f"{other}.py").exists()):
                    edges.setdefault(room, set()).add(other)
    layered = {
        room: {other for other in others if other in LAYERS}
        for room, others in edges.items()
        if room in LAYERS
    }
    while True:
        free = {room for room, others in layered.items() if not others & layered.keys()}
        if not free:
            break
        layered = {room: others for room, others in layered.items() if room not in free}
    assert layered == {}


def test_the_broad_excepts_can_be_counted_on_two_hands() -> None:
    found = [
        name_of(path)
        for path in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler)
        and isinstance(node.type, ast.Name)
        and node.type.id == "Exception"
    ]
    # a handler's call, an environment, a foreign client's call, somebody else's backend
    allowed = ("gateway", "sandbox", "server", "neighbours")
    assert [name for name in found if not is_in(name, allowed)] == []


def test_there_are_no_notes_to_self() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    assert [name_of(path) for path in modules() if any(word in path.read_text() for word in words)] == []
