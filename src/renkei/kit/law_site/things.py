"""Pages of items, persons, bodies and kinds of information: where each stands (細目等の頁).

All are made alike: what it is, then sections of places, grouped by the row they belong to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from renkei.kit.law_site import places
from renkei.kit.law_site.leaf import Leaf, Tongue
from renkei.law import tables
from renkei.law.permitted_items_and_persons import conditions_of
from renkei.law.procedures import by_affair, procedures

Facts = list[dict[str, Markup]]


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under one heading, mostly a row (見出しごとの行)."""

    heading: Markup
    lines: Sequence[Markup]
    days: Markup = field(default_factory=Markup)
    """When the row is in force; a line says its days only where they are others."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a page; `mark` says whether it is law or practice (節)."""

    heading: Markup
    mark: str
    groups: Sequence[Group]
    empty: Markup


def item_page(language: Tongue, item: tables.Item) -> bytes:
    """An item: the affairs and procedures it may be asked in, the papers it replaces (細目)."""
    leaf = Leaf(language, places.item_place(item.item))
    t, found = leaf.t, places.lines_of_item(item.item)
    facts = [
        ("category", leaf.categories(dict.fromkeys(one.item.category for one in found))),
        ("provider", leaf.bodies(dict.fromkeys(p for one in found for p in one.item.providers))),
    ]
    sections = [
        Section(t("item.procedures"), "law", _procedures(leaf, found), t("none.procedures")),
        Section(t("item.affairs"), "law", _by_row(leaf, found, _about), t("none.affairs")),
        Section(t("item.papers"), "practice", _papers(leaf, item.item), t("none.papers")),
    ]
    return _page(leaf, leaf.words.item(item.item), "kind.item", _facts(leaf, facts), sections)


def subject_page(language: Tongue, subject: str) -> bytes:
    """A word for a person: what may be asked about whoever it means (対象者)."""
    leaf = Leaf(language, places.subject_place(subject))
    t, found = leaf.t, places.lines_about(subject)
    sections = [
        Section(t("subject.affairs"), "law", _by_row(leaf, found, _items), t("none.affairs"))
    ]
    return _page(leaf, leaf.words.subject(subject), "kind.subject", [], sections)


def body_page(language: Tongue, kind: tables.Kind) -> bytes:
    """A kind of body: what it may ask, what it may be asked (機関の種類)."""
    leaf = Leaf(language, places.body_place(kind.id))
    t, names = leaf.t, {kind.id, *places.wider_bodies(kind.id)}
    rows = [row for row in tables.provision_rows().values() if not row.deleted]
    asks = [leaf.row(row.row) for row in rows if names.intersection(row.requesters)]
    asked = [
        Group(leaf.row(row.row), [leaf.categories(gives)], _row_days(leaf, row))
        for row in rows
        if (
            gives := dict.fromkeys(
                category
                for one in row.exchanges
                if names.intersection(one.providers)
                for category in one.categories
            )
        )
    ]
    facts = [
        ("within", leaf.bodies(places.wider_bodies(kind.id))),
        ("open-class", t("body.open-class") if kind.open_class else Markup("")),
        ("active-from", leaf.days(kind.active_from, None) if kind.active_from else Markup("")),
        ("source", leaf.japanese(kind.source)),
    ]
    asking = [Group(Markup(""), asks)] if asks else []
    sections = [
        Section(t("body.asks"), "law", asking, t("none.asks")),
        Section(t("body.asked"), "law", asked, t("none.asked")),
    ]
    return _page(leaf, leaf.ours(kind), "kind.body", _facts(leaf, facts), sections)


def category_page(language: Tongue, category: tables.Category) -> bytes:
    """A kind of information of column 4: its items, and the rows that name it (情報の種類)."""
    leaf = Leaf(language, places.category_place(category.id))
    t = leaf.t
    items = dict.fromkeys(one.item.item for one in places.lines_within(category.id))
    rows = [
        leaf.row(row.row)
        for row in tables.provision_rows().values()
        if any(category.id in one.categories for one in row.exchanges)
    ]
    facts = [
        ("within", leaf.categories(category.part_of)),
        ("source", leaf.japanese(category.source)),
    ]
    listed = [Group(Markup(""), [leaf.item(one) for one in items])] if items else []
    named = [Group(Markup(""), rows)] if rows else []
    sections = [
        Section(t("category.items"), "law", listed, t("none.items")),
        Section(t("category.rows"), "law", named, t("none.rows")),
    ]
    return _page(leaf, leaf.ours(category), "kind.category", _facts(leaf, facts), sections)


