"""The calls of one exchange keep their contract over every kind of wire."""

import asyncio
import base64
import dataclasses
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from by_hand import ByHand, Held, forge
from inprocess import World

from renkei.crypto import jws
from renkei.kit.http_client import Answer as HttpAnswer
from renkei.wire.boxes import BoxPurpose
from renkei.wire.errors import WireError
from renkei.wire.fields import Message
from renkei.wire.institution.calls import PROVIDE, RECEIVED
from renkei.wire.institution.messages import (
    Answer,
    Interim,
    Presentation,
    Received,
    ReceivedAnswer,
)
from renkei.wire.linkage.calls import PERMIT, RECEIPTS
from renkei.wire.linkage.permit import PermitRequest, Receipts, ReceiptsNoted, Refusal

A, B, AWAY = "chofu-city", "ichikawa-city", "pension-service"
PERMIT_SECONDS = 600
FRESH_SECONDS = 300


async def raises(work: Any, code: str, *, signed: bool = True) -> WireError:
    """What a client raises has this code, and is believed only if it was signed."""
    with pytest.raises(WireError) as caught:
        await work
    assert (caught.value.code, caught.value.signed) == (code, signed)
    return caught.value


def leaves(country: World) -> int:
    """How many entries the log has, integrated or not."""
    return int(country.rows("linkage", "SELECT count(*) FROM leaf")[0][0])


async def judged(country: World, asker: ByHand, message: Message | bytes) -> bytes:
    """The network's reply, by the client."""
    raw = message if isinstance(message, bytes) else asker.party.write(message)
    return (await country.linkage(asker.party).send(PERMIT, raw)).raw


async def held(country: World, asker: ByHand, **changes: Any) -> Held:
    """A permit in the asker's hands."""
    return await asker.permit(asker.request(**changes))


def presentation(by: ByHand, permit: bytes, to: str = B) -> bytes:
    """A signed presentation of a permit."""
    return by.party.write(Presentation(**by.party.envelope(to), permit=permit.decode()))


async def provided(country: World, asker: ByHand, permit: Held) -> bytes:
    """The provider's answer to a presentation made now."""
    told = presentation(asker, permit.raw)
    return (await country.peer(asker.party, B).send(PROVIDE, told)).raw


# -- the permit ----------------------------------------------------------------------------------


async def test_the_same_request_has_the_same_reply(country: World, asker: ByHand) -> None:
    """A permit is given again byte for byte, and its record and entry stand once."""
    raw = asker.party.write(asker.request())
    first = await judged(country, asker, raw)
    entries = leaves(country)
    assert [await judged(country, asker, raw) for _ in range(3)] == [first] * 3
    assert leaves(country) == entries


P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def other_signature(raw: bytes) -> bytes:
    """The other signature over the same bytes that anybody can make: (r, n - s)."""
    signed, mark, boxes = raw.partition(b"~")
    head, body, tail = signed.split(b".")
    signature = base64.urlsafe_b64decode(tail + b"==")
    s = P256_ORDER - int.from_bytes(signature[32:], "big")
    changed = signature[:32] + s.to_bytes(32, "big")
    return b".".join((head, body, base64.urlsafe_b64encode(changed).rstrip(b"="))) + mark + boxes


async def test_another_signature_is_the_same_request(country: World, asker: ByHand) -> None:
    """Digests leave the signature out: whoever turns it over on the way makes no second request."""
    raw = asker.party.write(asker.request())
    first, entries = await judged(country, asker, raw), leaves(country)
    assert await judged(country, asker, other_signature(raw)) == first
    assert leaves(country) == entries


async def test_at_once_is_as_one_after_the_other(country: World, asker: ByHand) -> None:
    """Several copies of one request at the same moment are judged once."""
    raw = asker.party.write(asker.request())
    entries = leaves(country)
    replies = await asyncio.gather(*(judged(country, asker, raw) for _ in range(4)))
    assert len(set(replies)) == 1
    assert leaves(country) == entries + 1


