"""Which item may be asked about whom: the articles behind the rows (命令3条～175条の2).

Here the spouse's tax is refused where the article names the claimant's only. `items_permitted` and
`may_ask_item` answer for one sub-affair; the row is asked too (`provision_rows`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
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
from renkei.law.payers import asked_for
from renkei.law.who_may_ask import may_ask, spread_tables

_LETTER: Final = re.compile(r"(.*?)([ァ-ヺ]?)", re.DOTALL)
"""A citation and the letter イ, ロ … at its end, if it has one."""


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
        if _time(one, day) == "permitted"
    )


def conditions_of(sub: tables.SubAffair, one: tables.Item) -> tuple[str, ...]:
    """What has to be stated for an item: by its row, its 号 and itself, each once (限定)."""
    row = tables.provision_rows()[sub.row]
    return tuple(dict.fromkeys((*row.conditions, *sub.conditions, *one.conditions)))


def conditions_open(
    sub_affair: str,
    item: str,
    subject: str,
    *,
    stated: Collection[str],
    provider: str | None = None,
) -> tuple[str, ...]:
    """What is still to be stated before an item may be asked about somebody (未申立ての限定).

    Where the article lists the item twice for one person, the place that wants least counts; with a
    `provider` (id or Japanese name) only places it can be asked under.
    """
    sub = tables.sub_affairs().get(sub_affair)
    if sub is None:
        return ()
    asked = body(provider) if provider is not None else None
    missing = [
        tuple(need for need in conditions_of(sub, place.line) if need not in stated)
        for place in spread_places(sub_affair).get(item, ())
        if subject in place.line.subjects and (asked is None or asked in place.providers)
    ]
    return min(missing, key=len, default=())


def _outside(sub: tables.SubAffair, asking: str, day: date) -> Decision | None:
    """Why nothing of a sub-affair may be asked by a kind of body on `day`; None where it may."""
    place = citation(sub)
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

    Of the former table (別表第二) the articles are not held: `affair_row` is a row of that table,
    `sub_affair` and `subject` are not looked at, and what the row allows is `permitted-by-row`.
    """
    asking, asked = body(requester), body(provider)
    if day < spread_tables().tables[0].valid_from:
        return _by_row_alone((asking, affair_row, asked, item), day)
    sub = _sub_affair(affair_row, sub_affair)
    outside = _outside(sub, asking, day)
    if outside is not None:
        return outside
    about = _About((sub.row, asking, asked), subject, day, stated)
    return _of_places(sub, item, about)


@cache
def categories_of(item: str) -> tuple[str, ...]:
    """The kinds of information an item of the articles stands in; a kind itself is its own (情報).

    Names of kinds and ids of items; none for another word.
    """
    if item in category_names():
        return (category(item),)
    lines = (one for sub in tables.sub_affairs().values() for one in sub.items)
    return tuple(dict.fromkeys(one.category for one in lines if one.item == item))


def _by_row_alone(question: tuple[str, str, str, str], day: date) -> Decision:
    """What the former table's row says of an item: the nearest of the kinds it stands in."""
    requester, row, provider, item = question
    refusal = None
    for kind in categories_of(item):
        decision = may_ask(requester, row, provider, kind, day)
        if decision.allowed:
            return Decision(True, decision.article, decision.row, "permitted-by-row")
        if refusal is None or decision.reason == "not-proven-for-this-day":
            refusal = decision
    if refusal is None:
        raise UnknownNameError(f"there is no item {item!r}")
    return refusal


class _About(msgspec.Struct, frozen=True, gc=False):
    """A question apart from its item: row, asker and asked; about whom, when, what is stated."""

    asked: tuple[str, str, str]
    subject: str
    day: date
    stated: Collection[str]


class _Place(msgspec.Struct, frozen=True):
    """One line of a 号 spread out: who may be asked, about whom, on what conditions."""

    line: tables.Item
    providers: frozenset[str]
    needs: frozenset[str]
    citation: str


@cache
def spread_places(sub_affair: str) -> Mapping[str, tuple[_Place, ...]]:
    """The lines of a sub-affair by item, spread out once."""
    sub = tables.sub_affairs()[sub_affair]
    found: dict[str, list[_Place]] = {}
    for one in sub.items:
        providers = asked_for(one.item, one.providers)
        place = _Place(
            one, providers, frozenset(conditions_of(sub, one)), citation(sub, one.letter)
        )
        found.setdefault(one.item, []).append(place)
    return {item: tuple(places) for item, places in found.items()}


def _of_places(sub: tables.SubAffair, item: str, about: _About) -> Decision:
    """The best answer of the lines that list an item: the nearest to a permission decides."""
    places = spread_places(sub.id).get(item)
    if not places:
        return Decision(False, citation(sub), sub.row, "item-not-permitted")
    best, refusal = 0, None
    for place in places:
        decision = _of_place(place, about)
        if decision.allowed:
            return decision
        near = NEARNESS.get(decision.reason, 0)
        if refusal is None or near > best:
            best, refusal = near, decision
    assert refusal is not None, "an item that is listed is either permitted or refused"
    return refusal


def _time(line: tables.Item, day: date) -> str:
    if line.valid_from is not None and day < line.valid_from:
        return "not-yet-in-force"
    if line.valid_to is not None and day > line.valid_to:
        return "no-longer-in-force"
    return "permitted"


NEARNESS: Final = {"provider-not-of-item": 1, "subject-not-permitted": 2, "condition-open": 3}
"""Of several refusals the one that says most about what is missing is told (拒否の理由の順)."""


def _of_place(place: _Place, about: _About) -> Decision:
    row, asking, provider = about.asked
    decision = may_ask(asking, row, provider, place.line.category, about.day)
    if not decision.allowed:
        return decision
    reason = _time(place.line, about.day)
    if reason != "permitted":
        return Decision(False, place.citation, row, reason)
    if provider not in place.providers:
        reason = "provider-not-of-item"
    elif about.subject not in place.line.subjects:
        reason = "subject-not-permitted"
    elif not place.needs.issubset(about.stated):
        reason = "condition-open"
    return Decision(reason == "permitted", place.citation, row, reason)
