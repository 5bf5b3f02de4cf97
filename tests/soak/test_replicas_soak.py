"""The short form of the kill tests with two processes of each party, on PostgreSQL, behind HAProxy.

The long form: `make soak KILLS=300 REPLICAS=2`.
"""

from pathlib import Path

import pytest
from soaking import SEED, soak_shortly

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.haproxy,
    pytest.mark.sqlite_only("it has a server of its own in every run: once is enough"),
]

KILLS = 24
"""Every one of the 21 processes at least once."""
EXCHANGES = 10


def test_kills_of_replicas_lose_and_double_nothing(tmp_path: Path) -> None:
    """After SIGKILLs of every process of every party each exchange ended once, all books agree."""
    soaked = soak_shortly(tmp_path, "--replicas", "2", kills=KILLS)
    counts, kills = soaked.result["counts"], soaked.result["kills"]
    assert soaked.result["wrong"] == [], f"seed {SEED}"
    assert soaked.status == 0
    assert counts["kills"] == sum(kills.values()) == KILLS
    assert len(kills) == 21
    assert min(kills.values()) >= 1
    assert counts["exchanges"] >= EXCHANGES, "hardly anything ran while processes died"