async def test_a_transaction_has_one_request(country: World, asker: ByHand) -> None:
    """Other facts under a transaction id that was judged: `tx-conflict`, and no entry."""
    request = asker.request()
    await judged(country, asker, request)
    entries = leaves(country)
    other = msgspec.structs.replace(request, office="tax")
    await raises(judged(country, asker, other), "tx-conflict")
    assert leaves(country) == entries


@pytest.mark.parametrize(
    ("changes", "reason", "article"),
    [
        ({"subject": "spouse"}, "subject-not-permitted", True),
        ({"items": ["pension-benefit"]}, "item-not-permitted", True),
        ({"affair": "999"}, "not-in-table", True),
        ({"provider": AWAY}, "provider-not-in-row", True),
        ({"provider": "nobody-knows"}, "provider-unknown", False),
        ({"office": "no-such-office"}, "office-unknown", False),
    ],
)
async def test_a_refusal_is_recorded_and_repeated(
    country: World, asker: ByHand, changes: dict[str, Any], reason: str, article: bool
) -> None:
    """What is judged and refused cites its article, is logged once and repeated byte for byte."""
    raw, entries = asker.party.write(asker.request(**changes)), leaves(country)
    first = await judged(country, asker, raw)
    assert await judged(country, asker, raw) == first
    refusal = asker.party.read(first, (Refusal,), peer="linkage").message
    assert (refusal.reason, refusal.article is not None) == (reason, article)
    assert leaves(country) == entries + 1


async def test_a_stale_request_is_refused_on_record(country: World, asker: ByHand) -> None:
    """Older than five minutes at its first arrival: a technical refusal, repeated for ever."""
    raw = asker.party.write(asker.request())
    country.clock.advance(FRESH_SECONDS + 1)  # type: ignore[attr-defined]
    first = await judged(country, asker, raw)
    refusal = asker.party.read(first, (Refusal,), peer="linkage").message
    assert (refusal.reason, refusal.article) == ("stale", None)
    assert await judged(country, asker, raw) == first


async def test_what_was_judged_in_time_is_never_stale(country: World, asker: ByHand) -> None:
    """A repeated request is looked up before its age is: the permit comes again until it ends."""
    raw = asker.party.write(asker.request())
    first = await judged(country, asker, raw)
    country.clock.advance(FRESH_SECONDS + 1)  # type: ignore[attr-defined]
    assert await judged(country, asker, raw) == first


async def test_a_permit_that_ran_out_is_gone(country: World, asker: ByHand) -> None:
    """Once the network has deleted the boxes, the same request gets `permit-expired`."""
    raw = asker.party.write(asker.request())
    await judged(country, asker, raw)
    country.clock.advance(PERMIT_SECONDS + 1)  # type: ignore[attr-defined]
    await country.nodes["linkage"].works["housekeeping"]()
    await raises(judged(country, asker, raw), "permit-expired")


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"epoch": 2}, "epoch"), ({"items": ["municipal-tax"] * 2}, "malformed")],
)
async def test_what_cannot_be_anybodys_line_leaves_none(
    country: World, asker: ByHand, changes: dict[str, Any], code: str
) -> None:
    """An epoch not in force, an item named twice: a signed error and no entry."""
    entries = leaves(country)
    await raises(judged(country, asker, asker.request(**changes)), code)
    assert leaves(country) == entries


async def test_a_box_for_another_transaction_does_not_open(country: World, asker: ByHand) -> None:
    """Boxes are bound to their transaction: one moved to another is `permit-boxes`."""
    other = asker.request()
    await raises(judged(country, asker, asker.request(code=other.code)), "permit-boxes")


# -- the presentation ----------------------------------------------------------------------------


async def test_the_same_permit_has_the_same_answer(country: World, asker: ByHand) -> None:
    """Presented again, in a new message, a permit gets the stored answer byte for byte."""
    permit = await held(country, asker)
    first = await provided(country, asker, permit)
    answer = asker.party.read(first, (Answer,), peer=B).message
    assert (answer.outcome, answer.permit_digest) == ("provided", permit.digest)
    again = await asyncio.gather(*(provided(country, asker, permit) for _ in range(4)))
    assert set(again) == {first}
    rows = country.rows(B, "SELECT count(*) FROM provided WHERE tx = :tx", tx=permit.permit.tx)
    assert [tuple(row) for row in rows] == [(1,)]


