"""Which tests stay together, which come first, and in which order a run takes them (配分).

A file stays with one worker. So do files that share something dear, which would otherwise be made
in every worker. What takes longest comes first, so that the workers end together.
"""

import os
import random
from collections.abc import Hashable
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

DRAW = "random"
TOGETHER: dict[str, tuple[str, ...]] = {
    "captured": tuple(
        f"tests/capture/test_{name}.py"
        for name in ("at_rest", "digests", "doors", "memory", "traffic")
    ),
    "replicas": ("tests/soak/test_replicas.py",),
    "replicas killed": ("tests/soak/test_replicas_soak.py",),
    "killed": ("tests/soak/",),
    "faulty": ("tests/faults/",),
    "asked by hand": ("tests/roles/exchange/", "tests/roles/ordinance/"),
    "attacked": (
        *("tests/hostile/test_sockets.py", "tests/hostile/test_last_words.py"),
        *("tests/walls/test_routes.py", "tests/walls/test_isolation.py"),
        "tests/sandbox/test_opening.py",
    ),
    "doors": ("tests/hostile/test_schemas.py", "tests/hostile/test_signatures.py"),
}
"""Each shares one running country, or the doors of one."""
LONGEST = (
    "captured",
    "replicas killed",
    "replicas",
    "tests/web/test_browser.py",
    "attacked",
    "killed",
    "tests/liars/test_game.py",
    "asked by hand",
    "tests/journeys/test_story.py",
    "faulty",
    "tests/sandbox/test_country.py",
    "tests/machine/test_machine.py",
    "tests/roles/institution_deciding/test_guessing.py",
    "tests/roles/institution_deciding/test_attributes.py",
)
"""What takes more than ten seconds, the longest first (`--spent` and `--durations` tell)."""


def unit_of(nodeid: str) -> str:
    """What a test is kept together with: its file, or several files that share something."""
    file = nodeid.split("::")[0]
    return next((unit for unit, files in TOGETHER.items() if file.startswith(files)), file)


def rank(nodeid: str) -> int:
    """How early its unit is given to a worker."""
    unit = unit_of(nodeid)
    return LONGEST.index(unit) if unit in LONGEST else len(LONGEST)


class Sharing(LoadScopeScheduling):
    """Gives the next unit to whoever is free."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def drawn(seed: str | None) -> int | None:
    """The seed of a run's order, drawn where the caller leaves it to chance."""
    if seed is None:
        return None
    return int.from_bytes(os.urandom(4), "big") if seed == DRAW else int(seed)


def shuffle(items: list[pytest.Item], seed: int) -> None:
    """Any order of units, of files within each, of tests within each file."""
    chance = random.Random(seed)
    keys: dict[Hashable, float] = {}

    def key(of: Hashable) -> float:
        return keys.setdefault(of, chance.random())

    def place(item: pytest.Item) -> tuple[float, ...]:
        file = item.nodeid.split("::")[0]
        levels = (unit_of(item.nodeid), str(Path(file).parent), file, item.nodeid)
        return tuple(key((depth, level)) for depth, level in enumerate(levels))

    items.sort(key=place)


def longest_first(items: list[pytest.Item]) -> None:
    """Units that take long before the others; the order within a unit stays."""
    items.sort(key=lambda item: rank(item.nodeid))
