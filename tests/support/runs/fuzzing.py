"""How long and from which seed random tests run: quick in `make test`, long in `make fuzz`.

`RENKEI_FUZZ_MINUTES` gives the length of a long run, `RENKEI_FUZZ_SEED` replays one. A test that
can go on for as long as it is given asks `rounds`, which ends after the test's share of that time.
"""

import os
import time
from collections.abc import Iterator
from typing import Final

import hypothesis
from hypothesis import HealthCheck, Phase, settings

MINUTES: Final = "RENKEI_FUZZ_MINUTES"
SEED: Final = "RENKEI_FUZZ_SEED"
_DRAWN: Final = int.from_bytes(os.urandom(4), "big")


def minutes() -> float:
    """Minutes a long run may take, 0 in `make test`."""
    return float(os.environ.get(MINUTES) or 0)


def seed() -> int:
    """The run's seed: from the environment, else drawn once; reports print it."""
    return int(os.environ.get(SEED) or _DRAWN)


def register() -> None:
    """Choose the profile of Hypothesis; tests with settings of their own keep those."""
    # No deadline of an example: on a busy machine it measures the neighbours.
    usual = settings(print_blob=True, database=None, deadline=None)
    settings.register_profile("quick", usual)
    settings.register_profile("long", usual, max_examples=1_000)
    settings.load_profile("long" if minutes() else "quick")
    if os.environ.get(SEED):
        hypothesis.core.global_force_seed = seed()


def replay() -> str:
    """What to type to see the same cases again."""
    return f"random tests ran with {SEED}={seed()}"


def rounds(share: float) -> Iterator[int]:
    """Seeds of rounds: one in a quick run, else new ones until `share` of the minutes is over."""
    until = time.monotonic() + minutes() * 60 * share
    number = seed()
    yield number
    while time.monotonic() < until:
        number += 1
        yield number


def drawn(quick: int, long: int = 20) -> settings:
    """Settings of one round; nothing is shrunk, since a sent message cannot be unsent."""
    return settings(
        max_examples=long if minutes() else quick,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
