"""Accounts sampled before, those that fell since, leaves that did not open (抜取りの控え)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.crypto.merkle import HASH_BYTES
from renkei.crypto.sum_tree import Account
from renkei.kit.database.statements import Prepared, insert_or_update
from renkei.roles.oversight.rules import Known
from renkei.roles.oversight.store.tables import ACCOUNT, UNOPENED

_LETTERS: Final = sa.select(ACCOUNT.c.place, ACCOUNT.c.letter).where(
    ACCOUNT.c.place.in_(sa.bindparam("places", expanding=True))
)
_REMEMBER: Final = Prepared(
    insert_or_update(ACCOUNT, "head", "count", "log_size", "letter", newer="log_size")
)
_FALLEN: Final = ACCOUNT.c.fell.is_not(None)
_BACK: Final = (
    ACCOUNT.update()
    .where(
        ACCOUNT.c.place.in_(sa.bindparam("places", expanding=True)),
        ACCOUNT.c.fell <= sa.bindparam("size"),
    )
    .values(fell=None)
)
_FELL: Final = (
    ACCOUNT.update().where(ACCOUNT.c.place == sa.bindparam("at")).values(fell=sa.bindparam("size"))
)
_FAILED: Final = Prepared(insert_or_update(UNOPENED, "log_size", newer="log_size"))
_OPENED: Final = UNOPENED.delete().where(
    UNOPENED.c.leaf == sa.bindparam("at"), UNOPENED.c.log_size <= sa.bindparam("size")
)
_UNOPENED: Final = (
    sa.select(UNOPENED.c.leaf)
    .where(UNOPENED.c.log_size <= sa.bindparam("size"))
    .order_by(UNOPENED.c.since, UNOPENED.c.leaf)
    .limit(sa.bindparam("most", type_=sa.Integer))
)


def _known(row: sa.Row[Any]) -> Known:
    # `row.count` is a method of the tuple that a row is
    head = row.head if len(row.head) == HASH_BYTES else None
    return Known(row._mapping["count"], head)


def _from(
    connection: Connection, query: sa.Select[Any], start: bytes, limit: int
) -> dict[bytes, Known]:
    found: dict[bytes, Known] = {}
    for wrapped in (ACCOUNT.c.place >= start, ACCOUNT.c.place < start):
        part = query.where(wrapped).order_by(ACCOUNT.c.place).limit(limit - len(found))
        found |= {row.place: _known(row) for row in connection.execute(part)}
    return found


def places(connection: Connection, size: int, start: bytes, limit: int) -> dict[bytes, Known]:
    """Accounts sampled at a log size or before, from a place on, wrapping around."""
    query = sa.select(ACCOUNT).where(ACCOUNT.c.log_size <= size, ACCOUNT.c.fell.is_(None))
    return _from(connection, query, start, limit)


def fallen(connection: Connection, size: int, start: bytes, limit: int) -> dict[bytes, Known]:
    """Accounts that at a log size or before were not what they had been; as `places`."""
    query = sa.select(ACCOUNT).where(ACCOUNT.c.fell <= size)
    return _from(connection, query, start, limit)


def letters(connection: Connection, wanted: Iterable[bytes]) -> dict[bytes, bytes]:
    """Digests of the letters in which places were shown before."""
    rows = connection.execute(_LETTERS, {"places": list(wanted)})
    return {row.place: row.letter for row in rows}


def remember(
    connection: Connection, found: Mapping[bytes, Account], log_size: int, letter: bytes
) -> None:
    """Keep sampled accounts as their places' newest states; an older log size changes nothing."""
    rows = [
        {
            "place": place,
            "head": account.head,
            "count": account.count,
            "log_size": log_size,
            "letter": letter,
            "fell": None,
        }
        for place, account in found.items()
    ]
    if rows:
        _REMEMBER.run_all(connection, rows)


def fell(connection: Connection, place: bytes, size: int) -> None:
    """An account that was sampled before is not what it was, at a log size."""
    connection.execute(_FELL, {"at": place, "size": size})


def is_back(connection: Connection, found: Iterable[bytes], size: int) -> None:
    """Accounts hold at a log size what they had held, so that at none before they fell."""
    connection.execute(_BACK, {"places": list(found), "size": size})


def failed(connection: Connection, leaf: int, size: int, now: datetime) -> None:
    """A leaf was drawn at a log size and did not open."""
    _FAILED.run(connection, {"leaf": leaf, "log_size": size, "since": now})


def opened(connection: Connection, leaf: int, size: int) -> None:
    """A leaf opened at a log size, whatever it did at this one or before."""
    connection.execute(_OPENED, {"at": leaf, "size": size})


def unopened(connection: Connection, size: int, most: int) -> list[int]:
    """Leaves that did not open when they were drawn at a log size or before, and have not since."""
    return list(connection.execute(_UNOPENED, {"size": size, "most": most}).scalars())


def forget(connection: Connection) -> None:
    """Forget every account and leaf that was sampled: what they were is gone for good."""
    connection.execute(ACCOUNT.delete())
    connection.execute(UNOPENED.delete())


def missing(connection: Connection) -> tuple[int, int]:
    """How many sampled accounts are not what they were, and how many leaves do not open."""
    accounts_ = sa.select(sa.func.count()).select_from(ACCOUNT).where(_FALLEN)
    leaves = sa.select(sa.func.count()).select_from(UNOPENED)
    return (
        int(connection.execute(accounts_).scalar_one()),
        int(connection.execute(leaves).scalar_one()),
    )


def anything_missing(connection: Connection) -> bool:
    """Whether an account fell or a leaf does not open: then no ledger is stated."""
    return missing(connection) != (0, 0)
