"""What tables are written with: types that are the same on every engine (列の型).

A value enters and leaves in Python's form; no store converts by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

from renkei.wire.values import decoder, encoder, longest, read, stored

NEVER_REUSED: Final[dict[str, Any]] = {"sqlite_autoincrement": True}
"""For a table whose numbers the engine gives: a number is never given twice, whatever goes."""


class Instant(TypeDecorator[datetime]):
    """A moment: an aware `datetime` in, one in UTC out; without a zone it is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        if value is None or value.tzinfo is UTC:
            return value
        if value.tzinfo is None:
            raise ValueError("a moment without a zone: which moment is not said")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        # An engine without zones keeps UTC.
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Items(TypeDecorator[list[str]]):
    """A list of words, none of which is empty or holds a space; stored as one text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, _dialect: sa.Dialect) -> str | None:
        if value is None:
            return None
        if isinstance(value, str) or any(not word or " " in word for word in value):
            raise ValueError("a list of words, each without spaces, is needed")
        return " ".join(value)

    def process_result_value(self, value: str | None, _dialect: sa.Dialect) -> list[str] | None:
        if value is None:
            return None
        return value.split(" ") if value else []


_ENCODE: Final = encoder().encode


class Value(TypeDecorator[Any]):
    """A number or code of `values` as its text: that type in and out, checked both ways.

    Text is taken where it is one; what it is none of is refused with a ValueError.
    """

    impl = sa.String
    cache_ok = True

    def __init__(self, kind: type) -> None:
        super().__init__(longest(kind))
        self.kind = kind

    # Whole processors, since every driver takes and gives texts as they are.

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], Any]:
        kind = self.kind

        def bind(value: Any) -> str | None:
            if value is None:
                return None
            return stored(value if type(value) is kind else read(kind, value))

        return bind

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any]:
        kind = self.kind

        def result(value: Any) -> Any:
            return None if value is None else read(kind, value)

        return result


class Json(TypeDecorator[Any]):
    """A value of a stated type as JSON, read back as that type; bytes, or text where so stated."""

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, kind: Any, *, text: bool = False) -> None:
        super().__init__()
        self.kind, self.text = kind, text
        self._decode = decoder(kind).decode

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(sa.Text() if self.text else sa.LargeBinary())

    # Whole processors, since every driver takes and gives bytes and texts as they are.

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], Any]:
        def bind(value: Any) -> Any:
            if value is None:
                return None
            data = _ENCODE(value)
            return data.decode() if self.text else data

        return bind

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any]:
        def result(value: Any) -> Any:
            return None if value is None else self._decode(value)

        return result


class Number(TypeDecorator[int]):
    """A whole number of up to 63 bits: places in a log, counts, numbers an engine gives."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        # SQLite's whole numbers are all of one kind, and it numbers rows of this name only.
        kind = sa.Integer() if dialect.name == "sqlite" else sa.BigInteger()
        return dialect.type_descriptor(kind)


def holds(column: sa.ColumnElement[str], text: str) -> sa.ColumnElement[bool]:
    """Whether a text stands somewhere in a column, letter by letter; `text` is not empty."""
    # LIKE knows no capitals with one engine and does with another.
    return sa.func.replace(column, text, "") != column


KEYS: Final = Json(list[list[str]], text=True)
"""A parameter that is a list of keys, each a list of texts (`Grammar.keys`)."""


def partial_index(
    name: str, *columns: sa.Column[Any], where: sa.ColumnElement[bool] | sa.TextClause
) -> sa.Index:
    """An index of those rows only that a condition picks; a query must repeat the condition."""
    return sa.Index(name, *columns, **condition(where))


def condition(where: sa.ColumnElement[bool] | sa.TextClause) -> dict[str, Any]:
    """The condition of a partial index, said to every engine; for migrations."""
    return {"sqlite_where": where, "postgresql_where": where}
