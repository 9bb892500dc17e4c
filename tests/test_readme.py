"""The README's code runs as pasted, and its tables say what the code says; run as a script, this writes them."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from dataclasses import fields
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mocklambda.config import Config
from mocklambda.services import SERVICES

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
NAMES = {
    "lambda": "Lambda",
    "sqs": "SQS",
    "s3": "S3",
    "kinesis": "Kinesis",
    "dynamodbstreams": "DynamoDB Streams",
    "sns": "SNS",
    "events": "EventBridge",
    "scheduler": "EventBridge Scheduler",
    "application-autoscaling": "Application Auto Scaling (of Lambda)",
}


def table(name: str) -> list[str]:
    found = re.search(
        rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", README.read_text(encoding="utf-8"), re.DOTALL
    )
    assert found is not None
    return found.group(1).splitlines()[2:]


def listed(names: set[str], total: int) -> str:
    if not names:
        return "none"
    return ", ".join(sorted(names)) if len(names) < total else "all"


def operation_rows() -> list[str]:
    from mocklambda.wire.models import service_model

    rows = []
    for service, folder in SERVICES.items():
        works = set(importlib.import_module(f"mocklambda.services.{folder}").SERVICE.operations)
        known = set(service_model(service).operation_names)
        assert works <= known
        rows.append(
            f"| {NAMES[service]} | {len(works)} of {len(known)} | {listed(known - works, len(known))} |"
        )
    return rows


def lambda_rows() -> list[str]:
    """Return each operation of Lambda's by name: by its verb, those of rare verbs together at the end."""
    from mocklambda.services.lambda_ import SERVICE
    from mocklambda.wire.models import service_model

    names = sorted(service_model("lambda").operation_names)
    verbs = Counter(verb_of(name) for name in names)
    rows: dict[str, tuple[list[str], list[str]]] = {verb: ([], []) for verb in verbs if verbs[verb] > 3}
    rows["others"] = ([], [])
    for name in names:
        works, refused = rows.get(verb_of(name), rows["others"])
        (works if name in SERVICE.operations else refused).append(name)
    return [
        f"| {verb} | {', '.join(works) or 'none'} | {', '.join(refused) or 'none'} |"
        for verb, (works, refused) in rows.items()
    ]


def verb_of(name: str) -> str:
    return name[: next(at for at in range(1, len(name) + 1) if not name[at : at + 1].islower())]


def option_rows() -> list[str]:
    documented = docs_of_fields()
    return [
        f"| `{field.name}` | `{field.default!r}` | {documented.get(field.name, '')} |"
        for field in fields(Config)
    ]


def docs_of_fields() -> dict[str, str]:
    """Return the string below each option in config.py."""
    import ast

    tree = ast.parse((README.parent / "mocklambda" / "config.py").read_text(encoding="utf-8"))
    (body,) = (node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Config")
    found = {}
    for node, after in pairwise(body):
        is_text = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and is_text:
            found[node.target.id] = " ".join(str(after.value.value).replace("``", "`").split())
    return found


def block(number: int) -> Any:
    """Return a block as a parameter; one that shows an SDK needs it installed."""
    is_missing = "aws_durable_execution_sdk_python" in BLOCKS[number] and (
        find_spec("aws_durable_execution_sdk_python") is None
    )
    needs = pytest.mark.skipif(is_missing, reason="the SDK for durable functions is not installed")
    return pytest.param(number, marks=needs)


@pytest.mark.parametrize("number", [block(number) for number in range(len(BLOCKS))])
def test_a_block_of_the_readme_runs_as_pasted(number: int, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(BLOCKS[number])
    result = pytester.runpytest_subprocess("-q", "-p", "no:asyncio")
    result.assert_outcomes(passed=1)


def test_the_operations_table_says_what_the_code_does() -> None:
    assert table("operations") == operation_rows()


def test_the_table_of_lambdas_operations_says_what_the_code_does() -> None:
    assert table("lambda-operations") == lambda_rows()


def test_the_options_table_says_what_the_code_takes() -> None:
    assert table("options") == option_rows()


@pytest.mark.parametrize(
    "name", ["UnmockedAWSCall", "NotImplementedInMock", "NotSettled", "NothingWillAnswer"]
)
def test_each_error_for_the_author_of_a_test_is_explained(name: str) -> None:
    assert f"* **`{name}`**" in README.read_text(encoding="utf-8")


def write_tables() -> None:
    text = README.read_text(encoding="utf-8")
    tables = {"operations": operation_rows(), "lambda-operations": lambda_rows(), "options": option_rows()}
    for name, rows in tables.items():
        pattern = rf"(<!-- {name} -->\n(?:.*\n){{2}})(?:.*\n)*?(<!-- /{name} -->)"
        text = re.sub(
            pattern, lambda found, rows=rows: found[1] + "".join(f"{row}\n" for row in rows) + found[2], text
        )
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_tables()
