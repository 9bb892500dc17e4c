"""Everything random, from one seed: ids, tokens, weighted choices, jitter."""

from __future__ import annotations

import base64
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
_ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class Ids:
    """A seeded source of identifiers in AWS's forms."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._random = random.Random(seed)
        self._bits = self._random.getrandbits

    def uuid(self) -> str:
        """Return a lower-case version 4 UUID."""
        text = f"{self._bits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[self._bits(2)]}{text[17:20]}-{text[20:]}"

    def hex(self, digits: int) -> str:
        """Return ``digits`` random lower-case hexadecimal digits."""
        return f"{self._bits(4 * digits):0{digits}x}"

    def token(self, size: int) -> str:
        """Return ``size`` random bytes in base64, as AWS's opaque handles look."""
        return base64.b64encode(self._bits(8 * size).to_bytes(size, "big")).decode()

    def letters(self, length: int) -> str:
        """Return random capital letters and digits, as in access keys and role ids."""
        bits = self._bits(5 * length)
        return "".join([_ALNUM[bits >> shift & 31] for shift in range(0, 5 * length, 5)])

    def choose(self, options: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """Pick one option, by weight where given."""
        return self._random.choices(options, weights)[0]

    def fraction(self) -> float:
        """Return a number from 0 up to, not including, 1."""
        return self._random.random()


def new_seed() -> int:
    """Return a seed nobody chose, to be shown when a test fails."""
    return random.SystemRandom().getrandbits(32)
