"""What stands between the parties of a built country: files, keys, and what their disks hold."""

import asyncio
import base64
import contextlib
import itertools
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from running import RunningCountry

from renkei.kit.location import Location
from renkei.kit.progress import Progress
from renkei.sandbox.story import Story

SHORTEST_NEEDLE_BYTES = 4


# -- files and keys -------------------------------------------------------------------------------


def configs(country: RunningCountry) -> list[Any]:
    """The configuration of every process."""
    built = country.country
    return [built.config(plan.party) for plan in built.plans]


@pytest.mark.parametrize("thing", ["database", "keys", "directory", "log", "certificate", "key"])
def test_no_two_processes_share(country: RunningCountry, thing: str) -> None:
    """Databases, key folders, directories, logs, certificates and TLS keys: one process each."""
    paths = [
        one.path if isinstance(one, Location) else one.resolve()
        for config in configs(country)
        for one in [getattr(config.tls if thing in ("certificate", "key") else config, thing)]
    ]
    assert len(paths) == 11
    assert len(set(paths)) == len(paths)
    for one, other in itertools.permutations(paths, 2):
        assert one not in other.parents


def test_each_party_keeps_to_its_own_folder(country: RunningCountry) -> None:
    """Everything a process writes or keeps secret lies below its own party's folder."""
    for config in configs(country):
        home = country.country.home(config.party).resolve()
        own = [config.database.path, config.keys, config.directory, config.log, config.tls.key]
        assert all(home in path.resolve().parents for path in own)


def test_no_two_key_files_are_the_same_key(country: RunningCountry) -> None:
    """No private key, scalar or secret stands in two places of the country."""
    secrets = [path.read_bytes() for path in secret_files(country.folder)]
    assert len(secrets) > 20
    assert len(set(secrets)) == len(secrets)


def secret_files(folder: Path) -> list[Path]:
    """Every file that holds a secret: key stores and TLS keys."""
    stores = [path for path in folder.rglob("keys/*") if path.is_file()]
    return sorted([*stores, *folder.rglob("tls/*.key"), *folder.glob("authority/*.key")])


def test_secrets_are_readable_by_their_owner_only(country: RunningCountry) -> None:
    """Key files, databases, logs and kept directories are closed to other users."""
    closed = [
        *secret_files(country.folder),
        *country.folder.glob("*/database.sqlite*"),
        *country.folder.glob("*/*.json*"),
    ]
    modes = {}
    for path in closed:
        with contextlib.suppress(FileNotFoundError):  # renamed by a process that works
            modes[path] = path.stat().st_mode
    assert len(modes) > len(country.pids)
    assert [path for path, mode in modes.items() if mode & 0o077] == []


def test_open_files_are_ones_own(country: RunningCountry) -> None:
    """No running process has a file of another party's folder open."""
    for party, pid in country.pids.items():
        opened = set()
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                opened.add(link.resolve())
        inside = {path for path in opened if country.folder.resolve() in path.parents}
        home = country.country.home(party).resolve()
        assert any(path.name == "database.sqlite" for path in inside), party
        assert {path for path in inside if home not in path.parents} == set(), party


def test_only_the_network_holds_scalars_and_only_j_lis_seeds(country: RunningCountry) -> None:
    """Scalars lie at the network, the seed key at J-LIS, the Commission's key at the Commission."""
    where = {
        kind: {path.parent.parent.name for path in country.folder.glob(f"*/keys/{kind}")}
        for kind in ("scalar-*", "seed.*", "permit.*", "directory.*", "pseudonym.*")
    }
    institutions = {plan.party for plan in country.country.institutions()}
    assert where == {
        "scalar-*": {"linkage"},
        "seed.*": {"individual-number"},
        "permit.*": {"linkage"},
        "directory.*": {"linkage"},
        "pseudonym.*": institutions,
    }


# -- what the disks hold --------------------------------------------------------------------------


