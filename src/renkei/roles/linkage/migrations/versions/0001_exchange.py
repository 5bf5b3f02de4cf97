"""Acquisitions, permits, the log, the feed, receipts and the directory."""

from alembic import op

revision = "0001"
down_revision = None

_TABLES = (
    """CREATE TABLE acquisition (
        number VARCHAR(22) NOT NULL PRIMARY KEY,
        institution VARCHAR(63) NOT NULL,
        epoch INTEGER NOT NULL,
        expires_at DATETIME NOT NULL,
        blinded BLOB,
        seed BLOB
    )""",
    """CREATE TABLE permit (
        requester VARCHAR(63) NOT NULL,
        tx VARCHAR(36) NOT NULL,
        provider VARCHAR(63) NOT NULL,
        commitment BLOB NOT NULL,
        request_digest BLOB NOT NULL,
        reply BLOB,
        valid_until DATETIME NOT NULL,
        feed_seq INTEGER NOT NULL,
        PRIMARY KEY (requester, tx)
    )""",
    """CREATE TABLE feed (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        requester VARCHAR(63) NOT NULL,
        tx VARCHAR(36) NOT NULL,
        leaf INTEGER NOT NULL,
        portal_code BLOB,
        portal_seed BLOB
    )""",
    """CREATE TABLE leaf (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        kind INTEGER NOT NULL,
        salt BLOB,
        record BLOB,
        entry BLOB NOT NULL,
        position INTEGER UNIQUE
    )""",
    """CREATE TABLE receipt (
        sender VARCHAR(63) NOT NULL,
        requester VARCHAR(63) NOT NULL,
        tx VARCHAR(36) NOT NULL,
        leaf INTEGER NOT NULL,
        PRIMARY KEY (sender, requester, tx)
    )""",
    """CREATE TABLE directory (
        version INTEGER NOT NULL PRIMARY KEY,
        signed TEXT NOT NULL,
        countersigned TEXT NOT NULL,
        leaf INTEGER NOT NULL
    )""",
    "CREATE INDEX acquisition_expires_at ON acquisition (expires_at)",
    "CREATE INDEX permit_kept ON permit (valid_until) WHERE reply IS NOT NULL",
)


def upgrade() -> None:
    """Create all tables."""
    for statement in _TABLES:
        op.execute(statement)
