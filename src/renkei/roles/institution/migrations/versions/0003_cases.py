"""Questions belong to cases, which close; consents are kept as they were stated."""

import sqlalchemy as sa
from alembic import op

from renkei.kit.database.columns import Instant, Items, Value
from renkei.values.person_id import PersonId

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Cases of today stay open; questions of today are bound to none."""
    op.add_column("desk_case", sa.Column("in_case", sa.String(40)))
    op.add_column("desk_case", sa.Column("closed_at", Instant))
    op.create_index("desk_case_in", "desk_case", ["in_case"])
    op.create_table(
        "consent",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("case_number", sa.String(40), nullable=False),
        sa.Column("person", Value(PersonId), nullable=False),
        sa.Column("affair", sa.String(64), nullable=False),
        sa.Column("items", Items, nullable=False),
        sa.Column("given_on", sa.String(10), nullable=False),
        sa.Column("statement", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", Instant, nullable=False),
    )
    op.create_index("consent_case", "consent", ["case_number"])
