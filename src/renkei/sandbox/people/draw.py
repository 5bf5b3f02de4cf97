"""A stream of draws that is the same on every Python version (決定的な乱数列)."""

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


class Draw:
    """Draws from the stream that its name picks; the same name gives the same draws for ever.

    Only `random.Random.random` is used: the one method whose sequence Python promises to keep.
    Each subject has a stream of its own, so that adding a subject leaves the others unchanged.
    """

    def __init__(self, *name: str | int) -> None:
        digest = hashlib.sha256("|".join(map(str, ("renkei sandbox v1", *name))).encode()).digest()
        # Not for secrets: everybody must be able to make the same people again.
        self._random = random.Random(int.from_bytes(digest, "big"))  # noqa: S311

    def fraction(self) -> float:
        """At least 0 and below 1."""
        return self._random.random()

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included; for spans below 2**53."""
        if high < low:
            raise ValueError(f"nothing lies between {low} and {high}")
        return low + int(self._random.random() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self._random.random() < probability

    def choose(self, items: Sequence[Item]) -> Item:
        """One of the items, all equally likely."""
        return items[self.whole(0, len(items) - 1)]

    def weighted(self, items: Sequence[tuple[Item, int]]) -> Item:
        """One of the items, each as likely as its weight."""
        point = self._random.random() * sum(weight for _, weight in items)
        for item, weight in items:
            point -= weight
            if point < 0:
                return item
        return items[-1][0]
