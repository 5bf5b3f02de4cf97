"""Records with a promised log entry, numbered anew whenever they change (記録の照合).

The database writes the table `entry` by itself, so that no way of writing a record can forget it;
here it is only read. A record that changes leaves its old number: a reader that goes on
from the last number it saw meets every record in its newest state.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.kit.database.engine import Grammar
from renkei.kit.database.statements import Prepared
from renkei.roles.institution.store.tables import ASKED, ENTRY, PROVIDED
from renkei.wire.institution.messages import ExchangeName

REQUESTER: Final = "requester"
PROVIDER: Final = "provider"
_PASSING: Final = ("state", "request", "permit", "answer", "received", "pending_reason")
"""Columns that go on changing, or empty, after a record has ended."""
_LATER: Final = ("conditions",)
"""Columns that came later: a record that has nothing in them is as it was without them."""


class Kept(msgspec.Struct, frozen=True):
    """One record as it stands: its number in the list, its side, and its row by column."""

    number: int
    side: str
    row: dict[str, Any]

    @property
    def lasting(self) -> dict[str, Any]:
        """What of the row does not change any more once the record has ended."""
        return {
            name: value
            for name, value in self.row.items()
            if name not in _PASSING and not (name in _LATER and value is None)
        }


_MINE: Final = sa.and_(ENTRY.c.side == REQUESTER, ENTRY.c.tx == ASKED.c.tx)
_THEIRS: Final = sa.and_(
    ENTRY.c.side == PROVIDER,
    ENTRY.c.requester == PROVIDED.c.requester,
    ENTRY.c.tx == PROVIDED.c.tx,
)


def _after(table: sa.Table, joined: sa.ColumnElement[bool]) -> Prepared:
    return Prepared(
        sa.select(ENTRY.c.number, *table.c)
        .select_from(ENTRY.join(table, joined))
        .where(ENTRY.c.number > sa.bindparam("above"))
        .order_by(ENTRY.c.number)
        .limit(sa.bindparam("most", type_=sa.Integer))
    )


_AFTER: Final = (
    (REQUESTER, tuple(ASKED.c.keys()), _after(ASKED, _MINE)),
    (PROVIDER, tuple(PROVIDED.c.keys()), _after(PROVIDED, _THEIRS)),
)


def after(connection: Connection, number: int, limit: int) -> list[Kept]:
    """Records numbered above `number`, in order."""
    found = [
        Kept(row[0], side, dict(zip(columns, row[1:], strict=True)))
        for side, columns, statement in _AFTER
        for row in statement.all(connection, {"above": number, "most": limit})
    ]
    found.sort(key=lambda kept: kept.number)
    return found[:limit]


def _asked(grammar: Grammar) -> sa.Select[Any]:
    keys, (tx,) = grammar.keys("keys", 1)
    return sa.select(ENTRY.c.number, *ASKED.c).select_from(
        keys.join(ASKED, ASKED.c.tx == tx).outerjoin(ENTRY, _MINE)
    )


def _provided(grammar: Grammar) -> sa.Select[Any]:
    keys, (requester, tx) = grammar.keys("keys", 2)
    same = (PROVIDED.c.requester == requester) & (PROVIDED.c.tx == tx)
    return sa.select(ENTRY.c.number, *PROVIDED.c).select_from(
        keys.join(PROVIDED, same).outerjoin(ENTRY, _THEIRS)
    )


_ASKED: Final = Prepared(_asked)
_PROVIDED: Final = Prepared(_provided)


def of(connection: Connection, names: Sequence[ExchangeName]) -> list[Kept]:
    """The records of these exchanges that are held, whether the list still numbers them or not."""
    mine = [(one.tx,) for one in names if one.side == REQUESTER]
    theirs = [(one.requester, one.tx) for one in names if one.side == PROVIDER]
    found = []
    for statement, keys, side, table in (
        (_ASKED, mine, REQUESTER, ASKED),
        (_PROVIDED, theirs, PROVIDER, PROVIDED),
    ):
        columns = [column.name for column in table.c]
        for number, *row in statement.all(connection, {"keys": keys}) if keys else ():
            found.append(Kept(number or 1, side, dict(zip(columns, row, strict=True))))
    return found
