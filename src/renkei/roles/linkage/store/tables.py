"""All tables of the network's database in one place (表定義)."""

from typing import Final

import sqlalchemy as sa

from renkei.kit.database.columns import NEVER_REUSED, Instant, Number, partial_index

METADATA: Final = sa.MetaData()

ACQUISITION: Final = sa.Table(
    "acquisition",
    METADATA,
    sa.Column("number", sa.String(22), primary_key=True),
    sa.Column("institution", sa.String(63), nullable=False),
    sa.Column("epoch", Number, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
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
    sa.Column("allowed", sa.Boolean, nullable=False),
    sa.Column("request_digest", sa.LargeBinary(32), nullable=False),
    sa.Column("reply", sa.LargeBinary),
    sa.Column("valid_until", Instant, nullable=False),
)
"""The stored reply, byte for byte, until the permit has run out; the digest stays."""
partial_index("permit_kept", PERMIT.c.valid_until, where=PERMIT.c.reply.is_not(None))

FEED: Final = sa.Table(
    "feed",
    METADATA,
    sa.Column("leaf", Number, primary_key=True),
    sa.Column("requester", sa.String(63), nullable=False),
    sa.Column("tx", sa.String(36), nullable=False),
    sa.Column("portal_code", sa.LargeBinary(32), nullable=False),
    sa.Column("portal_seed", sa.LargeBinary, nullable=False),
    sa.Column("request", sa.Text, nullable=False),
)
"""What opens an exchange's line, and its request as evidence; gone once a ledger with the line is
stated."""

LEAF: Final = sa.Table(
    "leaf",
    METADATA,
    sa.Column("seq", Number, primary_key=True, autoincrement=True),
    sa.Column("kind", Number, nullable=False),
    sa.Column("salt", sa.LargeBinary(32)),
    sa.Column("record", sa.LargeBinary),
    sa.Column("entry", sa.LargeBinary(33), nullable=False),
    sa.Column("hash", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("position", Number, unique=True),
    **NEVER_REUSED,
)
"""Log entries; `seq` only names a row, `position` is its place, null while it is pending."""

NODE: Final = sa.Table(
    "node",
    METADATA,
    sa.Column("level", Number, primary_key=True),
    sa.Column("place", Number, primary_key=True),
    sa.Column("hash", sa.LargeBinary(32), nullable=False),
)
"""Hashes of complete subtrees of 256, 256^2, ... leaves: what tiles hold above level 0."""

CHECKPOINT: Final = sa.Table(
    "checkpoint",
    METADATA,
    sa.Column("size", Number, primary_key=True),
    sa.Column("root", sa.LargeBinary(32), nullable=False),
    sa.Column("peaks", sa.LargeBinary, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("cosigned", sa.Text),
    sa.Column("cosigned_time", Number),
)
"""Signed heads of the log, one root per size; `peaks` are the right edge to go on from."""
partial_index("checkpoint_cosigned", CHECKPOINT.c.size, where=CHECKPOINT.c.cosigned.is_not(None))

LEDGER: Final = sa.Table(
    "ledger",
    METADATA,
    sa.Column("log_size", Number, primary_key=True),
    sa.Column("root", sa.LargeBinary(32), nullable=False),
    sa.Column("exchange_entries", Number, nullable=False),
    sa.Column("leaf", Number, nullable=False),
)
"""Roots of the portal's ledger as logged, one per log size."""

RECEIPT: Final = sa.Table(
    "receipt",
    METADATA,
    sa.Column("sender", sa.String(63), primary_key=True),
    sa.Column("requester", sa.String(63), primary_key=True),
    sa.Column("tx", sa.String(36), primary_key=True),
    sa.Column("leaf", Number, nullable=False),
)

DIRECTORY: Final = sa.Table(
    "directory",
    METADATA,
    sa.Column("version", Number, primary_key=True),
    sa.Column("signed", sa.Text, nullable=False),
    sa.Column("countersigned", sa.Text, nullable=False),
    sa.Column("leaf", Number, nullable=False),
)

PROPOSAL: Final = sa.Table(
    "proposal",
    METADATA,
    sa.Column("version", Number, primary_key=True),
    sa.Column("signed", sa.Text, nullable=False),
)
"""Directory versions the network has signed and the Commission has not yet."""

EPOCH: Final = sa.Table(
    "epoch",
    METADATA,
    sa.Column("institution", sa.String(63), primary_key=True),
    sa.Column("epoch", Number, primary_key=True),
    sa.Column("confirmed", sa.Boolean, nullable=False),
    sa.Column("in_force_at", Instant),
    sa.Column("old_destroyed", sa.Boolean, nullable=False),
)
"""Code epochs begun: confirmed by the institution, in force, the scalar before it destroyed."""
