"""The one text in which a message or a column carries a number or code."""

import copy
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.values import (
    CorporateNumber,
    IndividualNumber,
    MunicipalityCode,
    NumberScheme,
    PersonId,
    Purpose,
    ValueFormatError,
)
from renkei.values.forms import FORMS

DIGITS = "0123456789"
MADE = st.one_of(
    st.builds(
        MunicipalityCode.from_body, st.from_regex(r"(0[1-9]|4[0-7])[0-9]{3}", fullmatch=True)
    ),
    st.builds(CorporateNumber.from_body, st.text(DIGITS, min_size=12, max_size=12)),
    st.builds(PersonId, st.from_regex(r"P[0-9A-Z]{0,31}", fullmatch=True)),
    st.builds(
        IndividualNumber.from_body,
        st.text(DIGITS, min_size=11, max_size=11),
        st.sampled_from(NumberScheme),
    ),
)


@given(MADE)
def test_a_value_is_read_from_the_text_it_is_written_as(value: object) -> None:
    """Written and read again a value is the same, of its type, and its text fits its pattern."""
    form = FORMS[type(value)]
    text = form.write(value, Purpose.STORE_IN_REGISTER)
    again = form.read(text)
    assert (type(text), type(again), again) == (str, type(value), value)
    assert re.fullmatch(form.pattern, text)
    assert len(text) <= form.characters


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (MunicipalityCode, "１３２０８０"),
        (MunicipalityCode, "13208-0"),
        (MunicipalityCode, "132080\n"),
        (MunicipalityCode, "132081"),
        (MunicipalityCode, "480002"),
        (CorporateNumber, "7 0001 2050 3850 7"),
        (CorporateNumber, "7000120503857"),
        (IndividualNumber, "6214-9832-0257"),
        (IndividualNumber, "621498320250"),
        (IndividualNumber, "٣" * 12),
        (PersonId, "62149832025"),
        (PersonId, "p1"),
        (PersonId, ""),
        (PersonId, 1),
        (MunicipalityCode, None),
    ],
)
def test_another_spelling_is_refused_where_machines_write(kind: type, text: object) -> None:
    """Spaces, hyphens, full width and wrong check digits are refused: one value has one text."""
    with pytest.raises(ValueFormatError) as caught:
        FORMS[kind].read(text)
    assert str(text) not in str(caught.value) or not text


def test_a_protected_number_is_written_for_a_purpose_only() -> None:
    """Without a purpose no individual number becomes text, and no other type passes for one."""
    number = IndividualNumber.parse("621498320257")
    form = FORMS[IndividualNumber]
    with pytest.raises(TypeError, match="purpose"):
        form.write(number)
    with pytest.raises(TypeError, match="IndividualNumber is needed, not str"):
        form.write("621498320257", Purpose.SEND_BOXED)


@given(st.text(DIGITS, min_size=11, max_size=11), st.sampled_from(NumberScheme))
def test_the_check_digit_tells_the_scheme(body: str, scheme: NumberScheme) -> None:
    """A number is recognised as what it was made as; with any other check digit it is refused."""
    made = IndividualNumber.from_body(body, scheme)
    clear = made.reveal(Purpose.COMPARE)
    assert IndividualNumber.recognise(clear) == made
    fitting = {scheme.shift(int(clear[-1])) for scheme in NumberScheme}
    for digit in set(range(10)) - fitting:
        with pytest.raises(ValueFormatError, match="check digit"):
            IndividualNumber.recognise(f"{body}{digit}")


def test_a_public_value_is_its_text() -> None:
    """A public value compares and prints as its text, copies as itself, and says its type."""
    code = MunicipalityCode("１３２０８０")
    assert (str(code), f"{code}", code == "132080", {code: 1}["132080"]) == (
        "132080",
        "132080",
        True,
        1,
    )
    assert repr(code) == "MunicipalityCode('132080')"
    for again in (copy.deepcopy(code), pickle.loads(pickle.dumps(code))):
        assert (type(again), again) == (MunicipalityCode, code)
    with pytest.raises(AttributeError):
        code.digits = "130001"  # type: ignore[attr-defined]
