"""Comparisons of people's attributes at J-LIS, under the portal's codes (照合の通知)."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from renkei.kit.database.statements import Prepared, insert_or_update
from renkei.roles.portal.store.tables import COMPARISON
from renkei.wire.history import Named, SeenComparison
from renkei.wire.individual_number.messages import Notice

SHOWN: Final = 50
_FILE: Final = Prepared(insert_or_update(COMPARISON, "count", "last_at"))


def file(
    connection: Connection, filed: Sequence[tuple[Notice, bytes, tuple[Named, Named]]]
) -> None:
    """Write what J-LIS tells, by its id; a newer count stands for the older one."""
    for notice, code, names in filed:
        row = {
            "id": notice.id,
            "code": code,
            "names": names,
            "affair": notice.affair,
            "verdict": notice.verdict,
            "count": notice.count,
            "last_at": notice.last_at,
        }
        _FILE.run(connection, row)


def of_code(connection: Connection, code: bytes) -> list[SeenComparison]:
    """The newest comparisons of a code."""
    query = COMPARISON.select().where(COMPARISON.c.code == code)
    rows = connection.execute(query.order_by(COMPARISON.c.last_at.desc()).limit(SHOWN))
    return [
        SeenComparison(
            institution=row.names[0],
            office=row.names[1],
            affair=row.affair,
            verdict=row.verdict,
            count=row._mapping["count"],  # a row is a tuple, and `count` a method of it
            last_at=row.last_at,
        )
        for row in rows
    ]
