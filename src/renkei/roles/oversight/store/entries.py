"""What institutions say of their records, until it was found in the log and compared (照合)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.oversight.rules import Side, promise_due
from renkei.roles.oversight.store.tables import ENTRY, aware, naive
from renkei.wire.messages.oversight import InstitutionEntry

Key = tuple[str, str, str, str]
"""Side, requester, tx, institution."""


@dataclass(frozen=True, slots=True)
class Held:
    """One institution's word on an exchange, and what was found about it so far."""

    side: Side
    letter: bytes
    seen_at: datetime
    ended_at: datetime | None
    leaf: int | None
    missing_since: datetime | None
    state: str

    @property
    def key(self) -> Key:
        """What names this row."""
        entry = self.side.entry
        return (entry.side, entry.requester, entry.tx, self.side.institution)


def _held(row: sa.Row[Any]) -> Held:
    entry = InstitutionEntry(
        number=1,
        side=row.side,
        requester=row.requester,
        tx=row.tx,
        entry_hash=row.entry_hash,
        commitment=row.commitment,
        promised_at=aware(row.promised_at),
        outcome=row.outcome,
    )
    return Held(
        side=Side(row.institution, entry),
        letter=row.letter,
        seen_at=aware(row.seen_at),
        ended_at=aware(row.ended_at) if row.ended_at is not None else None,
        leaf=row.leaf,
        missing_since=aware(row.missing_since) if row.missing_since is not None else None,
        state=row.state,
    )


def _is(key: Key) -> sa.ColumnElement[bool]:
    columns = (ENTRY.c.side, ENTRY.c.requester, ENTRY.c.tx, ENTRY.c.institution)
    return sa.and_(*(column == value for column, value in zip(columns, key, strict=True)))


def find(connection: Connection, key: Key) -> Held | None:
    """One row."""
    row = connection.execute(ENTRY.select().where(_is(key))).one_or_none()
    return _held(row) if row is not None else None


def note(connection: Connection, side: Side, letter: bytes, now: datetime) -> Held | None:
    """Write what an institution says now; gives the older word where hash or commitment differ."""
    entry = side.entry
    key = (entry.side, entry.requester, entry.tx, side.institution)
    before = find(connection, key)
    ended = naive(now) if entry.outcome is not None else None
    if before is None:
        connection.execute(
            ENTRY.insert().values(
                side=entry.side,
                requester=entry.requester,
                tx=entry.tx,
                institution=side.institution,
                entry_hash=entry.entry_hash,
                commitment=entry.commitment,
                promised_at=naive(entry.promised_at),
                outcome=entry.outcome,
                letter=letter,
                seen_at=naive(now),
                ended_at=ended,
                state="promised",
                due_at=naive(now),
            )
        )
        return None
    was = before.side.entry
    if (was.entry_hash, was.commitment) != (entry.entry_hash, entry.commitment):
        return before
    if was.outcome is None and entry.outcome is not None:
        state = "located" if before.leaf is not None else "promised"
        connection.execute(
            ENTRY.update()
            .where(_is(key))
            .values(
                outcome=entry.outcome, ended_at=ended, letter=letter, state=state, due_at=naive(now)
            )
        )
    elif was.outcome != entry.outcome:
        return before
    return None


def due(connection: Connection, state: str, now: datetime, limit: int) -> list[Held]:
    """Rows in a state whose next look is due, oldest first."""
    query = (
        ENTRY.select()
        .where(ENTRY.c.state == state, ENTRY.c.due_at <= naive(now))
        .order_by(ENTRY.c.due_at)
        .limit(limit)
    )
    return [_held(row) for row in connection.execute(query)]


def located(connection: Connection, key: Key, leaf: int, now: datetime) -> None:
    """The promised hash is in the log, checked: next it is compared."""
    connection.execute(
        ENTRY.update()
        .where(_is(key))
        .values(leaf=leaf, missing_since=None, state="located", due_at=naive(now))
    )


def missing(connection: Connection, held: Held, now: datetime) -> datetime | None:
    """The promised hash is not in the log; gives since when that is overdue, None if it is not."""
    overdue = promise_due(held.side.entry.promised_at, held.seen_at) <= now
    since = held.missing_since or now
    if overdue and held.missing_since is None:
        connection.execute(ENTRY.update().where(_is(held.key)).values(missing_since=naive(now)))
    return since if overdue else None


def look_again(connection: Connection, keys: list[Key], at: datetime) -> None:
    """Look at rows again at a later time."""
    for key in keys:
        connection.execute(ENTRY.update().where(_is(key)).values(due_at=naive(at)))


def settle(connection: Connection, keys: list[Key]) -> None:
    """Nothing more is to be compared for these rows."""
    for key in keys:
        connection.execute(ENTRY.update().where(_is(key)).values(state="agreed"))


def pair(
    connection: Connection, requester: str, tx: str, provider: str
) -> tuple[Held | None, Held | None]:
    """Both institutions' words on one exchange."""
    return (
        find(connection, ("requester", requester, tx, requester)),
        find(connection, ("provider", requester, tx, provider)),
    )
