"""A liar's own database: one row changed, deleted, doubled, exchanged with another (行の改ざん).

Beside the process, with the file in hand, and knowing nothing of what the tables mean.
"""

import base64
import contextlib
import json
import random
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from altering import NothingToAlter

TRIES = 40
DOES = ("change", "change", "change", "delete", "exchange", "double")


@dataclass(frozen=True)
class Table:
    """One table of a file: its columns, and those that name a row."""

    name: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]


class Clerk:
    """Changes one row of a file; draws until the database takes it."""

    def __init__(self, path: Path, draw: random.Random) -> None:
        self._path = path
        self._draw = draw

    def lie(self) -> str:
        """Do it; gives what was done. Raises NothingToAlter where no try was taken."""
        with contextlib.closing(sqlite3.connect(self._path, timeout=10)) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            tables = [one for one in _tables(connection) if _rows(connection, one)]
            for _ in range(TRIES):
                table, does = self._draw.choice(tables), self._draw.choice(DOES)
                try:
                    with connection:
                        done = getattr(self, f"_{does}")(connection, table)
                except (sqlite3.Error, NothingToAlter):
                    continue
                return f"{does} {table.name}: {done}"
        raise NothingToAlter

    # -- what may be done to a row ---------------------------------------------------------------

    def _row(self, connection: sqlite3.Connection, table: Table) -> tuple[int, dict[str, Any]]:
        """A row drawn at random, and where it is."""
        count = _rows(connection, table)
        place = self._draw.randrange(count)
        query = f"SELECT rowid, * FROM {table.name} LIMIT 1 OFFSET {place}"
        where, *values = connection.execute(query).fetchone()
        return where, dict(zip(table.columns, values, strict=True))

    def _change(self, connection: sqlite3.Connection, table: Table) -> str:
        where, row = self._row(connection, table)
        name = self._draw.choice(table.columns)
        query = f"SELECT DISTINCT {name} FROM {table.name} WHERE {name} IS NOT ? LIMIT 50"
        others = [one for (one,) in connection.execute(query, (row[name],))]
        new = self.other(row[name], others)
        _set(connection, table, where, {name: new})
        return f"{name} of {_called(table, row)}: {_short(row[name])} -> {_short(new)}"

    def _delete(self, connection: sqlite3.Connection, table: Table) -> str:
        where, row = self._row(connection, table)
        connection.execute(f"DELETE FROM {table.name} WHERE rowid = ?", (where,))
        return _called(table, row)

    def _exchange(self, connection: sqlite3.Connection, table: Table) -> str:
        """What two rows say, each under the other's name."""
        (one, first), (other, second) = (self._row(connection, table) for _ in range(2))
        values = [name for name in table.columns if name not in table.keys]
        if one == other or not values:
            raise NothingToAlter
        names = values if self._draw.random() < 0.5 else [self._draw.choice(values)]
        if all(first[name] == second[name] for name in names):
            raise NothingToAlter
        for name in names:  # unique values make room for each other
            with contextlib.suppress(sqlite3.Error):
                _set(connection, table, one, {name: None})
        _set(connection, table, other, {name: first[name] for name in names})
        _set(connection, table, one, {name: second[name] for name in names})
        return f"{' '.join(names)} of {_called(table, first)} and {_called(table, second)}"

    def _double(self, connection: sqlite3.Connection, table: Table) -> str:
        """The row once more, under another name."""
        _, row = self._row(connection, table)
        name = self._draw.choice(table.keys or table.columns)
        copy = row | {name: self.other(row[name], [])}
        marks = ", ".join("?" for _ in copy)
        query = f"INSERT INTO {table.name} ({', '.join(copy)}) VALUES ({marks})"
        connection.execute(query, tuple(copy.values()))
        return f"{_called(table, row)} as {name} = {_short(copy[name])}"

    # -- values ----------------------------------------------------------------------------------

    def other(self, value: Any, others: list[Any]) -> Any:
        """Another value of a column: that of another row, or one of the same form."""
        if others and self._draw.random() < 0.6:
            return self._draw.choice(others)
        if value is None:
            raise NothingToAlter
        if isinstance(value, bytes):
            return self._bytes(value)
        if isinstance(value, int):
            return value + self._draw.choice((-1, 1, 1_000))
        if isinstance(value, str) and value[:1] in "[{":
            return self._json(value)
        if isinstance(value, str) and value:
            return self._text(value)
        raise NothingToAlter

    def _bytes(self, value: bytes) -> bytes:
        if value[:1] in (b"{", b"["):
            with contextlib.suppress(ValueError):
                return self._json(value.decode()).encode()
        if not value:
            raise NothingToAlter
        at = self._draw.randrange(len(value))
        return value[:at] + bytes([value[at] ^ 1 << self._draw.randrange(8)]) + value[at + 1 :]

    def _text(self, value: str) -> str:
        at = self._draw.randrange(len(value))
        letters = "0123456789" if value[at].isdigit() else "abcdefg"
        return value[:at] + self._draw.choice(letters.replace(value[at], "")) + value[at + 1 :]

    def _json(self, text: str) -> str:
        """A text of JSON with one value in it changed."""
        whole = json.loads(text)
        places = list(_places(whole))
        if not places:
            raise NothingToAlter
        box, key = self._draw.choice(places)
        box[key] = self._plain(box[key])
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))

    def _plain(self, value: Any) -> Any:
        if isinstance(value, bool):
            return not value
        if isinstance(value, int):
            return value + self._draw.choice((-1, 1, 1_000_000))
        with contextlib.suppress(ValueError):
            data = base64.b64decode(value, validate=True)
            if len(data) >= 32:
                return base64.b64encode(self._bytes(data)).decode()
        return self._text(value)


def _places(value: Any) -> Any:
    """Every place of a text, number or truth in JSON."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in pairs:
        if isinstance(one, dict | list):
            yield from _places(one)
        elif isinstance(one, int) or (isinstance(one, str) and one):
            yield value, key


def _tables(connection: sqlite3.Connection) -> list[Table]:
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        " AND name NOT LIKE 'alembic%' ORDER BY name"
    )
    found = []
    for (name,) in names.fetchall():
        columns = connection.execute(f"PRAGMA table_info({name})").fetchall()
        keys = tuple(column[1] for column in columns if column[5])
        found.append(Table(name, tuple(column[1] for column in columns), keys))
    return found


def _rows(connection: sqlite3.Connection, table: Table) -> int:
    count: int = connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]
    return count


def _set(connection: sqlite3.Connection, table: Table, where: int, values: dict[str, Any]) -> None:
    names = ", ".join(f"{name} = ?" for name in values)
    query = f"UPDATE {table.name} SET {names} WHERE rowid = ?"
    connection.execute(query, (*values.values(), where))


def _called(table: Table, row: dict[str, Any]) -> str:
    return " ".join(_short(row[name]) for name in table.keys) or "a row"


def _short(value: Any) -> str:
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