async def test_only_the_holder_presents(country: World, asker: ByHand, holder: ByHand) -> None:
    """A permit in another institution's hands is `not-holder`, before and after it was used."""
    permit = await held(country, asker)
    other = presentation(holder, permit.raw, A)
    await raises(country.peer(holder.party, A).send(PROVIDE, other), "not-holder")
    await provided(country, asker, permit)
    await raises(country.peer(holder.party, A).send(PROVIDE, other), "not-holder")


async def test_only_the_provider_named_answers(country: World, asker: ByHand) -> None:
    """A permit presented to another institution, here the asker's own, is `not-provider`."""
    permit = await held(country, asker)
    other = presentation(asker, permit.raw, A)
    await raises(country.peer(asker.party, A).send(PROVIDE, other), "not-provider")


async def test_a_changed_permit_is_no_permit(country: World, asker: ByHand) -> None:
    """One flipped byte, another signer or another message inside: `permit-signature`."""
    permit = await held(country, asker)
    head, body, tail = permit.raw.split(b".")
    mine = asker.party.write(msgspec.structs.replace(permit.request, aud=B))
    forged = forge(asker.party, f"{A}:sign:1", permit.permit)
    flipped = tail[:9] + (b"A" if tail[9:10] != b"A" else b"B") + tail[10:]
    for raw in (b".".join((head, body, flipped)), mine, forged):
        bad = dataclasses.replace(permit, raw=raw)
        await raises(provided(country, asker, bad), "permit-signature")


async def test_a_permit_runs_out(country: World, asker: ByHand) -> None:
    """First presented after ten minutes a permit is `permit-expired`, and nothing is written."""
    permit = await held(country, asker)
    country.clock.advance(PERMIT_SECONDS)  # type: ignore[attr-defined]
    await raises(provided(country, asker, permit), "permit-expired")
    assert not country.rows(B, "SELECT 1 FROM provided WHERE tx = :tx", tx=permit.permit.tx)


async def test_an_answer_outlives_its_permit(country: World, asker: ByHand) -> None:
    """What was answered in time is handed out again after the permit's end."""
    permit = await held(country, asker)
    first = await provided(country, asker, permit)
    country.clock.advance(PERMIT_SECONDS + 1)  # type: ignore[attr-defined]
    assert await provided(country, asker, permit) == first


async def test_a_seed_that_does_not_fit_is_refused_on_record(country: World, asker: ByHand) -> None:
    """Another seed for the provider than committed to: `commitment`, and nobody is looked up."""
    request = asker.request()
    false = asker.party.seal(B, BoxPurpose.PROVIDER_SEED, request.tx, bytes(32))
    permit = await asker.permit(msgspec.structs.replace(request, provider_seed=false))
    answer = asker.party.read(await provided(country, asker, permit), (Answer,), peer=B).message
    assert (answer.outcome, answer.reason, answer.content) == ("refused", "commitment", None)


async def test_a_human_decides_and_the_permit_waits(country: World, asker: ByHand) -> None:
    """An interim answer says `pending` as often as it is asked, and uses nothing up."""
    permit = await held(country, asker, tag="protected")
    for _ in range(2):
        raw = await provided(country, asker, permit)
        interim = asker.party.read(raw, (Interim,), peer=B).message
        assert (interim.state, interim.tx) == ("pending", permit.permit.tx)


# -- received ------------------------------------------------------------------------------------


async def tell_received(country: World, by: ByHand, *answers: tuple[str, bytes]) -> list[str]:
    """Tell the provider that its answers arrived; gives what it does not know."""
    named = [ReceivedAnswer(tx=tx, answer_digest=digest) for tx, digest in answers]
    message = Received(**by.party.envelope(B), answers=named)
    return (await country.peer(by.party, B).ask(RECEIVED, message)).unknown


