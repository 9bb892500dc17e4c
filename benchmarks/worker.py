"""Takes one figure in an interpreter of its own and prints it: ``worker.py STAGE MEASURE SCALE``."""

from __future__ import annotations

import json
import sys

from measure import Measure
from measuring import FULL, QUICK, Scale
from stages import Stage, opened
from subjects import SUBJECTS


def figure(measure: Measure, stage: str, scale: Scale) -> float | None:
    """Do one measure on one stage."""
    if not measure.opens:
        return measure.run(Stage(stage), scale)
    with opened(stage, measure.options) as open_stage:
        return measure.run(open_stage, scale)


def main() -> None:
    """Print ``{"figure": ...}`` as the last line."""
    stage, name, scale = sys.argv[1:]
    measure = next(one for measures in SUBJECTS.values() for one in measures if one.name == name)
    print(json.dumps({"figure": figure(measure, stage, QUICK if scale == "quick" else FULL)}))


if __name__ == "__main__":
    main()
