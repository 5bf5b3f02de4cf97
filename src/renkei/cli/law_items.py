"""`renkei law decide-item`: one item, one person, and what is stated of it (項目の判断).

Names are those that `renkei law show` prints, or their ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import BinaryIO

import msgspec

from renkei.cli import json_lines
from renkei.cli.json_lines import JsonLines
from renkei.law import UnknownNameError, conditions_open, may_ask_item, tables
from renkei.law.permitted_items_and_persons import categories_of, citation


class ItemQuestion(msgspec.Struct, forbid_unknown_fields=True):
    """One line: names or ids, an ISO day, and of each condition whether it is stated to be met.

    Without `requester` the first body asks that the sub-affair names, else the row. On days of the
    former table the row is one of that table and decides alone; `sub_affair` may be left out.
    """

    row: str | int
    item: str
    provider: str
    date: date
    sub_affair: str = ""
    subject: str = ""
    requester: str | None = None
    conditions: dict[str, bool] = {}


class ItemAnswer(msgspec.Struct, omit_defaults=True):
    """The decision, and what is still to be stated where that alone is missing.

    ``level`` is "row" where items are not held and the row of the former table decided alone.
    """

    allowed: bool
    article: str | None
    reason: str
    conditions_open: tuple[str, ...]
    level: str = "item"


QUESTIONS = JsonLines(ItemQuestion)


def answers(lines: BinaryIO | Iterable[bytes]) -> Iterator[str]:
    """One JSON answer per line of input, blank and broken ones too."""
    return json_lines.answers(QUESTIONS, lines, decided)


def decided(asked: ItemQuestion) -> ItemAnswer:
    """The answer to one question; raises UnknownNameError for a name of no table."""
    row = tables.rows_on(asked.date).get(str(asked.row))
    if row is not None and row.table == tables.FORMER:
        return _by_row(asked, row)
    if row is None or row.deleted:
        raise UnknownNameError(f"there is no row {str(asked.row)!r}")
    if not asked.sub_affair or not asked.subject:
        raise UnknownNameError("sub_affair and subject are wanted on days since 2024-05-27")
    sub = _sub_affair(row, asked.sub_affair)
    item, subject = _item(sub, asked.item), _subject(asked.subject)
    for one in asked.conditions:
        if one not in tables.conditions():
            raise UnknownNameError(f"there is no condition {one!r}")
    stated = frozenset(one for one, met in asked.conditions.items() if met)
    decision = may_ask_item(
        asked.requester or (*sub.bodies, *row.requesters)[0],
        row.row,
        sub.id,
        asked.provider,
        item,
        subject=subject,
        day=asked.date,
        stated=stated,
    )
    missing: tuple[str, ...] = ()
    if decision.reason == "condition-open":
        missing = conditions_open(sub.id, item, subject, stated=stated, provider=asked.provider)
    return ItemAnswer(decision.allowed, decision.article, decision.reason, missing)


def _by_row(asked: ItemQuestion, row: tables.ProvisionRow) -> ItemAnswer:
    """What a row of the former table says of an item, whose articles are not held."""
    decision = may_ask_item(
        asked.requester or next(iter(row.requesters), asked.provider),
        row.row,
        asked.sub_affair,
        asked.provider,
        _item_anywhere(asked.item),
        subject=asked.subject,
        day=asked.date,
    )
    return ItemAnswer(decision.allowed, decision.article, decision.reason, (), "row")


def _item_anywhere(name: str) -> str:
    """An item or a kind of information by id or words, of any article."""
    lines = (one for each in tables.sub_affairs().values() for one in each.items)
    found = next((one.item for one in lines if name in (one.item, one.ja)), name)
    if not categories_of(found):
        raise UnknownNameError(f"there is no item {name!r}")
    return found


def _sub_affair(row: tables.ProvisionRow, name: str) -> tables.SubAffair:
    """A sub-affair of a row by its id ("108-1"), its citation or its words."""
    named = tables.sub_affairs().get(name)
    if named is not None and named.row == row.row:
        return named
    for sub in tables.sub_affairs().values():
        if sub.row == row.row and name in (citation(sub), sub.ja):
            return sub
    raise UnknownNameError(f"row {row.row!r} has no sub-affair {name!r}")


def _item(sub: tables.SubAffair, name: str) -> str:
    """An item by its id, or by its words in this sub-affair before those of others."""
    others = (one for each in tables.sub_affairs().values() for one in each.items)
    for one in (*sub.items, *others):
        if name in (one.item, one.ja):
            return one.item
    raise UnknownNameError(f"there is no item {name!r}")


def _subject(name: str) -> str:
    subjects: Mapping[str, Mapping[str, str]] = tables.subjects()
    if name in subjects:
        return name
    found = next((one for one, label in subjects.items() if label["ja"] == name), None)
    if found is None:
        raise UnknownNameError(f"there is no subject {name!r}; see `renkei law subjects`")
    return found
