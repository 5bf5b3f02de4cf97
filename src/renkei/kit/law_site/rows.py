"""Pages of the rows and of the procedures: what may be asked, for which affair (項・手続の頁)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from markupsafe import Markup

from renkei.kit.law_site import places
from renkei.kit.law_site.leaf import Leaf, Tongue
from renkei.kit.pages.citations import spelled
from renkei.kit.pages.components import Column, Table
from renkei.law import tables
from renkei.law.procedures import Procedure, by_affair


def row_page(language: Tongue, row: tables.ProvisionRow) -> bytes:
    """A row with its articles: who asks whom for what, and each sub-affair's items (項)."""
    leaf = Leaf(language, places.row_place(row.row))
    affairs = places.affairs_of(row.row)
    name = leaf.row_name(row)
    return leaf.page(
        "row.html",
        leaf.t.plain("row.title", name=name),
        heading=name,
        facts=_row_facts(leaf, row),
        exchanges=_exchanges(leaf, row),
        affairs=[_affair(leaf, sub) for sub in affairs],
        deleted=row.deleted,
    )


def _row_facts(leaf: Leaf, row: tables.ProvisionRow) -> list[dict[str, Markup]]:
    t, label = leaf.t, leaf.words.label
    article, _, branch = row.article.partition("-")
    order = f"命令第{article}条" + (f"の{branch}" if branch else "")
    known = [
        ("act", label("", {"ja": row.act_ja, "en": row.act_en})),
        ("affair", label("", {"ja": row.affair_ja, "en": row.affair_en})),
        ("place", t("row.place", row=leaf.row_number(row.row))),
        ("article", spelled(order, leaf.language)),
        ("asks", leaf.bodies(row.requesters)),
        ("conditions", leaf.questions(row.conditions)),
        ("days", leaf.days(row.valid_from, row.valid_to)),
        ("quasi", t("row.quasi") if row.quasi_statutory else Markup("")),
        ("source", leaf.japanese(row.source)),
    ]
    return [{"label": t(f"label.{key}"), "value": value} for key, value in known if value]


def _exchanges(leaf: Leaf, row: tables.ProvisionRow) -> Table:
    t = leaf.t
    cells = []
    for one in row.exchanges:
        what = leaf.categories(one.categories)
        if one.valid_from is not None or one.valid_to is not None:
            days = leaf.days(one.valid_from or row.valid_from, one.valid_to or row.valid_to)
            what += Markup('<br><span class="quiet small">{}</span>').format(days)
        cells.append([leaf.bodies(one.providers), what])
    columns = [Column(t("column.provider")), Column(t("column.category"))]
    return Table(t("row.exchanges"), columns, cells, t("row.deleted"))


def _affair(leaf: Leaf, sub: tables.SubAffair) -> dict[str, Any]:
    """One sub-affair as a section of its row's page."""
    t = leaf.t
    resting = by_affair().get((sub.row, sub.id), ())
    known = [
        ("asks", leaf.bodies(sub.bodies)),
        ("days", leaf.days(sub.valid_from, sub.valid_to)),
        ("procedures", leaf.procedures((one.id, leaf.ours(one)) for one in resting)),
        ("source", leaf.japanese(sub.source)),
    ]
    return {
        "id": sub.id,
        "heading": leaf.ours(sub),
        "place": leaf.article(sub),
        "facts": [{"label": t(f"label.{key}"), "value": value} for key, value in known if value],
        "table": leaf.items_table(sub, t("affair.table")),
    }


def procedure_page(language: Tongue, one: Procedure) -> bytes:
    """A procedure: its affairs with what may be asked, and the papers of practice (手続)."""
    leaf = Leaf(language, places.procedure_place(one.id))
    name = leaf.ours(one)
    subs = [tables.sub_affairs()[affair.sub_affair] for affair in one.affairs]
    return leaf.page(
        "procedure.html",
        leaf.t.plain("procedure.title", name=name),
        heading=name,
        note=leaf.words.label("", {"ja": one.note_ja, "en": one.note_en}),
        facts=list(_procedure_facts(leaf, one, subs)),
        affairs=[_of_procedure(leaf, sub) for sub in subs],
        spared=[
            {
                "paper": leaf.link(places.papers()[paper.ja, paper.en].place, leaf.ours(paper)),
                "items": leaf.listed(leaf.item(item) for item in paper.items),
            }
            for paper in one.papers
        ],
        remaining=[
            leaf.link(places.papers()[paper.ja, paper.en].place, leaf.ours(paper))
            for paper in one.remaining
        ],
    )


def _procedure_facts(
    leaf: Leaf, one: Procedure, subs: list[tables.SubAffair]
) -> Iterator[dict[str, Markup]]:
    t = leaf.t
    act = leaf.japanese(one.act_ja)
    if leaf.language == "en":
        rows = tables.provision_rows()
        acts = dict.fromkeys(rows[sub.row].act_en for sub in subs)
        act = t("procedure.act", act="; ".join(acts), cited=act)
    else:
        yield {"label": t("label.decides"), "value": Markup("{}").format(one.deciding_ja)}
    yield {"label": t("label.basis"), "value": act}
    yield {"label": t("label.days"), "value": leaf.days(one.valid_from, one.valid_to)}


def _of_procedure(leaf: Leaf, sub: tables.SubAffair) -> dict[str, Any]:
    """What may be asked under one affair of a procedure, and by whom."""
    row = tables.provision_rows()[sub.row]
    return {
        "heading": leaf.affair(sub),
        "row": leaf.row(sub.row),
        "asks": leaf.bodies(sub.bodies or row.requesters),
        "days": leaf.days(*_overlap(row, sub)),
        "table": leaf.items_table(sub, leaf.t("affair.table")),
    }


def _overlap(row: tables.ProvisionRow, sub: tables.SubAffair) -> tuple[date, date | None]:
    """The days on which row and sub-affair are both in force."""
    ends = [one for one in (row.valid_to, sub.valid_to) if one is not None]
    return max(row.valid_from, sub.valid_from), min(ends, default=None)