async def test_received_twice_is_received_once(country: World, asker: ByHand) -> None:
    """Confirming again is confirmed again; the answer itself is gone from then on."""
    permit = await held(country, asker)
    digest = jws.digest_of(await provided(country, asker, permit))
    for _ in range(2):
        assert await tell_received(country, asker, (permit.permit.tx, digest)) == []
    await raises(provided(country, asker, permit), "already-received")


async def test_received_names_what_was_answered(country: World, asker: ByHand) -> None:
    """An unknown transaction, or another digest than of the answer, is named; the rest is noted."""
    other, permit = await held(country, asker), await held(country, asker)
    digest = jws.digest_of(await provided(country, asker, other))
    await provided(country, asker, permit)
    wrong = [(asker.tx(), bytes(32)), (permit.permit.tx, bytes(32))]
    unknown = await tell_received(country, asker, wrong[0], (other.permit.tx, digest), wrong[1])
    assert unknown == [tx for tx, _ in wrong]
    await raises(provided(country, asker, other), "already-received")
    assert await provided(country, asker, permit)


# -- receipts ------------------------------------------------------------------------------------


async def send_receipts(country: World, by: ByHand, *receipts: Any) -> ReceiptsNoted:
    """A batch of receipts to the network."""
    message = Receipts(**by.party.envelope("linkage"), receipts=list(receipts))
    return await country.linkage(by.party).ask(RECEIPTS, message)


async def test_a_receipt_counts_once(country: World, asker: ByHand) -> None:
    """The same receipt again, alone or twice in a batch, is noted and makes no second entry."""
    permit = await held(country, asker)
    receipt = asker.receipt(permit.request, permit.digest)
    entries = leaves(country)
    for batch in ((receipt,), (receipt,), (receipt, receipt)):
        noted = await send_receipts(country, asker, *batch)
        assert (noted.count, noted.rejected) == (len(batch), [])
    assert leaves(country) == entries + 1


async def test_receipts_are_of_those_who_took_part(
    country: World, asker: ByHand, holder: ByHand
) -> None:
    """An unknown transaction or another commitment is named back; the rest of the batch stands."""
    permit = await held(country, asker)
    unknown = asker.receipt(asker.request(), bytes(32))
    false = asker.receipt(permit.request, permit.digest, commitment=bytes(32))
    good = asker.receipt(permit.request, permit.digest)
    noted = await send_receipts(country, asker, unknown, false, good)
    assert noted.count == 1
    assert [one.tx for one in noted.rejected] == [unknown.tx, false.tx]
    mine = holder.receipt(permit.request, permit.digest)
    assert (await send_receipts(country, holder, mine)).count == 1


# -- the envelope --------------------------------------------------------------------------------


def code_of(asker: ByHand, answer: HttpAnswer) -> tuple[str, bool]:
    """Error code of an answer of the network, and whether it was signed."""
    problem = asker.problem(answer, "linkage")
    return problem.code, problem.signed


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"aud": "portal"}, "not-addressed"),
        ({"sender": B}, "sender-mismatch"),
        ({"sender": "nobody-knows"}, "sender-mismatch"),
    ],
)
async def test_sender_and_receiver_are_named(
    country: World, asker: ByHand, changes: dict[str, str], code: str
) -> None:
    """Addressed to another, or in another's name: refused unsigned, and nothing is written."""
    entries = leaves(country)
    message: PermitRequest = asker.request(**changes)
    raw = forge(asker.party, f"{A}:sign:1", message)
    assert code_of(asker, await asker.ask(raw)) == (code, False)
    await raises(judged(country, asker, raw), code, signed=False)
    assert leaves(country) == entries


async def test_a_repeated_presentation_may_not_be_old(country: World, asker: ByHand) -> None:
    """The same presentation after five minutes is `stale`; presented anew the answer comes."""
    permit = await held(country, asker)
    old = presentation(asker, permit.raw)
    first = (await country.peer(asker.party, B).send(PROVIDE, old)).raw
    country.clock.advance(timedelta(seconds=FRESH_SECONDS + 1).total_seconds())  # type: ignore[attr-defined]
    await raises(country.peer(asker.party, B).send(PROVIDE, old), "stale", signed=False)
    assert await provided(country, asker, permit) == first
