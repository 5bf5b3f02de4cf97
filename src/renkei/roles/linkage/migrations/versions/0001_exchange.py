"""Acquisitions, permits, the log and its heads, feed, receipts, directory, ledger, epochs."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: what stands at this revision stands; a new database is made from the tables."""
