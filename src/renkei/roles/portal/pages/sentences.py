"""One line of a history in words a person understands (履歴の一行を文にする)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from markupsafe import Markup

from renkei.kit.pages import Language, day_text, named, texts, time_text
from renkei.law import procedures, tables
from renkei.roles.portal.pages import addresses
from renkei.roles.portal.pages.citations import spelled
from renkei.wire.history import HistoryLine, Named

NOTHING_GIVEN: Final = ("no-data", "withheld", "refused")
TONES: Final = {
    "provided": "good",
    "sent": "good",
    "taken": "good",
    "refused-network": "stop",
    "refused-provider": "stop",
    "differs": "stop",
    "waiting": "wait",
}
"""Colour of a state's badge; the words say the same. Others are plain."""
STATES: Final = (*TONES, "no-data", "withheld", "lapsed", "not-received")


@dataclass(frozen=True, slots=True)
class Sentences:
    """A line ready to be shown."""

    day: Markup
    time: Markup
    state: str
    tone: str
    badge: Markup
    asked: Markup
    result: Markup
    law: Markup
    name: str
    href: str
    requester: Markup
    witnessed: bool


def state_of(line: HistoryLine) -> str:
    """How a line ended, one of STATES, from the network's word and both receipts (結果)."""
    asked, gave = line.requester_outcome, line.provider_outcome
    if not line.allowed:
        return "refused-network"
    if asked is None and gave is None:
        return "waiting"
    if gave == "provided" and asked is None:
        return "sent"
    if asked == "provided" and gave is None:
        return "taken"
    if asked == "not-received" and gave in (None, "provided", "not-received"):
        return "not-received"
    if asked == "not-received" and gave in NOTHING_GIVEN:
        asked = gave
    if asked is not None and gave is not None and asked != gave:
        return "differs"
    final = gave or asked or "waiting"
    return "refused-provider" if final == "refused" else final


class Wording:
    """Words of one language for what lines hold; names and labels come with their own marks."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.texts = texts(language)

    def name(self, one: Named) -> Markup:
        """A body's or an office's name in this language."""
        if self.language == "en":
            return named(one.name_en)
        return named(one.name_ja) if self.language == "ja" else unread(named(one.name_ja))

    def item(self, item: str) -> Markup:
        """An item of an article or a category of the table: what was asked for."""
        if item in _item_labels():
            return self._label(f"item.{item}", _item_labels()[item])
        category = tables.categories().get(item)
        if category is None:
            return named(item)
        return self._label(f"item.{item}", {"ja": category.ja, "en": category.en})

    def items(self, items: Iterable[str]) -> Markup:
        """Several items as a list inside a sentence."""
        quoted = (self.texts("quoted", item=self.item(item)) for item in items)
        return self.texts("list.separator").join(quoted)

    def subject(self, subject: str) -> Markup:
        """In which position the person stands in the procedure."""
        label = tables.subjects().get(subject)
        return named(subject) if label is None else self._label(f"subject.{subject}", label)

    def procedure(self, line: HistoryLine) -> Markup:
        """The procedure as a desk calls it, else the affair of the law."""
        for one in procedures().values():
            if any((a.row, a.sub_affair) == (line.affair, line.sub_affair) for a in one.affairs):
                return self._label(f"procedure.{one.id}", {"ja": one.ja, "en": one.en})
        return self.affair(line)

    def affair(self, line: HistoryLine) -> Markup:
        """The affair of the law: act, affair and the article's own sub-affair."""
        row = tables.provision_rows().get(line.affair)
        if row is None:
            key = "affair.ordinance"
            return self.texts(key) if line.affair.startswith("o-") else named(line.affair)
        sub = tables.sub_affairs().get(line.sub_affair)
        japanese = f"{row.act_ja}：{row.affair_ja}" + (f"・{sub.ja}" if sub else "")
        english = f"{row.act_en}: {row.affair_en}" + (f"; {sub.en}" if sub else "")
        return self._label("", {"ja": japanese, "en": english})

    def act(self, line: HistoryLine) -> Markup | None:
        """The act whose affair it is (児童手当法); None for an affair outside the table."""
        row = tables.provision_rows().get(line.affair)
        return None if row is None else self._label("", {"ja": row.act_ja, "en": row.act_en})

    def reason(self, code: str) -> Markup:
        """Why something was refused or failed, as a whole sentence."""
        return self._first(f"reason.{code}", f"error.{code}") or named(code)

    def failure(self, code: str) -> Markup:
        """What went wrong for the reader of an error, and what to do; unknown codes are ours."""
        return self._first(f"error.{code}", f"reason.{code}") or self.texts("error.internal")

    def _first(self, *keys: str) -> Markup | None:
        return next((self.texts(key) for key in keys if key in self.texts), None)

    def law(self, article: str | None, row: str | None) -> Markup | None:
        """The article and the row a decision rests on; None for a technical one."""
        if article is None:
            return None
        law = spelled(article, self.language)
        return law if row is None else self.texts("law.row", law=law, row=named(row))

    def _label(self, key: str, label: Mapping[str, str]) -> Markup:
        if self.language == "en":
            return Markup("{}").format(label["en"])
        if self.language == "ja":
            return Markup("{}").format(label["ja"])
        return self.texts(key) if key in self.texts else unread(Markup("{}").format(label["ja"]))


