"""What people read in a terminal in place of the names programs use (用語): English, with Japanese.

Outcomes, states and subjects are closed lists; fields and their codes are those of the information
model (`law.information`). What a body has of its own is shown with spaces for hyphens.
"""

import re
from datetime import date
from functools import cache
from typing import Final

THOUSANDS_FROM: Final = 10_000
OUTCOMES: Final = {
    "provided": "provided 提供",
    "no-data": "no data 該当なし",
    "refused": "refused 拒否",
    "lapsed": "lapsed 失効",
    "withheld": "withheld 提供制限",
    "not-received": "not received 未受領",
}
STATES: Final = {
    "asked": "asked, not yet permitted",
    "permitted": "permitted, not yet answered",
    "waiting": "waits",
    "answered": "answered",
    "closed": "ended",
}
REFUSERS: Final = {
    "requester": "the body's own rules",
    "network": "the network",
    "provider": "the body that was asked",
}
WAITS: Final = {
    "pending": "an officer there decides 職員が判断",
    "no-code": "the body that was asked has to find the person first 符号未取得",
}
"""Why an open request waits, where no error is the reason."""
OFFICERS_REASONS: Final = {
    "support-measures": "support measures protect the person 支援措置",
    "correcting": "the record is being corrected 訂正中",
}
"""Why a body lets an officer decide; a body may have reasons of its own."""
PAPERS: Final = {
    "not-needed": "Papers not needed (添付書類の省略)",
    "to-bring": "Papers to bring (持参する書類)",
    "waits": "Papers that wait for an answer (回答待ち)",
    "not-applicable": "Papers that are about nobody here (対象者なし)",
}
"""How a paper stands, in the order in which a clerk is told."""
FILE_FINDINGS: Final = {
    "mismatch": "who asked means somebody else 本人不一致",
    "not-acquired": "no code could be had for the person 符号取得不可",
}
"""What an exchange showed to be wrong on file."""
STOPS: Final = {
    "code-mark": "the code on file was moved from another person 符号の改変",
    "code-differs": "the code on file is not the person's 符号の相違",
}
"""Why a person's code is stopped until it is acquired anew."""
_INNER_NAME: Final = re.compile(r"[a-z]+(?:-[a-z0-9]+)+")


def field_word(item: str, name: str) -> str:
    """The label of a field of what was provided, with its unit."""
    from renkei.law.information import field_kinds, part_of

    part, number = part_of(item, name) or (None, None)
    kind = field_kinds().get(part.field if part is not None else name)
    if kind is None:
        return name.replace("-", " ")
    unit = f", {kind.unit}" if kind.unit is not None else ""
    which = f"{name.partition('-')[0]} {number}, " if number is not None else ""
    return f"{which}{kind.en}{unit} {kind.ja}"


def value_word(item: str, name: str, value: object) -> str:
    """A value as people read it: yes and no, thousands parted, words for codes of ours."""
    from renkei.law.information import coded

    if value is None:
        return "none 該当なし"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if value >= THOUSANDS_FROM else str(value)
    text = str(value)
    known = coded(item, name, text)
    if known is not None:
        return f"{known.en} {known.ja}"
    return text.replace("-", " ") if _INNER_NAME.fullmatch(text) else text


def is_shown(name: str) -> bool:
    """Whether a field is for people: a body's own key is not."""
    from renkei.law.information import field_kinds

    kind = field_kinds().get(name)
    return kind is None or kind.type != "key"


def waiting_words(code: str) -> str:
    """Why an open request waits: an officer, a missing code, or the error that holds it up."""
    from renkei.wire.reasons import reason_text

    return WAITS[code] if code in WAITS else reason_text(code)


def officers_reason(code: str) -> str:
    """Why an officer decides: a word of ours, else the body's own with spaces for hyphens."""
    return OFFICERS_REASONS.get(code, code.replace("-", " "))


def basis_words(article: str | None, row: str | None) -> str:
    """The legal basis of a request as one line names it."""
    return f"{article or 'no article (technical)'}" + (f", row {row}" if row else "")


def affair_words(affair: object) -> str:
    """The affair a request names: a row of the table, or an ordinance's own affair."""
    return f"row {affair}" if isinstance(affair, str) else "an affair of an ordinance (条例事務)"


def item_words(affair: object, sub_affair: str, item: str, day: date) -> str:
    """An item's name in both languages, as the article's table has it on that day."""
    from renkei.law import items_permitted

    if isinstance(affair, str):  # an ordinance's affair has no article of the order
        for permitted in items_permitted(affair, sub_affair, day):
            if permitted.item == item:
                return f"{permitted.label_ja} ({permitted.label_en})"
    return category_words(item)


def category_words(item: str) -> str:
    """A kind of information by its name in the tables, else as the first article that lists it."""
    from renkei.law import tables

    found = tables.categories().get(item)
    if found is not None:
        return f"{found.ja} ({found.en})"
    return _listed_items()[item]


@cache
def _listed_items() -> dict[str, str]:
    from renkei.law import tables

    every = [one for sub in tables.sub_affairs().values() for one in sub.items]
    return {one.item: f"{one.ja} ({one.en})" for one in reversed(every)}


def condition_words(condition: str) -> str:
    """What is stated of a limit of the law, in both languages; a word of no table as it is."""
    from renkei.law import tables

    known = tables.conditions().get(condition)
    return f"{known.ja} / {known.en}" if known is not None else condition


def condition_question(condition: str) -> str:
    """What a clerk has to answer before a condition is stated, in both languages."""
    from renkei.law import tables

    known = tables.conditions().get(condition)
    return f"{known.ask_ja} / {known.ask_en}" if known is not None else condition


def state_words(state: str) -> str:
    """How an item of a case stands, and so a paper: a sentence of the shared texts."""
    from renkei.kit.pages.wording import Wording

    return Wording("en").line_state(state).striptags()


def paper_reason(reason: str) -> str:
    """Why a paper stands as it does: by a line of the case, or because nothing replaces it."""
    if reason == "practice":
        return "Practice asks for it, and nothing replaces it. 運用で求めるもの"
    return state_words(reason)


def subject_words(subject: str) -> str:
    """Whom a request is about: `eligible child 支給要件児童`."""
    from renkei.law import tables

    named = tables.subjects()[subject]
    return f"{named['en']} {named['ja']}"
