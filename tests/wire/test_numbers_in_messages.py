"""Numbers and codes in messages: typed in the struct, one text outside, boxed if protected."""

from typing import Any

import msgspec
import pytest

from renkei.values import IndividualNumber, MunicipalityCode, NumberScheme, PersonId
from renkei.wire import framing, values
from renkei.wire.errors import WireError
from renkei.wire.individual_number.messages import AcquireSubject, FourAttributes

NUMBER = IndividualNumber.from_body("90000000001", NumberScheme.SANDBOX)
SUBJECT = AcquireSubject(
    individual_number=NUMBER,
    attributes=FourAttributes(
        name="試験 花子", address="試験市1", birth_date="1988-03-04", sex="female"
    ),
)


class Named(msgspec.Struct):
    """Something with a code and an id."""

    person: PersonId
    municipality_code: MunicipalityCode | None = None


def test_fields_have_their_types() -> None:
    """What is decoded is of the value's type, what is encoded its text alone."""
    raw = b'{"person":"P1","municipality_code":"132080"}'
    one = values.decoder(Named).decode(raw)
    assert (type(one.person), type(one.municipality_code)) == (PersonId, MunicipalityCode)
    assert values.encoder().encode(one) == raw


@pytest.mark.parametrize(
    "raw",
    [
        b'{"person":"p1"}',
        b'{"person":"123456789012"}',
        b'{"person":1}',
        b'{"person":["P1"]}',
        b'{"person":null}',
        b'{"person":"P1","municipality_code":"132081"}',
        b'{"person":"P1","municipality_code":"13208-0"}',
        '{"person":"P1","municipality_code":"１３２０８０"}'.encode(),
    ],
)
def test_what_is_no_value_is_refused_at_its_place(raw: bytes) -> None:
    """Another spelling, a wrong digit or no text is refused with the field's name."""
    with pytest.raises(msgspec.ValidationError, match=r"\$\.(person|municipality_code)"):
        values.decoder(Named).decode(raw)


def test_a_number_goes_into_a_box_and_nowhere_else() -> None:
    """What is boxed holds the number and gives it back; other encoders refuse to write it."""
    boxed = framing.encode(SUBJECT)
    assert b'"individual_number":"900000000' in boxed
    assert framing.decode(boxed, AcquireSubject) == SUBJECT
    with pytest.raises(TypeError, match="for a stated purpose only"):
        values.encoder().encode(SUBJECT)
    assert "900000000" not in repr(SUBJECT)


@pytest.mark.parametrize("text", ["900000000000", "9000-0000-0001", 1, ["9"]])
def test_a_number_that_is_none_is_refused_unnamed(text: Any) -> None:
    """A box with a number of neither scheme, or in another spelling, is refused as a whole."""
    good = msgspec.json.decode(framing.encode(SUBJECT))
    bad = msgspec.json.encode(good | {"individual_number": text})
    with pytest.raises(WireError) as caught:
        framing.decode(bad, AcquireSubject)
    assert (caught.value.code, caught.value.__cause__) == ("malformed", None)
    assert str(text) not in caught.value.detail


def test_other_types_are_none() -> None:
    """A type that is no value of the list is neither read nor written nor described."""
    for attempt in (
        lambda: values.encoder().encode(object()),
        lambda: values.decoder(complex).decode(b'"1"'),
        lambda: values.schema(complex),
    ):
        with pytest.raises((NotImplementedError, TypeError)):
            attempt()
