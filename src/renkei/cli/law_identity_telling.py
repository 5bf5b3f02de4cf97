"""What `renkei law identity` says to people, in Japanese and English (本人確認の説明)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, get_args

from renkei.law import Presented, UnknownNameError, Verification
from renkei.law.identity import Completion, Missing, Want, Why
from renkei.law.identity_tables import (
    MOVED_ABROAD,
    Agreement,
    Channel,
    Part,
    Who,
    circumstances,
    evidence,
)

Language = Literal["ja", "en"]

WHO: Final[Mapping[Who, tuple[str, str]]] = {
    "person": ("本人", "the person"),
    "statutory-agent": ("法定代理人", "a statutory agent"),
    "mandated-agent": ("任意代理人", "an agent by mandate"),
    "statutory-corporate-agent": ("法人である法定代理人", "a corporation as statutory agent"),
    "mandated-corporate-agent": ("法人である任意代理人", "a corporation as agent by mandate"),
}
CHANNEL: Final[Mapping[Channel, tuple[str, str]]] = {
    "counter": ("対面", "in person"),
    "mail": ("郵送", "by mail"),
    "telephone": ("電話", "on the telephone"),
    "online": ("オンライン", "online"),
}
PART: Final[Mapping[Part, tuple[str, str]]] = {
    "number": ("番号確認", "the number"),
    "identity": ("身元確認", "the identity"),
    "authority": ("代理権の確認", "the agency"),
    "agent-identity": ("代理人の身元確認", "the agent's identity"),
}
AGREEMENT: Final[Mapping[Agreement, tuple[str, str]]] = {
    "none": ("", ""),
    "number": ("番号が一致", "number agrees"),
    "identity": ("氏名と、生年月日又は住所が一致", "name and birth or address agree"),
    "number-and-identity": (
        "番号、氏名と、生年月日又は住所が一致",
        "number, name and birth or address agree",
    ),
    "office": ("名称と所在地が一致", "name and seat of the corporation agree"),
}
ABROAD: Final[Mapping[Agreement, tuple[str, str]]] = {
    "identity": ("氏名と生年月日が一致", "name and birth agree"),
    "number-and-identity": ("番号、氏名と生年月日が一致", "number, name and birth agree"),
}
WHY: Final[Mapping[Why, tuple[str, str]]] = {
    "not-of-this-case": (
        "この場合の条文は挙げていません",
        "no article names it for this case",
    ),
    "not-valid": ("その日に有効ではありません", "it is not valid on that day"),
    "issue-day-not-stated": ("交付の日が要ります", "its day of issue must be stated"),
    "issued-on-another-day": ("交付の日が条件に合いません", "its day of issue does not fit"),
    "decision-not-named": (
        "認めた決定を示す必要があります",
        "the decision that recognises it must be named",
    ),
    "copy-not-enough": ("写しでは足りません", "a copy is not enough"),
    "does-not-agree": ("一致した事項が足りません", "too little on it agrees"),
    "circumstance-not-stated": (
        "要件となる事情が示されていません",
        "a circumstance it needs is not stated",
    ),
}
NOT_HELD: Final = (
    "その日に効力のあった条文は、データとして持っていません。",
    "The articles in force on that day are not held as data.",
)
NO_SET: Final = (
    "この場合にこれを満たす方法は、条文にありません。",
    "No article has a way to complete this here.",
)


def names() -> Iterator[str]:
    """Every name that can be typed, a line each, in columns between tabs."""
    for who in get_args(Who):
        yield "\t".join(("who", who, *WHO[who]))
    for channel in get_args(Channel):
        yield "\t".join(("channel", channel, *CHANNEL[channel]))
    for one in evidence().values():
        notes = [
            "photo or the like" if one.photo else "",
            "decision" if one.decision else "",
            f"issued from {one.issued_from}" if one.issued_from else "",
            f"issued to {one.issued_to}" if one.issued_to else "",
        ]
        noted = ", ".join(note for note in notes if note)
        yield "\t".join((one.form, one.id, one.ja, one.en, one.article or "-", noted))
    for fact in circumstances().values():
        yield "\t".join(("stated", fact.id, fact.ja, fact.en, fact.article))


def prose(presented: Presented, answer: Verification, language: str) -> list[str]:
    """The answer in lines; a language that is none raises `UnknownNameError`."""
    if language not in ("ja", "en", "both"):
        raise UnknownNameError(f"--lang is ja, en or both, not {language!r}")
    lines: list[str] = []
    if language in ("ja", "both"):
        lines += _prose(presented, answer, "ja")
    if language in ("en", "both"):
        lines += _prose(presented, answer, "en")
    return lines


def _pick(pair: tuple[str, str], language: Language) -> str:
    return pair[0] if language == "ja" else pair[1]


def _kind(identity: str, language: Language) -> str:
    """A kind in words; where its decision has to be named, that too."""
    one = evidence()[identity]
    words = one.ja if language == "ja" else one.en
    if not one.decision:
        return words
    return f"{words}（決定を示す）" if language == "ja" else f"{words} (name the decision)"


def _prose(presented: Presented, answer: Verification, language: Language) -> list[str]:
    ja = language == "ja"
    who = _pick(WHO[presented.who], language)
    channel = _pick(CHANNEL[presented.channel], language)
    lines = [
        f"{presented.day}、{who}から{channel}で番号の提供を受ける場合："
        if ja
        else f"{presented.day}, the number is given by {who}, {channel}:"
    ]
    if answer.reason == "day-not-held":
        return [*lines, _pick(NOT_HELD, language)]
    for check in answer.checks:
        by = ("、" if ja else ", ").join(_kind(one, language) for one in check.by)
        done = "確認済み" if ja else "verified"
        lines.append(f"  {_pick(PART[check.part], language)}: {done}: {by} [{check.article}]")
    for missing in answer.missing:
        lines += _missing(presented, missing, language)
    for one in answer.uncounted:
        article = f" [{one.article}]" if one.article else ""
        not_counted = "数えません" if ja else "does not count"
        why = _pick(WHY[one.why], language)
        lines.append(f"  {_kind(one.kind, language)}: {not_counted}: {why}{article}")
    if answer.verified:
        lines.append("本人確認は済みました。" if ja else "Number and identity are verified.")
    else:
        lines.append("本人確認はまだ済んでいません。" if ja else "Verification is not complete.")
    return lines


def _missing(presented: Presented, missing: Missing, language: Language) -> Iterator[str]:
    part = _pick(PART[missing.part], language)
    if not missing.sets:
        yield f"  {part}: {_pick(NO_SET, language)}"
        return
    ja = language == "ja"
    yield f"  {part}: {'次のいずれかが要ります' if ja else 'still missing, one of these'}:"
    for one in missing.sets:
        yield f"    {'・' if ja else '- '}{_completion(presented, one, language)} [{one.article}]"


def _completion(presented: Presented, one: Completion, language: Language) -> str:
    ja = language == "ja"
    parts = [_want(presented, want, language) for want in one.wants]
    for name in one.stated:
        fact = circumstances()[name]
        parts.append(
            f"事情「{fact.ja}」（{name}）" if ja else f"the circumstance “{fact.en}” ({name})"
        )
    return ("＋" if ja else " + ").join(parts)


def _want(presented: Presented, want: Want, language: Language) -> str:
    ja = language == "ja"
    kinds = ("・" if ja else " / ").join(_kind(one, language) for one in want.kinds)
    notes = []
    if want.count > 1 or len(want.kinds) > 1:
        notes.append(f"うち{want.count}つ" if ja else f"{want.count} of these")
    if presented.who != "person":
        whose = ("本人のもの", "the person's") if want.whose == "person" else _AGENT
        notes.append(_pick(whose, language))
    abroad = MOVED_ABROAD in presented.stated and want.whose == "person"
    agreement = ABROAD.get(want.agree, AGREEMENT[want.agree]) if abroad else AGREEMENT[want.agree]
    if agreement[0]:
        notes.append(_pick(agreement, language))
    if want.copy:
        notes.append("写しでも可" if ja else "a copy will do")
    if not notes:
        return kinds
    return f"{kinds}（{'、'.join(notes)}）" if ja else f"{kinds} ({'; '.join(notes)})"


_AGENT: Final = ("代理人のもの", "the agent's")
