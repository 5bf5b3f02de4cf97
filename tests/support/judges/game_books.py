"""The books of a round of the game: every table of every party, read from the files as they stand.

A `Wrong` is one thing in them that is not as it should be: `false` where something stands that is
not so, or does not stand that was judged; `missing` where only what should have happened has not.
"""

import base64
import contextlib
import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from weathering import NODES

EXCHANGE, RECEIPT = 1, 2
Row = dict[str, Any]
Key = tuple[str, str]
"""An exchange: its requester and its transaction."""


@dataclass(frozen=True)
class Wrong:
    """One thing that is not as it should be, in whose book, about which exchange."""

    kind: Literal["false", "missing"]
    where: str
    what: str
    text: str
    key: Key | None = None

    def __str__(self) -> str:
        about = f" ({' '.join(self.key)})" if self.key else ""
        return f"{self.kind} {self.what} at {self.where}{about}: {self.text}"


class Books:
    """Every table of every party, as rows by column name."""

    def __init__(self, folder: Path) -> None:
        self._tables: dict[tuple[str, str], list[Row]] = {}
        for party in NODES:
            path = folder / party / "database.sqlite"
            with contextlib.closing(sqlite3.connect(path)) as connection:
                connection.row_factory = sqlite3.Row
                names = "SELECT name FROM sqlite_master WHERE type = 'table'"
                for (name,) in connection.execute(names).fetchall():
                    rows = connection.execute(f"SELECT * FROM {name}")
                    self._tables[party, name] = [dict(row) for row in rows]

    def of(self, party: str, table: str) -> list[Row]:
        """The rows of one table."""
        return self._tables[party, table]

    def logged(self, kind: int) -> list[Row]:
        """The network's records of one kind, with their positions."""
        return [
            {**json.loads(row["record"]), "position": row["position"]}
            for row in self.of("linkage", "leaf")
            if row["kind"] == kind and row["record"] is not None
        ]

    def lines(self) -> list[Row]:
        """The portal's lines, each with the code of its account."""
        codes = {row["id"]: row["code"] for row in self.of("portal", "account")}
        return [{**row, "code": codes.get(row["account"])} for row in self.of("portal", "line")]


def key_of(record: Row) -> Key:
    """The exchange a record is about."""
    return record["requester"], record["tx"]


def base64_of(value: bytes | None) -> str | None:
    """Bytes as a record writes them."""
    return base64.b64encode(value).decode() if value is not None else None


def by_case(books: Books, city: str) -> dict[str, Row]:
    """How each case ended: the request that none was made instead of."""
    rows = books.of(city, "asked")
    replaced = {row["instead_of"] for row in rows}
    return {row["case_number"]: row for row in rows if row["tx"] not in replaced}
