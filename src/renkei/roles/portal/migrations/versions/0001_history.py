"""Accounts, lines, receipts, the ledger's statements, findings and the portal's numbers."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: what stands at this revision stands; a new database is made from the tables."""
