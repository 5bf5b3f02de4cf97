"""Transaction ids, acquisition numbers and person ids."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.values import AcquisitionNumber, PersonId, TransactionId, ValueFormatError


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_a_transaction_id_is_a_uuid_of_version_7(milliseconds: int, random: bytes) -> None:
    """Every created id is version 7, variant 10, carries its time and reads back as itself."""
    made = TransactionId.create(milliseconds, random)
    other = uuid.UUID(str(made))
    assert (other.version, other.variant, other.bytes) == (7, uuid.RFC_4122, bytes(made))
    assert (str(other), other.int >> 80) == (str(made), milliseconds)
    assert made.milliseconds == milliseconds
    assert TransactionId.parse(str(made)) == made


def test_the_example_of_rfc_9562_is_made() -> None:
    """The standard's own test vector comes out: its time with its random bits."""
    rand_a, rand_b = 0xCC3, 0x18C4DC0C0C07398F
    random = (rand_a << 62 | rand_b).to_bytes(10, "big")
    made = TransactionId.create(0x017F22E279B0, random)
    assert str(made) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(st.integers(0, 2**48 - 2), st.binary(min_size=10, max_size=10))
def test_later_transactions_sort_later(milliseconds: int, random: bytes) -> None:
    """Ids order by their time whatever their random bits."""
    later = TransactionId.create(milliseconds + 1, b"\x00" * 10)
    assert TransactionId.create(milliseconds, random) < later


@pytest.mark.parametrize(
    "text",
    [
        "",
        "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
        "017f22e279b07cc398c4dc0c0c07398f",
        "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
        "017f22e2-79b0-4cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-78c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f\n",
        "０17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "urn:uuid:017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
    ],
)
def test_only_the_canonical_text_of_a_transaction_is_read(text: str) -> None:
    """Another spelling or another version is refused, so one id has one spelling."""
    with pytest.raises(ValueFormatError):
        TransactionId.parse(text)


@pytest.mark.parametrize(
    ("milliseconds", "random"), [(-1, b"0" * 10), (2**48, b"0" * 10), (0, b"0" * 9), (0, b"0" * 11)]
)
def test_a_transaction_needs_48_bits_of_time_and_ten_random_bytes(
    milliseconds: int, random: bytes
) -> None:
    """Time and randomness of the wrong size are refused."""
    with pytest.raises(ValueFormatError):
        TransactionId.create(milliseconds, random)


@given(st.binary(min_size=16, max_size=16))
def test_an_acquisition_number_reads_back_and_is_no_number(random: bytes) -> None:
    """16 random bytes give 22 characters that end in a letter and read back the same."""
    made = AcquisitionNumber.create(random)
    assert (len(str(made)), bytes(made)) == (22, random)
    assert AcquisitionNumber.parse(str(made)) == made
    assert str(made)[-1].isalpha()


@pytest.mark.parametrize(
    "text", ["", "621498320257", "A" * 21, "A" * 23, "A" * 21 + "B", "A" * 21 + "=", "+" * 21 + "A"]
)
def test_other_texts_are_no_acquisition_number(text: str) -> None:
    """Wrong length, foreign characters, padding and unused bits set are refused."""
    with pytest.raises(ValueFormatError):
        AcquisitionNumber.parse(text)


@pytest.mark.parametrize(
    "text", ["A", "000000000000001", "9" * 10, "9" * 13, "A" * 32, "1234567890A"]
)
def test_a_person_id_is_opaque(text: str) -> None:
    """1 to 32 digits and capitals are taken as they are."""
    assert str(PersonId.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "length"),
        ("A" * 33, "length"),
        ("a", "character"),
        ("１", "character"),
        ("A-1", "character"),
        ("A\n", "character"),
        ("621498320257", "looks-like-number"),
        ("62149832025", "looks-like-number"),
    ],
)
def test_a_person_id_is_no_protected_number(text: str, reason: str) -> None:
    """Other characters, and digits that could be a protected number, are refused unnamed."""
    with pytest.raises(ValueFormatError) as caught:
        PersonId.parse(text)
    assert caught.value.reason == reason
    assert "6214983" not in str(caught.value)
