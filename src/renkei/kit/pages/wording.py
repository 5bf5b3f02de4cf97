"""Words of the law's tables and of the closed lists in a reader's language (法令用語の表示).

Every role that shows an item, an office, a reason or an article says it with these words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Protocol

from markupsafe import Markup

from renkei.kit.pages.citations import spelled
from renkei.kit.pages.names import named, unread
from renkei.kit.pages.readings import read_name
from renkei.kit.pages.texts import SHARED, Language, texts
from renkei.law import tables
from renkei.law.planning import Question


class Bilingual(Protocol):
    """Something named in Japanese and English: a body, an office (名称)."""

    @property
    def name_ja(self) -> str:
        """The name in Japanese."""

    @property
    def name_en(self) -> str:
        """The name in English."""


class Wording:
    """Words of one language; names and labels come with their own marks (文言)."""

    def __init__(self, language: Language, role: str = SHARED) -> None:
        self.language = language
        self.texts = texts(language, role)

    def name(self, one: Bilingual) -> Markup:
        """A body's or an office's name in this language; in plain Japanese with its reading."""
        if self.language == "en":
            return named(one.name_en)
        return named(one.name_ja) if self.language == "ja" else read_name(one.name_ja)

    def item(self, item: str) -> Markup:
        """An item of an article or a category of the table: what was asked for."""
        if item in _item_labels():
            return self.label(f"item.{item}", _item_labels()[item])
        category = tables.categories().get(item)
        if category is None:
            return named(item)
        return self.label(f"item.{item}", {"ja": category.ja, "en": category.en})

    def items(self, items: Iterable[str]) -> Markup:
        """Several items as a list inside a sentence."""
        quoted = (self.texts("quoted", item=self.item(item)) for item in items)
        return self.texts("list.separator").join(quoted)

    def subject(self, subject: str) -> Markup:
        """In which position a person stands in a procedure."""
        label = tables.subjects().get(subject)
        return named(subject) if label is None else self.label(f"subject.{subject}", label)

    def conditions(self, stated: Iterable[str]) -> Markup:
        """What was stated to be met of the law's limits, as a list inside a sentence."""
        quoted = (self.texts("quoted", item=self._condition(one)) for one in stated)
        return self.texts("list.separator").join(quoted)

    def _condition(self, condition: str) -> Markup:
        known = tables.conditions().get(condition)
        if known is None:
            return named(condition)
        return self.label(f"condition.{condition}", {"ja": known.ja, "en": known.en})

    def affair(self, affair: str, sub_affair: str) -> Markup:
        """The affair of the law: act, affair and the article's own sub-affair."""
        row = tables.provision_rows().get(affair)
        if row is None:
            return self.texts("affair.ordinance") if affair.startswith("o-") else named(affair)
        sub = tables.sub_affairs().get(sub_affair)
        japanese = f"{row.act_ja}：{row.affair_ja}" + (f"・{sub.ja}" if sub else "")
        english = f"{row.act_en}: {row.affair_en}" + (f"; {sub.en}" if sub else "")
        return self.label("", {"ja": japanese, "en": english})

    def act(self, affair: str) -> Markup | None:
        """The act whose affair it is (児童手当法); None for an affair outside the table."""
        row = tables.provision_rows().get(affair)
        return None if row is None else self.label("", {"ja": row.act_ja, "en": row.act_en})

    def reason(self, code: str) -> Markup:
        """Why something was refused or failed, as a whole sentence."""
        return self._first(f"reason.{code}", f"error.{code}") or named(code)

    def failure(self, code: str) -> Markup:
        """What went wrong for the reader of an error, and what to do; unknown codes are ours."""
        return self._first(f"error.{code}", f"reason.{code}") or self.texts("error.internal")

    def line_state(self, state: str, needs: Iterable[str] = ()) -> Markup:
        """How a line of a case stands, and which facts on file are missing (案件の行の状態)."""
        said = self.texts(f"line-state.{state}")
        facts = [self.texts(f"fact.{fact}") for fact in needs]
        if not facts:
            return said
        return Markup("{} ({})").format(said, self.texts("list.separator").join(facts))

    def question(self, one: Question) -> Markup:
        """What a clerk has to answer before a case goes on (案件の質問)."""
        if one.kind == "who":
            return self.texts("question.who", subject=self.subject(one.about))
        if one.kind == "body":
            of = self.item(one.category) if one.category else self.texts(f"fact.{one.about}")
            return self.texts("question.body", fact=of, person=named(one.person or ""))
        if one.kind == "place":
            when = {} if one.year is None else {"year": named(str(one.year))}
            return self.texts(f"question.{one.about}", person=named(one.person or ""), **when)
        known = tables.conditions()[one.about]
        return self.label(f"question.{one.about}", {"ja": known.ask_ja, "en": known.ask_en})

    def _first(self, *keys: str) -> Markup | None:
        return next((self.texts(key) for key in keys if key in self.texts), None)

    def law(self, article: str | None, row: str | None) -> Markup | None:
        """The article and the row a decision rests on; None for a technical one."""
        if article is None:
            return None
        law = spelled(article, self.language)
        return law if row is None else self.texts("law.row", law=law, row=named(row))

    def label(self, key: str, label: Mapping[str, str]) -> Markup:
        """A label of the tables; in plain Japanese our own words under `key`, if there are any."""
        if self.language == "en":
            return Markup("{}").format(label["en"])
        if self.language == "ja":
            return Markup("{}").format(label["ja"])
        return self.texts(key) if key in self.texts else unread(Markup("{}").format(label["ja"]))


@cache
def _item_labels() -> Mapping[str, Mapping[str, str]]:
    return {
        item.item: {"ja": item.ja, "en": item.en}
        for sub in tables.sub_affairs().values()
        for item in sub.items
    }
