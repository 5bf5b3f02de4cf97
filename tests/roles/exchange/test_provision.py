"""The provider's side of an exchange, presented to by hand: who gets an answer, and how often."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from renkei.crypto import jws
from renkei.wire.boxes import BoxPurpose
from renkei.wire.institution.messages import Content, Presentation
from renkei.wire.linkage.permit import Permit

A, B, OTHER = "chofu-city", "ichikawa-city", "pension-service"
KEEP_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def provided(country: Any, tx: str, at: str = B) -> list[tuple[Any, ...]]:
    """What a provider has recorded of a transaction: outcome, reason, article, person, received."""
    columns = "outcome, reason, article, person, received, answer IS NOT NULL"
    found: list[tuple[Any, ...]] = country.rows(
        at, f"SELECT {columns} FROM provided WHERE tx = '{tx}'"
    )
    return found


@pytest.fixture
def network(country: Any) -> Any:
    """The network's real permit key, in the hands of the test: for permits it never gave."""
    return country.party("linkage")


async def refused(hand: Any, answer: Any, expected: tuple[int, str], receiver: str = B) -> None:
    """A signed refusal with this status and code and without article: the reason is technical."""
    problem = hand.problem(answer, receiver)
    assert (problem.status, problem.code, problem.article) == (*expected, None)
    assert problem.signed


# -- the answer, once -----------------------------------------------------------------------------


async def test_an_answer_is_given_once_and_stays_the_same(
    by_hand: Any, country: Any, at_once: Any
) -> None:
    """The same presentation, new presentations, and five at once get one answer byte for byte."""
    held = await by_hand.permit()
    message = Presentation(**by_hand.party.envelope(B), permit=held.raw.decode())
    raw = by_hand.party.write(message)
    answers = await at_once(*(by_hand.send(B, "/provide", raw) for _ in range(3)))
    answers.append(await by_hand.present(held.raw))
    answers.append(await by_hand.send(B, "/provide", raw))
    assert len({answer.body for answer in answers}) == 1
    letter = by_hand.answer(answers[0])
    assert letter.message.outcome == "provided"
    assert letter.message.permit_digest == held.digest
    content = msgspec.json.decode(
        by_hand.party.unseal(B, BoxPurpose.ANSWER, held.permit.tx, letter.message.content),
        type=Content,
    )
    assert [item.item for item in content.items] == ["municipal-tax"]
    assert len(provided(country, held.permit.tx)) == 1


async def test_received_ends_the_exchange(by_hand: Any, country: Any) -> None:
    """Until `received` the answer is kept; afterwards it is gone, and saying so twice is fine."""
    held = await by_hand.permit()
    letter = by_hand.answer(await by_hand.present(held.raw))
    assert by_hand.answer(await by_hand.present(held.raw)).raw == letter.raw
    for _ in range(2):
        assert by_hand.unknown(await by_hand.received(held.permit.tx, letter.digest)) == []
    ((outcome, _, _, _, received, kept),) = provided(country, held.permit.tx)
    assert (outcome, received, kept) == ("provided", 1, 0)
    await refused(by_hand, await by_hand.present(held.raw), (409, "already-received"))


async def test_a_malleated_permit_is_the_same_permit(by_hand: Any) -> None:
    """The network's signature in its other valid form is no second permit."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    held = await by_hand.permit()
    first = await by_hand.present(held.raw)
    signature = jws.parse(held.raw, len(held.raw)).signature
    flipped = signature[:32] + (order - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")
    second = await by_hand.present(jws.assemble(held.raw.rpartition(b".")[0], flipped))
    assert (second.status, second.body) == (200, first.body)


async def test_a_person_nobody_knows_here_uses_up_nothing(by_hand: Any, country: Any) -> None:
    """A code of nobody on B's file gets the interim `no-code`: no outcome, no person, no answer."""
    held = await by_hand.permit(by_hand.request(tag="newborn"))
    for _ in range(2):
        answer = await by_hand.present(held.raw)
        assert answer.status == 200
        assert b'"state":"no-code"' in jws.parse(answer.body, len(answer.body)).payload
    assert provided(country, held.permit.tx) == [(None, None, None, None, 0, 0)]


# -- somebody else's permit ------------------------------------------------------------------------


@pytest.mark.parametrize("thief", [OTHER, B])
async def test_a_permit_serves_its_holder_only(
    by_hand: Any, other_by_hand: Any, provider_by_hand: Any, books: Any, thief: str
) -> None:
    """A permit another institution presents, over its own TLS and signature: `not-holder`."""
    held = await by_hand.permit()
    before = books.quiet()
    hand = other_by_hand if thief == OTHER else provider_by_hand
    await refused(hand, await hand.present(held.raw), (403, "not-holder"))
    assert books.now() == before


