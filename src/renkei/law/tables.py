"""The tables of the Act as typed rows, read from the package's data files (別表・命令2条の表).

A row that decides carries ``valid_from``, ``valid_to`` and ``source``; kinds of bodies and of
information are names. Nothing here decides anything.
Reading packaged data is the only input this library has.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final, TypeVar

import msgspec

T = TypeVar("T")


class TableError(ValueError):
    """The packaged table breaks its own rules; the message names file and entry."""


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of body the Act names (行政機関等の種類); ``part_of`` names the wider kinds."""

    id: str
    ja: str
    en: str
    source: str
    part_of: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    open_class: bool = False
    active_from: date | None = None
    active_source: str | None = None
    use_from: date | None = None
    use_source: str | None = None


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of information column 4 of the table names (利用特定個人情報)."""

    id: str
    ja: str
    en: str
    source: str
    part_of: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


class Exchange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One cell pair of a row: who may be asked, and for what (第三欄・第四欄)."""

    providers: tuple[str, ...]
    categories: tuple[str, ...]
    valid_from: date | None = None
    valid_to: date | None = None
    without: tuple[str, ...] = ()  # what this table does not count within a category
    defines: tuple[str, ...] = ()  # categories that this cell defines in its own words
    proven: bool = True  # false: it stood before `valid_from`, since a day nobody proved
    seen: tuple[date, ...] = ()  # days of the texts this wording stands in


class EarlierAffair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a row's affair was until a day, in our own words (改正前の事務)."""

    act_ja: str
    affair_ja: str
    affair_en: str
    valid_to: date


class ProvisionRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the provision table (命令2条の表の項)."""

    row: str
    act_ja: str
    act_en: str
    affair_ja: str
    affair_en: str
    requesters: tuple[str, ...]
    exchanges: tuple[Exchange, ...]
    article: str
    valid_from: date
    valid_to: date | None
    source: str
    conditions: tuple[str, ...] = ()
    quasi_statutory: bool = False
    deleted: bool = False
    table: str = "order-9"  # which of the tables the row belongs to
    proven: bool = True  # false: it stood before `valid_from`, since a day nobody proved
    seen: tuple[date, ...] = ()
    before: tuple[EarlierAffair, ...] = ()

    def affair_on(self, day: date) -> tuple[str, str]:
        """The affair in ja and en as the row had it on `day` (その日の事務)."""
        for earlier in self.before:
            if day <= earlier.valid_to:
                return earlier.affair_ja, earlier.affair_en
        return self.affair_ja, self.affair_en


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table with its time in force; ``held`` is false where only its existence is data.

    Before ``proven_from`` only those cells are proven that carry an earlier day.
    """

    id: str
    ja: str
    en: str
    citation: str
    valid_from: date
    valid_to: date | None
    held: bool
    source: str
    proven_from: date | None = None


class ProvisionFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The provision table and the tables before it (命令2条の表・旧別表第二)."""

    tables: tuple[Table, ...]
    rows: tuple[ProvisionRow, ...]


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One item of a sub-affair (命令の号に掲げる情報); ``letter`` is イ, ロ … or empty."""

    letter: str
    item: str
    ja: str
    en: str
    category: str
    subjects: tuple[str, ...]
    providers: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    valid_from: date | None = None  # where it is younger than its sub-affair
    valid_to: date | None = None
    source: str = ""  # the amending order of those days


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A limit of the text (除く・に限る) that somebody has to state to be met (限定).

    ``ja`` and ``en`` say what is stated; ``ask_ja`` and ``ask_en`` put it as a question to a clerk.
    """

    id: str
    kind: str
    ja: str
    en: str
    ask_ja: str
    ask_en: str
    under_age: int | None = None
    """The age below which the limit is met (年齢計算ニ関スル法律): decided by the birth date."""


class SubAffair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One affair of a detail article (命令の条の号); ``number`` is 0 where it has no 号."""

    id: str
    row: str
    article: str
    number: int
    ja: str
    en: str
    held: bool
    items: tuple[Item, ...]
    valid_from: date
    valid_to: date | None
    source: str
    bodies: tuple[str, ...] = ()
    paragraph: int = 0
    note: str = ""
    conditions: tuple[str, ...] = ()  # limits in the head of the 号, for each of its items


class UseRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the use table (法別表の項)."""

    row: str
    act_ja: str
    act_en: str
    affair_ja: str
    affair_en: str
    bodies: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    source: str
    delegates: tuple[str, ...] = ()
    ordinance_article: str | None = None
    conditions: tuple[str, ...] = ()


def read(name: str, shape: type[T]) -> T:
    """Decode the packaged file `name` into `shape`; a broken file is a `TableError`."""
    raw = files("renkei.law").joinpath("data", name).read_bytes()
    try:
        return msgspec.json.decode(raw, type=shape)
    except msgspec.DecodeError as error:
        raise TableError(f"law/data/{name} does not fit its shape: {error}") from error


@cache
def kinds() -> Mapping[str, Kind]:
    """All kinds of body by id."""
    return {kind.id: kind for kind in read("bodies.json", tuple[Kind, ...])}


@cache
def categories() -> Mapping[str, Category]:
    """All categories of information by id."""
    return {category.id: category for category in read("categories.json", tuple[Category, ...])}


@cache
def provision() -> ProvisionFile:
    """The provision table as packaged."""
    return read("generated/provision_table.json", ProvisionFile)


CURRENT: Final = "order-9"
FORMER: Final = "former-table-2"


@cache
def provision_rows() -> Mapping[str, ProvisionRow]:
    """Rows of the provision table in force now by number ("106", "12-2")."""
    return {row.row: row for row in provision().rows if row.table == CURRENT}


@cache
def former_rows() -> Mapping[str, ProvisionRow]:
    """Rows of the former table by number ("74", "56-2"); today it is another row's (別表第二)."""
    rows = read("generated/former_table.json", tuple[ProvisionRow, ...])
    return {row.row: row for row in rows}


def rows_on(day: date) -> Mapping[str, ProvisionRow]:
    """Rows by number of the table that `day` falls to: a number means another row since 2024-05-27.

    Days before the former table get its rows, too (命令2条の表・別表第二).
    """
    current = next(table for table in provision().tables if table.id == CURRENT)
    return provision_rows() if day >= current.valid_from else former_rows()


@cache
def sub_affairs() -> Mapping[str, SubAffair]:
    """Sub-affairs of the detail articles by id ("108-1")."""
    return {sub.id: sub for sub in read("generated/articles.json", tuple[SubAffair, ...])}


@cache
def use_rows() -> Mapping[str, UseRow]:
    """Rows of the use table by number."""
    return {row.row: row for row in read("generated/use_table.json", tuple[UseRow, ...])}


@cache
def subjects() -> Mapping[str, Mapping[str, str]]:
    """Whom an item may be about: subject id to its label in ja and en."""
    return read("subject_labels.json", dict[str, dict[str, str]])


@cache
def conditions() -> Mapping[str, Condition]:
    """What a row, a sub-affair or an item demands beyond kinds and names, by id (限定)."""
    return {one.id: one for one in read("conditions.json", tuple[Condition, ...])}
