"""A database whose accounts were chains becomes one whose accounts are trees, line by line."""

import contextlib
import hashlib
import sqlite3
from pathlib import Path

import pytest
from msgspec import UNSET
from msgspec.structs import replace
from portal_network import Lie, SmallNetwork
from portal_running import RunningPortal

from renkei.crypto.account_tree import PART_LINES
from renkei.kit.database.migration import upgrade
from renkei.wire.portal.messages import FindingsRequest
from renkei.wire.verifying import verify

MIGRATIONS = "renkei.roles.portal.migrations"
SCHEMA = Path(__file__).parents[2] / "run" / "schemas" / "0001" / "portal.sql"
pytestmark = pytest.mark.sqlite_only("older databases are files; servers came with today's tables")
GONE = {
    "account": ("peaks",),
    "line": ("nodes", "signed"),
    "root": ("form",),
    "finding": ("feed",),
}


def as_before(new: Path, old: Path) -> None:
    """Write what a database of today holds as revision 0001 held it, heads of chains included."""
    with (
        contextlib.closing(sqlite3.connect(old)) as to,
        contextlib.closing(sqlite3.connect(new)) as source,
    ):
        to.execute("PRAGMA journal_mode=WAL")
        to.executescript(SCHEMA.read_text(encoding="utf-8"))
        source.row_factory = sqlite3.Row
        tables = [
            name
            for (name,) in to.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name not in ("alembic_version", "sqlite_sequence")
        ]
        for table in tables:
            to.execute(f"DELETE FROM {table}")
            for row in source.execute(f"SELECT * FROM {table}").fetchall():
                held = dict(zip(row.keys(), row, strict=True))
                values = {one: held[one] for one in held if one not in GONE.get(table, ())}
                if table in ("account", "line"):
                    values["head"] = hashlib.sha256(repr(tuple(row)).encode()).digest()
                names = ", ".join(f'"{name}"' for name in values)
                marks = ", ".join("?" for _ in values)
                to.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", [*values.values()])
        to.commit()


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    """Rows of a database."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return list(connection.execute(query))


async def test_an_older_database_goes_on_as_one_of_today(
    tmp_path: Path, portal: RunningPortal, network: SmallNetwork
) -> None:
    """The trees are those that filing makes; roots of before are shown to nobody; files verify."""
    network.older = True
    mine, code = await portal.person()
    other, _ = await portal.person()
    for base in (mine, other, mine, mine, mine, other):
        network.exchange(base)
    network.exchange(mine, lie=Lie(other_seed=True))
    size = await portal.state()
    path = tmp_path / "portal.sqlite"
    portal.database.close()
    whole = {
        "line": rows(path, "SELECT leaf, number, head, nodes FROM line ORDER BY leaf"),
        "account": rows(path, "SELECT place, peaks, count FROM account ORDER BY id"),
    }
    older = tmp_path / "older.sqlite"
    as_before(path, older)
    assert rows(older, "SELECT head FROM line ORDER BY leaf") != [
        (one[2],) for one in whole["line"]
    ]
    upgrade(MIGRATIONS, older)
    assert rows(older, "SELECT leaf, number, head, nodes FROM line ORDER BY leaf") == whole["line"]
    assert rows(older, "SELECT place, peaks, count FROM account ORDER BY id") == whole["account"]
    assert rows(older, "SELECT log_size, form FROM root") == [(size, 1)]

    path.unlink()
    older.rename(path)
    again = RunningPortal.open(tmp_path, network)
    unwitnessed = await again.file(code)
    assert unwitnessed.statement is None, "a statement of before is of another kind of ledger"
    assert verify(unwitnessed, network.anchors).verified
    assert [line.as_signed for line in (await again.history.view(code)).lines] == [None] * 4
    network.older = False
    network.exchange(mine)
    network.witness()  # nothing new but the root itself: one of today's form follows all the same
    newer = await again.state()
    assert newer > size
    file = await again.file(code)
    report = verify(file, network.anchors)
    assert report.verified
    assert report.witnessed
    assert file.total == 5 <= PART_LINES
    (older_lines,) = [check for check in report.checks if check.name == "lines-older"]
    assert older_lines.holds is None
    assert "4 lines" in older_lines.why
    assert [line.signed is UNSET for line in file.lines] == [True] * 4 + [False]
    again.database.close()


@pytest.mark.parametrize(
    "spoil", ["DELETE FROM line WHERE number = 2", "UPDATE account SET count=9"]
)
async def test_a_database_with_a_gap_is_left_as_it_was(
    tmp_path: Path, portal: RunningPortal, network: SmallNetwork, spoil: str
) -> None:
    """Where an account's lines have a gap or another number nothing is changed, and it is said."""
    base, _ = await portal.person()
    for _ in range(3):
        network.exchange(base)
    await portal.state()
    portal.database.close()
    older = tmp_path / "older.sqlite"
    as_before(tmp_path / "portal.sqlite", older)
    with contextlib.closing(sqlite3.connect(older)) as connection:
        connection.execute(spoil)
        connection.commit()
    with pytest.raises(ValueError, match="account 1 "):
        upgrade(MIGRATIONS, older)
    assert rows(older, "SELECT version_num FROM alembic_version") == [("0001",)]


async def test_a_line_of_the_older_form_after_a_newer_one_fails(
    portal: RunningPortal, network: SmallNetwork
) -> None:
    """A network cannot go back to the form that shows no signed request."""
    base, code = await portal.person()
    network.exchange(base)
    network.older = True
    network.exchange(base)
    await portal.state()
    report = verify(await portal.file(code), network.anchors)
    assert [check.name for check in report.checks if check.holds is False] == [
        "lines-as-signed: line 2"
    ]


async def test_an_older_record_needs_an_older_request(
    portal: RunningPortal, network: SmallNetwork
) -> None:
    """A record without the digest of the box, behind a request of today, is the network's lie."""
    base, code = await portal.person()
    network.exchange(base, lie=Lie(rewrite=lambda one: replace(one, portal_box=None)))
    await portal.catch_up()
    answer = await portal.ask(FindingsRequest, after=0, limit=10)
    assert [one.parties for one in answer.findings] == [["linkage"]]
    assert (await portal.history.view(code)).total == 0