async def test_a_permit_serves_at_its_provider_only(by_hand: Any, books: Any) -> None:
    """A permit presented to another provider than it names: `not-provider`, nothing written."""
    held = await by_hand.permit()
    before = books.quiet()
    answer = await by_hand.present(held.raw, to=OTHER)
    await refused(by_hand, answer, (403, "not-provider"), receiver=OTHER)
    assert books.now() == before


@pytest.mark.parametrize("change", ["requester", "provider", "aud"])
async def test_a_permit_readdressed_is_refused(
    by_hand: Any, network: Any, books: Any, change: str
) -> None:
    """Even one the network signs: holder, provider and addressee must all be right."""
    held = await by_hand.permit()
    before = books.quiet()
    changed = msgspec.structs.replace(held.permit, **{change: OTHER})
    code = "not-provider" if change == "provider" else "not-holder"
    answer = await by_hand.present(network.write(changed))
    await refused(by_hand, answer, (403, code))
    assert books.now() == before


# -- a permit that is not what the network made ---------------------------------------------------


def altered(raw: bytes, part: int) -> list[bytes]:
    """The same JWS with one byte of one part altered: first, last, and eight between."""
    parts = raw.split(b".")
    target = parts[part]
    places = sorted({0, len(target) - 1, *range(3, len(target) - 1, max(1, len(target) // 8))})
    found = []
    for place in places:
        swapped = KEEP_ALPHABET[(KEEP_ALPHABET.index(target[place]) + 1) % 64]
        parts[part] = target[:place] + bytes([swapped]) + target[place + 1 :]
        found.append(b".".join(parts))
    return found


@pytest.mark.parametrize("part", [0, 1, 2], ids=["header", "payload", "signature"])
async def test_one_altered_byte_is_noticed(by_hand: Any, books: Any, part: int) -> None:
    """A permit altered in one byte of header, payload or signature: `permit-signature`."""
    held = await by_hand.permit()
    before = books.quiet()
    for raw in altered(held.raw, part):
        await refused(by_hand, await by_hand.present(raw), (401, "permit-signature"))
    assert books.now() == before


async def test_only_the_permit_key_makes_permits(
    by_hand: Any, network: Any, forge: Any, books: Any
) -> None:
    """A permit under another key of the network, or of A, or cut short: `permit-signature`."""
    held = await by_hand.permit()
    before = books.quiet()
    forged = [
        forge(network, "linkage:sign:1", held.permit),
        forge(network, "linkage:directory:1", held.permit, use="directory"),
        forge(network, "linkage:permit:1", held.permit, use="directory"),
        forge(network, "linkage:permit:2", held.permit, use="permit"),
        forge(by_hand.party, "linkage:permit:1", held.permit),
        forge(by_hand.party, "chofu-city:sign:1", held.permit),
        forge(by_hand.party, "chofu-city:permit:1", held.permit),
        held.raw[:-1],
        held.raw + b"A",
        held.raw.rpartition(b".")[0] + b".",
        b"not a permit at all",
        by_hand.party.write(held.request),
    ]
    for raw in forged:
        await refused(by_hand, await by_hand.present(raw), (401, "permit-signature"))
    assert books.now() == before


async def test_a_refusal_is_no_permit(by_hand: Any, books: Any) -> None:
    """The network's signed refusal, presented as a permit: `permit-signature`."""
    refusal = await by_hand.ask(by_hand.request(subject="spouse"))
    before = books.quiet()
    await refused(by_hand, await by_hand.present(refusal.body), (401, "permit-signature"))
    assert books.now() == before


async def test_a_permit_that_ran_out_is_refused(by_hand: Any, network: Any, books: Any) -> None:
    """The first presentation must come before `valid_until`: else `permit-expired`, unwritten."""
    held = await by_hand.permit()
    before = books.quiet()
    late = msgspec.structs.replace(
        held.permit, valid_until=network.now() - timedelta(milliseconds=1)
    )
    answer = await by_hand.present(network.write(late))
    await refused(by_hand, answer, (410, "permit-expired"))
    assert books.now() == before


async def test_a_foreign_epoch_of_the_provider(by_hand: Any, network: Any, books: Any) -> None:
    """A permit for a code epoch of B that is not in force: `epoch`, nothing written."""
    held = await by_hand.permit()
    before = books.quiet()
    other = msgspec.structs.replace(held.permit, provider_epoch=2)
    await refused(by_hand, await by_hand.present(network.write(other)), (409, "epoch"))
    assert books.now() == before


@pytest.mark.parametrize("field", ["items", "office", "commitment", "valid_until", "entry_hash"])
async def test_two_permits_for_one_transaction_conflict(
    by_hand: Any, network: Any, books: Any, field: str
) -> None:
    """Once answered, another permit for the same (A, tx) is `tx-conflict`, whoever signed it."""
    held = await by_hand.permit()
    first = by_hand.answer(await by_hand.present(held.raw))
    before = books.quiet()
    value = {
        "items": ["resident-record"],
        "office": "tax",
        "commitment": bytes(32),
        "valid_until": held.permit.valid_until + timedelta(seconds=60),
        "entry_hash": bytes(32),
    }[field]
    twin = network.write(msgspec.structs.replace(held.permit, **{field: value}))
    await refused(by_hand, await by_hand.present(twin), (409, "tx-conflict"))
    assert books.now() == before
    assert by_hand.answer(await by_hand.present(held.raw)).raw == first.raw


# -- what only B can see ---------------------------------------------------------------------------


async def test_a_foreign_commitment_is_a_recorded_refusal(by_hand: Any, country: Any) -> None:
    """A commitment that does not fit the seed: final `refused`, recorded, nobody looked up."""
    held = await by_hand.permit(by_hand.request(commitment=bytes(range(32))))
    answer = by_hand.answer(await by_hand.present(held.raw))
    said = answer.message
    assert (said.outcome, said.article, said.reason) == ("refused", None, "commitment")
    assert said.content is None
    assert provided(country, held.permit.tx) == [("refused", "commitment", None, None, 0, 1)]
    assert by_hand.answer(await by_hand.present(held.raw)).raw == answer.raw


async def test_a_commitment_of_another_transaction_is_foreign(by_hand: Any, country: Any) -> None:
    """The commitment binds A and tx: one made for the same seed in another tx does not fit."""
    seed = bytes(range(32))
    other = by_hand.request(seed=seed)
    held = await by_hand.permit(by_hand.request(seed=seed, commitment=other.commitment))
    said = by_hand.answer(await by_hand.present(held.raw)).message
    assert (said.outcome, said.article, said.reason) == ("refused", None, "commitment")


@pytest.mark.parametrize("wrong", ["purpose", "transaction", "receiver", "length"])
async def test_a_seed_box_that_does_not_open(by_hand: Any, country: Any, wrong: str) -> None:
    """A seed boxed for another use, or of another length: a recorded refusal, nobody looked up."""
    party, tx = by_hand.party, by_hand.tx()
    seed = party.randomness(32)
    box = {
        "purpose": lambda: party.seal(B, BoxPurpose.PORTAL_SEED, tx, seed),
        "transaction": lambda: party.seal(B, BoxPurpose.PROVIDER_SEED, by_hand.tx(), seed),
        "receiver": lambda: party.seal(OTHER, BoxPurpose.PROVIDER_SEED, tx, seed),
        "length": lambda: party.seal(B, BoxPurpose.PROVIDER_SEED, tx, seed + b"\0"),
    }[wrong]()
    held = await by_hand.permit(by_hand.request(seed=seed, tx=tx, provider_seed=box))
    said = by_hand.answer(await by_hand.present(held.raw)).message
    assert (said.outcome, said.article, said.reason) == ("refused", None, "permit-boxes")
    assert provided(country, tx) == [("refused", "permit-boxes", None, None, 0, 1)]


async def test_b_judges_for_itself(by_hand: Any, network: Any, country: Any) -> None:
    """A permit against the law, signed by the network's own key, B refuses with the article."""
    request = by_hand.request()
    lawless = msgspec.structs.replace(
        (await by_hand.permit(request)).permit, subject="spouse", entry_hash=bytes(32)
    )
    said = by_hand.answer(await by_hand.present(network.write(lawless))).message
    assert (said.outcome, said.reason) == ("refused", "subject-not-permitted")
    assert said.article == "命令第108条第1号ロ"
    ((outcome, reason, article, person, _, _),) = provided(country, request.tx)
    assert (outcome, reason, article, person) == (
        "refused",
        "subject-not-permitted",
        "命令第108条第1号ロ",
        None,
    )


# -- confirmations that are not the holder's ------------------------------------------------------


async def test_only_the_requester_confirms(by_hand: Any, other_by_hand: Any, books: Any) -> None:
    """`received` of another institution, or with another digest: named unknown, answer kept."""
    held = await by_hand.permit()
    letter = by_hand.answer(await by_hand.present(held.raw))
    before = books.quiet()
    tx = held.permit.tx
    assert other_by_hand.unknown(await other_by_hand.received(tx, letter.digest)) == [tx]
    for digest in (bytes(32), held.digest):
        assert by_hand.unknown(await by_hand.received(tx, digest)) == [tx]
    assert books.now() == before
    assert by_hand.answer(await by_hand.present(held.raw)).raw == letter.raw


@pytest.mark.usefixtures("nothing_written")
async def test_nothing_to_confirm(by_hand: Any) -> None:
    """`received` for a transaction B never answered: named unknown, nothing written."""
    tx = by_hand.tx()
    assert by_hand.unknown(await by_hand.received(tx, bytes(32))) == [tx]


def test_a_permit_has_no_field_this_file_forgets() -> None:
    """Re-addressing and conflicts are tried on fields that exist."""
    names = set(Permit.__struct_fields__)
    assert {"requester", "provider", "aud", "items", "office", "commitment", "entry_hash"} <= names
