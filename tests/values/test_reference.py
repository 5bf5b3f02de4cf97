"""The short reference: derived from a transaction, read out without mistakes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.values.errors import ValueFormatError
from renkei.values.reference import Reference
from renkei.values.transaction_id import TransactionId

TX = TransactionId.parse("019aa0c2-7d10-7001-9abc-1234567890ab")
TRANSACTIONS = st.builds(
    TransactionId.create, st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10)
)


def test_a_reference_stays_the_same() -> None:
    """The reference of a request is what it was when it was first printed."""
    assert str(Reference.of(TX)) == "526 823 3423"


@given(TRANSACTIONS)
def test_a_reference_is_read_as_it_is_written(transaction: TransactionId) -> None:
    """Written with spaces, hyphens or full-width digits, it is the same reference."""
    reference = Reference.of(transaction)
    wide = str(reference).translate({ord(str(n)): 0xFF10 + n for n in range(10)})
    for text in (str(reference), reference.digits, str(reference).replace(" ", "-"), wide):
        assert Reference.parse(text) == reference


@given(TRANSACTIONS, st.integers(0, 9), st.integers(1, 9))
def test_every_wrong_digit_is_found(transaction: TransactionId, place: int, by: int) -> None:
    """One digit heard wrongly never leads to another request."""
    digits = Reference.of(transaction).digits
    wrong = digits[:place] + str((int(digits[place]) + by) % 10) + digits[place + 1 :]
    with pytest.raises(ValueFormatError, match="ask to hear the number again"):
        Reference(wrong)


@pytest.mark.parametrize("text", ["", "526 823 342", "526 823 34230", "526 823 342x", "٥٢٦٨٢٣٣٤٢٣"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    """Too few or too many digits, letters and other scripts' digits are refused."""
    with pytest.raises(ValueFormatError):
        Reference.parse(text)


def test_references_differ() -> None:
    """A thousand requests of one second have a thousand references."""
    made = {Reference.of(TransactionId.create(1, n.to_bytes(10, "big"))) for n in range(1_000)}
    assert len(made) == 1_000
