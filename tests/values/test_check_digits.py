"""Check digits against published examples and independent formulas."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.values import (
    CorporateNumber,
    IndividualNumber,
    MunicipalityCode,
    NumberScheme,
    Purpose,
    ResidentCode,
    ValueFormatError,
    corporate_number_check_digit,
    individual_number_check_digit,
    municipality_code_check_digit,
    resident_code_check_digit,
)

INDIVIDUAL_NUMBERS = ("621498320257", "983205673214", "123456789018")
CORPORATE_NUMBERS = (
    "5835678256246",
    "8700110005901",
    "7000012050002",
    "5070001032626",
    "6120001039879",
)
MUNICIPALITY_CODES = ("010006", "011002", "012246", "131016", "472018")


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


def remainder_by_position(body: str) -> int:
    """The ordinance's own wording: P_n from the right, Q_n = n + 1 up to 6, then n - 5."""
    total = 0
    for n, digit in enumerate(reversed(body), start=1):
        total += int(digit) * (n + 1 if n <= 6 else n - 5)
    return total % 11


@pytest.mark.parametrize("text", INDIVIDUAL_NUMBERS)
def test_published_individual_numbers_pass(text: str) -> None:
    """Every published example of an individual number is accepted and read back unchanged."""
    assert IndividualNumber.parse(text).reveal(Purpose.COMPARE) == text


@pytest.mark.parametrize("text", CORPORATE_NUMBERS)
def test_published_corporate_numbers_pass(text: str) -> None:
    """Every published example of a corporate number is accepted and shown in clear."""
    assert str(CorporateNumber.parse(text)) == text
    assert CorporateNumber.from_body(text[1:]) == CorporateNumber.parse(text)


@pytest.mark.parametrize("text", MUNICIPALITY_CODES)
def test_published_municipality_codes_pass(text: str) -> None:
    """Every published example of a municipality code is accepted and knows its prefecture."""
    code = MunicipalityCode.parse(text)
    assert (str(code), code.prefecture) == (text, text[:2])
    assert code.is_prefecture == (text == "010006")
    assert MunicipalityCode.from_body(text[:5]) == code


@given(digits(11))
def test_individual_check_digit_follows_the_ordinance(body: str) -> None:
    """The weights in the code give the same digit as the ordinance's formula by position."""
    remainder = remainder_by_position(body)
    expected = 0 if remainder <= 1 else 11 - remainder
    assert individual_number_check_digit(body) == expected


@given(digits(10))
def test_resident_code_check_digit_uses_the_same_rule(body: str) -> None:
    """A resident code's check digit is the individual number's rule on ten digits."""
    remainder = remainder_by_position(body)
    assert resident_code_check_digit(body) == (0 if remainder <= 1 else 11 - remainder)


@given(digits(12))
def test_corporate_check_digit_is_never_zero(body: str) -> None:
    """A corporate number starts with 1 to 9, as the ordinance's formula by position gives."""
    total = sum(int(d) * (1 if n % 2 else 2) for n, d in enumerate(reversed(body), start=1))
    assert corporate_number_check_digit(body) == 9 - total % 9
    assert 1 <= corporate_number_check_digit(body) <= 9


@given(digits(11), st.integers(0, 11), st.integers(1, 9))
def test_single_digit_errors_are_refused_where_the_remainder_shows_them(
    body: str, place: int, change: int
) -> None:
    """One wrong digit is refused, except between the two remainders that share the digit 0."""
    number = body + str(individual_number_check_digit(body))
    wrong = number[:place] + str((int(number[place]) + change) % 10) + number[place + 1 :]
    undetectable = (
        place < 11
        and remainder_by_position(body) in (0, 1)
        and remainder_by_position(wrong[:11]) in (0, 1)
    )
    if undetectable:
        assert IndividualNumber.parse(wrong) != IndividualNumber.parse(number)
    else:
        with pytest.raises(ValueFormatError) as caught:
            IndividualNumber.parse(wrong)
        assert caught.value.reason == "check-digit"


@given(digits(12), st.integers(0, 12), st.integers(1, 8))
def test_corporate_single_digit_errors_are_refused_but_for_zero_and_nine(
    body: str, place: int, change: int
) -> None:
    """One wrong digit in a corporate number is refused unless it swaps 0 and 9."""
    number = str(corporate_number_check_digit(body)) + body
    digit = (int(number[place]) + change) % 10
    if {digit, int(number[place])} == {0, 9}:
        return
    with pytest.raises(ValueFormatError):
        CorporateNumber.parse(number[:place] + str(digit) + number[place + 1 :])


@given(digits(5), st.integers(1, 9))
def test_a_wrong_municipality_check_digit_is_refused(body: str, change: int) -> None:
    """A municipality code passes with its own check digit and a real prefecture only."""
    check = municipality_code_check_digit(body)
    wrong = body + str((check + change) % 10)
    with pytest.raises(ValueFormatError) as caught:
        MunicipalityCode.parse(wrong)
    expected = "check-digit" if 1 <= int(body[:2]) <= 47 else "prefecture"
    assert caught.value.reason == expected


@given(digits(11))
def test_sandbox_numbers_never_pass_as_official_nor_the_reverse(body: str) -> None:
    """No number passes both schemes, so no synthetic number can be a living person's."""
    for mine, other in (
        (NumberScheme.SANDBOX, NumberScheme.OFFICIAL),
        (NumberScheme.OFFICIAL, NumberScheme.SANDBOX),
    ):
        number = IndividualNumber.from_body(body, mine)
        code = ResidentCode.from_body(body[:10], mine)
        assert IndividualNumber.parse(number.reveal(Purpose.COMPARE), mine) == number
        with pytest.raises(ValueFormatError, match=f"{mine.value} scheme"):
            IndividualNumber.parse(number.reveal(Purpose.COMPARE), other)
        assert ResidentCode.parse(code.reveal(Purpose.COMPARE), mine) == code
        with pytest.raises(ValueFormatError, match=f"{mine.value} scheme"):
            ResidentCode.parse(code.reveal(Purpose.COMPARE), other)
