"""Small words of the wire: key ids, entry kinds and their records, digests of what was signed."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.crypto import jws
from renkei.wire.entries import (
    DirectoryRecord,
    EntryKind,
    EntryRecord,
    ExchangeRecord,
    LedgerRecord,
    ReceiptRecord,
    read_entry,
    word_of,
    write_entry,
)
from renkei.wire.errors import WireError
from renkei.wire.fields import Kid
from renkei.wire.framing import Signed
from renkei.wire.key_id import KeyId

TX = "01900000-0000-7000-8000-000000000001"
RECORDS: list[EntryRecord] = [
    ExchangeRecord(
        requester="city-a",
        provider="city-b",
        tx=TX,
        office="tax",
        affair="106",
        sub_affair="108-1",
        items=["municipal-tax"],
        subject="claimant",
        asked_at=datetime(2026, 4, 6, tzinfo=UTC),
        commitment=bytes(32),
        portal_digest=bytes(32),
        request_digest=bytes(32),
        allowed=False,
        article=None,
        row=None,
        reason="stale",
        officer=bytes(32),
        case_digest=bytes(32),
        epoch=1,
    ),
    ReceiptRecord(
        sender="city-a",
        requester="city-a",
        tx=TX,
        outcome="provided",
        digest=bytes(32),
        commitment=bytes(32),
    ),
    DirectoryRecord(version=1, digest=bytes(32), countersignature_digest=bytes(32)),
    LedgerRecord(log_size=7, root=bytes(32), exchange_entries=3),
]


@given(
    st.from_regex(r"[a-z][a-z0-9-]{1,62}", fullmatch=True),
    st.from_regex(r"[a-z]{1,16}", fullmatch=True),
    st.integers(1, 999_999),
)
def test_a_key_id_is_its_text(party: str, use: str, number: int) -> None:
    """A key id reads back from its text, and the wire takes that text."""
    kid = KeyId(party, use, number)
    assert KeyId.parse(str(kid)) == kid
    assert msgspec.convert(str(kid), Kid) == str(kid)
    assert kid.key_name == (use if number == 1 else f"{use}-{number}")


@pytest.mark.parametrize("text", ["", "a", "a:sign", "a:sign:", "a:sign:x", "a:sign:1:2", ":s:1"])
def test_what_is_no_key_id_is_nobodys(text: str) -> None:
    """Any other form is refused with an error of the list, not with a crash."""
    with pytest.raises(WireError, match="signature"):
        KeyId.parse(text)


@pytest.mark.parametrize("record", RECORDS, ids=lambda one: one.KIND.word)
def test_a_record_is_read_as_it_was_written(record: EntryRecord) -> None:
    """Canonical bytes have sorted keys and no spaces, and read back as the same record."""
    data = write_entry(record)
    plain = msgspec.json.decode(data)
    assert data == msgspec.json.encode({name: plain[name] for name in sorted(plain)})
    assert read_entry(data, type(record)) == record
    assert read_entry(data[:-1] + b',"new":1}', type(record)) == record


@pytest.mark.parametrize("kind", [type(record) for record in RECORDS])
def test_other_bytes_are_no_record(kind: type[EntryRecord]) -> None:
    """Bytes that are no record of the kind are `malformed`, without a word of their contents."""
    for data in (b"", b"{}", b"[1]", b'{"tx":"secret"}'):
        with pytest.raises(WireError) as caught:
            read_entry(data, kind)
        assert (caught.value.code, "secret" in caught.value.detail) == ("malformed", False)


def test_every_kind_of_entry_has_a_record() -> None:
    """Each kind of the log has one struct, and a word; an unknown one is shown by its number."""
    assert [record.KIND for record in RECORDS] == list(EntryKind)
    assert [word_of(kind) for kind in (1, 2, 3, 4, 9)] == [
        "exchange",
        "receipt",
        "directory",
        "ledger-root",
        "9",
    ]


def test_what_is_signed_knows_its_digest(country: Any, letter_of: Any) -> None:
    """The digest of written bytes is the one a reader takes over the signed part."""
    raw = country.write(letter_of("received"))
    assert isinstance(raw, Signed)
    assert raw.digest == jws.digest(jws.parse(raw, max_bytes=len(raw)))
