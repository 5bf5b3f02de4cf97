"""Real institutions that lie: each lie meets its listed error, signed, and leaves nothing."""

import asyncio
from typing import Any

import pytest
from by_hand import OTHER, A, B
from doors import Doors

from renkei.crypto import jws
from renkei.crypto.boxes import PLAINTEXT_LIMIT_BYTES
from renkei.wire.boxes import BoxPurpose
from renkei.wire.individual_number.messages import PersonaSignIn, PortalBatch
from renkei.wire.institution.messages import AttributesOffer, Presentation
from renkei.wire.linkage.acquisition import (
    CollectBatch,
    CollectBatchAnswer,
    ConfirmBatch,
    ConfirmBatchNoted,
)
from renkei.wire.linkage.permit import Receipts

Run = Any


@pytest.fixture
def run(doors: Doors) -> Run:
    """Runs a coroutine in the doors' event loop."""
    return doors.loop.run_until_complete


def lied(hand: Any, receiver: str, path: str, message: Any) -> tuple[int, str, bool]:
    """What a message is refused with: status, code, whether it is signed; nothing is written."""
    doors: Doors = hand.running
    before = doors.versions()
    answer = doors.loop.run_until_complete(hand.send(receiver, path, message))
    assert doors.versions() == before
    problem = hand.problem(answer, receiver)
    return problem.status, problem.code, problem.signed


# -- permits ---------------------------------------------------------------------------------------


def test_a_permit_of_another(run: Run, hand: Any, outsider: Any, provider: Any) -> None:
    """A permit is worth nothing to another institution, at another provider, or to its provider."""
    held = run(hand.permit())
    permit = held.raw.decode()

    def shown(by: Any, to: str) -> tuple[int, str, bool]:
        return lied(by, to, "/provide", Presentation(**by.party.envelope(to), permit=permit))

    assert shown(outsider, B) == (403, "not-holder", True)
    assert shown(hand, OTHER) == (403, "not-provider", True)
    assert shown(provider, A) == (403, "not-holder", True)
    assert shown(provider, B) == (403, "not-holder", True)


def test_a_permit_made_by_its_holder(run: Run, hand: Any) -> None:
    """A permit signed by anybody but the network's permit key is refused, whatever it says."""
    held = run(hand.permit())
    forged = hand.party.keys.sign("sign", held.raw.rsplit(b".", 1)[0])
    raw = jws.assemble(held.raw.rsplit(b".", 1)[0], forged)
    for permit in (raw.decode(), held.raw.decode()[:-8] + "AAAAAAAA", "x" * 16, "." * 16):
        message = Presentation(**hand.party.envelope(B), permit=permit)
        assert lied(hand, B, "/provide", message) == (401, "permit-signature", True)


def test_a_permit_inside_attributes(run: Run, hand: Any, outsider: Any) -> None:
    """Attributes go with the sender's own permit only, and their box must be for this use."""
    held = run(hand.permit())
    box = outsider.party.seal(B, BoxPurpose.ATTRIBUTES, held.permit.tx, b"{}")
    offer = AttributesOffer(**outsider.party.envelope(B), permit=held.raw.decode(), attributes=box)
    assert lied(outsider, B, "/attributes", offer) == (403, "not-holder", True)


def test_an_answer_of_somebody_else(run: Run, hand: Any, outsider: Any) -> None:
    """Only the inquirer can confirm an answer, and only the answer that was given."""
    held = run(hand.permit())
    answer = hand.answer(run(hand.present(held.raw)))
    tx = held.permit.tx

    assert outsider.unknown(run(outsider.received(tx, answer.digest))) == [tx]
    assert hand.unknown(run(hand.received(tx, bytes(32)))) == [tx]
    assert hand.answer(run(hand.present(held.raw))).raw == answer.raw
    assert hand.unknown(run(hand.received(tx, answer.digest))) == []


# -- receipts --------------------------------------------------------------------------------------


def noted(run: Run, hand: Any, *receipts: Any) -> list[tuple[str, str]]:
    """Transaction and reason of every receipt that was not recorded."""
    return [(one.tx, one.reason) for one in run(hand.receipts(*receipts)).rejected]


def recorded(doors: Doors, tx: str) -> list[tuple[Any, ...]]:
    """Who has a receipt recorded for a transaction."""
    query = f"SELECT sender FROM receipt WHERE tx = '{tx}' ORDER BY sender"
    return [row[0] for row in doors.rows("linkage", query)]


def test_a_second_receipt_that_differs(doors: Doors, run: Run, hand: Any) -> None:
    """Who says two things about one exchange is told so; the first stands, alone in the log."""
    held = run(hand.permit())
    first = hand.receipt(held.request, held.digest, outcome="lapsed")
    assert noted(run, hand, first) == []
    leaves = doors.rows("linkage", "SELECT count(*) FROM leaf")
    for changes in ({"outcome": "provided"}, {"digest": bytes(32), "outcome": "lapsed"}):
        digest = changes.pop("digest", held.digest)  # type: ignore[arg-type]
        other = hand.receipt(held.request, digest, **changes)
        assert noted(run, hand, first, other) == [(held.permit.tx, "tx-conflict")]
    assert recorded(doors, held.permit.tx) == [A]
    assert doors.rows("linkage", "SELECT count(*) FROM leaf") == leaves


def test_two_receipts_that_differ_in_one_batch(doors: Doors, run: Run, hand: Any) -> None:
    """The second of two contradicting receipts in one message is refused, the others stand."""
    held, good = run(hand.permit()), run(hand.permit())
    receipts = [
        hand.receipt(held.request, held.digest, outcome="lapsed"),
        hand.receipt(held.request, held.digest, outcome="refused"),
        hand.receipt(good.request, good.digest, outcome="lapsed"),
    ]
    assert noted(run, hand, *receipts) == [(held.permit.tx, "tx-conflict")]
    assert recorded(doors, held.permit.tx) == recorded(doors, good.permit.tx) == [A]


