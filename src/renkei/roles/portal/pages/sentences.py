"""One line of a history in words a person understands (履歴の一行を文にする)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from renkei.kit.clock import tokyo_day
from renkei.kit.pages.dates import day_text, time_text
from renkei.kit.pages.frame import address
from renkei.kit.pages.names import strong
from renkei.kit.pages.texts import Language
from renkei.kit.pages.wording import Wording
from renkei.law.persons_on_file import is_stated
from renkei.law.procedures import resolved
from renkei.roles.portal.pages import addresses
from renkei.values.reference import Reference
from renkei.values.transaction_id import TransactionId
from renkei.wire.history import HistoryLine, SeenComparison

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
    role: Markup
    """On whose word the person's role in the procedure rests."""
    stated: Markup | None
    """What a clerk stated of the law's limits, where the request rests on that."""
    result: Markup
    law: Markup
    reference: str
    name: str
    href: str
    requester: Markup
    witnessed: bool
    unlike: bool
    """The network's record is not what was signed."""
    older: bool


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


def nothing_given(line: HistoryLine) -> bool:
    """Whether it is certain that no content went from one body to the other."""
    return state_of(line) in (
        "refused-network",
        "refused-provider",
        "no-data",
        "withheld",
        "lapsed",
    )


class LineWording(Wording):
    """Words of one language for what a line holds."""

    def __init__(self, language: Language) -> None:
        super().__init__(language, addresses.ROLE)

    def procedure(self, line: HistoryLine) -> Markup:
        """The procedure as a desk calls it where it is known which, else the affair of the law."""
        one = resolved(line.procedure, line.affair, line.sub_affair)
        if one is None:
            return self.affair(line.affair, line.sub_affair)
        return self.label(f"procedure.{one.id}", {"ja": one.ja, "en": one.en})


def sentences(line: HistoryLine, language: Language) -> Sentences:
    """Put a line into words; every text of a state exists in every language (tests/walls)."""
    words = LineWording(language)
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
        role=_role(line, requester, words),
        stated=_stated(line, requester, words),
        result=_result(line, state, words),
        law=_law(line, words),
        reference=reference(line),
        name=t.plain("line.name", day=day, time=time, requester=requester, provider=provider),
        href=address(addresses.LINE, language, place=line.number),
        requester=requester,
        witnessed=line.witnessed,
        unlike=line.as_signed is False,
        older=line.as_signed is None,
    )


def compared(one: SeenComparison, language: Language) -> Markup:
    """A day's comparisons at J-LIS in one sentence (照合の一行)."""
    words = LineWording(language)
    t = words.texts
    often = {} if one.count == 1 else {"count": f"{one.count:,}"}
    return t(
        "compared.several" if often else "compared.one",
        **often,
        day=day_text(t, one.last_at),
        time=time_text(t, one.last_at),
        institution=strong(words.name(one.institution)),
        office=words.name(one.office),
        verdict=t(f"compared.{one.verdict}"),
    )


def reference(line: HistoryLine) -> str:
    """What to read out on the telephone when asking about a line (受付番号)."""
    return str(Reference.of(TransactionId.parse(line.tx)))


def _role(line: HistoryLine, requester: Markup, words: LineWording) -> Markup:
    """Always the asking body's word: from its file, or an official's where no file can tell."""
    stated = is_stated(line.subject, tokyo_day(line.asked_at))
    return words.texts("line.role.stated" if stated else "line.role.file", requester=requester)


def _stated(line: HistoryLine, requester: Markup, words: LineWording) -> Markup | None:
    """Without this word of the asking body nothing would have been asked."""
    if not line.conditions:
        return None
    said = words.conditions(line.conditions)
    return words.texts("line.stated", requester=requester, conditions=said)


def _result(line: HistoryLine, state: str, words: LineWording) -> Markup:
    t = words.texts
    known: dict[str, Callable[[], Markup]] = {
        "requester": lambda: words.name(line.requester),
        "provider": lambda: words.name(line.provider),
        "reason": lambda: words.reason(line.reason),
        "items": lambda: words.items(line.items),
        "requester_outcome": lambda: t(f"outcome.requester.{line.requester_outcome or 'none'}"),
        "provider_outcome": lambda: t(f"outcome.provider.{line.provider_outcome or 'none'}"),
    }
    key = f"result.{state}"
    return t(key, **{name: known[name]() for name in t.wants(key)})


def _law(line: HistoryLine, words: LineWording) -> Markup:
    law = words.law(line.article, line.row)
    if law is None:
        return words.texts("line.law.technical")
    if not line.allowed:
        return words.texts("line.law.refused", law=law)
    act = words.act(line.affair)
    if act is None:
        return words.texts("line.law.only", law=law)
    return words.texts("line.law", law=law, act=act)
