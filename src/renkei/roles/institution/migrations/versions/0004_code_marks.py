"""Rows of the table of codes are marked; whoever's code may be another's is stopped."""

import sqlalchemy as sa
from alembic import op

from renkei.kit.database.columns import Instant, Number, Value
from renkei.values.person_id import PersonId

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """The key that marks is the institution's: its next start marks what stands, once."""
    op.add_column("code", sa.Column("mark", sa.LargeBinary(32)))
    op.create_table(
        "stop",
        sa.Column("person", Value(PersonId), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("found_at", Instant, nullable=False),
    )
    op.create_table(
        "marks_owed", sa.Column("number", Number, primary_key=True, autoincrement=False)
    )
    op.create_table(
        "code_sample",
        sa.Column("number", Number, primary_key=True, autoincrement=False),
        sa.Column("at", Instant, nullable=False),
    )
    op.execute("INSERT INTO marks_owed (number) SELECT 1 WHERE EXISTS (SELECT 1 FROM code)")
