"""What lies in databases, their logs and free pages, in log files and in last words."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from capturing import CITY, Told
from country_secrets import (
    CODE_KINDS,
    PERSON_KINDS,
    Seeds,
    blinding,
    codes,
    last_words,
    own_words,
    people,
    roots_of_codes,
    snapshot,
    stored,
)
from needles import Index, Needle, Reader

from renkei.sandbox.blueprint import PartyPlan

REGISTER = {"individual-number", "resident-code", "name", "address", "link-seed"}
OWN_FILE = {"name", "address", "domicile", "code", "person-id", "case-number"}
HOLDS: dict[str, set[str]] = {
    "individual-number": REGISTER,
    "linkage": set(),
    "portal": {"code"},
    "oversight": set(),
    "institution": OWN_FILE | {"individual-number"},
}
"""What each role's database may hold; codes, person ids and cases only its own."""
PROBES = 3


@pytest.fixture(scope="module")
def needles(told: Told, seeds: dict[str, Seeds]) -> list[Needle]:
    """Everything secret of the country."""
    country = told.country
    return [
        *people(country),
        *codes(country),
        *roots_of_codes(country),
        *own_words(country),
        *blinding(seeds.values()),
    ]


@pytest.fixture(scope="module")
def reader(needles: list[Needle]) -> Reader:
    """The same, ready to be searched for."""
    return Reader(Index(needles))


@pytest.fixture(scope="module")
def files(told: Told, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every party's database files as they lay while the processes ran."""
    return snapshot(told.captured, tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="module")
def found(told: Told, files: Path, reader: Reader) -> dict[str, set[Needle]]:
    """What stands in the bytes of each party's files, by party."""
    return {
        plan.party: {
            needle
            for path in (files / plan.party).iterdir()
            for needle in reader.index.search(path.read_bytes())
        }
        for plan in told.country.plans
    }


def may_hold(plan: PartyPlan) -> set[str]:
    """What a party's database may hold: the Minister of Justice holds no numbers (法9条3項)."""
    if plan.party == "family-register":
        return HOLDS["institution"] - {"individual-number"}
    return HOLDS[plan.role]


def stray(plan: PartyPlan, found: set[Needle]) -> list[str]:
    """What a party's database must not hold."""
    owned = ("code", "person-id", "case-number", "link-seed")
    return sorted(
        f"{plan.party}: {needle.kind} of {needle.owner}"
        for needle in found
        if needle.kind not in may_hold(plan)
        or (needle.kind in owned and needle.place != plan.party)
    )


def test_every_database_holds_what_its_role_may(told: Told, found: dict[str, set[Needle]]) -> None:
    """Bytes of files, write-ahead logs and free pages hold nothing that the role must not know."""
    wrong = [one for plan in told.country.plans for one in stray(plan, found[plan.party])]
    assert wrong == []


def test_no_wrapping_inside_a_database_hides_anything(
    told: Told, files: Path, reader: Reader
) -> None:
    """Every value of every table, opened to the bottom, holds nothing more."""
    wrong = []
    for plan in told.country.plans:
        for column, value in stored(files / plan.party / "database.sqlite"):
            inside = {needle for needle, _ in reader.found(value)}
            wrong += [f"{column}: {one}" for one in stray(plan, inside)]
    assert wrong == []


def test_the_databases_are_not_empty(told: Told, found: dict[str, set[Needle]]) -> None:
    """The search is not blind: what a role may hold is found in its database."""
    seldom = {"case-number", "domicile", "address", "name"}
    for plan in told.country.plans:
        kinds = {needle.kind for needle in found[plan.party]}
        assert may_hold(plan) - kinds <= seldom, plan.party


def test_no_code_stands_in_two_databases(found: dict[str, set[Needle]]) -> None:
    """Each institution's code of each person is in its own database and in no other."""
    held: dict[Needle, set[str]] = {}
    for party, needles in found.items():
        for needle in needles:
            if needle.kind == "code":
                held.setdefault(needle, set()).add(party)
    assert len(held) > 200
    assert {needle.owner: at for needle, at in held.items() if at != {needle.place}} == {}


def words(told: Told) -> Iterator[tuple[str, bytes]]:
    """Every log file and all output of every process, and of the one that started them."""
    yield from last_words(told.country)
    yield "host", told.captured.words.read_bytes()


def test_no_log_names_anybody(told: Told, reader: Reader) -> None:
    """What the processes logged and printed while the story was told names nobody."""
    said = dict(words(told))
    assert sum(len(data) for data in said.values()) > 5_000
    wrong = [
        f"{where}: {needle.kind} of {needle.owner}"
        for where, data in said.items()
        for needle, _ in reader.found(data)
    ]
    assert wrong == []
    assert [where for where, data in said.items() if b"officer-" in data] == []


def test_a_plant_in_a_log_or_a_database_is_reported(
    told: Told, reader: Reader, needles: list[Needle]
) -> None:
    """A number in a log line, and a code of one body in the database of another, are reported."""
    number = next(one for one in needles if one.kind == "individual-number")
    assert isinstance(number.value, str)
    line = f'{{"event":"refused","reason":"{number.value[:4]}-{number.value[4:]}"}}\n'
    assert {needle for needle, _ in reader.found(line.encode())} == {number}
    plans = {plan.party: plan for plan in told.country.plans}
    for kind in (*PERSON_KINDS, *CODE_KINDS):
        planted = next(one for one in needles if one.kind == kind)
        assert len(stray(plans["linkage"], {planted})) == 1, kind
    foreign = next(one for one in needles if one.kind == "code" and one.place != CITY)
    assert len(stray(plans[CITY], {foreign})) == 1
