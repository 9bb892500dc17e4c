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


def is_frozen() -> bool:
    """Tell whether freezegun is active in this process, ticking or not."""
    api = sys.modules.get("freezegun.api")
    return bool(api is not None and api.freeze_factories)


def standing_freeze() -> Any | None:
    """Return freezegun's innermost frozen clock when it stands still, so that ``advance`` can move it."""
    api = sys.modules.get("freezegun.api")
    if api is None or not api.freeze_factories:
        return None
    factory = api.freeze_factories[-1]
    return factory if isinstance(factory, api.FrozenDateTimeFactory) and not api.tick_flags[-1] else None


def move_standing_freeze(duration_ms: Millis) -> bool:
    """Move freezegun's clock, where it stands still, so that the test's own ``datetime.now()`` moves along.

    Returns whether there was one to move.
    """
    frozen = standing_freeze()
    if frozen is None:
        return False
    frozen.tick(timedelta(milliseconds=duration_ms))
    return True


def is_wall_time(instant: Millis) -> bool:
    """Tell whether ``instant`` is what the machine's clock says, whatever this process was made to believe."""
    return abs(instant - RealClock.wall_ms()) < 1000