def unread(text: Markup) -> Markup:
    """Marks a word of an office or a law that has no reading in plain Japanese."""
    return Markup('<span class="unread">{}</span>').format(text)


def sentences(line: HistoryLine, language: Language) -> Sentences:
    """Put a line into words; every text of a state exists in every language (tests/walls)."""
    words = Wording(language)
    t, state = words.texts, state_of(line)
    requester, provider = words.name(line.requester), words.name(line.provider)
    day, time = day_text(t, line.asked_at), time_text(t, line.asked_at)
    return Sentences(
        day=day,
        time=time,
        state=state,
        tone=TONES.get(state, "plain"),
        badge=t(f"badge.{state}"),
        asked=t(
            "line.asked",
            requester=strong(requester),
            office=words.name(line.office),
            provider=strong(provider),
            items=strong(words.items(line.items)),
            procedure=words.procedure(line),
            subject=words.subject(line.subject),
        ),
        result=_result(line, state, words),
        law=_law(line, words),
        name=t.plain("line.name", day=day, time=time, requester=requester, provider=provider),
        href=addresses.address(addresses.LINE, language, place=line.number),
        requester=requester,
        witnessed=line.witnessed,
    )


def strong(text: Markup) -> Markup:
    """The words a reader looks for in a sentence."""
    return Markup("<strong>{}</strong>").format(text)


def _result(line: HistoryLine, state: str, words: Wording) -> Markup:
    t = words.texts
    known: dict[str, Callable[[], Markup]] = {
        "requester": lambda: words.name(line.requester),
        "provider": lambda: words.name(line.provider),
        "reason": lambda: words.reason(line.reason),
        "requester_outcome": lambda: t(f"outcome.{line.requester_outcome or 'none'}"),
        "provider_outcome": lambda: t(f"outcome.{line.provider_outcome or 'none'}"),
    }
    key = f"result.{state}"
    return t(key, **{name: known[name]() for name in t.wants(key)})


def _law(line: HistoryLine, words: Wording) -> Markup:
    law = words.law(line.article, line.row)
    if law is None:
        return words.texts("line.law.technical")
    if not line.allowed:
        return words.texts("line.law.refused", law=law)
    act = words.act(line)
    if act is None:
        return words.texts("line.law.only", law=law)
    return words.texts("line.law", law=law, act=act)


@cache
def _item_labels() -> Mapping[str, Mapping[str, str]]:
    return {
        item.item: {"ja": item.ja, "en": item.en}
        for sub in tables.sub_affairs().values()
        for item in sub.items
    }
