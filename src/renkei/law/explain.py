"""The same answers in prose, for a clerk and for the person, in Japanese and English (説明)."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

from renkei.law import tables
from renkei.law.bodies import body, category
from renkei.law.decision_and_reasons import Decision
from renkei.law.who_may_ask import may_ask

Language = Literal["ja", "en"]

WHY_JA: Final[dict[str, str]] = {
    "permitted": "この項が定める照会者・提供者・情報に当たります。",
    "not-in-table": "この項は表から削られています。",
    "requester-not-in-row": "この項は、この照会者を挙げていません。",
    "provider-not-in-row": "この項は、この提供者を挙げていません。",
    "item-not-in-row": "この項は、この提供者にこの情報を求めることを定めていません。",
    "table-not-held": "その日に効力のあった表は、データとして持っていません。",
    "not-proven-for-this-day": "その日の表の内容は、手元の文面では確かめられません。",
    "network-not-yet": "その日、情報連携はまだ本格的に始まっていませんでした。",
    "not-yet-in-force": "この定めは、その日にはまだ効力がありません。",
    "no-longer-in-force": "この定めは、その日にはもう効力がありません。",
}
WHY_EN: Final[dict[str, str]] = {
    "permitted": "The row names this asker, this provider and this information.",
    "not-in-table": "This row has been deleted from the table.",
    "requester-not-in-row": "The row does not name this asker.",
    "provider-not-in-row": "The row does not name this provider.",
    "item-not-in-row": "The row does not let this provider be asked for this information.",
    "table-not-held": "The table in force on that day is not held as data.",
    "not-proven-for-this-day": "The texts at hand do not prove what the table said on that day.",
    "network-not-yet": "The network did not yet exchange information for good on that day.",
    "not-yet-in-force": "The rule was not yet in force on that day.",
    "no-longer-in-force": "The rule was no longer in force on that day.",
}


def conditions(row: tables.ProvisionRow, language: Language) -> tuple[str, ...]:
    """What the desk has to state because a kind of body cannot show it."""
    texts = (tables.conditions()[one] for one in row.conditions)
    return tuple(one.ja if language == "ja" else one.en for one in texts)


def prose(question: tuple[str, str, str, str], day: date, language: Language) -> str:
    """One answer of `may_ask` in words; `question` is requester, affair, provider, item.

    Raises `UnknownNameError` as `may_ask` does.
    """
    requester, affair, provider, item = question
    decision = may_ask(requester, affair, provider, item, day)
    row = tables.rows_on(day).get(affair)
    asking, asked = tables.kinds()[body(requester)], tables.kinds()[body(provider)]
    wanted = tables.categories()[category(item)]
    if language == "ja":
        verdict = _verdict(decision, JA)
        named = f"（{row.act_ja} {row.affair_on(day)[0]}）" if row else ""
        text = (
            f"{day.isoformat()}に、{asking.ja}は、{affair}の項{named}の"
            f"事務のため、{asked.ja}に{wanted.ja}を{verdict}。{WHY_JA[decision.reason]}"
        )
        return text + _basis(decision, "根拠", "。") + _checks(decision, row, language)
    named = f" ({row.act_en}: {row.affair_on(day)[1]})" if row else ""
    text = (
        f"On {day.isoformat()} the {asking.en} {_verdict(decision, EN)} ask the {asked.en} for "
        f"“{wanted.en}” for row {affair}{named}. "
        f"{WHY_EN[decision.reason]}"
    )
    return text + _basis(decision, " Basis", ".") + _checks(decision, row, language)


JA: Final = ("求めることができます", "求めることはできません", "求めることができたか分かりません")
EN: Final = ("may", "may not", "is not proven to have been allowed to")


def _verdict(decision: Decision, words: tuple[str, str, str]) -> str:
    allowed, refused, unproven = words
    if decision.reason == "not-proven-for-this-day":
        return unproven
    return allowed if decision.allowed else refused


def _basis(decision: Decision, label: str, stop: str) -> str:
    place = decision.article or ""
    if decision.row is not None:
        place += f" ({decision.row})" if stop == "." else f"（{decision.row}の項）"
    return f"{label}: {place}{stop}"


def _checks(decision: Decision, row: tables.ProvisionRow | None, language: Language) -> str:
    found = conditions(row, language) if row is not None else ()
    if not decision.allowed or not found:
        return ""
    if language == "ja":
        return f"条件: {'、'.join(found)}。"
    return f" On condition that the asker {' and '.join(found)}."
