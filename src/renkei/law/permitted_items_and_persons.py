"""Which item may be asked about whom: the articles behind the rows (命令3条～175条の2).

Here the spouse's tax is refused where the article names the claimant's only. `items_permitted` and
`may_ask_item` answer for one sub-affair; the row is asked too (`provision_rows`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from functools import cache
from typing import Final

import msgspec

from renkei.law import tables
from renkei.law.bodies import (
    UnknownNameError,
    body,
    category,
    category_names,
    narrower_bodies,
    narrower_categories,
)
from renkei.law.decision_and_reasons import Decision
from renkei.law.who_may_ask import may_ask, spread_tables

_LETTER: Final = re.compile(r"(.*?)([ァ-ヺ]?)", re.DOTALL)
"""A citation and the letter イ, ロ … at its end, if it has one."""


UNREAD: Final = "limited"
"""A limit of the text that the tables do not hold in its own words yet."""


class PermittedItem(msgspec.Struct, frozen=True):
    """One item the article permits for a sub-affair (命令の号イ、ロ…に掲げる情報)."""

    item: str
    label_ja: str
    label_en: str
    category: str
    providers: tuple[str, ...]
    subjects: tuple[str, ...]
    article: str
    conditions: tuple[str, ...] = ()


def citation(sub: tables.SubAffair, letter: str = "") -> str:
    """A short citation of one item of the order ("命令第108条第1号ロ")."""
    main, _, branch = sub.article.partition("-")
    place = f"命令第{main}条" + (f"の{branch}" if branch else "")
    place += f"第{sub.paragraph}項" if sub.paragraph else ""
    return place + (f"第{sub.number}号" if sub.number else "") + letter


def cited_together(articles: Sequence[str]) -> str:
    """Several citations as one: 命令第108条第1号ロ and ハ give 命令第108条第1号ロ・ハ (併記)."""
    letters: dict[str, list[str]] = {}
    for article in articles:
        head, letter = _LETTER.fullmatch(article).groups()  # type: ignore[union-attr]  # any text
        found = letters.setdefault(head, [])
        if letter and letter not in found:
            found.append(letter)
    return "・".join(head + "・".join(found) for head, found in letters.items())


def _sub_affair(affair_row: str, sub_affair: str) -> tables.SubAffair:
    sub = tables.sub_affairs().get(sub_affair)
    if sub is None or sub.row != affair_row:
        raise UnknownNameError(
            f"row {affair_row!r} has no sub-affair {sub_affair!r}; "
            f"see `renkei law show {affair_row}`"
        )
    return sub


def items_permitted(affair_row: str, sub_affair: str, day: date) -> tuple[PermittedItem, ...]:
    """What may be asked for one sub-affair ("108-1") on `day` (命令3条～175条の2).

    Empty where the sub-affair is not in force or its items are not held as data.
    """
    sub = _sub_affair(affair_row, sub_affair)
    if day < sub.valid_from or (sub.valid_to is not None and day > sub.valid_to):
        return ()
    return tuple(
        PermittedItem(
            one.item,
            one.ja,
            one.en,
            one.category,
            one.providers,
            one.subjects,
            citation(sub, one.letter),
            conditions_of(sub, one),
        )
        for one in (sub.items if sub.held else ())
    )


def conditions_of(sub: tables.SubAffair, one: tables.Item) -> tuple[str, ...]:
    """What has to be stated for an item: by its row, its 号 and itself, each once (限定)."""
    row = tables.provision_rows()[sub.row]
    own = (need for need in one.conditions if need != UNREAD)
    return tuple(dict.fromkeys((*row.conditions, *sub.conditions, *own)))


def conditions_open(
    sub_affair: str, item: str, subject: str, *, stated: Collection[str]
) -> tuple[str, ...]:
    """What is still to be stated before an item may be asked about somebody (未申立ての限定).

    Where the article lists the item twice for one person, the place that wants least counts.
    """
    sub = tables.sub_affairs().get(sub_affair)
    places = [] if sub is None else list(_places(sub, item, subject))
    missing = [
        tuple(need for need in conditions_of(sub, one) if need not in stated)
        for one in places
        if sub is not None
    ]
    return min(missing, key=len, default=())


def _places(sub: tables.SubAffair, item: str, subject: str) -> Iterator[tables.Item]:
    return (one for one in sub.items if one.item == item and subject in one.subjects)


def _outside(sub: tables.SubAffair, asking: str, day: date) -> Decision | None:
    """Why nothing of a sub-affair may be asked by a kind of body on `day`; None where it may."""
    place = citation(sub)
    young = spread_tables().tables[0]
    if day < young.valid_from:
        older = next((one for one in spread_tables().tables if day >= one.valid_from), None)
        before = older or spread_tables().tables[-1]
        return Decision(False, before.citation, None, "table-not-held")
    if not sub.held:
        return Decision(False, place, sub.row, "item-level-not-held")
    if day < sub.valid_from:
        return Decision(False, place, sub.row, "not-yet-in-force")
    if sub.valid_to is not None and day > sub.valid_to:
        return Decision(False, place, sub.row, "no-longer-in-force")
    if sub.bodies and not any(asking in narrower_bodies(kind) for kind in sub.bodies):
        return Decision(False, place, sub.row, "requester-not-in-row")
    return None


@cache
def items_of(category_name: str) -> frozenset[str]:
    """All items of the order's articles that belong to a kind of information (情報の細目).

    None for a name that no kind of information has: a refused question may hold any name.
    """
    if category_name not in category_names():
        return frozenset()
    kinds = narrower_categories(category(category_name))
    return frozenset(
        one.item
        for sub in tables.sub_affairs().values()
        for one in sub.items
        if one.category in kinds
    )


def may_ask_item(
    requester: str,
    affair_row: str,
    sub_affair: str,
    provider: str,
    item: str,
    *,
    subject: str,
    day: date,
    stated: Collection[str] = (),
) -> Decision:
    """Whether one item about one person may be asked: the row *and* its article (命令2条・各条).

    `item` is an item id ("municipal-tax"), `subject` whom it is about ("claimant"), `stated` the
    conditions that the asking body stated to be met. The decision names the article's item
    ("命令第108条第1号ロ") and the row.
    """
    sub = _sub_affair(affair_row, sub_affair)
    place = citation(sub)
    asking, asked = body(requester), body(provider)
    outside = _outside(sub, asking, day)
    if outside is not None:
        return outside
    listed = [one for one in sub.items if one.item == item]
    if not listed:
        return Decision(False, place, affair_row, "item-not-permitted")
    refusal = None
    for one in listed:
        decision = may_ask(asking, affair_row, asked, one.category, day)
        if not decision.allowed:
            refusal = refusal or decision
        elif subject in one.subjects and all(need in stated for need in conditions_of(sub, one)):
            return Decision(True, citation(sub, one.letter), affair_row, "permitted")
        elif subject in one.subjects:
            refusal = Decision(False, citation(sub, one.letter), affair_row, "condition-open")
        elif refusal is None or refusal.reason != "condition-open":
            refusal = Decision(
                False, citation(sub, one.letter), affair_row, "subject-not-permitted"
            )
    if refusal is None:
        raise AssertionError("an item that is listed is either permitted or refused")
    return refusal
