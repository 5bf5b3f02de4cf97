"""The set of valid codes, and the acquisition numbers under way (符号の集合・取得番号)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.portal.rules import place_of
from renkei.roles.portal.store.tables import ACCOUNT, NUMBER


def add_to_set(connection: Connection, code: bytes) -> None:
    """Write a code into the set; lines filed under it before are confirmed by that."""
    held = connection.execute(
        ACCOUNT.update()
        .where(ACCOUNT.c.code == code)
        .values(in_set=True, first_leaf=None, first_at=None, first_requester=None)
        .values(first_request=None)
    )
    if not held.rowcount:
        connection.execute(
            ACCOUNT.insert().values(
                code=code,
                place=place_of(code),
                in_set=True,
                peaks=b"",
                count=0,
                reported=False,
            )
        )


def size_of_set(connection: Connection) -> int:
    """How many codes are valid."""
    query = sa.select(sa.func.count()).where(ACCOUNT.c.in_set).where(ACCOUNT.c.code.is_not(None))
    return int(connection.execute(query).scalar_one())


def account_of(connection: Connection, code: bytes) -> int | None:
    """The account of a valid code."""
    query = sa.select(ACCOUNT.c.id).where(ACCOUNT.c.code == code).where(ACCOUNT.c.in_set)
    return connection.execute(query).scalar_one_or_none()


def open_numbers(connection: Connection, now: datetime) -> list[str]:
    """Numbers of the batch under way that wait to be filled or collected; expired ones go."""
    connection.execute(
        NUMBER.delete().where(NUMBER.c.expires_at <= now).where(NUMBER.c.collected.is_(False))
    )
    query = sa.select(NUMBER.c.number).where(NUMBER.c.collected.is_(False))
    return list(connection.execute(query.order_by(NUMBER.c.number)).scalars())


def add_numbers(connection: Connection, numbers: Sequence[str], expires_at: datetime) -> None:
    """Remember a batch before it is handed to J-LIS."""
    rows = [{"number": one, "expires_at": expires_at, "collected": False} for one in numbers]
    connection.execute(NUMBER.insert(), rows)


def collect(connection: Connection, codes: Mapping[str, bytes]) -> None:
    """Write codes of collected numbers; which number was whose is forgotten on confirming."""
    for code in codes.values():
        add_to_set(connection, code)
    connection.execute(NUMBER.update().where(NUMBER.c.number.in_(codes)).values(collected=True))


def collected(connection: Connection) -> list[str]:
    """Numbers whose code is written and which the network has still to forget."""
    return list(connection.execute(sa.select(NUMBER.c.number).where(NUMBER.c.collected)).scalars())


def forget_numbers(connection: Connection, numbers: Sequence[str]) -> None:
    """The network has forgotten the numbers: forget them here."""
    connection.execute(NUMBER.delete().where(NUMBER.c.number.in_(numbers)))
