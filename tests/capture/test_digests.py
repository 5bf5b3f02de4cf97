"""What the network stores tells neither incomes nor cases, nor which requests belong together."""

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from capturing import CITY, FORMER_CITY, Told
from country_secrets import rows, snapshot
from kept_records import (
    Case,
    by_transaction,
    digests,
    giveaways,
    guesses_with,
    plain_guesses,
    shared_secrets,
)

HIGHEST_INCOME = 20_000_000
STEP = 1_000
COARSE_STEP = 500_000
MINUTES = float(os.environ.get("RENKEI_FUZZ_MINUTES", "0"))


@pytest.fixture(scope="module")
def database(told: Told, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The network's database after the story, as a thief would have it."""
    folder = snapshot(told.captured, tmp_path_factory.mktemp("stolen"))
    path = folder / "linkage" / "database.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="module")
def cases(told: Told) -> list[Case]:
    """Which requests belong together, as only the requesters know."""
    found: dict[tuple[str, str], set[str]] = {}
    for party in (CITY, FORMER_CITY):
        asked = told.captured.rows(party, "SELECT case_number, tx FROM asked")
        for number, tx in asked:
            found.setdefault((number, party), set()).add(tx)
    return [Case(number, party, frozenset(txs)) for (number, party), txs in found.items()]


@pytest.fixture(scope="module")
def incomes(told: Told) -> list[str]:
    """Every amount that stands in any copy of any institution, and round ones."""
    found = set()
    for plan in told.country.institutions():
        for (fields,) in rows(told.country.database(plan.party), "SELECT fields FROM copy"):
            found |= {one["value"] for one in json.loads(fields) if type(one["value"]) is int}
    assert len(found) > 50
    return [str(one) for one in sorted(found | set(range(0, HIGHEST_INCOME + 1, COARSE_STEP)))]


def matches(held: set[bytes], guesses: Iterable[bytes]) -> set[bytes]:
    """Guesses that are right."""
    return held.intersection(guesses)


def guessed(
    held: set[bytes], numbers: Iterable[str], transactions: Iterable[str] = ()
) -> set[bytes]:
    """What is found by trying some values alone and with every transaction."""
    known = list(transactions)
    found = set()
    for number in numbers:
        found |= matches(held, plain_guesses(number))
        for tx in known:
            found |= matches(held, guesses_with(number, tx, CITY))
    return found


def test_no_guess_of_an_income_fits(database: Path, incomes: list[str]) -> None:
    """No digest the network keeps is one of an income, alone or with what stands beside it."""
    held = digests(database)
    assert len(held) > 2_000
    assert guessed(held, (str(one) for one in range(0, HIGHEST_INCOME + 1, STEP))) == set()
    some = list(by_transaction(database))[::10]
    assert guessed(held, incomes, some) == set()


@pytest.mark.skipif(MINUTES == 0, reason="every income takes minutes: set RENKEI_FUZZ_MINUTES")
@pytest.mark.timeout(MINUTES * 60 + 300)
def test_no_guess_of_any_income_fits(database: Path) -> None:
    """The same for every income from 0 to 20,000,000, for as long as there is time."""
    held, until = digests(database), time.monotonic() + MINUTES * 60
    tried = 0
    for tried in range(HIGHEST_INCOME + 1):
        assert not held.intersection(plain_guesses(str(tried))), tried
        if tried % 10_000 == 0 and time.monotonic() > until:
            break
    print(f"tried incomes 0 to {tried}")


def test_no_guess_of_a_case_or_an_officer_fits(database: Path, cases: list[Case]) -> None:
    """No digest the network keeps is one of a case number or an officer."""
    names = {case.number for case in cases} | {"officer-7", "officer-capture-7"}
    assert len(names) > 40
    assert guessed(digests(database), names, by_transaction(database)) == set()


def test_nothing_ties_the_requests_of_a_case_together(database: Path, cases: list[Case]) -> None:
    """No value repeats across the records of one case only, of all of one office, affair, day."""
    records = by_transaction(database)
    assert len([one for one in cases if len(one.transactions & records.keys()) > 1]) > 30
    assert giveaways(records, cases) == []


def test_no_digest_stands_in_two_requests(database: Path) -> None:
    """No value of 32 bytes that the network keeps is the same in the records of two requests."""
    assert shared_secrets(by_transaction(database)) == []


def change(database: Path, into: Path, alter: Callable[[dict[str, object]], None]) -> Path:
    """A copy of the network's database in which every record of an exchange is altered."""
    copy = into / "altered.sqlite"
    copy.write_bytes(database.read_bytes())
    with closing(sqlite3.connect(copy)) as connection, connection:
        for seq, record in connection.execute(
            "SELECT seq, record FROM leaf WHERE kind = 1"
        ).fetchall():
            fields = json.loads(record)
            alter(fields)
            connection.execute(
                "UPDATE leaf SET record = ? WHERE seq = ?", (json.dumps(fields).encode(), seq)
            )
    return copy


def test_an_unsalted_digest_would_be_found(
    database: Path, cases: list[Case], incomes: list[str], tmp_path: Path
) -> None:
    """Were a case digest a plain hash, or one of an income stored, the search would find it."""
    for value in (cases[0].number, incomes[len(incomes) // 2], "5355000"):
        for digest in (
            sha256(value.encode()).hexdigest(),
            sorted(plain_guesses(value))[0].hex(),
        ):
            altered = change(
                database,
                tmp_path,
                lambda fields, digest=digest: fields.update(case_digest=digest),  # type: ignore[misc]
            )
            assert len(guessed(digests(altered), [value])) == 1, value


def test_a_value_that_ties_a_case_together_would_be_found(
    database: Path, cases: list[Case], tmp_path: Path
) -> None:
    """Were one value shared by the requests of each case, both searches would report it."""
    case_of = {tx: case.number for case in cases for tx in case.transactions}

    def tie(fields: dict[str, object]) -> None:
        number = case_of.get(str(fields["tx"]), "none")
        fields["case_digest"] = sha256(f"secret {number}".encode()).hexdigest()

    records = by_transaction(change(database, tmp_path, tie))
    assert all("case_digest" in one for one in giveaways(records, cases))
    assert len(giveaways(records, cases)) > 30
    assert len(shared_secrets(records)) > 30


def test_ids_made_in_one_millisecond_would_be_found(database: Path, cases: list[Case]) -> None:
    """Were the time in transaction ids the true one, the search would report it."""
    records = by_transaction(database)
    case_of = {tx: case.number for case in cases for tx in case.transactions}
    numbered = {number: f"{place:08x}-{place:04x}" for place, number in enumerate(case_of.values())}
    true_times = {
        tx: held | {("leaf.record.tx.milliseconds", numbered.get(case_of.get(tx, ""), tx))}
        for tx, held in records.items()
    }
    assert any("milliseconds" in one for one in giveaways(true_times, cases))
