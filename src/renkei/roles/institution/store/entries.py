"""Records with a promised log entry, numbered anew whenever they change (記録の照合).

The table `entry` is written by triggers of the schema, so that no way of writing a record can
forget it; here it is only read. A record that changes leaves its old number: a reader that goes on
from the last number it saw meets every record in its newest state.
"""

from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.institution.store.tables import ASKED, ENTRY, PROVIDED
from renkei.wire.messages.oversight import InstitutionEntry

REQUESTER: Final = "requester"
PROVIDER: Final = "provider"
_SHOWN: Final = ("entry_hash", "commitment", "asked_at", "outcome")


def after(connection: Connection, number: int, limit: int, party: str) -> list[InstitutionEntry]:
    """Records numbered above `number`, in order; `party` is the institution's own name."""
    asked = _query(ASKED, ENTRY.c.side == REQUESTER, ENTRY.c.tx == ASKED.c.tx)
    provided = _query(
        PROVIDED,
        ENTRY.c.side == PROVIDER,
        ENTRY.c.requester == PROVIDED.c.requester,
        ENTRY.c.tx == PROVIDED.c.tx,
    )
    found = [
        row
        for query in (asked, provided)
        for row in connection.execute(
            query.where(ENTRY.c.number > number).order_by(ENTRY.c.number).limit(limit)
        )
    ]
    found.sort(key=lambda row: row.number)
    return [_entry(row, party) for row in found[:limit]]


def _query(table: sa.Table, *joined: sa.ColumnElement[bool]) -> sa.Select[Any]:
    columns = (ENTRY.c.number, ENTRY.c.side, ENTRY.c.requester, ENTRY.c.tx)
    return sa.select(*columns, *(table.c[name] for name in _SHOWN)).join(table, sa.and_(*joined))


def _entry(row: sa.Row[Any], party: str) -> InstitutionEntry:
    asked_at: datetime = row.asked_at
    return InstitutionEntry(
        number=row.number,
        side=row.side,
        requester=party if row.side == REQUESTER else row.requester,
        tx=row.tx,
        entry_hash=row.entry_hash,
        commitment=row.commitment,
        promised_at=asked_at.replace(tzinfo=UTC),
        outcome=row.outcome,
    )
