"""Directory versions as published, each a leaf of the log (機関台帳の版)."""

from sqlalchemy import Connection

from renkei.roles.linkage.store.log import EntryKind, append
from renkei.roles.linkage.store.tables import DIRECTORY


def newest(connection: Connection) -> tuple[int, str, str] | None:
    """Number, signed version and countersignature of the newest version."""
    row = connection.execute(
        DIRECTORY.select().order_by(DIRECTORY.c.version.desc()).limit(1)
    ).one_or_none()
    return (row.version, row.signed, row.countersigned) if row is not None else None


def publish(
    connection: Connection, version: int, signed: str, countersigned: str, salt: bytes
) -> None:
    """Write a version and its log entry; the caller has verified both signatures."""
    leaf = append(connection, EntryKind.DIRECTORY, f"{signed}\n{countersigned}".encode(), salt)
    connection.execute(
        DIRECTORY.insert().values(
            version=version, signed=signed, countersigned=countersigned, leaf=leaf
        )
    )
