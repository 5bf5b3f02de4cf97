"""`renkei law validity`: until when a card or a certificate is valid (有効期間)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Final, Literal

import msgspec
import typer

from renkei.cli.law_safeguards import (
    Day,
    Language,
    answer_lines,
    cited,
    day_of,
    in_words,
    label,
    needed,
    none_given,
)
from renkei.law.card_validity import (
    Holder,
    Validity,
    card_validity,
    certificate_validity,
    validity_rows,
)

Asked = Literal["card", "signing", "authentication"]


class ValidityQuestion(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One line: what, whose birth date, the day it is made or issued, and what may end it."""

    of: Asked
    birth: date
    ends: tuple[date, ...] = ()
    stay_until: date | None = None
    without_status_from: date | None = None
    applied: date | None = None
    renewed: bool = False
    date: date


KINDS: Final[dict[str, Asked]] = {
    "card": "card",
    "signing": "signing",
    "authentication": "authentication",
}
WHY: Final = {
    "no-text-for-that-day": (
        "その日の条文は手元に無い",
        "not held here: the text of that day is not at hand",
    ),
    "ends-with-another": (
        "カード（又は利用者証明用電子証明書）の満了日まで",
        "ends with the card or with the authentication certificate",
    ),
}


def decided(asked: ValidityQuestion) -> Validity:
    """The answer to one question; raises ValueError for what does not belong together."""
    if asked.of == "card":
        if asked.ends:
            raise ValueError("a card has no ends of its own: ends are for certificates")
        holder = Holder(
            birth=asked.birth,
            stay_until=asked.stay_until,
            without_status_from=asked.without_status_from,
            applied=asked.applied,
        )
        return card_validity(holder, asked.date, renewed=asked.renewed)
    if asked.stay_until or asked.without_status_from or asked.applied:
        raise ValueError("a stay and an application are the card's: give a certificate its ends")
    return certificate_validity(
        asked.of, asked.birth, asked.date, asked.ends, renewed=asked.renewed
    )


def prose(asked: ValidityQuestion, language: str) -> Iterator[str]:
    """The answer in words."""
    answer, ja = decided(asked), language == "ja"
    words = {one.id: (one.ja, one.en) for one in validity_rows()} | WHY
    why = label(words, answer.why, language)
    if answer.until is None:
        yield f"{asked.date}  {why}"
        return
    last = f"{answer.until}まで有効（当日を含む）" if ja else f"valid through {answer.until}"
    yield last
    yield "  - " + cited(why, answer.article, language)


def _of(given: str) -> Asked:
    if given not in KINDS:
        raise ValueError(f"--of is card, signing or authentication, not {given!r}")
    return KINDS[given]


BirthOption = Annotated[
    str | None, typer.Option("--birth", help="The holder's birth date, YYYY-MM-DD.")
]
OfOption = Annotated[
    str, typer.Option("--of", help="card, signing or authentication (certificates).")
]
EndOption = Annotated[
    list[str] | None,
    typer.Option("--end", help="Last day of the card or other certificate; repeatable."),
]
StayUntilOption = Annotated[
    str | None, typer.Option("--stay-until", help="Last day of a foreign resident's stay.")
]
WithoutStatusFromOption = Annotated[
    str | None,
    typer.Option("--without-status-from", help="Birth or lost nationality, no status yet."),
]
AppliedOption = Annotated[
    str | None, typer.Option("--applied", help="When J-LIS received the application.")
]
RenewedOption = Annotated[
    bool, typer.Option("--renewed", help="It replaces one with under three months to run.")
]


def validity(
    *,
    birth: BirthOption = None,
    day: Day = None,
    of: OfOption = "card",
    end: EndOption = None,
    stay_until: StayUntilOption = None,
    without_status_from: WithoutStatusFromOption = None,
    applied: AppliedOption = None,
    renewed: RenewedOption = False,
    language: Language = "both",
) -> None:
    """Say until when a card or a certificate is valid (有効期間).

    --day is the day on which it is made or issued. Without options each line of stdin is one
    object: of (card, signing, authentication), birth and date (the day it is made or issued,
    YYYY-MM-DD), and where wanted ends (of a certificate: the last days of the card and of the
    authentication certificate), stay_until, without_status_from, applied (days) and renewed (true
    or false).
    """
    days = (stay_until, without_status_from, applied)
    if none_given((birth, day, end or None, renewed, *days)):
        answer_lines(ValidityQuestion, decided)
        return

    def question() -> ValidityQuestion:
        return ValidityQuestion(
            of=_of(of),
            birth=needed("--birth", day_of("--birth", birth)),
            ends=tuple(needed("--end", day_of("--end", one)) for one in end or ()),
            stay_until=day_of("--stay-until", stay_until),
            without_status_from=day_of("--without-status-from", without_status_from),
            applied=day_of("--applied", applied),
            renewed=renewed,
            date=needed("--day", day_of("--day", day)),
        )

    in_words(question, prose, language)
