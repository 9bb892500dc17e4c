"""What virtual time follows: the process's own idea of time, or an instant that moves only when told.

freezegun and time-machine change what ``time.time`` says, and so steer us with nothing to learn. freezegun
does it by replacing names in loaded modules, so the function is looked up on the module at each call.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.clock.real import RealClock

Source = Callable[[], Millis]


def process_time() -> Millis:
    """Say what ``time.time()`` says to the code under test, frozen or not."""
    return int(time.time() * 1000)


def fixed(instant: Millis) -> Source:
    """Return a source that stands still at ``instant``."""
    return lambda: instant


def move_standing_time(duration_ms: Millis) -> bool:
    """Move freezegun's or time-machine's clock, where it stands still: the test's own ``datetime.now()`` moves along.

    Returns whether there was one to move.
    """
    move = _move_of_freezegun() or _move_of_time_machine()
    if move is None:
        return False
    move(timedelta(milliseconds=duration_ms))
    return True


def _move_of_freezegun() -> Any:
    api = sys.modules.get("freezegun.api")
    if api is None or not api.freeze_factories:
        return None
    innermost = api.freeze_factories[-1]
    stands = isinstance(innermost, api.FrozenDateTimeFactory) and not api.tick_flags[-1]
    return innermost.tick if stands else None


def _move_of_time_machine() -> Any:
    module = sys.modules.get("time_machine")
    travels = getattr(module, "traveller_stack", None) or getattr(module, "coordinates_stack", None)
    return travels[-1].shift if travels and not getattr(travels[-1], "_tick", True) else None


def is_wall_time(instant: Millis) -> bool:
    """Tell whether ``instant`` is what the machine's clock says, whatever this process was made to believe."""
    return abs(instant - RealClock.wall_ms()) < 1000
