"""What institutions say of their records, until it was found in the log and compared (照合).

Statements are made once and run for many rows: a page of five hundred records is a few of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.kit.database.engine import Grammar
from renkei.kit.database.statements import Prepared
from renkei.roles.oversight.rules import Side, promise_due
from renkei.roles.oversight.store.tables import ENTRY
from renkei.wire.institution.messages import InstitutionEntry

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

_TERMS: Final = ("request_digest", "terms_digest")
_DIGESTS: Final = (*_TERMS, "record_digest", "disputes")
_PARTS: Final = ("side", "requester", "tx", "institution")


def _named(grammar: Grammar) -> sa.Select[Any]:
    keys, parts = grammar.keys("keys", len(_PARTS))
    same = (ENTRY.c[name] == part for name, part in zip(_PARTS, parts, strict=True))
    return sa.select(ENTRY).select_from(keys.join(ENTRY, sa.and_(*same)))


_FIND: Final = Prepared(_named)
WORDS_LIMIT: Final = 20
"""Words on one exchange that are looked at: two of honest bodies, the rest are of nobody asked."""
_WORDS: Final = (
    sa.select(ENTRY)
    .where(
        ENTRY.c.side.in_(["requester", "provider"]),
        ENTRY.c.requester == sa.bindparam("requester"),
        ENTRY.c.tx == sa.bindparam("tx"),
    )
    .order_by(ENTRY.c.side.desc(), ENTRY.c.institution)
    .limit(WORDS_LIMIT)
)
_THIS: Final = ENTRY.update().where(
    *(ENTRY.c[name] == sa.bindparam(f"of_{name}") for name in _PARTS)
)
_INSERT: Final = ENTRY.insert()
_END: Final = _THIS.values(
    {
        name: sa.bindparam(name)
        for name in ("outcome", "ended_at", "letter", "state", "due_at", *_DIGESTS)
    }
)
_ADOPT: Final = _THIS.values(
    {name: sa.bindparam(name) for name in ("letter", "record_digest", *_TERMS)}
)
_LOCATE: Final = Prepared(
    _THIS.values(
        leaf=sa.bindparam("leaf"),
        missing_since=sa.null(),
        state="located",
        due_at=sa.bindparam("due_at"),
    )
)
_MISS: Final = Prepared(_THIS.values(missing_since=sa.bindparam("missing_since")))
_POSTPONE: Final = Prepared(_THIS.values(due_at=sa.bindparam("due_at")))
_SETTLE: Final = Prepared(_THIS.values(state="agreed"))
_COLUMNS: Final = tuple(ENTRY.c.keys())


def _due_in(state: str) -> Prepared:
    # A partial index is used only where the query repeats its condition, constants included.
    return Prepared(
        sa.select(ENTRY)
        .where(
            ENTRY.c.state == sa.literal_column(f"'{state}'"),
            ENTRY.c.state != sa.literal_column("'agreed'"),
            ENTRY.c.due_at <= sa.bindparam("now"),
        )
        .order_by(ENTRY.c.due_at)
        .limit(sa.bindparam("most", type_=sa.Integer))
    )


_DUE: Final = {state: _due_in(state) for state in ("promised", "located")}


def _of(key: Key) -> dict[str, Any]:
    return {f"of_{name}": part for name, part in zip(_PARTS, key, strict=True)}


def _held(row: Mapping[str, Any]) -> Held:
    entry = InstitutionEntry(
        number=1,
        side=row["side"],
        requester=row["requester"],
        tx=row["tx"],
        entry_hash=row["entry_hash"],
        commitment=row["commitment"],
        promised_at=row["promised_at"],
        outcome=row["outcome"],
        **{name: row[name] for name in _DIGESTS},
    )
    return Held(
        side=Side(row["institution"], entry),
        letter=row["letter"],
        seen_at=row["seen_at"],
        ended_at=row["ended_at"],
        leaf=row["leaf"],
        missing_since=row["missing_since"],
        state=row["state"],
    )


# -- rows ------------------------------------------------------------------------------------------


def find(connection: Connection, keys: Iterable[Key]) -> dict[Key, Held]:
    """The rows there are of those named."""
    names = ENTRY.c.keys()
    rows = _FIND.all(connection, {"keys": list(keys)})
    held = [_held(dict(zip(names, row, strict=True))) for row in rows]
    return {one.key: one for one in held}


def words_on(connection: Connection, requester: str, tx: str) -> list[Held]:
    """What institutions say of one exchange, at most a few."""
    rows = connection.execute(_WORDS, {"requester": requester, "tx": tx})
    return [_held(row._asdict()) for row in rows]


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
        same = is_same(was, entry)
        if same and was.outcome == entry.outcome:
            continue
        if not same or was.outcome is not None:
            contradicting.append((side, before))
            continue
        state = "located" if before.leaf is not None else "promised"
        outcome = msgspec.structs.replace(entry, number=was.number, promised_at=was.promised_at)
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


def is_same(was: InstitutionEntry, now: InstitutionEntry) -> bool:
    """Whether an institution says what it said before, of what may not differ later.

    A digest that it did not show before is nothing that it says differently.
    """
    if (was.entry_hash, was.commitment) != (now.entry_hash, now.commitment):
        return False
    return all(getattr(was, name) in (None, getattr(now, name)) for name in _TERMS)


def adopt(connection: Connection, side: Side, letter: bytes) -> None:
    """Take over the digests of an ended record that was seen before such digests were shown."""
    entry = side.entry
    digests = {name: getattr(entry, name) for name in (*_TERMS, "record_digest")}
    connection.execute(_ADOPT, _of(key_of(side)) | digests | {"letter": letter})


def _ended(held: Held, now: datetime) -> dict[str, Any]:
    entry = held.side.entry
    return {
        **{name: getattr(entry, name) for name in _DIGESTS},
        "outcome": held.side.entry.outcome,
        "ended_at": held.ended_at,
        "letter": held.letter,
        "state": held.state,
        "due_at": now,
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
        "promised_at": entry.promised_at,
        "seen_at": held.seen_at,
    }


def due(connection: Connection, state: str, now: datetime, limit: int) -> list[Held]:
    """Rows in a state, `promised` or `located`, whose next look is due, oldest first."""
    rows = _DUE[state].all(connection, {"now": now, "most": limit})
    return [_held(dict(zip(_COLUMNS, row, strict=True))) for row in rows]


def located(connection: Connection, leaves: Sequence[tuple[Key, int]], now: datetime) -> None:
    """The promised hashes are in the log, checked: next they are compared."""
    if leaves:
        rows = [_of(key) | {"leaf": leaf, "due_at": now} for key, leaf in leaves]
        _LOCATE.run_all(connection, rows)


def missing(connection: Connection, held: Sequence[Held], now: datetime) -> dict[Key, datetime]:
    """Promised hashes are not in the log; gives since when those that are overdue are missing."""
    since, first = {}, []
    for one in held:
        if promise_due(one.side.entry.promised_at, one.seen_at) > now:
            continue
        since[one.key] = one.missing_since or now
        if one.missing_since is None:
            first.append(_of(one.key) | {"missing_since": now})
    if first:
        _MISS.run_all(connection, first)
    return since


def look_again(connection: Connection, keys: Sequence[Key], at: datetime) -> None:
    """Look at rows again at a later time."""
    if keys:
        _POSTPONE.run_all(connection, [_of(key) | {"due_at": at} for key in keys])


def settle(connection: Connection, keys: Sequence[Key]) -> None:
    """Nothing more is to be compared for these rows."""
    if keys:
        _SETTLE.run_all(connection, [_of(key) for key in keys])
