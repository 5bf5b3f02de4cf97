"""An institution shows the Commission every record with a promised entry, in its newest state."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from empty_databases import lay
from placing import place

from renkei.kit.database import connect
from renkei.kit.database.columns import Items, Number
from renkei.roles.institution.store import asked, entries
from renkei.roles.institution.store.asked import Asked, Case, Ending, Permission
from renkei.roles.institution.store.tables import PROVIDED, CaseFacts

NOW = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sa.Connection]:
    """An institution's database."""
    path = tmp_path / "institution.sqlite"
    lay("renkei.roles.institution.migrations", path)
    with connect(place(path)) as opened:
        yield opened


def tx_of(number: int) -> str:
    return f"01900000-0000-7000-8000-{number:012x}"


def ask(connection: sa.Connection, number: int) -> str:
    tx = tx_of(number)
    one = Asked(
        tx=tx,
        case_number=f"T{number}",
        office="child-support",
        officer="officer-1",
        affair="106",
        sub_affair="new-claim",
        items=["municipal-tax"],
        subject="claimant",
        person="P1",
        provider="city-b",
        asked_at=NOW,
        state="asked",
        commitment=b"c" * 32,
    )
    facts = CaseFacts(office=one.office, officer=one.officer, person=one.person)
    case = Case(case_number=one.case_number, facts=facts, plan=[])
    asked.open_case(connection, case, [one], NOW)
    return tx


def provide(connection: sa.Connection, number: int, outcome: str | None) -> str:
    """Write a provider's record, in whichever state."""
    needed = {
        column.name: {sa.String: "x", Items: ["x"], Number: 1}.get(type(column.type), NOW)
        for column in PROVIDED.columns
        if not column.nullable
    }
    fields = needed | {
        "requester": "city-a",
        "tx": tx_of(number),
        "permit_digest": b"d" * 32,
        "entry_hash": bytes([number]) * 32,
        "commitment": b"c" * 32,
        "asked_at": NOW,
        "valid_until": NOW,
        "outcome": outcome,
        "received": False,
    }
    connection.execute(PROVIDED.insert().values(**fields))
    return tx_of(number)


def permit(connection: sa.Connection, tx: str) -> None:
    permission = Permission(
        permit=b"permit",
        permit_digest=b"d" * 32,
        entry_hash=b"e" * 32,
        valid_until=NOW,
        article="article",
        row="106",
    )
    now_is = asked.permitted(connection, asked.find(connection, tx), permission)
    assert now_is == asked.find(connection, tx)


def end(connection: sa.Connection, tx: str, ending: Ending) -> None:
    now_is = asked.end(connection, asked.find(connection, tx), ending, None, NOW)
    assert now_is == asked.find(connection, tx)


def shown(connection: sa.Connection, after: int = 0, limit: int = 100) -> list[tuple]:
    return [
        (
            one.number,
            one.side,
            one.row.get("requester", "city-a-itself"),
            one.row["tx"],
            one.row["outcome"],
        )
        for one in entries.after(connection, after, limit)
    ]


def test_a_request_is_shown_once_promised_and_again_once_ended(connection) -> None:
    """No entry before a promise; one with the permit; the same record, renumbered, at its end."""
    tx = ask(connection, 1)
    assert shown(connection) == []
    permit(connection, tx)
    assert shown(connection) == [(1, "requester", "city-a-itself", tx, None)]
    connection.execute(asked.ASKED.update().values(state="waiting"))
    assert [row[0] for row in shown(connection)] == [1]
    end(connection, tx, Ending(outcome="provided"))
    assert shown(connection) == [(2, "requester", "city-a-itself", tx, "provided")]
    asked.close(connection, [tx])
    assert [row[0] for row in shown(connection)] == [2]


def test_a_refusals_promise_is_shown(connection) -> None:
    """What the network promised with a refusal is a promised entry like any other."""
    tx = ask(connection, 1)
    ending = Ending(outcome="refused", refused_by="network", entry_hash=b"r" * 32)
    end(connection, tx, ending)
    (one,) = entries.after(connection, 0, 10)
    row = one.row
    assert (row["tx"], row["outcome"], row["entry_hash"]) == (tx, "refused", b"r" * 32)
    assert row["asked_at"] == NOW


def test_a_refusal_by_its_own_rules_is_not_shown(connection) -> None:
    """A request that never reached the network was promised nothing."""
    tx = ask(connection, 1)
    end(connection, tx, Ending(outcome="refused", refused_by="requester"))
    assert shown(connection) == []


def test_an_answer_is_shown_undecided_and_ended(connection) -> None:
    """A provider's record is shown from its first presentation, and again with its outcome."""
    tx = provide(connection, 1, None)
    assert shown(connection) == [(1, "provider", "city-a", tx, None)]
    connection.execute(PROVIDED.update().values(outcome="lapsed"))
    assert shown(connection) == [(2, "provider", "city-a", tx, "lapsed")]
    connection.execute(PROVIDED.update().values(received=True))
    assert [row[0] for row in shown(connection)] == [2]


def test_pages_follow_one_another(connection) -> None:
    """Reading page by page from the last number seen meets every record of both sides once."""
    for number in range(1, 8):
        tx = ask(connection, number)
        permit(connection, tx)
        provide(connection, number + 100, "provided")
    after, met = 0, []
    while page := shown(connection, after, 3):
        assert len(page) <= 3
        met += page
        after = page[-1][0]
    assert [row[0] for row in met] == list(range(1, 15))
    assert {row[3] for row in met} == {tx_of(n) for n in (*range(1, 8), *range(101, 108))}
