"""What was signed and decided, kept with each record, so that it can be shown."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Records from before keep their form: nothing signed is held of them."""
    text, cited = sa.Text, (("basis_article", 200), ("basis_row", 8))
    op.add_column("asked", sa.Column("signed", text))
    for name, length in cited:
        op.add_column("asked", sa.Column(name, sa.String(length)))
    op.add_column("asked", sa.Column("disputed", sa.LargeBinary))
    for name in ("request_digest", "portal_box", "consent_digest"):
        op.add_column("provided", sa.Column(name, sa.LargeBinary(32)))
    for name, length in cited:
        op.add_column("provided", sa.Column(name, sa.String(length)))
