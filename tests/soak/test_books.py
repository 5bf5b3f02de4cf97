"""The books that the kill tests rest on: each kind of wrong, put in on purpose, is told."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import placing
import pytest
import sqlalchemy as sa
from books import EXCHANGE, RECEIPT, Books, Row
from books_agree import exchanges_agree, told_is_there
from books_sum import codes_fit, commission_is_content, files_sound, ledger_sums, log_extends
from soaking import Soaked

from renkei.kit.database import connect
from renkei.sandbox.country import open_existing

Plant = Callable[[Books], Books]


@pytest.fixture(scope="module")
def books(soaked: Soaked) -> Books:
    """The books of the country that was killed for a while."""
    return Books.read(soaked.country)


def less(table: str) -> Plant:
    """One row fewer."""
    return lambda books: replace(books, **{table: getattr(books, table)[1:]})


def twice(table: str) -> Plant:
    """One row twice."""
    return lambda books: replace(
        books, **{table: [*getattr(books, table)[:1], *getattr(books, table)]}
    )


def other(table: str, **fields: object) -> Plant:
    """One row with other fields."""

    def plant(books: Books) -> Books:
        first, *rest = getattr(books, table)
        return replace(books, **{table: [first | fields, *rest]})

    return plant


def without_leaf(kind: int) -> Plant:
    """One entry of the log fewer."""

    def plant(books: Books) -> Books:
        gone = books.leaves_of(kind)[0]
        return replace(books, leaves=[leaf for leaf in books.leaves if leaf is not gone])

    return plant


TABLES = ("asked", "provided", "receipts", "permits", "noted", "lines", "portal_receipts")
PLANTS: dict[str, Plant] = {
    **{f"{table}: one lost": less(table) for table in TABLES},
    **{f"{table}: one doubled": twice(table) for table in TABLES},
    "a request still open": other("asked", state="permitted"),
    "a content lost": other("asked", outcome="provided", content=None),
    "a request kept": other("asked", request=b"kept"),
    "another outcome at the provider": other("provided", outcome="refused"),
    "other items at the provider": other("provided", items="other"),
    "an answer kept": other("provided", answer=b"kept"),
    "not known to be received": other("provided", received=0),
    "a receipt still owed": other("receipts", state="owed"),
    "another digest in a receipt": other("receipts", digest=bytes(32)),
    "another commitment in a permit": other("permits", commitment=bytes(32)),
    "another salt at the portal": other("lines", salt=bytes(32)),
    "an exchange not logged": without_leaf(EXCHANGE),
    "a receipt not logged": without_leaf(RECEIPT),
}


def test_good_books_agree(books: Books) -> None:
    """Nothing is said of books in which nothing is wrong, and there are books to speak of."""
    assert exchanges_agree(books) == []
    assert all(getattr(books, table) for table in TABLES)


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_wrong_is_told(books: Books, plant: str) -> None:
    """One record lost, doubled or changed anywhere is told."""
    assert exchanges_agree(PLANTS[plant](books)), plant


def test_what_a_desk_was_told_must_be_there(books: Books) -> None:
    """A case that is gone, or has lost an exchange, is told."""
    case = books.cases[0]["case_number"]
    exchanges = frozenset(one["tx"] for one in books.asked if one["case_number"] == case)
    assert told_is_there(books, {case: exchanges}) == []
    assert told_is_there(books, {case: exchanges | {"lost"}})
    assert told_is_there(books, {"GONE": frozenset()})


def test_a_head_the_log_does_not_extend_is_told(books: Books) -> None:
    """A signed head that was shown and is no beginning of the newest is told; so is a gap."""
    size = len(books.leaves) // 2
    assert log_extends(books, {}) == []
    assert log_extends(books, {size: bytes(32)})
    assert log_extends(books, {len(books.leaves) + 1: bytes(32)})
    assert log_extends(replace(books, leaves=books.leaves[1:]), {})
    leaves: list[Row] = [dict(leaf) for leaf in books.leaves]
    leaves[size]["hash"] = bytes(32)
    assert log_extends(replace(books, leaves=leaves), {})


def test_a_foreign_code_is_told(books: Books) -> None:
    """A code that is another person's is told, and so is having nothing to compare."""
    assert codes_fit(books) == []
    mixed = [one | {"element": books.codes[0]["element"]} for one in books.codes]
    assert codes_fit(replace(books, codes=mixed))
    assert codes_fit(replace(books, codes=[]))


def copy_of(country: Path, tmp_path: Path) -> Path:
    """A copy of a country that is not running."""
    return placing.copied(country, tmp_path / "country")


def execute(country: Path, party: str, change: str, **values: Any) -> None:
    """Change a party's database behind its owner's back."""
    with connect(open_existing(country).database(party)) as connection:
        assert connection.execute(sa.text(change), values).rowcount


@pytest.mark.parametrize(
    ("party", "change"),
    [
        ("portal", "UPDATE account SET count = count + 1 WHERE count > 0"),
        ("portal", "UPDATE account SET peaks = substr(:zeros, 1, length(peaks)) WHERE count > 0"),
        ("portal", "UPDATE line SET head = substr(:zeros, 1, 32)"),
        ("portal", "UPDATE root SET exchange_entries = exchange_entries + 1"),
        ("linkage", "UPDATE ledger SET root = substr(:zeros, 1, 32)"),
        ("oversight", "DELETE FROM statement"),
    ],
)
def test_a_ledger_that_does_not_sum_is_told(
    soaked: Soaked, tmp_path: Path, party: str, change: str
) -> None:
    """Counts, chains and roots that do not fit the lines are told."""
    copied = copy_of(soaked.country, tmp_path)
    assert ledger_sums(Books.read(copied)) == []
    execute(copied, party, change, **({"zeros": bytes(4096)} if ":zeros" in change else {}))
    assert ledger_sums(Books.read(copied))


def test_a_finding_or_a_halted_witness_is_told(soaked: Soaked, tmp_path: Path) -> None:
    """A finding at the Commission, and a witness that has stopped, are told."""
    copied = copy_of(soaked.country, tmp_path)
    assert commission_is_content(Books.read(copied)) == []
    execute(copied, "oversight", "UPDATE witness SET halted = 'planted'")
    assert len(commission_is_content(Books.read(copied))) == 1
    execute(
        copied,
        "oversight",
        "INSERT INTO finding (kind, possible, subject, evidence, detail, found_at) "
        "VALUES ('fork', '[]', 'planted', :none, 'planted', '2026-07-01 00:00:00')",
        none=b"",
    )
    assert len(commission_is_content(Books.read(copied))) == 2


@pytest.mark.sqlite_only("a server's files are its own to check")
def test_a_damaged_file_is_told(soaked: Soaked, tmp_path: Path) -> None:
    """A database page overwritten by something else is told."""
    copied = copy_of(soaked.country, tmp_path)
    path = open_existing(copied).database("linkage").path
    assert files_sound(copied, ["linkage"]) == []
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 8192)
    assert files_sound(copied, ["linkage"])
