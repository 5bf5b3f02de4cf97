"""`renkei law show`: a row, an article or one 号 as the tables hold it, beside its text (条文対照).

The text comes from an extract of the order that lies beside the product where somebody put it; each
号 is printed as its own words first, line by line, then as what the tables made of them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from renkei.law import tables
from renkei.law.permitted_items_and_persons import citation

TEXT_BYTES: Final = 16 * 1024 * 1024
_PARENTHESIS: Final = re.compile(r"（[^（）]*）")


class TextRow(msgspec.Struct, frozen=True):
    """One row of the extract: its number, and the lines of its article (命令の条)."""

    row: str
    detail_text: tuple[str, ...] = ()


class Extract(msgspec.Struct, frozen=True):
    """The extract of the order's text, row by row."""

    rows: tuple[TextRow, ...]


class NoText(ValueError):
    """The file is not there, too large, or no extract of the order."""


def read_text(file: Path) -> Mapping[str, tuple[str, ...]]:
    """The lines of each row's article; raises `NoText`."""
    try:
        if file.stat().st_size > TEXT_BYTES:
            raise NoText(f"{file} is larger than {TEXT_BYTES} bytes: it is no extract of the order")
        raw = file.read_bytes()
        extract = msgspec.json.decode(raw, type=Extract)
    except OSError as error:
        raise NoText(f"{file} cannot be read: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise NoText(f"{file} is no extract of the order: {error}") from error
    return {row.row: row.detail_text for row in extract.rows}


def text_of(sub: tables.SubAffair, lines: Sequence[str]) -> list[str]:
    """The lines of one 号 within its article's: its head, then what it lists.

    An article without 号 is one sentence and its list. Lines of a paragraph (項) count anew.
    """
    if not sub.number:
        return list(lines)
    paragraph, number, found = (1 if sub.paragraph else 0), 0, []
    for line in lines[1:]:
        plain = _bare(line)
        if "で定める事務のうち" in plain:
            paragraph, number = paragraph + 1, 0
        elif plain.endswith("事務"):
            number += 1
        if (paragraph, number) == (sub.paragraph, sub.number):
            found.append(line)
    return found


def _bare(line: str) -> str:
    while _PARENTHESIS.search(line):
        line = _PARENTHESIS.sub("", line)
    return line


def limit(condition: str) -> str:
    """What has to be stated, and its id (限定)."""
    return f"{tables.conditions()[condition].ja} {condition}"


def row_lines(row: tables.ProvisionRow) -> Iterator[tuple[str, ...]]:
    """A row in columns: who asks whom for what, since when, on what conditions (項)."""
    kinds, categories = tables.kinds(), tables.categories()
    former = row.table == tables.FORMER
    name = f"former-{row.row}" if former else row.row
    yield "row", name, "deleted" if row.deleted else f"{row.act_ja} {row.affair_ja}"
    if former:
        table = next(one for one in tables.provision().tables if one.id == row.table)
        yield "table", table.ja, table.en, _days(table.valid_from, table.valid_to)
    if row.deleted:
        return
    yield "", "", f"{row.act_en}: {row.affair_en}"
    last = row.valid_to.isoformat() if row.valid_to else ""
    yield "in force", row.valid_from.isoformat(), last, _unproven(row.proven)
    for earlier in row.before:
        yield "before", f"{earlier.act_ja} {earlier.affair_ja}", _days(None, earlier.valid_to)
    yield "asks", "、".join(kinds[one].ja for one in row.requesters)
    for one in row.conditions:
        yield "condition", limit(one)
    for exchange in row.exchanges:
        asked = "、".join(kinds[one].ja for one in exchange.providers)
        what = "、".join(categories[one].ja for one in exchange.categories)
        since = _days(exchange.valid_from, exchange.valid_to)
        yield "asked", asked, what, since, _unproven(exchange.proven)
    if former:
        yield "items", "not held: the articles of this table are not at hand"


def _unproven(proven: bool) -> str:
    return "" if proven else "stood before, since a day not proven"


def sub_lines(sub: tables.SubAffair, text: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """A 号 in columns, its words before what the tables made of them (号)."""
    since = _days(sub.valid_from, sub.valid_to)
    yield citation(sub), sub.id, sub.ja, since, sub.note
    for line in text:
        yield "", "text", line
    for one in sub.conditions:
        yield "", "condition", limit(one)
    for item in sub.items:
        yield ("", citation(sub, item.letter), item.item, *_item_columns(item))


def _item_columns(item: tables.Item) -> tuple[str, ...]:
    kinds, subjects = tables.kinds(), tables.subjects()
    about = "、".join(f"{subjects[one]['ja']} {one}" for one in item.subjects)
    asked = "、".join(kinds[one].ja for one in item.providers)
    limits = "".join(f"（{limit(one)}）" for one in item.conditions)
    return item.ja, about + limits, asked, _days(item.valid_from, item.valid_to)


def _days(first: object, last: object) -> str:
    return f"{first or ''}～{last or ''}" if first or last else ""


def say(lines: Iterator[tuple[str, ...]]) -> None:
    """Print columns apart by tabs, without empty ones at the end."""
    for columns in lines:
        sys.stdout.write("\t".join(columns).rstrip("\t") + "\n")