def forms(value: bytes, *, text: bool) -> list[bytes]:
    """A value as it may stand in a file: raw, hexadecimal, base64 in each alignment, UTF-16."""
    found = [value]
    for lead in range(3):
        encoded = base64.b64encode(bytes(lead) + value)
        start, cut = -(-lead * 4 // 3), (lead + len(value)) % 3
        body = encoded[start : len(encoded.rstrip(b"=")) - (1 if cut else 0)]
        found += [body, body.translate(bytes.maketrans(b"+/", b"-_"))]
    if text:
        found.append(value.decode().encode("utf-16-le"))
    else:
        found += [value.hex().encode(), value.hex().upper().encode()]
    return found


def bytes_of(paths: Iterable[Path]) -> bytes:
    """All bytes of these files, a gap between each."""
    return b"\0\0".join(path.read_bytes() for path in paths if path.is_file())


def disk_of(country: RunningCountry, party: str) -> bytes:
    """Every byte of a party's database with its write-ahead log, its logs and its output."""
    home = country.country.home(party)
    names = ["database.sqlite", "database.sqlite-wal", "log.jsonl", "output.txt"]
    return bytes_of(home / name for name in names)


def logs_of(country: RunningCountry) -> bytes:
    """Every byte of every log and output of the country."""
    folder = country.folder
    return bytes_of(
        [
            *folder.glob("*/log.jsonl"),
            *folder.glob("*/output.txt"),
            *folder.parent.glob("*.jsonl"),
            *folder.parent.glob("up-errors.txt"),
        ]
    )


def column(country: RunningCountry, party: str, table: str, name: str) -> list[Any]:
    """All values of a column."""
    return [
        row[0]
        for row in country.rows(party, f'SELECT DISTINCT "{name}" FROM "{table}"')
        if row[0] is not None
    ]


def found_in(haystack: bytes, values: Iterable[Any]) -> list[Any]:
    """Which values occur in a haystack in any form; the values must be long enough to mean it."""
    hits = []
    for value in values:
        raw = value.encode() if isinstance(value, str) else bytes(value)
        assert len(raw) >= SHORTEST_NEEDLE_BYTES
        if any(form in haystack for form in forms(raw, text=isinstance(value, str))):
            hits.append(value)
    return hits


@pytest.fixture(scope="module")
def told(country: RunningCountry) -> RunningCountry:
    """The country after the story has been played in it."""
    account = asyncio.run(Story(country.country, Progress(quiet=True)).play())
    assert {one["outcome"] for one in account.exchanges} == {"provided"}
    return country


def test_the_search_finds_what_is_planted() -> None:
    """The search itself: a number, a name and a code are found in each form, each alignment."""
    number, name, code = "123456789012", "架空 花子", bytes(range(1, 33))
    for value in (number, name, code):
        raw = value.encode() if isinstance(value, str) else value
        plants = [raw, *(base64.b64encode(b"x" * lead + raw + b"yz") for lead in range(3))]
        plants += [base64.urlsafe_b64encode(b"\xff" * lead + raw) for lead in range(3)]
        plants += [value.encode("utf-16-le")] if isinstance(value, str) else [raw.hex().encode()]
        for plant in plants:
            assert found_in(b"before " + plant + b" after", [value]) == [value], plant
    assert found_in(b"nothing of it", [number, name, code]) == []


def test_the_network_holds_nobody(told: RunningCountry) -> None:
    """No number, resident code, name or address of anybody lies in the network's files (P1, P4)."""
    disk = disk_of(told, "linkage")
    assert len(disk) > 100_000
    for name in ("individual_number", "resident_code", "name", "address"):
        values = column(told, "individual-number", "resident", name)
        assert len(values) >= 50, name
        assert found_in(disk, values) == [], name


def test_a_code_lies_at_its_own_institution_only(told: RunningCountry) -> None:
    """No code of an institution occurs in any other party's database or log (P1)."""
    parties = [config.party for config in configs(told)]
    disks = {party: disk_of(told, party) for party in parties}
    for plan in told.country.institutions():
        codes = column(told, plan.party, "code", "element")
        assert len(codes) >= 10, plan.party
        assert found_in(disks[plan.party], codes[:3]) == codes[:3], "the search must see its own"
        for party in parties:
            if party != plan.party:
                assert found_in(disks[party], codes) == [], (plan.party, party)


def test_no_two_institutions_share_a_code(told: RunningCountry) -> None:
    """Everybody's codes are all different, at all institutions together (P1)."""
    codes = [
        code
        for plan in told.country.institutions()
        for code in column(told, plan.party, "code", "element")
    ]
    assert len(codes) == len(set(codes)) > 200


def test_no_number_is_in_any_log(told: RunningCountry) -> None:
    """No number, resident code, name or address occurs in any log or output of any process."""
    logs = logs_of(told)
    assert b"listening" in logs
    for name in ("individual_number", "resident_code", "name", "address"):
        values = column(told, "individual-number", "resident", name)
        assert found_in(logs, values) == [], name


def test_link_seeds_stay_with_j_lis(told: RunningCountry) -> None:
    """No link seed, from which every code is made, lies anywhere but at J-LIS."""
    seeds = column(told, "individual-number", "resident", "link_seed")
    assert found_in(disk_of(told, "individual-number"), seeds[:3]) == seeds[:3]
    for config in configs(told):
        if config.party != "individual-number":
            assert found_in(disk_of(told, config.party), seeds) == [], config.party


def test_nothing_boxed_outlives_the_exchange_at_the_parties(
    told: RunningCountry,
) -> None:
    """After `received`, requester and provider keep neither request nor permit nor answer bytes."""
    until = time.monotonic() + 20
    open_ones = "SELECT count(*) FROM asked WHERE state <> 'closed'"
    while told.rows("chofu-city", open_ones) != [(0,)]:
        assert time.monotonic() < until, "an exchange of the story does not end"
        time.sleep(0.05)
    left = "SELECT count(*) FROM asked WHERE request IS NOT NULL OR permit IS NOT NULL"
    assert told.rows("chofu-city", left) == [(0,)]
    txs = column(told, "chofu-city", "asked", "tx")
    listed = ", ".join(f"'{tx}'" for tx in txs)
    for party in ("ichikawa-city", "pension-service"):
        kept = told.rows(
            party,
            f"SELECT count(*) FROM provided WHERE (answer IS NOT NULL OR NOT received) "
            f"AND requester = 'chofu-city' AND tx IN ({listed})",
        )
        assert kept == [(0,)]


def test_a_database_says_whose_it_is_by_its_tables(country: RunningCountry) -> None:
    """Only J-LIS has residents, only institutions have codes and copies, only the network a log."""
    tables: dict[str, set[str]] = {}
    for config in configs(country):
        with contextlib.closing(
            sqlite3.connect(f"file:{config.database.path}?mode=ro", uri=True)
        ) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables[config.party] = {name for (name,) in names}
    having = {
        table: {party for party, names in tables.items() if table in names}
        for table in ("resident", "code", "copy", "person", "leaf", "permit", "feed")
    }
    institutions = {plan.party for plan in country.country.institutions()}
    assert having == {
        "resident": {"individual-number"},
        "code": institutions,
        "copy": institutions,
        "person": institutions,
        "leaf": {"linkage"},
        "permit": {"linkage"},
        "feed": {"linkage"},
    }
