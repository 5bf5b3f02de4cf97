"""Acquisition numbers: issued, filled once, collected, gone (取得番号)."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.linkage.store.tables import ACQUISITION
from renkei.wire.fields import Box


@dataclass(frozen=True, slots=True)
class Acquisition:
    """One number with what J-LIS filled in, if it has."""

    number: str
    institution: str
    epoch: int
    expires_at: datetime
    blinded: bytes | None
    seed: Box | None


def issue(
    connection: Connection, numbers: list[str], institution: str, epoch: int, expires_at: datetime
) -> None:
    """Bind fresh numbers to one institution, epoch and time."""
    rows = [
        {
            "number": number,
            "institution": institution,
            "epoch": epoch,
            "expires_at": expires_at,
        }
        for number in numbers
    ]
    connection.execute(ACQUISITION.insert(), rows)


def find(connection: Connection, number: str, now: datetime) -> Acquisition | None:
    """A number that has not run out."""
    return find_all(connection, [number], now).get(number)


def find_all(connection: Connection, numbers: list[str], now: datetime) -> dict[str, Acquisition]:
    """Those of some numbers that have not run out."""
    rows = connection.execute(
        ACQUISITION.select()
        .where(ACQUISITION.c.number.in_(numbers))
        .where(ACQUISITION.c.expires_at > now)
    )
    return {
        row.number: Acquisition(
            row.number,
            row.institution,
            row.epoch,
            row.expires_at,
            row.blinded,
            msgspec.json.decode(row.seed, type=Box) if row.seed is not None else None,
        )
        for row in rows
    }


def fill(connection: Connection, number: str, blinded: bytes, seed: Box) -> None:
    """Store the filling; the caller has checked that there is none yet."""
    fill_all(connection, {number: (blinded, seed)})


def fill_all(connection: Connection, fillings: dict[str, tuple[bytes, Box]]) -> None:
    """Store fillings by number; the caller has checked that there are none yet."""
    rows = [
        {"which": number, "blinded": blinded, "seed": msgspec.json.encode(seed)}
        for number, (blinded, seed) in fillings.items()
    ]
    if rows:
        connection.execute(
            ACQUISITION.update().where(ACQUISITION.c.number == sa.bindparam("which")), rows
        )


def delete(connection: Connection, numbers: list[str], institution: str) -> None:
    """Delete numbers, points and boxes of acquisitions their institution has confirmed."""
    connection.execute(
        ACQUISITION.delete()
        .where(ACQUISITION.c.number.in_(numbers))
        .where(ACQUISITION.c.institution == institution)
    )


def count_open(connection: Connection, institution: str) -> int:
    """How many numbers an institution has open."""
    query = sa.select(sa.func.count()).where(ACQUISITION.c.institution == institution)
    return int(connection.execute(query).scalar_one())


def expire(connection: Connection, now: datetime) -> int:
    """Delete numbers that have run out; gives how many."""
    result = connection.execute(ACQUISITION.delete().where(ACQUISITION.c.expires_at <= now))
    return result.rowcount
