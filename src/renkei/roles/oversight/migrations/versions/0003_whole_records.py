"""Digests of whole records, as institutions show them; letters stay with records."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Records from before have no digests until they are read again."""
    for name in ("request_digest", "terms_digest", "record_digest"):
        op.add_column("entry", sa.Column(name, sa.LargeBinary(32)))
    disputes = sa.Column("disputes", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("entry", disputes)
    op.create_index("entry_letter", "entry", ["letter"])
