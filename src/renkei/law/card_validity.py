"""Until when a card and its certificates are valid (有効期間, 省令85 26条・27条).

A period ends with a birthday, which is its last day. Who was born on 29 February has it on the
28th in other years. The card of a foreign resident whose stay ends is valid to that end whatever
the birthdays. Rows count by the day on which something is made or issued; for a card that was
applied for before an amendment, by the day of the application.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Final, Literal

import msgspec

from renkei.law import tables
from renkei.law.in_force import in_force
from renkei.values.age import age_on

CardOrCertificate = Literal["card", "stay", "signing", "authentication"]
SIXTY_DAYS: Final = timedelta(days=60)


class ValidityRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row: for whom, to which birthday, and to which after a renewal (有効期間の行)."""

    id: str
    of: CardOrCertificate
    ja: str
    en: str
    least_age: int
    most_age: int | None
    birthday: int
    renewed_birthday: int
    article: str
    renewed_article: str
    valid_from: date
    valid_to: date | None
    source: str


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Whose card it is (交付を受ける者).

    `stay_until` is the last day of the stay of a foreign resident whose card ends with it;
    permanent residents of either kind and the highly skilled of the second number have none.
    `without_status_from` is the day of birth or of losing nationality of who has no status yet.
    `applied` is the day on which J-LIS received the application, where it is known.
    """

    birth: date
    stay_until: date | None = None
    without_status_from: date | None = None
    applied: date | None = None


class Validity(msgspec.Struct, frozen=True, kw_only=True):
    """The last day, inclusive, and the article; None where no text is at hand (満了日)."""

    until: date | None
    article: str | None
    why: str


@cache
def validity_rows() -> tuple[ValidityRow, ...]:
    """The table, in its order."""
    return tables.read("card_validity.json", tuple[ValidityRow, ...])


def birthday_in(birth: date, year: int) -> date:
    """The birthday in a year; of 29 February the 28th where it has none (省令85 26条2項)."""
    try:
        return birth.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def birthday_after(birth: date, day: date, number: int) -> date:
    """The n-th birthday after a day; one on the day itself does not count (何回目の誕生日)."""
    if day.year + number > date.max.year:
        raise OverflowError("beyond the calendar")
    first = day.year if birthday_in(birth, day.year) > day else day.year + 1
    return birthday_in(birth, first + number - 1)


def card_validity(holder: Holder, made: date, *, renewed: bool = False) -> Validity:
    """Until when a card made on a day is valid (個人番号カードの有効期間, 省令85 26条・27条・29条).

    `renewed`: it replaces one that had less than three months to run. Raises `ValueError` for a
    day before the birth, or for two ends of a stay.
    """
    if holder.stay_until is not None and holder.without_status_from is not None:
        raise ValueError("a stay has one end: give stay_until or without_status_from")
    stays = holder.stay_until is not None or holder.without_status_from is not None
    known = min(holder.applied or made, made)
    row = _row("stay" if stays else "card", holder.birth, made, known)
    if row is None:
        return _none()
    if holder.stay_until is not None:
        return Validity(until=holder.stay_until, article=row.article, why=row.id)
    if holder.without_status_from is not None:
        until = holder.without_status_from + SIXTY_DAYS
        return Validity(until=until, article=row.article, why=row.id)
    return _by_birthday(row, holder.birth, made, renewed=renewed)


def certificate_validity(
    of: Literal["signing", "authentication"],
    birth: date,
    issued: date,
    ends: tuple[date, ...],
    *,
    renewed: bool = False,
) -> Validity:
    """Until when a card's certificate is valid: the first of all ends (電子証明書の有効期間).

    `ends` are the last days of the card and, for a signing certificate, of the authentication
    certificate where there is one. A phone's certificate ends with the card's of its kind. Raises
    `ValueError` where no end of a card is given or the issue is before the birth.
    """
    row = _row(of, birth, issued, issued)
    if row is None:
        return _none()
    if not ends:
        raise ValueError("a certificate never outlives its card: give the card's last day")
    own = _by_birthday(row, birth, issued, renewed=renewed)
    if own.until is not None and own.until <= min(ends):
        return own
    return Validity(until=min(ends), article=row.article, why="ends-with-another")


def _none() -> Validity:
    return Validity(until=None, article=None, why="no-text-for-that-day")


def _row(of: CardOrCertificate, birth: date, day: date, known: date) -> ValidityRow | None:
    """The row of an age on a day; None where the text that counts is not at hand."""
    if day < birth:
        raise ValueError("nothing is made or issued before the birth")
    age = age_on(birth, day)
    return next(
        (
            one
            for one in in_force(validity_rows(), known)
            if one.of == of
            and one.least_age <= age
            and (one.most_age is None or age <= one.most_age)
        ),
        None,
    )


def _by_birthday(row: ValidityRow, birth: date, day: date, *, renewed: bool) -> Validity:
    number = row.renewed_birthday if renewed else row.birthday
    article = f"{row.article}・{row.renewed_article}" if renewed else row.article
    return Validity(until=birthday_after(birth, day, number), article=article, why=row.id)
