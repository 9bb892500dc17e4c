"""The life of one execution environment. Everything that changes its state lives in this file.

Theory of operation. An environment is made for one function version. On demand it is made *for* an invocation
and is busy from the start; provisioned, it starts ahead and becomes idle. It takes one invocation at a time.
One that is retired while busy serves its invocation to the end; one that is lost (process gone, reset needed)
is over at once. An illegal move raises and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from mocklambda.clock.base import Millis
from mocklambda.execution.values import FunctionSpec, LogStream


class State(Enum):
    """Where an environment stands."""

    __hash__ = object.__hash__  # an enum's own is written in Python

    NEW = "new"
    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    RETIRING = "retiring"
    STOPPED = "stopped"


class Move(Enum):
    """What happens to an environment."""

    __hash__ = object.__hash__

    START_AHEAD = "start ahead"
    ASSIGN = "assign"
    READY = "ready"
    FINISH = "finish"
    RETIRE = "retire"
    LOSE = "lose"


TRANSITIONS: dict[State, dict[Move, State]] = {
    State.NEW: {Move.START_AHEAD: State.STARTING, Move.ASSIGN: State.BUSY},
    State.STARTING: {Move.READY: State.IDLE, Move.RETIRE: State.STOPPED, Move.LOSE: State.STOPPED},
    State.IDLE: {Move.ASSIGN: State.BUSY, Move.RETIRE: State.STOPPED, Move.LOSE: State.STOPPED},
    State.BUSY: {Move.FINISH: State.IDLE, Move.RETIRE: State.RETIRING, Move.LOSE: State.STOPPED},
    State.RETIRING: {Move.FINISH: State.STOPPED, Move.RETIRE: State.RETIRING, Move.LOSE: State.STOPPED},
    State.STOPPED: {},
}


class IllegalMove(Exception):
    """An environment was asked for what its state does not allow: a fault of ours."""


@dataclass(slots=True, eq=False, kw_only=True)
class Environment:
    """One execution environment."""

    id: str
    spec: FunctionSpec
    log_stream: LogStream
    is_provisioned: bool = False
    on_assign: Callable[[], None] | None = None
    """Provisioned: whoever wants to know that it takes an invocation."""
    tenant_id: str | None = None
    """Of a function that isolates tenants: whom alone it serves."""
    state: State = State.NEW
    served: int = 0
    """Invocations given to it so far."""
    idle_since: Millis = 0

    def move(self, move: Move) -> State:
        """Make a move; raises IllegalMove and changes nothing where the table has none."""
        after = TRANSITIONS[self.state].get(move)
        if after is None:
            raise IllegalMove(f"{move.value} while {self.state.value}: {self!r}")
        self.state = after
        return after

    def __repr__(self) -> str:
        name = f"{self.spec.name}:{self.spec.version}"
        return f"<environment {self.id[:8]} of {name} {self.state.value}, {self.served} served>"
