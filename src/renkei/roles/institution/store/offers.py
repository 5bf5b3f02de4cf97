"""Attributes that other bodies offered here, without the attributes (本人特定情報の提示の記録)."""

from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.institution.store.tables import OFFER
from renkei.values.slowing import Tries
from renkei.wire.limits import BODIES

Result = Literal["bound", "unknown", "mismatch", "not-acquired", "epoch", "late", "limited"]
"""How an offer ended; the requester learns of `bound` alone.

`unknown`: nobody on file fits. `late`: J-LIS or the network could not be asked in time. `limited`:
not looked at, after too many that failed.
"""
FAILED: Final = ("unknown", "mismatch", "not-acquired", "epoch")
WINDOW: Final = timedelta(hours=24)
Key = tuple[str, str]
"""Requester and transaction."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One offer: when it first came, and how it ended; None while it is looked at."""

    at: datetime
    result: Result | None


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How the offers of one requester ended in a span of time."""

    requester: str
    offered: int
    failed: int
    mismatched: int
    limited: int


def find(connection: Connection, key: Key) -> Offer | None:
    """The offer under one permit."""
    query = sa.select(OFFER.c.at, OFFER.c.result).where(_is(key))
    row = connection.execute(query).one_or_none()
    return Offer(at=row.at, result=row.result) if row is not None else None


def note(connection: Connection, key: Key, sought: bytes, now: datetime) -> Offer:
    """Record an offer before anybody is looked for; the first one under a permit counts.

    One that a process did not finish before it died begins anew, with the whole time before it.
    """
    earlier = find(connection, key)
    if earlier is None:
        values = {"requester": key[0], "tx": key[1], "sought": sought, "at": now}
        connection.execute(OFFER.insert().values(**values))
    elif earlier.result is None:
        connection.execute(OFFER.update().where(_is(key)).values(at=now))
    else:
        return earlier
    return Offer(at=now, result=None)


def seek(connection: Connection, key: Key, sought: bytes, now: datetime) -> tuple[Tries, Tries]:
    """Say whom an offer is about; gives the failed ones of its requester, at all and about them."""
    connection.execute(OFFER.update().where(_is(key)).values(sought=sought))
    by_requester = sa.and_(OFFER.c.requester == key[0], OFFER.c.at > now - WINDOW)
    failed = sa.and_(by_requester, OFFER.c.result.in_(FAILED))
    return (
        _tries(connection, failed, now),
        _tries(connection, sa.and_(failed, OFFER.c.sought == sought), now),
    )


def _tries(connection: Connection, which: sa.ColumnElement[bool], now: datetime) -> Tries:
    query = sa.select(sa.func.count().label("failed"), sa.func.max(OFFER.c.at).label("last"))
    row = connection.execute(query.where(which)).one()
    since = (now - row.last).total_seconds() if row.last is not None else 0.0
    return Tries(row.failed, since)


def end(connection: Connection, key: Key, result: Result) -> None:
    """Record how an offer ended."""
    connection.execute(OFFER.update().where(_is(key)).values(result=result))


def counts(connection: Connection, start: datetime, end: datetime) -> list[Counts]:
    """How the offers that came in a span of time ended, by requester, most failures first."""
    failed = sa.func.sum(sa.case((OFFER.c.result.in_(FAILED), 1), else_=0)).label("failed")

    def ended(result: Result) -> sa.Label[int]:
        return sa.func.sum(sa.case((OFFER.c.result == result, 1), else_=0)).label(result)

    query = (
        sa.select(
            OFFER.c.requester,
            sa.func.count().label("offered"),
            failed,
            ended("mismatch"),
            ended("limited"),
        )
        .where(OFFER.c.at >= start, OFFER.c.at < end)
        .group_by(OFFER.c.requester)
        .order_by(sa.desc("failed"), OFFER.c.requester)
        .limit(BODIES)
    )
    return [
        Counts(
            requester=row.requester,
            offered=row.offered,
            failed=row.failed,
            mismatched=row.mismatch,
            limited=row.limited,
        )
        for row in connection.execute(query)
    ]


def _is(key: Key) -> sa.ColumnElement[bool]:
    return sa.and_(OFFER.c.requester == key[0], OFFER.c.tx == key[1])
