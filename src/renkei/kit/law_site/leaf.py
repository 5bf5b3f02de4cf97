"""One page of the site: its words, its links to other places, its frame (紙面).

A link is relative to the page it stands on, so that the site works from any folder, with a server
or without one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any, Final, Literal

from markupsafe import Markup

from renkei.kit.eras import TOKYO
from renkei.kit.law_site import places
from renkei.kit.pages.citations import spelled
from renkei.kit.pages.components import Column, Table
from renkei.kit.pages.dates import day_text
from renkei.kit.pages.rendering import render
from renkei.kit.pages.texts import TONGUES
from renkei.kit.pages.wording import Wording
from renkei.law import tables
from renkei.law.permitted_items_and_persons import citation, conditions_of

ROLE: Final = "law_site"
Tongue = Literal["ja", "en"]
TREES: Final[tuple[Tongue, ...]] = ("ja", "en")
"""The languages of the site, a tree of pages each."""
STYLE: Final = "style.css"
SCRIPT: Final = "search.js"
INDEX: Final = "search-index.js"
_NOON: Final = time(12, tzinfo=TOKYO)


class Leaf:
    """What the builders of a page write with; `path` is its address within its language (紙面)."""

    def __init__(self, language: Tongue, path: str) -> None:
        self.language = language
        self.path = path
        self.words = Wording(language, ROLE)
        self.t = self.words.texts
        self._above = "../" * path.count("/")

    # -- links -------------------------------------------------------------------------------

    def to(self, place: str) -> str:
        """The address of another place of this language, seen from this page."""
        return self._above + place

    def link(self, place: str, text: Markup | str) -> Markup:
        """A link to another place of this language."""
        return Markup('<a href="{}">{}</a>').format(self.to(place), text)

    def row(self, row: str) -> Markup:
        """A link to a row, by its number and affair."""
        return self.link(places.row_place(row), self.row_name(tables.provision_rows()[row]))

    def affair(self, sub: tables.SubAffair) -> Markup:
        """A link to a sub-affair, by its article and words."""
        text = self.t("affair.name", place=self.article(sub), words=self.ours(sub))
        return self.link(places.affair_place(sub), text)

    def item(self, item: str) -> Markup:
        """A link to an item."""
        return self.link(places.item_place(item), self.words.item(item))

    def subjects(self, subjects: Iterable[str]) -> Markup:
        """Links to those a request may be about."""
        return self.listed(
            self.link(places.subject_place(one), self.words.subject(one)) for one in subjects
        )

    def bodies(self, kinds: Iterable[str]) -> Markup:
        """Links to kinds of body."""
        return self.listed(
            self.link(places.body_place(one), self.ours(tables.kinds()[one])) for one in kinds
        )

    def categories(self, categories: Iterable[str]) -> Markup:
        """Links to kinds of information."""
        return self.listed(
            self.link(places.category_place(one), self.ours(tables.categories()[one]))
            for one in categories
        )

    def procedures(self, named: Iterable[tuple[str, Markup]]) -> Markup:
        """Links to procedures, each by id and name."""
        return self.listed(self.link(places.procedure_place(one), name) for one, name in named)

    def questions(self, conditions: Iterable[str]) -> Markup:
        """The conditions as questions to a clerk, each a link to where it is used."""
        asked = []
        for one in conditions:
            known = tables.conditions()[one]
            question = self.words.label("", {"ja": known.ask_ja, "en": known.ask_en})
            asked.append(self.link(places.condition_place(one), question))
        return Markup("<br>").join(asked)

    # -- words -------------------------------------------------------------------------------

    def listed(self, parts: Iterable[Markup]) -> Markup:
        """Words beside each other."""
        return self.t("list.separator").join(parts)

    def ours(self, one: Any) -> Markup:
        """The label of anything that has one in both languages."""
        return self.words.label("", {"ja": one.ja, "en": one.en})

    def row_name(self, row: tables.ProvisionRow) -> Markup:
        """A row by its number, act and affair."""
        act = self.words.label("", {"ja": row.act_ja, "en": row.act_en})
        affair = self.words.label("", {"ja": row.affair_ja, "en": row.affair_en})
        return self.t("row.name", row=self.row_number(row.row), act=act, affair=affair)

    def row_number(self, row: str) -> str:
        """A row's number as it is written: 95-2, in Japanese 95の2."""
        return row.replace("-", "の") if self.language == "ja" else row

    def article(self, sub: tables.SubAffair, letter: str = "") -> Markup:
        """The place of a sub-affair, or of one line of it, in the order."""
        return spelled(citation(sub, letter), self.language)

    def japanese(self, text: str) -> Markup:
        """What there is in Japanese only, marked as such: names of sources."""
        if self.language == "ja":
            return Markup("{}").format(text)
        return Markup('<span lang="ja">{}</span>').format(text)

    def days(self, first: date, last: date | None) -> Markup:
        """From when, and until when, something is in force."""
        start = day_text(self.t, datetime.combine(first, _NOON))
        if last is None:
            return self.t("days.from", first=start)
        return self.t("days.between", first=start, last=day_text(self.t, _noon(last)))

    # -- parts -------------------------------------------------------------------------------

    def items_table(self, sub: tables.SubAffair, caption: Markup) -> Table:
        """What may be asked for a sub-affair: information, about whom, of whom, on what condition.

        The column of conditions is left out where nothing has one.
        """
        limited = any(conditions_of(sub, one) for one in sub.items)
        labels = ["item", "subject", "provider", *(["condition"] if limited else [])]
        rows = [self._items_row(sub, one, limited) for one in sub.items]
        columns = [Column(self.t(f"column.{label}")) for label in labels]
        return Table(caption, columns, rows, self.t("affair.not-held"))

    def _items_row(self, sub: tables.SubAffair, one: tables.Item, limited: bool) -> list[Markup]:
        where = self.article(sub, one.letter)
        said = Markup('{}<br><span class="quiet small">{}</span>').format(
            self.item(one.item), where
        )
        if places.span_of(one.valid_from, one.valid_to, sub):
            days = self.days(one.valid_from or sub.valid_from, one.valid_to or sub.valid_to)
            said += Markup('<br><span class="quiet small">{}</span>').format(days)
        cells = [said, self.subjects(one.subjects), self.bodies(one.providers)]
        if limited:
            cells.append(self.questions(conditions_of(sub, one)) or self.t("condition.none"))
        return cells

    def page(self, template: str, title: str, **context: Any) -> bytes:
        """The whole page as HTML."""
        html = render(ROLE, template, self.language, frame=self._frame(title), leaf=self, **context)
        return html.encode()

    def _frame(self, title: str) -> dict[str, Any]:
        """What stands around every page: name, languages, menu (画面の枠)."""
        here = self.path
        ways = [(places.START, "list.start"), *((f"{x}.html", f"list.{x}") for x in places.MENU)]
        return {
            "title": f"{title} - {self.t.plain('service')}",
            "service": self.link(places.START, self.t("service")),
            "style": f"../{self._above}{STYLE}",
            "sandbox": False,
            "session": None,
            "tongues": [
                {
                    "label": TONGUES[tongue],
                    "tag": tongue,
                    "href": f"../{self._above}{tongue}/{here}",
                    "current": tongue == self.language,
                }
                for tongue in TREES
            ],
            "ways": [
                {"label": self.t(key), "href": self.to(path), "current": path == here}
                for path, key in ways
            ],
        }


def _noon(day: date) -> datetime:
    return datetime.combine(day, _NOON)
