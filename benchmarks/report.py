"""How figures are shown: one line a measure, one column a stage, ratios to ours, targets beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from measure import Measure
from stages import OURS
from targets import TARGETS, Figures

NOTHING = "-"


def shown(value: float | None, unit: str) -> str:
    """Write one figure for people."""
    if value is None:
        return NOTHING
    if unit == "us":
        return f"{value / 1000:,.2f} ms" if value >= 1000 else f"{value:.0f} us"
    if unit in {"bytes", "messages/s", "records/s"}:
        return f"{value:,.0f} {unit}"
    return f"{value:.2f} {unit}"


def table(measures: Iterable[Measure], stages: Sequence[str], figures: Figures) -> str:
    """Lay out all figures as text."""
    targets = {target.measure: target for target in TARGETS}
    rows = [("", *stages, "target")]
    for measure in measures:
        ours = figures.get((measure.name, OURS))
        cells = [_cell(figures.get((measure.name, stage)), measure.unit, stage, ours) for stage in stages]
        target = targets.get(measure.name)
        rows.append((measure.name, *cells, target.text(figures) if target else ""))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(_line(row, widths) for row in rows)


def _cell(value: float | None, unit: str, stage: str, ours: float | None) -> str:
    text = shown(value, unit)
    if value is None or not ours or stage == OURS:
        return text
    return f"{text} (x{value / ours:.3g})"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    name, *cells, target = row
    return "  ".join(
        [
            name.ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=False)),
            target,
        ]
    )


def verdict(figures: Figures) -> str:
    """Count what is met of the targets that were measured."""
    found = {target.measure: target.is_met(figures) for target in TARGETS}
    missed = [name for name, is_met in found.items() if is_met is False]
    measured = sum(is_met is not None for is_met in found.values())
    text = f"{measured - len(missed)} of {measured} measured targets met"
    return f"{text}; not met: {', '.join(missed)}" if missed else text
