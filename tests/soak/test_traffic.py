"""A few rounds of random traffic; ``make soak`` goes on for longer."""

from __future__ import annotations

import pytest
import traffic


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_sent_comes_to_an_end(seed: int) -> None:
    traffic.run(seed)
