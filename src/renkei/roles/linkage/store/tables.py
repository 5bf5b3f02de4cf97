"""All tables of the network's database in one place (表定義)."""

from typing import Final

import sqlalchemy as sa

METADATA: Final = sa.MetaData()

ACQUISITION: Final = sa.Table(
    "acquisition",
    METADATA,
    sa.Column("number", sa.String(22), primary_key=True),
    sa.Column("institution", sa.String(63), nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("expires_at", sa.DateTime, nullable=False),
    sa.Column("blinded", sa.LargeBinary(32)),
    sa.Column("seed", sa.LargeBinary),
    sa.Index("acquisition_expires_at", "expires_at"),
)

PERMIT: Final = sa.Table(
    "permit",
    METADATA,
    sa.Column("requester", sa.String(63), primary_key=True),
    sa.Column("tx", sa.String(36), primary_key=True),
    sa.Column("provider", sa.String(63), nullable=False),
    sa.Column("commitment", sa.LargeBinary(32), nullable=False),
    sa.Column("request_digest", sa.LargeBinary(32), nullable=False),
    sa.Column("reply", sa.LargeBinary),
    sa.Column("valid_until", sa.DateTime, nullable=False),
    sa.Column("feed_seq", sa.Integer, nullable=False),
    sa.Index("permit_kept", "valid_until", sqlite_where=sa.text("reply IS NOT NULL")),
)
"""The stored reply, byte for byte, until the permit has run out; the digest stays."""

FEED: Final = sa.Table(
    "feed",
    METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("requester", sa.String(63), nullable=False),
    sa.Column("tx", sa.String(36), nullable=False),
    sa.Column("leaf", sa.Integer, nullable=False),
    sa.Column("portal_code", sa.LargeBinary),
    sa.Column("portal_seed", sa.LargeBinary),
)
"""What the portal has still to fetch; emptied of X_P and box once it has acknowledged."""

LEAF: Final = sa.Table(
    "leaf",
    METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Integer, nullable=False),
    sa.Column("salt", sa.LargeBinary(32)),
    sa.Column("record", sa.LargeBinary),
    sa.Column("entry", sa.LargeBinary(33), nullable=False),
    sa.Column("position", sa.Integer, unique=True),
)
"""Log entries in the order of writing; `position` is null while an entry is pending."""

RECEIPT: Final = sa.Table(
    "receipt",
    METADATA,
    sa.Column("sender", sa.String(63), primary_key=True),
    sa.Column("requester", sa.String(63), primary_key=True),
    sa.Column("tx", sa.String(36), primary_key=True),
    sa.Column("leaf", sa.Integer, nullable=False),
)

DIRECTORY: Final = sa.Table(
    "directory",
    METADATA,
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("signed", sa.Text, nullable=False),
    sa.Column("countersigned", sa.Text, nullable=False),
    sa.Column("leaf", sa.Integer, nullable=False),
)
