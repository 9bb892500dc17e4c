"""What happened, for whoever reads a failed test's report: invocations, their logs, and what is parked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mocklambda.cloud import Cloud

LIMIT = 200
"""Lines of the timeline that a report shows; the last ones tell most."""


def explain(cloud: Cloud) -> str:
    """Return the report section of a failed test."""
    lines = cloud.timeline().splitlines()
    if len(lines) > LIMIT:
        lines = [f"... {len(lines) - LIMIT} lines before", *lines[-LIMIT:]]
    in_flight, parked = cloud.listing()
    seed = cloud.seed
    return "\n".join(
        [
            *(lines or ["no function ran"]),
            *_section("in flight", in_flight),
            *_section("parked on the clock", parked),
            *_section("calls that nothing served", [str(each) for each in cloud.gateway.violations]),
            *_section("not allowed (strict_iam)", cloud.denied),
            *_section("not delivered", cloud.registry.undelivered()),
            f"virtual time {cloud.now.isoformat()}, seed {seed} (mock_lambda(seed={seed}) repeats it)",
        ]
    )


def _section(title: str, items: list[str]) -> list[str]:
    shown = [f"  - {item}" for item in items[:20]]
    more = [f"  ... and {len(items) - 20} more"] if len(items) > 20 else []
    return [f"{title}:", *shown, *more] if items else []
