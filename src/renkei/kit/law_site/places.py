"""Where each place of the law stands on the site, and what it is next to (所在).

An address is stable: it is made of the ids of the tables, `row/106.html#108-1`. It is relative to
the tree of one language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from renkei.law import tables
from renkei.law.bodies import narrower_bodies
from renkei.law.permitted_items_and_persons import conditions_of
from renkei.law.procedures import Procedure, procedures

START: Final = "index.html"
LISTS: Final = ("procedures", "rows", "items", "subjects", "bodies", "categories")
"""The kinds of things that have a page each and a page that lists them."""
MENU: Final = ("procedures", "rows", "items", "papers")
"""What the menu of every page leads to: short, since on a phone it stands before everything."""
CONDITIONS: Final = "conditions.html"
PAPERS: Final = "papers.html"


def row_place(row: str) -> str:
    """The page of a row of the provision table (命令2条の表の項)."""
    return f"row/{row}.html"


def affair_place(sub: tables.SubAffair) -> str:
    """The place of a sub-affair on its row's page (命令の条の号)."""
    return f"{row_place(sub.row)}#{sub.id}"


def procedure_place(procedure: str) -> str:
    """The page of a procedure (手続)."""
    return f"procedure/{procedure}.html"


def item_place(item: str) -> str:
    """The page of an item (情報の細目)."""
    return f"item/{item}.html"


def subject_place(subject: str) -> str:
    """The page of a word for whom a request is about (誰についての情報か)."""
    return f"subject/{subject}.html"


def body_place(kind: str) -> str:
    """The page of a kind of body (行政機関等の種類)."""
    return f"body/{kind}.html"


def category_place(category: str) -> str:
    """The page of a kind of information of column 4 (利用特定個人情報)."""
    return f"category/{category}.html"


def condition_place(condition: str) -> str:
    """The place of a condition on the page of all of them (限定)."""
    return f"{CONDITIONS}#{condition}"


@dataclass(frozen=True, slots=True)
class PaperPlace:
    """A paper of municipal practice, by its names in both languages, and who asks for it (書類)."""

    slug: str
    ja: str
    en: str
    spared: tuple[tuple[Procedure, tuple[str, ...]], ...]
    """The procedures in which items make it unnecessary."""
    remaining: tuple[Procedure, ...]
    """The procedures in which it is still asked for."""

    @property
    def place(self) -> str:
        """Its place on the page of all papers."""
        return f"{PAPERS}#{self.slug}"


@cache
def papers() -> Mapping[tuple[str, str], PaperPlace]:
    """Every paper by its Japanese and English name, in the order of the procedures (添付書類)."""
    spared: dict[tuple[str, str], list[tuple[Procedure, tuple[str, ...]]]] = {}
    remaining: dict[tuple[str, str], list[Procedure]] = {}
    for one in procedures().values():
        for paper in one.papers:
            spared.setdefault((paper.ja, paper.en), []).append((one, paper.items))
        for left in one.remaining:
            remaining.setdefault((left.ja, left.en), []).append(one)
    names = dict.fromkeys((*spared, *remaining))
    slugs = _slugs(names)
    return {
        (ja, en): PaperPlace(
            slugs[ja, en],
            ja,
            en,
            tuple(spared.get((ja, en), ())),
            tuple(remaining.get((ja, en), ())),
        )
        for ja, en in names
    }


def _slugs(names: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
    """An address for each paper, by its English name; papers of one English name are numbered."""
    made: dict[tuple[str, str], str] = {}
    for ja, en in sorted(names, key=lambda key: (key[1], key[0])):
        plain = re.sub("[^a-z0-9]+", "-", en.lower()).strip("-")
        same = sum(one == plain or one.startswith(f"{plain}--") for one in made.values())
        made[ja, en] = f"{plain}--{same + 1}" if same else plain
    return made


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a sub-affair: what may be asked about whom (号に掲げる情報)."""

    sub: tables.SubAffair
    item: tables.Item


@cache
def lines() -> tuple[Listed, ...]:
    """Every line of every sub-affair, in the order of the rows and articles."""
    rows = tables.provision_rows()
    order = {row: number for number, row in enumerate(rows)}
    subs = sorted(tables.sub_affairs().values(), key=lambda sub: order[sub.row])
    return tuple(Listed(sub, item) for sub in subs for item in sub.items)


@cache
def affairs_of(row: str) -> tuple[tables.SubAffair, ...]:
    """The sub-affairs of a row, in their order (項の号)."""
    return tuple(sub for sub in tables.sub_affairs().values() if sub.row == row)


@cache
def items() -> Mapping[str, tables.Item]:
    """Each item once, by id: its labels are the same wherever it stands (情報の細目)."""
    found: dict[str, tables.Item] = {}
    for one in lines():
        found.setdefault(one.item.item, one.item)
    return found


@cache
def _by_item() -> Mapping[str, tuple[Listed, ...]]:
    return _grouped((one.item.item, one) for one in lines())


@cache
def _by_subject() -> Mapping[str, tuple[Listed, ...]]:
    return _grouped((subject, one) for one in lines() for subject in one.item.subjects)


@cache
def _by_condition() -> Mapping[str, tuple[Listed, ...]]:
    return _grouped((need, one) for one in lines() for need in conditions_of(one.sub, one.item))


@cache
def _by_category() -> Mapping[str, tuple[Listed, ...]]:
    return _grouped((one.item.category, one) for one in lines())


def _grouped(pairs: Iterable[tuple[str, Listed]]) -> Mapping[str, tuple[Listed, ...]]:
    found: dict[str, list[Listed]] = {}
    for key, one in pairs:
        found.setdefault(key, []).append(one)
    return {key: tuple(ones) for key, ones in found.items()}


def lines_of_item(item: str) -> tuple[Listed, ...]:
    """Where an item stands (細目の所在)."""
    return _by_item().get(item, ())


def lines_about(subject: str) -> tuple[Listed, ...]:
    """Where somebody is asked about (対象者の所在)."""
    return _by_subject().get(subject, ())


def lines_under(condition: str) -> tuple[Listed, ...]:
    """What may be asked under a condition only (限定の所在)."""
    return _by_condition().get(condition, ())


def lines_within(category: str) -> tuple[Listed, ...]:
    """The lines whose kind of information is this one (情報の種類の所在)."""
    return _by_category().get(category, ())


@cache
def wider_bodies(kind: str) -> tuple[str, ...]:
    """The wider kinds a kind of body belongs to, itself left out (上位の種類)."""
    return tuple(one for one in tables.kinds() if one != kind and kind in narrower_bodies(one))


def span_of(first: date | None, last: date | None, within: tables.SubAffair) -> bool:
    """Whether a line's days differ from those of its sub-affair, so that they have to be said."""
    return (first or within.valid_from, last or within.valid_to) != (
        within.valid_from,
        within.valid_to,
    )
