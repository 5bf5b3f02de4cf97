"""A protected value shows itself only to who says what for."""

import copy
import dataclasses
import io
import json
import logging
import pickle
import traceback

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.values import (
    IndividualNumber,
    InstitutionCode,
    NumberScheme,
    Purpose,
    ResidentCode,
    ValueFormatError,
    resident_code_check_digit,
)

BODIES = st.text("0123456789", min_size=11, max_size=11)
CLEAR = "621498320257"


@dataclasses.dataclass(frozen=True)
class Holder:
    """Something with a number inside, as a role would have."""

    number: IndividualNumber


def test_the_mask_shows_the_last_four_digits() -> None:
    """An individual number prints as dots and its last four digits."""
    number = IndividualNumber.parse("983205673214")
    assert repr(number) == "IndividualNumber(••••••••3214)"
    code = ResidentCode.from_body("1234567890", NumberScheme.OFFICIAL)
    assert repr(code) == f"ResidentCode(•••••••890{resident_code_check_digit('1234567890')})"
    assert repr(InstitutionCode(b"\x07" * 32, 2)) == "InstitutionCode(••••, epoch 2)"


@given(BODIES, st.sampled_from(list(NumberScheme)))
def test_no_way_of_printing_shows_the_number(body: str, scheme: NumberScheme) -> None:
    """repr, str, f-strings, %-formatting, logging and containers all give the mask."""
    number = IndividualNumber.from_body(body, scheme)
    stream = io.StringIO()
    logger = logging.Logger("test")
    logger.addHandler(logging.StreamHandler(stream))
    logger.warning("got %s %r", number, number)
    shown = [
        repr(number),
        str(number),
        f"{number}",
        f"{number!r:>60}",
        f"{number:>60}",
        "%s %r" % (number, [number]),  # noqa: UP031
        repr({number: Holder(number)}),
        repr(dataclasses.asdict(Holder(number))),
        json.dumps({"n": number}, default=str),
        stream.getvalue(),
    ]
    for text in shown:
        assert number.reveal(Purpose.COMPARE)[:8] not in text
        assert "••••••••" in text or "\\u2022" in text


@given(BODIES, st.integers(1, 9))
def test_no_error_holds_the_number(body: str, change: int) -> None:
    """Message, arguments and pickle of a refusal never hold the text that was refused."""
    clear = IndividualNumber.from_body(body, NumberScheme.OFFICIAL).reveal(Purpose.COMPARE)
    wrong = clear[:-1] + str((int(clear[-1]) + change) % 10)
    for text in (wrong, clear + "00", clear[:-1], clear + "x"):
        with pytest.raises(ValueFormatError) as caught:
            IndividualNumber.parse(text)
        error = caught.value
        printed = "".join(traceback.format_exception(error))
        for place in (str(error), repr(error), repr(error.args), printed):
            assert clear[:11] not in place
        assert clear[:11].encode() not in pickle.dumps(error)


@given(BODIES)
def test_masked_values_do_not_serialise(body: str) -> None:
    """pickle, copyreg and msgspec refuse a masked value instead of writing it in clear."""
    number = IndividualNumber.from_body(body, NumberScheme.SANDBOX)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="does not serialise"):
            pickle.dumps(number, protocol)
    with pytest.raises(TypeError, match="does not serialise"):
        number.__getstate__()
    with pytest.raises(TypeError):
        msgspec.json.encode(number)
    with pytest.raises(TypeError):
        json.dumps(number)
    assert not hasattr(number, "__dict__")


@pytest.mark.parametrize("purpose", ["compare", None, 1, True])
def test_reveal_needs_a_purpose(purpose: object) -> None:
    """Anything but a member of Purpose reveals nothing."""
    for value in (IndividualNumber.parse(CLEAR), InstitutionCode(b"\x01" * 32, 1)):
        with pytest.raises(TypeError, match="Purpose"):
            value.reveal(purpose)  # type: ignore[arg-type]


def test_only_sandbox_values_are_exported() -> None:
    """The purpose of a synthetic export is refused for a number that may be somebody's."""
    with pytest.raises(ValueError, match="only a sandbox value"):
        IndividualNumber.parse(CLEAR).reveal(Purpose.EXPORT_SYNTHETIC)
    number = IndividualNumber.from_body(CLEAR[:11], NumberScheme.SANDBOX)
    assert number.reveal(Purpose.EXPORT_SYNTHETIC) == "621498320252"


@given(BODIES, BODIES)
def test_equality_and_hash_follow_the_value_and_the_scheme(one: str, two: str) -> None:
    """Equal digits under one scheme are equal and hash alike; anything else differs."""
    left = IndividualNumber.from_body(one, NumberScheme.OFFICIAL)
    again = IndividualNumber.from_body(one, NumberScheme.OFFICIAL)
    right = IndividualNumber.from_body(two, NumberScheme.OFFICIAL)
    assert left == again
    assert hash(left) == hash(again)
    assert (left == right) == (one == two)
    assert left != IndividualNumber.from_body(one, NumberScheme.SANDBOX)
    assert left != left.reveal(Purpose.COMPARE)


def test_masked_values_are_frozen_and_have_no_order() -> None:
    """A number cannot be changed, extended or sorted, and a copy of it is itself."""
    number = IndividualNumber.parse(CLEAR)
    held = {name for kind in type(number).__mro__ for name in getattr(kind, "__slots__", ())}
    assert held, "a number holds something"
    for name in held:
        with pytest.raises(AttributeError, match="frozen"):
            setattr(number, name, b"0")
        with pytest.raises(AttributeError, match="frozen"):
            delattr(number, name)
    with pytest.raises(TypeError):
        sorted([number, IndividualNumber.parse("123456789018")])  # type: ignore[type-var]
    assert copy.copy(number) is number
    assert copy.deepcopy(number) is number


def test_an_institution_code_checks_its_shape() -> None:
    """A code has exactly 32 bytes and an epoch from 1; equal only with both the same."""
    code = InstitutionCode(b"\x01" * 32, 1)
    assert code.reveal(Purpose.STORE_IN_REGISTER) == b"\x01" * 32
    assert code == InstitutionCode(b"\x01" * 32, 1)
    assert code != InstitutionCode(b"\x01" * 32, 2)
    for element, epoch, reason in (
        (b"\x01" * 31, 1, "length"),
        (b"\x01" * 33, 1, "length"),
        (b"\x01" * 32, 0, "range"),
        (b"\x01" * 32, 2**31, "range"),
    ):
        with pytest.raises(ValueFormatError) as caught:
            InstitutionCode(element, epoch)
        assert caught.value.reason == reason
    for element_like, epoch_like in (("x" * 32, 1), (b"\x01" * 32, True), (b"\x01" * 32, "1")):
        with pytest.raises(TypeError):
            InstitutionCode(element_like, epoch_like)  # type: ignore[arg-type]
