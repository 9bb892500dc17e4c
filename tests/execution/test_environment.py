from __future__ import annotations

from itertools import product

import pytest

from mocklambda.execution.environment import TRANSITIONS, Environment, IllegalMove, Move, State
from mocklambda.execution.values import LogStream

from .world import spec_of


def environment_in(state: State) -> Environment:
    return Environment(id="e" * 32, spec=spec_of(), log_stream=LogStream(group="g", name="s"), state=state)


@pytest.mark.parametrize(("state", "move"), list(product(State, Move)))
def test_an_environment_makes_exactly_the_moves_of_the_table(state: State, move: Move) -> None:
    environment = environment_in(state)
    after = TRANSITIONS[state].get(move)
    if after is None:
        with pytest.raises(IllegalMove):
            environment.move(move)
        assert environment.state is state
    else:
        assert environment.move(move) is after
        assert environment.state is after


def test_every_state_but_the_first_can_be_reached() -> None:
    reached = {after for moves in TRANSITIONS.values() for after in moves.values()}
    assert reached == set(State) - {State.NEW}
