"""Randomness as a parameter; only this module asks the system for it."""

from __future__ import annotations

import os
from collections.abc import Callable

# Takes a number of bytes, returns that many.
Randomness = Callable[[int], bytes]

# A float holds 53 bits exactly; more would round up to 1.
_FRACTION_BITS = 53


def system_randomness(count: int) -> bytes:
    """Return ``count`` bytes of the system's cryptographic randomness (1 to 65,536)."""
    if not 1 <= count <= 65_536:
        raise ValueError("between 1 and 65,536 random bytes can be asked for at once")
    return os.urandom(count)


def fraction(randomness: Randomness) -> float:
    """Return a number in [0, 1), for jitter."""
    drawn = int.from_bytes(randomness(7), "big") >> (7 * 8 - _FRACTION_BITS)
    return drawn / (1 << _FRACTION_BITS)
