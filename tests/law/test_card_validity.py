"""Validity of cards and certificates (省令85 26条・27条, 公的個人認証規則13条・49条)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.law.card_validity import (
    Holder,
    birthday_after,
    card_validity,
    certificate_validity,
)

MADE = date(2026, 7, 1)
ONE = timedelta(days=1)


def until(birth: date, made: date = MADE, *, renewed: bool = False) -> date | None:
    """The last day of a card."""
    return card_validity(Holder(birth=birth), made, renewed=renewed).until


@pytest.mark.parametrize(
    ("birth", "last"),
    [
        (date(2008, 7, 1), date(2036, 7, 1)),  # 18th birthday on the day itself: does not count
        (date(2008, 7, 2), date(2035, 7, 2)),  # 18 is reached the day before the birthday
        (date(2008, 7, 3), date(2030, 7, 3)),  # still 17
        (date(1980, 6, 30), date(2036, 6, 30)),
        (date(1980, 12, 31), date(2035, 12, 31)),
        (date(2020, 7, 1), date(2031, 7, 1)),
        (MADE, date(2031, 7, 1)),
    ],
)
def test_ordinance_85_26_1_tenth_and_fifth_birthday(birth: date, last: date) -> None:
    """From 18 to the 10th birthday after the day it is made, below to the 5th; inclusive."""
    assert until(birth) == last


def test_ordinance_85_26_2_born_on_29_february() -> None:
    """The birthday is the 28th in other years, the 29th in leap years."""
    born = date(2000, 2, 29)
    assert until(born, date(2026, 7, 1)) == date(2036, 2, 29)
    assert until(born, date(2027, 7, 1)) == date(2037, 2, 28)
    assert until(born, date(2027, 2, 27)) == date(2036, 2, 29)
    assert until(born, date(2027, 2, 28)) == date(2037, 2, 28)
    assert until(born, date(2028, 2, 28)) == date(2037, 2, 28)
    assert until(born, date(2028, 2, 29)) == date(2038, 2, 28)


def test_ordinance_85_29_3_one_birthday_more_after_a_renewal() -> None:
    """A card that replaces one with less than three months to run gets one birthday more."""
    assert until(date(1980, 8, 1), renewed=True) == date(2036, 8, 1)
    assert until(date(2015, 8, 1), renewed=True) == date(2031, 8, 1)
    done = card_validity(Holder(birth=date(1980, 8, 1)), MADE, renewed=True)
    assert done.article == "省令85号第26条第1項第1号・省令85号第29条第3項"


def test_ordinance_85_27_1_ends_with_the_stay() -> None:
    """The end of the stay counts whatever the birthdays; without a status 60 days."""
    born = date(1990, 1, 1)
    stay = card_validity(Holder(birth=born, stay_until=date(2027, 3, 31)), MADE)
    assert (stay.until, stay.article) == (date(2027, 3, 31), "省令85号第27条第1項")
    child = Holder(birth=date(2026, 6, 1), without_status_from=date(2026, 6, 1))
    assert card_validity(child, MADE).until == date(2026, 7, 31)
    both = Holder(birth=born, stay_until=MADE, without_status_from=MADE)
    with pytest.raises(ValueError, match="one end"):
        card_validity(both, MADE)


def test_signature_rule_13_and_49_first_of_all_ends() -> None:
    """The 5th birthday, the card's end, and for signing the other certificate's end."""
    born, card = date(1980, 8, 1), date(2035, 8, 1)
    own = certificate_validity("authentication", born, MADE, (card,))
    assert (own.until, own.article) == (date(2030, 8, 1), "公的個人認証規則第49条")
    short = certificate_validity("authentication", born, MADE, (date(2030, 7, 31),))
    assert (short.until, short.why) == (date(2030, 7, 31), "ends-with-another")
    signing = certificate_validity("signing", born, MADE, (card, date(2029, 1, 1)))
    assert (signing.until, signing.article) == (date(2029, 1, 1), "公的個人認証規則第13条")
    renewed = certificate_validity("signing", born, MADE, (card,), renewed=True)
    assert renewed.until == date(2031, 8, 1)


def test_a_certificate_needs_the_end_of_its_card() -> None:
    """Without it nothing is answered; and nothing is issued before the birth."""
    with pytest.raises(ValueError, match="card's last day"):
        certificate_validity("signing", date(1980, 1, 1), MADE, ())
    with pytest.raises(ValueError, match="before the birth"):
        card_validity(Holder(birth=MADE + ONE), MADE)


def test_ordinance_85_26_as_amended_on_1_april_2022() -> None:
    """The ages are those since that day; what J-LIS received before it follows an older text."""
    born, made = date(2003, 1, 1), date(2022, 4, 1)
    assert until(born, made) == date(2032, 1, 1)
    assert until(born, made - ONE) is None
    early = card_validity(Holder(birth=born, applied=made - ONE), made)
    assert (early.until, early.article, early.why) == (None, None, "no-text-for-that-day")
    assert card_validity(Holder(birth=born, applied=made), date(2022, 5, 1)).until is not None


def test_a_day_before_the_text_at_hand_is_not_held() -> None:
    """Stays and certificates have rows from the day of the text at hand only."""
    early = date(2026, 3, 31)
    assert card_validity(Holder(birth=date(1990, 1, 1), stay_until=MADE), early).until is None
    assert certificate_validity("signing", date(1990, 1, 1), early, (MADE,)).until is None
    assert certificate_validity("signing", date(1990, 1, 1), early + ONE, (MADE,)).until == MADE


@given(
    st.dates(date(1920, 1, 1), date(2026, 4, 1)),
    st.dates(date(2026, 4, 1), date(2100, 1, 1)),
    st.integers(1, 11),
)
def test_the_nth_birthday_is_n_years_away_at_most(birth: date, day: date, number: int) -> None:
    """It lies after the day, at most n years, and more than n - 1."""
    found = birthday_after(birth, day, number)
    assert day < found
    assert number - 1 <= (found - day).days / 365.2425 + 0.01
    assert (found - day).days <= 366 + 365.25 * (number - 1) + 1
    assert (found.month, found.day) in {(birth.month, birth.day), (2, 28)}