def _page(leaf: Leaf, name: Markup, kind: str, facts: Facts, sections: Sequence[Section]) -> bytes:
    said = leaf.t(kind)
    title = leaf.t.plain("thing.title", name=name, kind=said)
    return leaf.page("thing.html", title, heading=name, kind=said, facts=facts, sections=sections)


def _facts(leaf: Leaf, known: Iterable[tuple[str, Markup]]) -> Facts:
    return [{"label": leaf.t(f"label.{key}"), "value": value} for key, value in known if value]


def _by_row(
    leaf: Leaf,
    found: Iterable[places.Listed],
    said: Callable[[Leaf, Sequence[places.Listed]], Markup],
) -> list[Group]:
    """Places grouped by row, one line for each sub-affair."""
    rows: dict[str, dict[str, list[places.Listed]]] = {}
    for one in found:
        rows.setdefault(one.sub.row, {}).setdefault(one.sub.id, []).append(one)
    return [
        Group(
            leaf.row(row),
            [_affair_line(leaf, listed, said) for listed in subs.values()],
            _row_days(leaf, tables.provision_rows()[row]),
        )
        for row, subs in rows.items()
    ]


def _row_days(leaf: Leaf, row: tables.ProvisionRow) -> Markup:
    return leaf.days(row.valid_from, row.valid_to)


def _affair_line(
    leaf: Leaf,
    listed: Sequence[places.Listed],
    said: Callable[[Leaf, Sequence[places.Listed]], Markup],
) -> Markup:
    affair = leaf.affair(listed[0].sub)
    return Markup("{}<br>{}").format(affair, said(leaf, listed))


def _about(leaf: Leaf, listed: Sequence[places.Listed]) -> Markup:
    """About whom, of whom, on which conditions, when: what is alike but for the person is one."""
    subjects: dict[tuple[tuple[str, ...], tuple[str, ...], Markup], dict[str, None]] = {}
    for one in listed:
        alike = (conditions_of(one.sub, one.item), one.item.providers, _days(leaf, one))
        subjects.setdefault(alike, {}).update(dict.fromkeys(one.item.subjects))
    parts = []
    for (needs, providers, days), about in subjects.items():
        of_whom = leaf.bodies(providers)
        part = leaf.t("item.about", subjects=leaf.subjects(about), bodies=of_whom)
        if needs:
            part += Markup("<br>") + leaf.t("item.if", conditions=leaf.questions(needs))
        parts.append(Markup("{}<br>{}").format(part, days) if days else part)
    return Markup("<br>").join(parts)


def _items(leaf: Leaf, listed: Sequence[places.Listed]) -> Markup:
    """The items of one affair about one person; a mark where each place of one has a condition."""
    found: dict[tuple[str, Markup], bool] = {}
    for one in listed:
        key = (one.item.item, _days(leaf, one))
        found[key] = found.get(key, True) and bool(conditions_of(one.sub, one.item))
    parts = []
    for (item, days), limited in found.items():
        link = leaf.item(item)
        link = leaf.t("subject.limited", item=link) if limited else link
        parts.append(leaf.t("subject.days", item=link, days=days) if days else link)
    return leaf.listed(parts)


def _days(leaf: Leaf, one: places.Listed) -> Markup:
    """From when until when a line holds, where that is not the time of its whole row."""
    row, sub, item = tables.provision_rows()[one.sub.row], one.sub, one.item
    first = max(day for day in (row.valid_from, sub.valid_from, item.valid_from) if day)
    last = min((day for day in (row.valid_to, sub.valid_to, item.valid_to) if day), default=None)
    return leaf.days(first, last) if (first, last) != (row.valid_from, row.valid_to) else Markup("")


def _procedures(leaf: Leaf, found: Iterable[places.Listed]) -> list[Group]:
    """The procedures under whose affairs an item may be asked."""
    resting = {
        one.id: one
        for listed in found
        for one in by_affair().get((listed.sub.row, listed.sub.id), ())
    }
    links = [
        leaf.link(places.procedure_place(one.id), leaf.ours(one))
        for one in procedures().values()
        if one.id in resting
    ]
    return [Group(Markup(""), links)] if links else []


def _papers(leaf: Leaf, item: str) -> list[Group]:
    """The papers an item makes unnecessary, each with its procedures."""
    found: Mapping[places.PaperPlace, list[Markup]] = {
        paper: [
            leaf.link(places.procedure_place(one.id), leaf.ours(one))
            for one, items in paper.spared
            if item in items
        ]
        for paper in places.papers().values()
    }
    return [
        Group(leaf.link(paper.place, leaf.ours(paper)), links)
        for paper, links in found.items()
        if links
    ]
