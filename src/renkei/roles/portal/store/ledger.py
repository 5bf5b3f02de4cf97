"""The ledger as a function of the log size, roots given out, statements received (台帳)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.crypto.sum_tree import Account, Sum
from renkei.kit.database.statements import Prepared, insert_or_update
from renkei.roles.portal.store.tables import ACCOUNT, CHECKPOINT, DOWNLOAD, LINE, ROOT
from renkei.wire.history import EARLIER_LIMIT, LEDGER_FORM

# An account's newest line below a size is its newest one from `start` on, where it has one there.
_GROWN: Final = (
    sa.select(LINE.c.account, sa.func.max(LINE.c.leaf).label("leaf"))
    .where(LINE.c.leaf >= sa.bindparam("start"), LINE.c.leaf < sa.bindparam("size"))
    .group_by(LINE.c.account)
    .subquery()
)
_STATES: Final = (
    sa.select(ACCOUNT.c.place, LINE.c.head, LINE.c.number)
    .select_from(_GROWN)
    .join(LINE, LINE.c.leaf == _GROWN.c.leaf)
    .join(ACCOUNT, ACCOUNT.c.id == _GROWN.c.account)
)
REFUSED_FORM: Final = 0
_KEEP: Final = Prepared(insert_or_update(CHECKPOINT, "note", "cosigned_at", newer="cosigned_at"))
_PRUNE: Final = (
    CHECKPOINT.delete()
    .where(CHECKPOINT.c.log_size < sa.bindparam("newest"))
    .where(CHECKPOINT.c.log_size.not_in(sa.select(ROOT.c.log_size)))
)
_NEWEST_CHECKPOINT: Final = (
    CHECKPOINT.select()
    .where(CHECKPOINT.c.log_size <= sa.bindparam("most"))
    .order_by(CHECKPOINT.c.log_size.desc())
    .limit(1)
)
_GIVE: Final = ROOT.insert()
_NOTE: Final = ROOT.update().where(ROOT.c.log_size == sa.bindparam("size")).values(noted=True)
_NEWEST_ROOT: Final = ROOT.select().order_by(ROOT.c.log_size.desc()).limit(1)
_OF_NOW: Final = _NEWEST_ROOT.where(ROOT.c.form == LEDGER_FORM)
_OFFERED: Final = _OF_NOW.where(ROOT.c.noted, ROOT.c.log_size <= sa.bindparam("size"))
_STATED: Final = _OF_NOW.where(ROOT.c.statement.is_not(None))
_ROOT_AT: Final = _NEWEST_ROOT.where(ROOT.c.log_size == sa.bindparam("size"))
_UNNOTED: Final = _NEWEST_ROOT.where(ROOT.c.noted.is_(False))


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A checkpoint with the witness's line, and when it cosigned."""

    log_size: int
    note: str
    cosigned_at: datetime


@dataclass(frozen=True, slots=True)
class Given:
    """A root given out for one log size, with the Commission's statement if it came."""

    log_size: int
    root: Sum
    noted: bool
    statement: str | None
    form: int


def states(connection: Connection, start: int, size: int) -> dict[bytes, Account]:
    """Accounts that have lines from leaf `start` on, by place, as they are at a log size."""
    rows = connection.execute(_STATES, {"start": start, "size": size})
    return {place: Account(head, number) for place, head, number in rows}


def keep_checkpoint(connection: Connection, cosigned: Cosigned) -> None:
    """Keep a cosigned checkpoint, of a size the newest: in a quiet hour the log does not grow, and
    the witness still looks."""
    _KEEP.run(
        connection,
        {
            "log_size": cosigned.log_size,
            "note": cosigned.note,
            "cosigned_at": cosigned.cosigned_at,
        },
    )


def prune_checkpoints(connection: Connection, newest: int) -> None:
    """Forget checkpoints older than the newest one in use that no root was given out for."""
    connection.execute(_PRUNE, {"newest": newest})


def newest_checkpoint(connection: Connection, at_most: int) -> Cosigned | None:
    """The newest cosigned checkpoint of a size or less."""
    row = connection.execute(_NEWEST_CHECKPOINT, {"most": at_most}).one_or_none()
    return _cosigned(row) if row is not None else None


def checkpoint_at(connection: Connection, log_size: int) -> Cosigned | None:
    """The cosigned checkpoint of exactly one size."""
    query = CHECKPOINT.select().where(CHECKPOINT.c.log_size == log_size)
    row = connection.execute(query).one_or_none()
    return _cosigned(row) if row is not None else None


def _cosigned(row: sa.Row[tuple[object, ...]]) -> Cosigned:
    data = row._mapping
    return Cosigned(data["log_size"], data["note"], data["cosigned_at"])


def give(connection: Connection, log_size: int, root: Sum) -> None:
    """Write a root before it is sent; one per log size."""
    connection.execute(
        _GIVE,
        {
            "log_size": log_size,
            "root": root.hash,
            "exchange_entries": root.count,
            "noted": False,
            "form": LEDGER_FORM,
        },
    )


def note(connection: Connection, log_size: int) -> None:
    """The network has the root as an entry of the log."""
    connection.execute(_NOTE, {"size": log_size})


def refuse(connection: Connection, log_size: int) -> None:
    """The log has another root of this size: this one is shown to nobody, another size follows."""
    connection.execute(_NOTE, {"size": log_size})
    connection.execute(ROOT.update().where(ROOT.c.log_size == log_size).values(form=REFUSED_FORM))


def state_root(connection: Connection, log_size: int, statement: str) -> None:
    """Keep the Commission's statement of a root; the first stays."""
    connection.execute(
        ROOT.update()
        .where(ROOT.c.log_size == log_size)
        .where(ROOT.c.statement.is_(None))
        .values(statement=statement)
    )


def _given(connection: Connection, query: sa.Select[Any], **part: int) -> Given | None:
    row = connection.execute(query, part).one_or_none()
    if row is None:
        return None
    root = Sum(row.root, row.exchange_entries)
    return Given(row.log_size, root, row.noted, row.statement, row.form)


def newest_root(connection: Connection) -> Given | None:
    """The newest root, sent or not."""
    return _given(connection, _NEWEST_ROOT)


def offered(connection: Connection, at_most: int) -> Given | None:
    """The newest root that is in the log, at a size or less."""
    return _given(connection, _OFFERED, size=at_most)


def stated(connection: Connection) -> Given | None:
    """The newest root with a statement."""
    return _given(connection, _STATED)


def root_at(connection: Connection, log_size: int) -> Given | None:
    """The root given out for one size."""
    return _given(connection, _ROOT_AT, size=log_size)


def unnoted(connection: Connection) -> Given | None:
    """A root that the network has still to write into the log."""
    return _given(connection, _UNNOTED)


def downloads(connection: Connection, account: int) -> list[int]:
    """Log sizes of an account's earlier downloads, newest ones only."""
    query = sa.select(DOWNLOAD.c.log_size).where(DOWNLOAD.c.account == account)
    query = query.order_by(DOWNLOAD.c.log_size.desc()).limit(EARLIER_LIMIT)
    return sorted(connection.execute(query).scalars())


def add_download(connection: Connection, account: int, log_size: int) -> None:
    """Remember at which log size a file was made."""
    known = DOWNLOAD.select().where(DOWNLOAD.c.account == account)
    if connection.execute(known.where(DOWNLOAD.c.log_size == log_size)).first() is None:
        connection.execute(DOWNLOAD.insert().values(account=account, log_size=log_size))