@pytest.mark.parametrize("outcome", ["provided", "no-data", "withheld", "lapsed", "not-received"])
def test_a_receipt_against_the_networks_own_refusal(
    doors: Doors, run: Run, hand: Any, provider: Any, outcome: str
) -> None:
    """What the network refused cannot have been provided, whoever of the two says so."""
    request = hand.request(affair="105")
    refusal = run(hand.refusal(request))
    receipt = hand.receipt(request, refusal.request_digest, outcome=outcome)
    for by in (hand, provider):
        assert noted(run, by, receipt) == [(request.tx, "not-permitted")]
    told = hand.receipt(request, refusal.request_digest, outcome="refused")
    assert noted(run, provider, told) == [(request.tx, "not-permitted")]
    assert noted(run, hand, told) == []
    assert recorded(doors, request.tx) == [A]


def test_receipts_for_strangers(doors: Doors, run: Run, hand: Any, outsider: Any) -> None:
    """Receipts with a foreign transaction, party or commitment are named back and leave nothing."""
    held = run(hand.permit())
    before = doors.versions()
    good = hand.receipt(held.request, held.digest)
    liars = [
        (outsider, good),
        (outsider, outsider.receipt(held.request, held.digest, requester=OTHER)),
        (hand, hand.receipt(held.request, held.digest, requester=B)),
        (hand, hand.receipt(held.request, held.digest, commitment=bytes(32))),
        (hand, hand.receipt(held.request, held.digest, tx=hand.tx())),
    ]
    for by, receipt in liars:
        assert [reason for _, reason in noted(run, by, receipt)] == ["no-exchange"]
    assert doors.versions() == before


def test_batches_at_their_limits(run: Run, hand: Any) -> None:
    """500 receipts are answered one by one; one more, or none, is malformed."""
    request = hand.request()
    some = [hand.receipt(request, bytes(32), tx=hand.tx()) for _ in range(501)]
    assert len(noted(run, hand, *some[:500])) == 500
    for batch in (some, []):
        message = Receipts(**hand.party.envelope("linkage"), receipts=batch)
        assert lied(hand, "linkage", "/receipts", message) == (400, "malformed", False)


# -- acquisitions ----------------------------------------------------------------------------------


def test_numbers_of_another(doors: Doors, run: Run, hand: Any, outsider: Any) -> None:
    """An acquisition number is worth nothing to another: not to collect, not to confirm away."""
    (number,) = run(hand.numbers(1))
    batch = CollectBatch(**outsider.party.envelope("linkage"), numbers=[number] * 100)
    answer = run(outsider.send("linkage", "/acquisition/collect/batch", batch))
    letter = outsider.party.read(answer.body, (CollectBatchAnswer,), peer="linkage")
    assert letter.message.collected == []
    confirm = ConfirmBatch(**outsider.party.envelope("linkage"), numbers=[number])
    answer = run(outsider.send("linkage", "/acquisition/confirm/batch", confirm))
    outsider.party.read(answer.body, (ConfirmBatchNoted,), peer="linkage")
    held = doors.rows("linkage", f"SELECT institution FROM acquisition WHERE number = '{number}'")
    assert held == [(A,)]


def test_what_only_the_portal_may_ask(run: Run, hand: Any) -> None:
    """An institution gets no batch of the portal's codes and signs nobody in."""
    (number,) = run(hand.numbers(1))
    envelope = hand.party.envelope("individual-number")
    refused = (403, "not-allowed", False)
    batch = PortalBatch(**envelope, numbers=[number])
    assert lied(hand, "individual-number", "/portal/batch", batch) == refused
    sign_in = PersonaSignIn(**envelope, number=number, persona="parent")
    assert lied(hand, "individual-number", "/persona/sign-in", sign_in) == refused


# -- requests --------------------------------------------------------------------------------------


def test_boxes_of_another(run: Run, hand: Any, outsider: Any) -> None:
    """A box by another, for another, empty, full, or holding no element opens for nobody."""
    tx = hand.tx()
    for box in (
        outsider.party.seal("linkage", BoxPurpose.REQUEST_CODE, tx, hand.code()),
        hand.party.seal("portal", BoxPurpose.REQUEST_CODE, tx, hand.code()),
        hand.party.seal("linkage", BoxPurpose.REQUEST_CODE, tx, b""),
        hand.party.seal("linkage", BoxPurpose.REQUEST_CODE, tx, b"\xff" * 32),
    ):
        request = hand.request(tx=tx, code=box)
        assert lied(hand, "linkage", "/permit", request) == (422, "permit-boxes", True)
    full = hand.party.seal("linkage", "x", tx, bytes(PLAINTEXT_LIMIT_BYTES))
    with pytest.raises(ValueError, match="bytes"):
        hand.party.write(hand.request(tx=tx, code=full))


def test_a_race_between_two_requests(doors: Doors, run: Run, hand: Any) -> None:
    """Of two different requests under one transaction sent at once, one is judged and logged."""
    tx = hand.tx()
    requests = [hand.party.write(hand.request(tx=tx)) for _ in range(8)]

    async def all_at_once() -> list[int]:
        answers = await asyncio.gather(*(hand.ask(one) for one in requests))
        return sorted(one.status for one in answers)

    assert run(all_at_once()) == [200] + [409] * 7
    assert doors.rows("linkage", f"SELECT count(*) FROM permit WHERE tx = '{tx}'") == [(1,)]
