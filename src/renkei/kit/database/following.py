"""Tables that follow others, by the database itself (記録の追随).

A list of what changed, kept by triggers, so that no way of writing a record can forget it.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from renkei.kit.database.engine import Following
from renkei.kit.database.engines import grammar_of


def follow(metadata: sa.MetaData, *ways: Following) -> None:
    """Have these tables follow one another in every database made from `metadata`."""

    def made(_: object, connection: sa.Connection, **_more: object) -> None:
        for statement in statements(connection, ways):
            connection.exec_driver_sql(statement)

    sa.event.listen(metadata, "after_create", made)
    metadata.info.setdefault("following", []).extend(ways)


def statements(connection: sa.Connection, ways: Sequence[Following]) -> list[str]:
    """What makes them follow, in the words of the connection's engine."""
    grammar = grammar_of(connection)
    return [statement for way in ways for statement in grammar.following(way)]
