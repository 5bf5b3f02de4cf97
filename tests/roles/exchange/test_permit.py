"""The network's side of an exchange, asked by hand: who gets a permit, what is written down."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from renkei.crypto import codes, jws
from renkei.crypto.digests import entry_hash, log_entry
from renkei.wire.boxes import BoxPurpose
from renkei.wire.linkage.permit import Permit

A, B = "chofu-city", "ichikawa-city"
TAX = "命令第108条第1号ロ"


def leaves_of(country: Any, tx: str) -> list[tuple[Any, ...]]:
    """Kind, salt, record, entry of every log entry whose record is about a transaction."""
    rows = country.rows("linkage", "SELECT kind, salt, record, entry FROM leaf WHERE kind = 1")
    return [row for row in rows if json.loads(row[2])["tx"] == tx]


def fed(country: Any, tx: str) -> list[str]:
    """Whose feed rows there are for a transaction, or were: the portal files a line, and only then
    is it gone from the feed.
    """
    waiting = [
        row[0] for row in country.rows("linkage", f"SELECT requester FROM feed WHERE tx = '{tx}'")
    ]
    records = [json.loads(row[0]) for row in country.rows("portal", "SELECT record FROM line")]
    filed = [one["requester"] for one in records if one["tx"] == tx]
    return [*waiting, *(one for one in filed if one not in waiting)]


def recorded(country: Any, tx: str) -> dict[str, int]:
    """How many permit rows, feed rows and exchange leaves the network made for a transaction."""
    return {
        "permit": country.rows("linkage", f"SELECT count(*) FROM permit WHERE tx = '{tx}'")[0][0],
        "feed": len(fed(country, tx)),
        "leaf": len(leaves_of(country, tx)),
    }


ONCE = {"permit": 1, "feed": 1, "leaf": 1}


async def test_a_permit_is_recorded_once_with_its_promise(by_hand: Any, country: Any) -> None:
    """A permit has one record, one feed line and the very log entry whose hash it promises."""
    held = await by_hand.permit()
    assert recorded(country, held.permit.tx) == ONCE
    ((kind, salt, record, entry),) = leaves_of(country, held.permit.tx)
    assert held.permit.entry_hash == entry_hash(kind, record, salt)
    assert entry == log_entry(kind, record, salt)
    assert held.permit.basis.article == TAX
    assert held.permit.basis.row == "106"
    assert held.permit.request_digest == jws.digest_of(by_hand.party.write(held.request))


async def test_the_same_request_again_gets_the_same_bytes(
    by_hand: Any, country: Any, at_once: Any
) -> None:
    """Retries, five at once and one later, get one permit byte for byte and one record."""
    raw = by_hand.party.write(by_hand.request())
    answers = await at_once(*(by_hand.ask(raw) for _ in range(5)))
    answers.append(await by_hand.ask(raw))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    permit = by_hand.party.read(answers[0].body, (Permit,), peer="linkage").message
    assert recorded(country, permit.tx) == ONCE


async def test_a_malleated_signature_is_the_same_request(by_hand: Any, country: Any) -> None:
    """The other valid form of an ES256 signature, (r, n - s), is a retry and no second request."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    raw = by_hand.party.write(by_hand.request())
    signed, _, boxes = raw.partition(b"~")
    signature = jws.parse(signed, len(raw)).signature
    flipped = signature[:32] + (order - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")
    twin = jws.assemble(signed.rpartition(b".")[0], flipped) + b"~" + boxes
    assert twin != raw
    first, second = await by_hand.ask(raw), await by_hand.ask(twin)
    assert first.status == second.status == 200
    assert first.body == second.body


async def test_a_transaction_belongs_to_its_requester(
    by_hand: Any, provider_by_hand: Any, country: Any
) -> None:
    """The same transaction id from another institution is another exchange, not a conflict."""
    held = await by_hand.permit()
    other = await provider_by_hand.permit(provider_by_hand.request(tx=held.permit.tx, provider=A))
    assert other.permit.requester == B
    assert other.raw != held.raw
    assert recorded(country, held.permit.tx) == {"permit": 2, "feed": 2, "leaf": 2}


CHANGES: dict[str, Any] = {
    "at": lambda request: request.at + timedelta(microseconds=1),
    "office": lambda request: "tax",
    "officer": lambda request: bytes(32),
    "affair": lambda request: "107",
    "sub_affair": lambda request: "108-3",
    "items": lambda request: ["resident-record"],
    "subject": lambda request: "spouse",
    "consent_digest": lambda request: bytes(32),
    "procedure": lambda request: "child-allowance",
    "conditions": lambda request: ["runs-public-housing"],
    "provider": lambda request: "pension-service",
    "case_digest": lambda request: bytes(32),
    "epoch": lambda request: 2,
    "code": lambda request: request.portal_seed,
    "commitment": lambda request: bytes(32),
    "provider_seed": lambda request: request.portal_seed,
    "portal_seed": lambda request: request.provider_seed,
}


@pytest.mark.parametrize("field", CHANGES)
async def test_one_changed_field_is_a_conflict(by_hand: Any, books: Any, field: str) -> None:
    """The same (A, tx) with one field changed is `tx-conflict`, and nothing is written."""
    held = await by_hand.permit()
    before = books.quiet()
    changed = msgspec.structs.replace(held.request, **{field: CHANGES[field](held.request)})
    raw = by_hand.party.write(changed)
    problem = by_hand.problem(await by_hand.ask(raw), "linkage", raw)
    assert (problem.status, problem.code, problem.article) == (409, "tx-conflict", None)
    assert problem.signed
    assert books.now() == before
    again = await by_hand.ask(held.request)
    assert again.body == held.raw


def test_every_field_of_a_request_is_covered() -> None:
    """The conflict test changes every field a requester may choose."""
    from renkei.wire.linkage.permit import PermitRequest

    assert set(CHANGES) == set(PermitRequest.__struct_fields__) - {"sender", "aud", "tx"}


# -- the law and the technical conditions: refused, recorded, logged ------------------------------

OUTSIDE_THE_LAW = {
    "subject": ({"subject": "spouse"}, "subject-not-permitted"),
    "subject of no table": ({"subject": "neighbour"}, "subject-not-permitted"),
    "item of another provider": ({"items": ["pension-benefit"]}, "item-not-permitted"),
    "item of no table": ({"items": ["criminal-record"]}, None),
    "second item": ({"items": ["municipal-tax", "medical-record"]}, None),
    "row": ({"affair": "1"}, None),
    "row of no table": ({"affair": "999"}, None),
    "sub-affair of another row": ({"sub_affair": "109-1"}, None),
    "sub-affair of no table": ({"sub_affair": "108-99"}, None),
    "provider of another kind": ({"provider": "pension-service"}, None),
}


@pytest.mark.parametrize("name", OUTSIDE_THE_LAW)
async def test_what_the_law_does_not_name_is_refused_and_recorded(
    by_hand: Any, country: Any, name: str
) -> None:
    """A row, sub-affair, item, subject or provider outside the law: article, reason, one record."""
    changes, reason = OUTSIDE_THE_LAW[name]
    request = by_hand.request(**changes)
    refusal = await by_hand.refusal(request)
    assert refusal.article, "a refusal on the ground of law cites its article"
    assert refusal.reason not in ("permitted", "stale", "provider-unknown")
    if reason is not None:
        assert refusal.reason == reason
    assert recorded(country, request.tx) == ONCE
    ((kind, salt, record, _),) = leaves_of(country, request.tx)
    assert refusal.entry_hash == entry_hash(kind, record, salt)
    told = json.loads(record)
    assert told["allowed"] is False
    assert (told["article"], told["reason"]) == (refusal.article, refusal.reason)


@pytest.mark.parametrize(
    "provider", ["nowhere-city", "portal", "linkage", "oversight", "individual-number"]
)
async def test_only_institutions_can_be_asked(by_hand: Any, country: Any, provider: str) -> None:
    """A provider that is unknown or no institution: technical refusal, no article, one record."""
    request = by_hand.request(provider=provider)
    refusal = await by_hand.refusal(request)
    assert (refusal.article, refusal.reason) == (None, "provider-unknown")
    assert recorded(country, request.tx) == ONCE


async def test_an_invented_office_is_refused(by_hand: Any, country: Any) -> None:
    """An office the directory does not list for A: technical refusal, no article, one record."""
    request = by_hand.request(office="ministry-of-magic")
    refusal = await by_hand.refusal(request)
    assert (refusal.article, refusal.reason) == (None, "office-unknown")
    assert recorded(country, request.tx) == ONCE


@pytest.mark.usefixtures("nothing_written")
async def test_an_item_is_named_once(by_hand: Any) -> None:
    """A request that names an item twice is malformed, and nothing is written."""
    request = by_hand.request(items=["municipal-tax", "municipal-tax"])
    await refused_unwritten(by_hand, request, "malformed", 400)


async def test_nobody_asks_itself(by_hand: Any, country: Any) -> None:
    """A and B the same institution: technical refusal without article, one record."""
    request = by_hand.request(provider=A)
    request = msgspec.structs.replace(request, provider=A)
    refusal = await by_hand.refusal(request)
    assert (refusal.article, refusal.reason) == (None, "same-institution")
    assert recorded(country, request.tx) == ONCE


FAR = [
    datetime(2000, 1, 2, tzinfo=UTC),
    datetime(2015, 10, 4, tzinfo=UTC),
    datetime(2024, 5, 26, 12, tzinfo=UTC),
    datetime(2199, 12, 30, tzinfo=UTC),
]


@pytest.mark.parametrize("seconds", [-400, 400])
async def test_a_stale_request_is_refused_and_recorded(
    by_hand: Any, country: Any, seconds: int
) -> None:
    """Asked too long ago or in the future: `stale` without article, recorded like any refusal."""
    request = by_hand.request(at=by_hand.party.now() + timedelta(seconds=seconds))
    refusal = await by_hand.refusal(request)
    assert (refusal.article, refusal.row, refusal.reason) == (None, None, "stale")
    assert recorded(country, request.tx) == ONCE


@pytest.mark.parametrize("at", FAR, ids=lambda at: str(at.year))
async def test_a_day_no_table_is_held_for_is_stale(
    by_hand: Any, country: Any, at: datetime
) -> None:
    """A request dated before the Act, or decades ahead, is `stale` like any other, and recorded."""
    request = by_hand.request(at=at)
    refusal = await by_hand.refusal(request)
    assert (refusal.article, refusal.reason) == (None, "stale")
    assert recorded(country, request.tx) == ONCE


# -- what nobody's line could be computed for: refused, nothing written ---------------------------


async def refused_unwritten(by_hand: Any, request: Any, code: str, status: int) -> None:
    """Send a request that must be refused without article, signed by the network."""
    raw = by_hand.party.write(request)
    problem = by_hand.problem(await by_hand.ask(raw), "linkage", raw)
    assert (problem.status, problem.code, problem.article) == (status, code, None)
    assert problem.signed


@pytest.mark.usefixtures("nothing_written")
async def test_a_foreign_epoch_of_the_requester(by_hand: Any) -> None:
    """A code epoch of A's own that is not in force is `epoch`, and nothing is written."""
    for epoch in (2, 1_000_000):
        await refused_unwritten(by_hand, by_hand.request(epoch=epoch), "epoch", 409)


ELEMENTS = {
    "identity": bytes(32),
    "non-canonical": bytes.fromhex("00" + "ff" * 31),
    "field order": (2**255 - 19).to_bytes(32, "little"),
    "negative": (1).to_bytes(32, "little"),
    "set top bit": codes.RISTRETTO255.element_from_uniform(bytes(range(64)))[:31]
    + bytes([codes.RISTRETTO255.element_from_uniform(bytes(range(64)))[31] | 0x80]),
    "31 bytes": bytes(31),
    "33 bytes": bytes(33),
    "empty": b"",
}


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("name", ELEMENTS)
async def test_a_blinded_code_that_is_no_element(by_hand: Any, name: str) -> None:
    """X that is the identity or not canonical is `permit-boxes`, and nothing is written."""
    tx = by_hand.tx()
    box = by_hand.party.seal("linkage", BoxPurpose.REQUEST_CODE, tx, ELEMENTS[name])
    await refused_unwritten(by_hand, by_hand.request(tx=tx, code=box), "permit-boxes", 422)


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("wrong", ["purpose", "transaction", "receiver", "period", "byte"])
async def test_a_box_made_for_another_use(by_hand: Any, wrong: str) -> None:
    """A box of another purpose, transaction, receiver or period, or altered, does not open."""
    party, tx = by_hand.party, by_hand.tx()
    element = by_hand.code()
    box = party.seal("linkage", BoxPurpose.REQUEST_CODE, tx, element)
    if wrong == "purpose":
        box = party.seal("linkage", BoxPurpose.PROVIDER_SEED, tx, element)
    elif wrong == "transaction":
        box = party.seal("linkage", BoxPurpose.REQUEST_CODE, by_hand.tx(), element)
    elif wrong == "receiver":
        box = party.seal(B, BoxPurpose.REQUEST_CODE, tx, element)
    elif wrong == "period":
        box = msgspec.structs.replace(box, receiver_period=2)
    else:
        box = msgspec.structs.replace(box, data=box.data[:-1] + bytes([box.data[-1] ^ 1]))
    await refused_unwritten(by_hand, by_hand.request(tx=tx, code=box), "permit-boxes", 422)


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("office", "tax\n"),
        ("subject", "claimant\n"),
        ("provider", "ichikawa-city\n"),
        ("affair", "106\n"),
        ("tx", "newline"),
    ],
)
async def test_a_line_end_is_no_part_of_a_word(by_hand: Any, field: str, value: str) -> None:
    """A field that ends in a line break is malformed: patterns cover the whole text."""
    request = by_hand.request()
    value = f"{request.tx}\n" if field == "tx" else value
    raw = by_hand.party.write(msgspec.structs.replace(request, **{field: value}))
    problem = by_hand.problem(await by_hand.ask(raw), "linkage")
    assert (problem.status, problem.code, problem.article) == (400, "malformed", None)
    assert not problem.signed
