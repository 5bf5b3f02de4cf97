"""Pages that list things, and the first page: everything can be found without the search (一覧)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from renkei.kit.law_site import places
from renkei.kit.law_site.leaf import INDEX, SCRIPT, Leaf, Tongue
from renkei.law import tables
from renkei.law.procedures import procedures

RESULTS: int = 50
"""Results of a search that are shown; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that has a place: its kind, its name, and words it is found by besides (見出し)."""

    kind: str
    name: str
    place: str
    more: str = ""


def entries(leaf: Leaf) -> Iterator[Entry]:
    """Everything that has a place of its own, in the order in which it is listed (索引)."""

    def plain(text: Markup) -> str:
        return str(text.striptags())

    for one in procedures().values():
        yield Entry("procedure", plain(leaf.ours(one)), places.procedure_place(one.id), one.act_ja)
    for row in tables.provision_rows().values():
        article = row.article.replace("-", "条の") if "-" in row.article else f"{row.article}条"
        name = plain(leaf.row_name(row))
        yield Entry("row", name, places.row_place(row.row), f"{article} {row.row}")
    for item in places.items().values():
        yield Entry("item", plain(leaf.ours(item)), places.item_place(item.item))
    for subject in tables.subjects():
        name = plain(leaf.words.subject(subject))
        yield Entry("subject", name, places.subject_place(subject))
    for kind in tables.kinds().values():
        yield Entry("body", plain(leaf.ours(kind)), places.body_place(kind.id))
    for category in tables.categories().values():
        yield Entry("category", plain(leaf.ours(category)), places.category_place(category.id))
    for paper in places.papers().values():
        yield Entry("paper", plain(leaf.ours(paper)), paper.place)
    for condition in tables.conditions().values():
        ask = {"ja": condition.ask_ja, "en": condition.ask_en}
        place = places.condition_place(condition.id)
        yield Entry("condition", plain(leaf.words.label("", ask)), place)
    for sub in tables.sub_affairs().values():
        name = leaf.t.plain("affair.name", place=leaf.article(sub), words=leaf.ours(sub))
        yield Entry("affair", name, places.affair_place(sub), sub.id)


KIND_OF_LIST = {
    "procedures": "procedure",
    "rows": "row",
    "items": "item",
    "subjects": "subject",
    "bodies": "body",
    "categories": "category",
}
"""What a list lists. Rows and procedures keep the order of the law, as does all in Japanese, whose
words have no order without their readings; the other lists in English are alphabetical."""


def list_page(language: Tongue, name: str) -> bytes:
    """All things of a kind, as links (一覧)."""
    leaf = Leaf(language, f"{name}.html")
    kind = KIND_OF_LIST[name]
    found = [one for one in entries(leaf) if one.kind == kind]
    if language == "en" and kind not in ("row", "procedure"):
        found.sort(key=lambda one: (one.name.casefold(), one.place))
    links = [leaf.link(one.place, one.name) for one in found]
    return leaf.page(
        "list.html",
        leaf.t.plain(f"list.{name}"),
        heading=leaf.t(f"list.{name}"),
        lead=leaf.t(f"lead.{name}", count=len(links)),
        links=links,
    )


def papers_page(language: Tongue) -> bytes:
    """The papers of practice: where items replace them, where they are still asked for (書類)."""
    leaf = Leaf(language, places.PAPERS)
    shown = []
    papers = list(places.papers().values())
    if language == "en":
        papers.sort(key=lambda paper: (paper.en.casefold(), paper.slug))
    for paper in papers:
        spared = [
            leaf.t(
                "paper.spared",
                procedure=leaf.link(places.procedure_place(one.id), leaf.ours(one)),
                items=leaf.listed(leaf.item(item) for item in items),
            )
            for one, items in paper.spared
        ]
        remaining = [
            leaf.link(places.procedure_place(one.id), leaf.ours(one)) for one in paper.remaining
        ]
        shown.append(
            {
                "id": paper.slug,
                "name": leaf.ours(paper),
                "spared": spared,
                "remaining": remaining,
            }
        )
    return leaf.page("papers.html", leaf.t.plain("list.papers"), papers=shown)


def conditions_page(language: Tongue) -> bytes:
    """The conditions as questions, each with the rows and affairs that have it (限定)."""
    leaf = Leaf(language, places.CONDITIONS)
    shown = []
    for one in tables.conditions().values():
        found = places.lines_under(one.id)
        rows: dict[str, dict[str, tables.SubAffair]] = {
            row.row: {} for row in tables.provision_rows().values() if one.id in row.conditions
        }
        for listed in found:
            rows.setdefault(listed.sub.row, {})[listed.sub.id] = listed.sub
        shown.append(
            {
                "id": one.id,
                "question": leaf.words.label("", {"ja": one.ask_ja, "en": one.ask_en}),
                "states": leaf.ours(one),
                "rows": [
                    {"row": leaf.row(row), "affairs": [leaf.affair(sub) for sub in subs.values()]}
                    for row, subs in rows.items()
                ],
            }
        )
    return leaf.page("conditions.html", leaf.t.plain("list.conditions"), conditions=shown)


def start_page(language: Tongue) -> bytes:
    """The first page: what this is, the search, the lists (はじめに)."""
    leaf = Leaf(language, places.START)
    counts = {name: _count(leaf, KIND_OF_LIST[name]) for name in places.LISTS}
    lists = [
        {
            "link": leaf.link(f"{name}.html", leaf.t(f"list.{name}")),
            "lead": leaf.t(f"lead.{name}", count=count),
        }
        for name, count in counts.items()
    ]
    for name, page, count in (
        ("papers", places.PAPERS, len(places.papers())),
        ("conditions", places.CONDITIONS, len(tables.conditions())),
    ):
        link = leaf.link(page, leaf.t(f"list.{name}"))
        lists.append({"link": link, "lead": leaf.t(f"lead.{name}", count=count)})
    return leaf.page(
        "start.html",
        leaf.t.plain("list.start"),
        lists=lists,
        most=RESULTS,
        script=f"../{SCRIPT}",
        index=INDEX,
    )


def _count(leaf: Leaf, kind: str) -> int:
    return sum(one.kind == kind for one in entries(leaf))


def kinds_of(found: Sequence[Entry]) -> list[str]:
    """The kinds of entries there are, in their order."""
    return list(dict.fromkeys(one.kind for one in found))
