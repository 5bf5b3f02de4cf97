"""The witness's state, counted bundles, records to compare, the ledger, and findings."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: what stands at this revision stands; a new database is made from the tables."""
