"""What institutions say of their records, until it was found in the log and compared (照合).

Statements are made once and run for many rows: a page of five hundred records is a few of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import msgspec
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
        return key_of(self.side)


def key_of(side: Side) -> Key:
    """What names the row of an institution's word."""
    entry = side.entry
    return (entry.side, entry.requester, entry.tx, side.institution)


# -- statements ------------------------------------------------------------------------------------

_PARTS: Final = ("side", "requester", "tx", "institution")
_WANTED: Final = sa.func.json_each(sa.bindparam("keys", type_=sa.String)).table_valued("value")
_FIND: Final = sa.select(ENTRY).select_from(
    _WANTED.join(
        ENTRY,
        sa.and_(
            *(
                ENTRY.c[name]
                == sa.func.json_extract(_WANTED.c.value, sa.literal_column(f"'$[{n}]'"))
                for n, name in enumerate(_PARTS)
            )
        ),
    )
)
_THIS: Final = ENTRY.update().where(
    *(ENTRY.c[name] == sa.bindparam(f"of_{name}") for name in _PARTS)
)
_INSERT: Final = ENTRY.insert()
_END: Final = _THIS.values(
    {name: sa.bindparam(name) for name in ("outcome", "ended_at", "letter", "state", "due_at")}
)
_LOCATE: Final = _THIS.values(
    leaf=sa.bindparam("leaf"), missing_since=None, state="located", due_at=sa.bindparam("due_at")
)
_MISS: Final = _THIS.values(missing_since=sa.bindparam("missing_since"))
_POSTPONE: Final = _THIS.values(due_at=sa.bindparam("due_at"))
_SETTLE: Final = _THIS.values(state="agreed")


def _due_in(state: str) -> sa.Select[Any]:
    # SQLite uses a partial index only where the query repeats its condition, constants included.
    return (
        sa.select(ENTRY)
        .where(
            ENTRY.c.state == sa.literal_column(f"'{state}'"),
            ENTRY.c.state != sa.literal_column("'agreed'"),
            ENTRY.c.due_at <= sa.bindparam("now", type_=sa.DateTime),
        )
        .order_by(ENTRY.c.due_at)
        .limit(sa.bindparam("most", type_=sa.Integer))
    )


_DUE: Final = {state: _due_in(state) for state in ("promised", "located")}


def _of(key: Key) -> dict[str, Any]:
    return {f"of_{name}": part for name, part in zip(_PARTS, key, strict=True)}


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


# -- rows ------------------------------------------------------------------------------------------


def find(connection: Connection, keys: Iterable[Key]) -> dict[Key, Held]:
    """The rows there are of those named."""
    wanted = msgspec.json.encode(list(keys)).decode()
    held = [_held(row) for row in connection.execute(_FIND, {"keys": wanted})]
    return {one.key: one for one in held}


def note(
    connection: Connection, sides: Sequence[Side], letter: bytes, now: datetime
) -> list[tuple[Side, Held]]:
    """Write what an institution says now; gives what contradicts its older word, with that.

    Contradiction: another hash or commitment, or another outcome than one said before.
    """
    known = find(connection, [key_of(side) for side in sides])
    fresh: dict[Key, Held] = {}
    ended: dict[Key, Held] = {}
    contradicting = []
    for side in sides:
        key, entry = key_of(side), side.entry
        end = now if entry.outcome is not None else None
        before = fresh.get(key) or ended.get(key) or known.get(key)
        if before is None:
            fresh[key] = Held(side, letter, now, end, None, None, "promised")
            continue
        was = before.side.entry
        same = (was.entry_hash, was.commitment) == (entry.entry_hash, entry.commitment)
        if same and was.outcome == entry.outcome:
            continue
        if not same or was.outcome is not None:
            contradicting.append((side, before))
            continue
        state = "located" if before.leaf is not None else "promised"
        outcome = msgspec.structs.replace(was, outcome=entry.outcome)
        after = replace(
            before,
            side=Side(side.institution, outcome),
            letter=letter,
            ended_at=end,
            state=state,
        )
        (fresh if key in fresh else ended)[key] = after
    if fresh:
        connection.execute(_INSERT, [_row(one, now) for one in fresh.values()])
    if ended:
        connection.execute(_END, [_of(key) | _ended(one, now) for key, one in ended.items()])
    return contradicting


def _ended(held: Held, now: datetime) -> dict[str, Any]:
    return {
        "outcome": held.side.entry.outcome,
        "ended_at": naive(held.ended_at) if held.ended_at is not None else None,
        "letter": held.letter,
        "state": held.state,
        "due_at": naive(now),
    }


def _row(held: Held, now: datetime) -> dict[str, Any]:
    entry = held.side.entry
    return _ended(held, now) | {
        "side": entry.side,
        "requester": entry.requester,
        "tx": entry.tx,
        "institution": held.side.institution,
        "entry_hash": entry.entry_hash,
        "commitment": entry.commitment,
        "promised_at": naive(entry.promised_at),
        "seen_at": naive(held.seen_at),
    }


def due(connection: Connection, state: str, now: datetime, limit: int) -> list[Held]:
    """Rows in a state, `promised` or `located`, whose next look is due, oldest first."""
    rows = connection.execute(_DUE[state], {"now": naive(now), "most": limit})
    return [_held(row) for row in rows]


def located(connection: Connection, leaves: Sequence[tuple[Key, int]], now: datetime) -> None:
    """The promised hashes are in the log, checked: next they are compared."""
    at = naive(now)
    if leaves:
        rows = [_of(key) | {"leaf": leaf, "due_at": at} for key, leaf in leaves]
        connection.execute(_LOCATE, rows)


def missing(connection: Connection, held: Sequence[Held], now: datetime) -> dict[Key, datetime]:
    """Promised hashes are not in the log; gives since when those that are overdue are missing."""
    since, first = {}, []
    for one in held:
        if promise_due(one.side.entry.promised_at, one.seen_at) > now:
            continue
        since[one.key] = one.missing_since or now
        if one.missing_since is None:
            first.append(_of(one.key) | {"missing_since": naive(now)})
    if first:
        connection.execute(_MISS, first)
    return since


def look_again(connection: Connection, keys: Sequence[Key], at: datetime) -> None:
    """Look at rows again at a later time."""
    if keys:
        later = naive(at)
        connection.execute(_POSTPONE, [_of(key) | {"due_at": later} for key in keys])


def settle(connection: Connection, keys: Sequence[Key]) -> None:
    """Nothing more is to be compared for these rows."""
    if keys:
        connection.execute(_SETTLE, [_of(key) for key in keys])
