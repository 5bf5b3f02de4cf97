"""Findings say who can have done it and who cannot, and are counted; losses can be accepted."""

import sqlalchemy as sa
from alembic import op

from renkei.kit.database.columns import Instant, Json, Number

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Findings of before keep the parties they named; nobody is excluded by them."""
    op.alter_column("finding", "parties", new_column_name="possible")
    about = sa.Column("about", sa.String(200), nullable=False, server_default="")
    excluded: sa.Column[list[str]] = sa.Column(
        "excluded", Json(list[str], text=True), nullable=False, server_default="[]"
    )
    kept = sa.Column("kept", sa.Boolean, nullable=False, server_default=sa.true())
    for column in (about, excluded, sa.Column("ground", sa.String(40)), kept):
        op.add_column("finding", column)
    op.execute("UPDATE finding SET about = subject")
    op.create_index("finding_about", "finding", ["kind", "about"])
    op.create_index("finding_group", "finding", ["kind", "possible", "number"])
    op.create_table(
        "findings",
        sa.Column("kind", sa.String(40), primary_key=True),
        sa.Column("possible", Json(list[str], text=True), primary_key=True),
        sa.Column("count", Number, nullable=False),
        sa.Column("kept", Number, nullable=False),
        sa.Column("first_at", Instant, nullable=False),
        sa.Column("last_at", Instant, nullable=False),
        sa.Column("newest", Number, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("kept_on_day", Number, nullable=False),
    )
    op.create_table(
        "loss",
        sa.Column("number", Number, primary_key=True),
        sa.Column("below", Number, nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("proposed_by", sa.String(80), nullable=False),
        sa.Column("proposed_at", Instant, nullable=False),
        sa.Column("accepted_by", sa.String(80)),
        sa.Column("accepted_at", Instant),
    )
    op.execute(
        "INSERT INTO findings"
        " SELECT kind, possible, count(*), count(*), min(found_at), max(found_at), max(number),"
        " '', 0 FROM finding GROUP BY kind, possible"
    )
