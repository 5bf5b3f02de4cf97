"""A core dump of the network after two hundred exchanges (P4)."""

from collections import Counter

import pytest
from capturing import EXCHANGES, Told
from country_secrets import (
    Seeds,
    blinding,
    codes,
    memory_of,
    people,
    roots_of_codes,
    why_no_memory,
)
from needles import LONG, Index, Needle

OWN = ("scalar",)
"""What the network holds by right: one secret scalar per institution."""


@pytest.fixture(scope="module")
def pid(told: Told) -> int:
    """The running network, whose memory may be read here."""
    number: int = told.captured.pids["linkage"]
    if why := why_no_memory(number):
        pytest.skip(f"not run: {why}")
    return number


def found_in(pid: int, index: Index) -> Counter[tuple[str, str]]:
    """Kinds and owners of what stands in a process's memory."""
    found: set[Needle] = set()
    for mapping in memory_of(pid):
        found |= index.search(mapping)
    return Counter((needle.kind, needle.owner) for needle in found)


def test_the_memory_of_the_network_holds_no_code_and_no_seed(
    told: Told, seeds: dict[str, Seeds], pid: int
) -> None:
    """After 200 exchanges have ended, `linkage` has no code, seed, r, number or name in memory;
    a code and a seed put there are found by the same search.
    """
    country = told.country
    ((exchanges,),) = told.captured.rows("linkage", "SELECT count(*) FROM leaf WHERE kind = 1")
    assert exchanges >= EXCHANGES
    assert told.open_rows() == []
    needles = [
        *codes(country),
        *roots_of_codes(country),
        *blinding(seeds.values()),
        *people(country),
    ]
    wanted = [one for one in needles if one.kind not in OWN]
    index = Index(wanted, shortest=LONG + 3)
    assert found_in(pid, index) == Counter()
    planted = {kind: next(one for one in needles if one.kind == kind) for kind in ("code", "seed")}
    for one in planted.values():
        assert isinstance(one.value, bytes)
        told.captured.plant(one.value)
    assert found_in(pid, index) == Counter((one.kind, one.owner) for one in planted.values())
