"""The board's one table (掲示)."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.kit.database.columns import Number

REVISION: Final = "0001"
METADATA: Final = sa.MetaData()
NOTICE: Final = sa.Table(
    "notice",
    METADATA,
    sa.Column("id", Number, primary_key=True, autoincrement=True),
    sa.Column("institution", sa.String(63), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)


def pin(connection: Connection, institution: str, text: str) -> int:
    """Write one notice; gives its number."""
    row = connection.execute(NOTICE.insert().values(institution=institution, text=text))
    assert row.inserted_primary_key is not None
    return int(row.inserted_primary_key[0])
