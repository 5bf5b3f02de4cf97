"""Directory versions: proposed, then published, each published one a leaf of the log (機関台帳)."""

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.linkage.store.log import append
from renkei.roles.linkage.store.tables import DIRECTORY, PROPOSAL
from renkei.wire.entries import DirectoryRecord, write_entry


def newest(connection: Connection) -> tuple[int, str, str] | None:
    """Number, signed version and countersignature of the newest version."""
    row = connection.execute(
        DIRECTORY.select().order_by(DIRECTORY.c.version.desc()).limit(1)
    ).one_or_none()
    return (row.version, row.signed, row.countersigned) if row is not None else None


def published(connection: Connection, version: int) -> tuple[str, str] | None:
    """Signed version and countersignature of one published version."""
    row = connection.execute(DIRECTORY.select().where(DIRECTORY.c.version == version)).one_or_none()
    return (row.signed, row.countersigned) if row is not None else None


def publish(
    connection: Connection,
    version: tuple[int, str, str],
    digests: tuple[bytes, bytes],
    salt: bytes,
) -> None:
    """Write a version and its log entry, which names both digests; ends proposals up to it.

    `version` is number, signed version and countersignature; the caller has verified them.
    """
    number, signed, countersigned = version
    record = DirectoryRecord(version=number, digest=digests[0], countersignature_digest=digests[1])
    leaf = append(connection, DirectoryRecord.KIND, write_entry(record), salt)
    connection.execute(
        DIRECTORY.insert().values(
            version=number, signed=signed, countersigned=countersigned, leaf=leaf
        )
    )
    connection.execute(PROPOSAL.delete().where(PROPOSAL.c.version <= number))


def propose(connection: Connection, version: int, signed: str) -> None:
    """Keep a version that waits for the Commission."""
    connection.execute(PROPOSAL.insert().values(version=version, signed=signed))


def proposed(connection: Connection, version: int) -> str | None:
    """One version that waits for the Commission."""
    query = sa.select(PROPOSAL.c.signed).where(PROPOSAL.c.version == version)
    return connection.execute(query).scalar_one_or_none()


def newest_proposal(connection: Connection) -> tuple[int, str] | None:
    """Number and signed form of the highest version that waits for the Commission."""
    row = connection.execute(
        PROPOSAL.select().order_by(PROPOSAL.c.version.desc()).limit(1)
    ).one_or_none()
    return (row.version, row.signed) if row is not None else None
