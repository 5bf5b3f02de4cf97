"""Reading numbers as people write them, and refusing with a sentence that helps."""

import unicodedata

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
)

DECORATION = st.text(" \u3000\u00a0-‐‑–—―−－ーｰ", max_size=3)


@given(st.text("0123456789", min_size=11, max_size=11), st.data())
def test_decorated_text_reads_as_the_plain_number(body: str, data: st.DataObject) -> None:
    """Full-width digits, spaces and hyphens anywhere change nothing about the number read."""
    plain = IndividualNumber.from_body(body, NumberScheme.OFFICIAL)
    decorated = ""
    for digit in plain.reveal(Purpose.COMPARE):
        wide = data.draw(st.booleans())
        decorated += data.draw(DECORATION) + (chr(ord(digit) + 0xFEE0) if wide else digit)
    assert IndividualNumber.parse(decorated) == plain


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("62149832025", "1 digit is missing: 11 given, 12 expected"),
        ("6214983202571", "1 digit is too many: 13 given, 12 expected"),
        ("6214", "8 digits are missing: 4 given, 12 expected"),
        ("", "no digit was given; give all 12 digits"),
        ("- -", "no digit was given"),
        ("0" * 65, "longer than 64 characters"),
    ],
)
def test_a_wrong_length_is_named(text: str, words: str) -> None:
    """The error says how many digits are missing or too many."""
    with pytest.raises(ValueFormatError) as caught:
        IndividualNumber.parse(text)
    assert caught.value.reason == "length"
    assert words in caught.value.detail


@pytest.mark.parametrize(
    "character", ["x", "O", "٣", "²", "१", "\n", "\x00", "\u202e", "①", "一", ".", "_"]
)
def test_any_other_character_is_refused_by_its_position(character: str) -> None:
    """Only ASCII and full-width digits count; the error names the place, not the character."""
    with pytest.raises(ValueFormatError) as caught:
        IndividualNumber.parse("6214" + character + "98320257")
    assert caught.value.reason == "character"
    assert "character 5 of the text is not a digit" in caught.value.detail


@pytest.mark.parametrize(
    "kind", [IndividualNumber, ResidentCode, CorporateNumber, MunicipalityCode]
)
@pytest.mark.parametrize("value", [621498320257, b"621498320257", None])
def test_only_text_is_read(kind: type[IndividualNumber], value: object) -> None:
    """A number or bytes in place of text is a programmer's error, told without the value."""
    with pytest.raises(TypeError) as caught:
        kind.parse(value)  # type: ignore[arg-type]
    assert "621498320257" not in str(caught.value)


@given(st.text(max_size=80))
def test_arbitrary_text_gives_a_number_or_a_format_error(text: str) -> None:
    """No input whatsoever makes parsing fail in any other way than ValueFormatError."""
    for kind, length in ((IndividualNumber, 12), (ResidentCode, 11), (CorporateNumber, 13)):
        try:
            kind.parse(text)
        except ValueFormatError:
            continue
        assert sum(unicodedata.decimal(character, -1) >= 0 for character in text) == length
