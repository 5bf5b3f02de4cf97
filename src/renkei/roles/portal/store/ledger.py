"""The ledger as a function of the log size, roots given out, statements received (台帳)."""

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.crypto.sum_tree import Account, Sum
from renkei.roles.portal.store.tables import ACCOUNT, CHECKPOINT, DOWNLOAD, LINE, ROOT
from renkei.wire.history import EARLIER_LIMIT


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


def states(connection: Connection, start: int, size: int) -> dict[bytes, Account]:
    """Accounts that have lines from leaf `start` on, by place, as they are at a log size."""
    newest = (
        sa.select(LINE.c.account, sa.func.max(LINE.c.leaf).label("leaf"))
        .where(LINE.c.leaf < size)
        .group_by(LINE.c.account)
        .having(sa.func.max(LINE.c.leaf) >= start)
        .subquery()
    )
    query = (
        sa.select(ACCOUNT.c.place, LINE.c.head, LINE.c.number)
        .select_from(newest)
        .join(LINE, LINE.c.leaf == newest.c.leaf)
        .join(ACCOUNT, ACCOUNT.c.id == newest.c.account)
    )
    return {place: Account(head, number) for place, head, number in connection.execute(query)}


def keep_checkpoint(connection: Connection, cosigned: Cosigned) -> None:
    """Keep a cosigned checkpoint; the first of a size stays."""
    known = sa.select(CHECKPOINT.c.log_size).where(CHECKPOINT.c.log_size == cosigned.log_size)
    if connection.execute(known).first() is None:
        connection.execute(
            CHECKPOINT.insert().values(
                log_size=cosigned.log_size,
                note=cosigned.note,
                cosigned_at=cosigned.cosigned_at.replace(tzinfo=None),
            )
        )


def prune_checkpoints(connection: Connection, newest: int) -> None:
    """Forget checkpoints older than the newest one in use that no root was given out for."""
    connection.execute(
        CHECKPOINT.delete()
        .where(CHECKPOINT.c.log_size < newest)
        .where(CHECKPOINT.c.log_size.not_in(sa.select(ROOT.c.log_size)))
    )


def newest_checkpoint(connection: Connection, at_most: int) -> Cosigned | None:
    """The newest cosigned checkpoint of a size or less."""
    query = CHECKPOINT.select().where(CHECKPOINT.c.log_size <= at_most)
    row = connection.execute(query.order_by(CHECKPOINT.c.log_size.desc()).limit(1)).one_or_none()
    return _cosigned(row) if row is not None else None


def checkpoint_at(connection: Connection, log_size: int) -> Cosigned | None:
    """The cosigned checkpoint of exactly one size."""
    query = CHECKPOINT.select().where(CHECKPOINT.c.log_size == log_size)
    row = connection.execute(query).one_or_none()
    return _cosigned(row) if row is not None else None


def _cosigned(row: sa.Row[tuple[object, ...]]) -> Cosigned:
    data = row._mapping
    return Cosigned(data["log_size"], data["note"], data["cosigned_at"].replace(tzinfo=UTC))


def give(connection: Connection, log_size: int, root: Sum) -> None:
    """Write a root before it is sent; one per log size."""
    connection.execute(
        ROOT.insert().values(
            log_size=log_size, root=root.hash, exchange_entries=root.count, noted=False
        )
    )


def note(connection: Connection, log_size: int) -> None:
    """The network has the root as an entry of the log."""
    connection.execute(ROOT.update().where(ROOT.c.log_size == log_size).values(noted=True))


def state_root(connection: Connection, log_size: int, statement: str) -> None:
    """Keep the Commission's statement of a root; the first stays."""
    connection.execute(
        ROOT.update()
        .where(ROOT.c.log_size == log_size)
        .where(ROOT.c.statement.is_(None))
        .values(statement=statement)
    )


def _newest_root(connection: Connection, *conditions: sa.ColumnElement[bool]) -> Given | None:
    query = ROOT.select().where(*conditions).order_by(ROOT.c.log_size.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Given(row.log_size, Sum(row.root, row.exchange_entries), row.noted, row.statement)


def newest_root(connection: Connection) -> Given | None:
    """The newest root, sent or not."""
    return _newest_root(connection, sa.true())


def offered(connection: Connection, at_most: int) -> Given | None:
    """The newest root that is in the log, at a size or less."""
    return _newest_root(connection, ROOT.c.noted, ROOT.c.log_size <= at_most)


def stated(connection: Connection) -> Given | None:
    """The newest root with a statement."""
    return _newest_root(connection, ROOT.c.statement.is_not(None))


def root_at(connection: Connection, log_size: int) -> Given | None:
    """The root given out for one size."""
    return _newest_root(connection, ROOT.c.log_size == log_size)


def unnoted(connection: Connection) -> Given | None:
    """A root that the network has still to write into the log."""
    return _newest_root(connection, ROOT.c.noted.is_(False))


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
