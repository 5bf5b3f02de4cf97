"""What people read in a terminal in place of the names programs use (用語): English, with Japanese.

Outcomes, states and subjects are closed lists. Fields and values are a body's own; one without a
word here is shown with spaces for hyphens, and a test finds every one the sandbox can send.
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
FIELDS: Final = {
    "act": "act",
    "amount": "amount, yen",
    "annual": "a year, yen",
    "branch": "branch 支店",
    "branch-code": "branch code",
    "children": "children",
    "copayment": "co-payment, tenths",
    "dependants": "dependants 扶養親族",
    "exempt": "exempt 非課税",
    "head-name": "head of household 世帯主",
    "holder": "holder 口座名義",
    "household-key": "household",
    "housing-aid": "housing aid 住宅扶助",
    "income-levy": "income levy, yen 所得割",
    "institution": "bank 金融機関",
    "institution-code": "bank code",
    "insured-kind": "kind of insured 被保険者種別",
    "insurer": "insurer 保険者",
    "is-head": "is head of household",
    "kind": "kind",
    "level": "care level 要介護度",
    "livelihood-aid": "livelihood aid 生活扶助",
    "married": "married 婚姻",
    "medical-aid": "medical aid 医療扶助",
    "month": "month",
    "monthly": "a month, yen",
    "monthly-benefit": "benefit a month, yen",
    "municipality": "municipality code 市町村コード",
    "number": "number",
    "other-birth-date": "born",
    "per-capita-levy": "per-capita levy, yen 均等割",
    "relationship": "relationship 続柄",
    "since": "since",
    "status": "status",
    "symbol": "symbol 記号",
    "tax-year": "tax year 年度",
    "total-income": "total income, yen 合計所得",
    "valid-from": "valid from",
    "valid-to": "valid to",
}
NUMBERED: Final = {"relation": "relative"}
"""Names that come several times with a number: `relation-2-kind`."""
VALUES: Final = {
    "parent": "parent 親",
    "child": "child 子",
    "spouse": "spouse 配偶者",
    "category-1": "category 1 第1号被保険者",
    "category-2": "category 2 第2号被保険者",
    "category-3": "category 3 第3号被保険者",
    "insured": "insured 加入中",
    "receiving-old-age": "receives an old-age pension 老齢年金受給",
    "old-age": "old-age 老齢",
    "old-age-basic": "old-age basic pension 老齢基礎年金",
    "old-age-employees": "old-age employees' pension 老齢厚生年金",
    "dependant": "dependant 被扶養者",
    "granted": "granted 受給中",
    "ordinary": "ordinary account 普通",
    "high-cost-medical-expense": "high medical cost 高額療養費",
    "sickness-allowance": "sickness allowance 傷病手当金",
    "japan-health-insurance-association": "Japan Health Insurance Association 協会けんぽ",
    "national-health-insurance": "National Health Insurance 国民健康保険",
}
LEVELS: Final = {"care": "care level {0} 要介護{0}", "support": "support level {0} 要支援{0}"}
_NUMBERED_NAME: Final = re.compile(r"([a-z]+)-([0-9]+)-(.+)")
_LEVEL: Final = re.compile(r"([a-z]+)-([0-9]+)")
_INNER_NAME: Final = re.compile(r"[a-z]+(?:-[a-z0-9]+)+")


def field_word(name: str) -> str:
    """The label of a field of what was provided."""
    numbered = _NUMBERED_NAME.fullmatch(name)
    if numbered is not None and numbered[1] in NUMBERED:
        return f"{NUMBERED[numbered[1]]} {numbered[2]}, {field_word(numbered[3])}"
    return FIELDS.get(name, name.replace("-", " "))


def value_word(value: object) -> str:
    """A value as people read it: yes and no, thousands parted, words for codes of ours."""
    if value is None:
        return "none 該当なし"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if value >= THOUSANDS_FROM else str(value)
    text = str(value)
    level = _LEVEL.fullmatch(text)
    if level is not None and level[1] in LEVELS:
        return LEVELS[level[1]].format(level[2])
    plain = text.replace("-", " ") if _INNER_NAME.fullmatch(text) else text
    return VALUES.get(text, plain)


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


def subject_words(subject: str) -> str:
    """Whom a request is about: `eligible child 支給要件児童`."""
    from renkei.law import tables

    named = tables.subjects()[subject]
    return f"{named['en']} {named['ja']}"
