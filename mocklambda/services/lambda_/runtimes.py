"""Which runtimes functions and layers may name, in AWS's own order, and the version ARN of each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache

from mocklambda.services.lambda_ import errors

# R, January 2026: the order has no rule, and is printed as it is
ACCEPTED = (
    "nodejs20.x", "python3.14", "provided.al2023", "python3.12", "python3.13", "nodejs24.x",
    "nodejs22.x", "java25", "python3.10", "python3.11", "java21", "ruby3.3", "ruby3.4", "ruby3.2",
    "python3.8", "python3.9", "java17", "nodejs16.x", "dotnet10", "dotnet8", "java11", "dotnet6",
    "nodejs18.x", "provided.al2", "java8.al2",
)  # fmt: skip
# D: in the model since, in no recorded list
NEWER = frozenset({"nodejs26.x", "python3.15", "ruby4.0", "java8.al2023", "java11.al2023", "java17.al2023"})
# R for the first eight; I for what is older
BLOCKED = frozenset({
    "java8", "go1.x", "provided", "ruby2.7", "nodejs14.x", "nodejs12.x", "python3.7",
    "dotnetcore3.1", "nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10",
    "nodejs10.x", "python2.7", "python3.6", "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1",
    "ruby2.5",
})  # fmt: skip
# R: what ListLayers prints
LAYER_LIST = (
    "ruby3.5", "ruby2.6", "dotnetcore1.0", "python3.7", "nodejs8.10", "nasa", "ruby2.7",
    "python2.7-greengrass", "dotnetcore2.0", "python3.8", "java21", "dotnet6", "dotnetcore2.1",
    "python3.9", "java11", "nodejs6.10", "provided", "dotnetcore3.1", "dotnet8", "java25", "java17",
    "nodejs", "nodejs4.3", "java8.al2", "go1.x", "dotnet10", "nodejs20.x", "go1.9", "byol",
    "nodejs10.x", "provided.al2023", "nodejs22.x", "python3.10", "java8", "nodejs12.x",
    "python3.11", "nodejs24.x", "nodejs8.x", "python3.12", "nodejs14.x", "nodejs8.9", "nodejs26.x",
    "python3.13", "python3.14", "nodejs16.x", "python3.15", "provided.al2", "nodejs4.3-edge",
    "nodejs18.x", "ruby3.2", "python3.4", "ruby3.3", "ruby3.4", "ruby2.5", "python3.6", "python2.7",
)  # fmt: skip
LAYER_RUNTIMES = frozenset(ACCEPTED) | NEWER | BLOCKED
ARCHITECTURES = frozenset({"x86_64", "arm64"})
SNAP_START_PREFIXES = (
    "java11",
    "java17",
    "java21",
    "java25",
    "python3.12",
    "python3.13",
    "python3.14",
    "dotnet8",
)


def check(runtime: str) -> None:
    """Raise when functions can not be made with this runtime."""
    if runtime in BLOCKED:
        raise errors.invalid_parameter(
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda "
            "functions. "
            "We recommend you use a supported runtime while creating or updating functions."
        )
    if runtime not in ACCEPTED and runtime not in NEWER:
        raise errors.invalid_parameter(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
            f"[{', '.join(ACCEPTED)}] or be a valid ARN"
        )


def check_compatible(names: Sequence[str], architectures: Sequence[str]) -> None:
    """Raise when a layer names a runtime or architecture that never was; both are reported together (R)."""
    found = []
    if not LAYER_RUNTIMES.issuperset(names):
        constraint = f"Member must satisfy enum value set: [{', '.join(ACCEPTED)}]"
        found.append(errors.violation(f"[{', '.join(names)}]", "compatibleRuntimes", constraint))
    if not ARCHITECTURES.issuperset(architectures):
        constraint = (
            "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], "
            "Member must not be null]"
        )
        found.append(errors.violation(f"[{', '.join(architectures)}]", "compatibleArchitectures", constraint))
    if found:
        raise errors.violations(found)


@lru_cache(maxsize=256)
def version_arn(region: str, runtime: str, architecture: str) -> str:
    """Return the ARN of a runtime's version: one per runtime and architecture (R)."""
    digest = hashlib.sha256(f"{runtime}/{architecture}".encode()).hexdigest()
    return f"arn:aws:lambda:{region}::runtime:{digest}"
