"""Conditions came later: whatever states none is, byte for byte, what it was before."""

from hashlib import sha256
from typing import Any

import msgspec
import pytest

from renkei.law import Decision
from renkei.roles.institution.store.entries import Kept
from renkei.wire import values
from renkei.wire.deriving import departures, record_of, terms_digest
from renkei.wire.entries import ExchangeRecord, read_entry, write_entry
from renkei.wire.fields import conditions_of, listed
from renkei.wire.linkage.permit import Permit, StrippedRequest

BEFORE = {
    *("requester", "provider", "tx", "office", "affair", "sub_affair", "items", "subject"),
    *("procedure", "asked_at", "commitment", "portal_digest", "request_digest", "allowed"),
    *("article", "row", "reason", "consent_digest", "officer", "case_digest", "epoch"),
    "portal_box",
}
"""Members of a record before limits were stated."""
TERMS = (
    *("requester", "provider", "tx", "office", "affair", "sub_affair", "items", "subject"),
    *("consent_digest", "asked_at", "commitment", "portal_box", "request_digest"),
    *("article", "row"),
)
STATED = ["runs-public-housing"]


def request(golden: bytes, **changes: Any) -> StrippedRequest:
    """The golden request, its boxes stripped, as it is without conditions but for the changes."""
    facts = {**msgspec.json.decode(golden, type=dict[str, Any]), **changes}
    for box in ("code", "provider_seed", "portal_seed"):
        facts[box] = facts["commitment"]
    if "conditions" not in changes:
        del facts["conditions"]
    return msgspec.convert(facts, StrippedRequest)


def recorded(asked: StrippedRequest) -> ExchangeRecord:
    """Its record."""
    return record_of(asked, bytes(32), Decision(True, "an article", "106", "permitted"), bytes(32))


def test_a_record_without_conditions_is_as_before(bytes_of: Any) -> None:
    """Its bytes name no condition, so that every digest and every proof of it stays."""
    record = recorded(request(bytes_of("permit-request")))
    assert set(msgspec.json.decode(write_entry(record))) == BEFORE
    assert read_entry(write_entry(record), ExchangeRecord) == record


def test_its_terms_are_as_before(bytes_of: Any) -> None:
    """A body that was brought up to date says the same of an old exchange as one that was not."""
    record = recorded(request(bytes_of("permit-request")))
    held = msgspec.structs.asdict(record)
    encode = values.encoder("sorted").encode
    old = sha256(b"renkei terms v1" + encode({name: held[name] for name in TERMS})).digest()
    assert terms_digest(record) == old
    assert terms_digest({**held, "conditions": None}) == old
    assert terms_digest({**held, "conditions": STATED}) != old


def test_what_is_stated_is_part_of_record_and_terms(bytes_of: Any) -> None:
    """A record with other conditions than were signed departs in that word."""
    signed = request(bytes_of("permit-request"), conditions=STATED)
    record = recorded(signed)
    assert listed(record.conditions) == tuple(STATED)
    for other in (msgspec.UNSET, ["limited"]):
        changed = msgspec.structs.replace(record, conditions=other)
        assert departures(changed, signed, bytes(32)) == ["conditions"]


def test_none_stated_has_one_form(bytes_of: Any) -> None:
    """An empty list is no second way of saying nothing."""
    assert conditions_of(()) is msgspec.UNSET
    assert conditions_of(["b", "a", "b"]) == ["a", "b"]
    for struct, name in ((StrippedRequest, "permit-request"), (Permit, "permit")):
        facts = {**msgspec.json.decode(bytes_of(name)), "conditions": []}
        with pytest.raises(msgspec.ValidationError, match="conditions"):
            msgspec.convert(facts, struct)


def test_an_ended_row_from_before_is_unchanged() -> None:
    """The column that came later is no part of a row that has nothing in it."""
    row = {"tx": "1", "state": "closed", "outcome": "provided", "conditions": None}
    assert Kept(1, "requester", row).lasting == {"tx": "1", "outcome": "provided"}
    row["conditions"] = STATED
    assert Kept(1, "requester", row).lasting["conditions"] == STATED
