"""Promised leaves are looked for in the log, and three records of one exchange must agree."""

from datetime import timedelta

import msgspec
import pytest
from overseen import NOW, RECEIPT, World

from renkei.crypto import digests
from renkei.roles.oversight import rules
from renkei.roles.oversight.store import entries, letters
from renkei.wire.entries import write_entry
from renkei.wire.errors import WireError
from renkei.wire.institution.messages import Entries
from renkei.wire.linkage.log import Located, Locations, LoggedRecord
from renkei.wire.linkage.permit import Refusal


async def rounds(world: World, commission, seconds: int) -> None:
    """Let time pass as the loops would live it, two seconds at a time."""
    for _ in range(0, seconds, 2):
        world.clock.advance(2)
        await commission.see()
        await commission.check_records()


async def test_honest_records_agree(world, commission) -> None:
    """Exchanges that ended, were refused or given up leave no finding, and are settled."""
    world.exchange("hanako")
    world.exchange("taro", outcomes=("no-data", "no-data"))
    world.exchange("jiro", outcomes=("refused", None), allowed=False)
    world.exchange("saburo", outcomes=("not-received", "provided"))
    world.exchange("shiro", outcomes=("lapsed", "lapsed"))
    await rounds(world, commission, 90)
    assert await commission.found() == []
    for state in ("promised", "located"):
        waiting = await commission.database.read(
            lambda c, state=state: entries.due(c, state, world.clock.now(), 100)
        )
        assert waiting == []


async def test_a_withheld_leaf_is_found_within_a_minute(world, commission) -> None:
    """A promised entry that the log lacks is a finding within a minute, with the signed letter."""
    world.exchange("hanako")
    withheld = world.exchange("taro", logged=False)
    await rounds(world, commission, 40)
    assert await commission.found() == []
    await rounds(world, commission, 20)
    (found,) = await commission.found()
    assert found.kind == "withheld-leaf"
    assert withheld.tx in found.detail
    letter = world.party.read(found.evidence[0].encode(), (Entries,), peer=None).message
    assert letter.sender in ("city-a", "city-b")
    assert withheld.entry_hash in [one.entry_hash for one in letter.entries]


async def test_a_refusals_withheld_leaf_is_found(world, commission) -> None:
    """What the network promised with a refusal is looked for as well."""
    world.exchange("taro", outcomes=("refused", None), logged=False, allowed=False)
    await rounds(world, commission, 60)
    assert await commission.kinds() == ["withheld-leaf"]


async def test_a_leaf_logged_late_is_no_finding_in_time(world, commission) -> None:
    """An entry that is integrated half a minute late is not held against the network."""
    world.exchange("hanako")
    *others, late = world.log.entries
    world.log.hold(others)
    await rounds(world, commission, 30)
    world.log.hold([*others, late])
    await rounds(world, commission, 60)
    assert await commission.found() == []


async def test_a_false_location_is_not_believed(world, commission) -> None:
    """A network that names the leaf of another entry has still withheld the promised one."""
    one = world.exchange("hanako")
    withheld = world.exchange("taro", logged=False)
    honest = world.log.locate

    async def lying(letter: bytes) -> bytes:
        raw = await honest(letter)
        message = world.party.read(raw, (Locations,), peer="linkage").message
        located = [Located(entry_hash=each.entry_hash, leaf=one.leaf) for each in message.located]
        network = world.parties["linkage"]
        return network.write(Locations(**network.envelope("oversight"), located=located))

    world.log.locate = lying
    await rounds(world, commission, 60)
    assert await commission.kinds() == ["withheld-leaf"]
    assert withheld.tx in (await commission.found())[0].subject


async def test_a_network_that_is_away_is_no_finding(world, commission) -> None:
    """While the network cannot be asked nothing is held against it; afterwards promises stand."""
    world.exchange("hanako")
    honest = world.log.locate

    async def away(_letter: bytes) -> bytes:
        raise WireError("unavailable", "away")

    await commission.witness.step()
    world.log.locate = away
    failed = 0
    for _ in range(60):
        world.clock.advance(2)
        try:
            await commission.check_records()
        except WireError:
            failed += 1
    assert failed >= 50
    world.log.locate = honest
    await rounds(world, commission, 10)
    assert await commission.found() == []


async def test_a_swapped_record_is_found(world, commission) -> None:
    """A network that shows another record than the one in its log is found at once."""
    one = world.exchange("hanako")
    shown = world.log.shown[one.leaf]
    other = shown.record.replace(b"municipal-tax", b"income-of-her")
    world.log.shown[one.leaf] = LoggedRecord(
        leaf=one.leaf, kind=shown.kind, salt=shown.salt, record=other
    )
    await rounds(world, commission, 4)
    (found,) = await commission.found()
    assert (found.kind, found.possible[0]) == ("records-differ", "linkage")
    assert len(found.evidence) >= 2


async def test_a_record_kept_back_is_found(world, commission) -> None:
    """A network that logged an entry and shows no record of it is found."""
    one = world.exchange("hanako")
    del world.log.shown[one.leaf]
    await rounds(world, commission, 4)
    assert await commission.kinds() == ["records-differ"]


@pytest.mark.parametrize(
    "changes",
    [
        {"commitment": bytes(32)},
        {"provider": "city-a"},
        {"requester": "city-b"},
        {"tx": "01900000-0000-7000-8000-0000000000ff"},
        {"allowed": False},
    ],
)
async def test_a_record_of_something_else_is_found(world, commission, changes) -> None:
    """A record, truly logged, that names other parties, another request or another commitment."""
    world.exchange("hanako", **changes)
    await rounds(world, commission, 90)
    assert "records-differ" in await commission.kinds()


REWRITTEN = {
    "office": "tax-section",
    "affair": "107",
    "sub_affair": "109-1",
    "items": ["pension-benefit"],
    "subject": "spouse",
    "article": "another article",
    "row": "107",
    "consent_digest": bytes(32),
    "conditions": ["runs-public-housing"],
    "asked_at": NOW - timedelta(days=1),
    "request_digest": bytes(32),
    "portal_box": bytes(32),
}
"""What is not among parties, transaction and commitment."""


@pytest.mark.parametrize("field", REWRITTEN)
async def test_a_record_with_other_terms_is_found(world, commission, field) -> None:
    """Whatever word a network rewrites, both sides' own books say another; both are evidence."""
    one = world.exchange("hanako", **{field: REWRITTEN[field]})
    await rounds(world, commission, 30)
    found = await commission.found()
    assert [one.kind for one in found] == ["records-differ"]
    assert one.signed in found[0].evidence
    # The decision is not the requester's word; another digest could be of another request of its.
    alone = field not in ("article", "row", "request_digest")
    named = found[0].possible
    assert named == ["linkage"] if alone else "linkage" in named, found[0].detail


async def test_a_side_whose_book_says_something_else_is_named(world, commission) -> None:
    """Where the record is what was signed, the side that holds another one is named alone."""
    one = world.exchange("hanako")
    held = world.cities["city-b"].entries_held
    held.append(msgspec.structs.replace(held.pop(), terms_digest=bytes(32)))
    await rounds(world, commission, 30)
    (found,) = await commission.found()
    assert (found.kind, found.possible) == ("records-differ", ["city-b"])
    assert one.signed in found.evidence


@pytest.mark.parametrize("right", [True, False])
async def test_a_disputed_reply_is_judged_by_what_was_signed(world, commission, right) -> None:
    """A requester shows the network's reply: one of them is named, whoever's words it fits."""
    one = world.exchange("hanako", outcomes=("refused", None), allowed=False)
    network, salt = world.parties["linkage"], bytes(32)
    promised = msgspec.structs.replace(
        one.honest, items=one.honest.items if right else ["pension-benefit"]
    )
    refusal = Refusal(
        **network.envelope("city-a"),
        requester="city-a",
        provider="city-b",
        tx=one.tx,
        article=one.honest.article,
        row=one.honest.row,
        reason=one.honest.reason,
        entry_hash=digests.entry_hash(1, write_entry(promised), salt),
        salt=salt,
        portal_digest=one.honest.portal_digest,
        request_digest=one.honest.request_digest,
    )
    city = world.cities["city-a"]
    city.replies[one.tx] = network.write(refusal).decode()
    held = city.entries_held
    held.append(msgspec.structs.replace(held.pop(), disputes=True))
    await rounds(world, commission, 30)
    (found,) = await commission.found()
    assert (found.kind, found.possible) == ("records-differ", ["city-a" if right else "linkage"])
    assert city.replies[one.tx] in found.evidence


async def test_an_older_record_is_compared_as_it_was(world, commission) -> None:
    """Records made before signed requests were kept agree without their digests."""
    one = world.exchange("hanako", portal_box=None)
    for city in world.cities.values():
        older = {"terms_digest": None, "request_digest": None, "record_digest": None}
        city.entries_held = [msgspec.structs.replace(held, **older) for held in city.entries_held]
    await rounds(world, commission, 90)
    assert await commission.found() == []
    assert one.leaf == 0


@pytest.mark.parametrize("field", ["entry_hash", "commitment"])
async def test_two_promises_for_one_exchange_are_found(world, commission, field) -> None:
    """A network that promised each side another entry, or another commitment, is found."""
    world.exchange("hanako")
    _, promised = world.log.append(RECEIPT, {"another": 1})
    wrong = {"entry_hash": promised, "commitment": bytes(32)}[field]
    held = world.cities["city-b"].entries_held
    held.append(msgspec.structs.replace(held.pop(), **{field: wrong}))
    await rounds(world, commission, 10)
    assert "records-differ" in await commission.kinds()


@pytest.mark.parametrize(
    "outcomes", [("provided", "refused"), ("no-data", "provided"), ("refused", "provided")]
)
async def test_contradicting_outcomes_are_found(world, commission, outcomes) -> None:
    """Two institutions that tell two stories are found, with both their signed letters."""
    world.exchange("hanako", outcomes=outcomes)
    await rounds(world, commission, 4)
    (found,) = await commission.found()
    assert found.kind == "records-differ"
    assert (found.possible, found.excluded) == (["city-a", "city-b"], ["linkage"])
    assert len(found.evidence) == 3


async def test_an_outcome_that_comes_later_is_compared_then(world, commission) -> None:
    """Records still open are waited for, and compared once both have ended."""
    one = world.exchange("hanako", outcomes=(None, None))
    await rounds(world, commission, 100)
    assert await commission.found() == []
    commitment = one.record["commitment"]
    world.tell("city-b", one, commitment, "provided")
    await rounds(world, commission, 20)
    assert await commission.found() == []
    world.tell("city-a", one, commitment, "no-data")
    await rounds(world, commission, 20)
    assert await commission.kinds() == ["records-differ"]


@pytest.mark.parametrize("silent", ["city-a", "city-b"])
async def test_a_side_without_record_is_found(world, commission, silent) -> None:
    """An institution that shows no record of what the other shows as answered is found."""
    world.exchange("hanako")
    world.cities[silent].entries_held.clear()
    await rounds(world, commission, 50)
    assert await commission.found() == []
    await rounds(world, commission, 50)
    assert await commission.kinds() == ["records-differ"]


async def test_a_side_that_is_away_is_waited_for(world, commission) -> None:
    """An institution that cannot be asked is not said to lack a record, and holds up nobody."""
    world.exchange("hanako")
    world.cities["city-b"].away = True
    await rounds(world, commission, 200)
    assert await commission.found() == []
    world.cities["city-b"].away = False
    await rounds(world, commission, 20)
    assert await commission.found() == []


async def test_a_rewritten_record_is_found(world, commission) -> None:
    """An institution that changes what it said of an ended exchange is found by its own letters."""
    one = world.exchange("hanako")
    await rounds(world, commission, 4)
    world.tell("city-b", one, one.record["commitment"], "refused")
    await rounds(world, commission, 4)
    (found,) = await commission.found()
    assert (found.kind, found.possible) == ("records-differ", ["city-b"])


async def test_letters_stay_with_the_records_they_speak_of(world, commission) -> None:
    """What a body said of an ended record is kept; what it said before it ended is not."""
    one = world.exchange("hanako", outcomes=(None, None))
    await rounds(world, commission, 4)
    letter = await _letter(commission, one)
    assert await commission.database.read(lambda c: letters.letter(c, letter)) is not None
    for city in ("city-a", "city-b"):
        world.tell(city, one, one.record["commitment"], "provided")
    await rounds(world, commission, 20)
    assert await commission.database.read(lambda c: letters.letter(c, letter)) is None
    letter = await _letter(commission, one)
    assert await commission.database.read(lambda c: letters.letter(c, letter)) is not None


async def _letter(commission, one) -> bytes:
    key = ("requester", "city-a", one.tx, "city-a")
    return (await commission.database.read(lambda c: entries.find(c, [key])))[key].letter


async def test_numbers_out_of_order_are_refused(world, commission) -> None:
    """A list whose numbers do not rise is not taken: nothing of it is written."""
    world.exchange("hanako")
    held = world.cities["city-a"].entries_held
    held.append(held[0])
    await commission.collector.step(500)
    assert (await commission.database.read(lambda c: letters.cursor(c, "city-a")))[0] == 0


def test_the_promise_is_held_to_the_commissions_clock() -> None:
    """Whatever time an institution names, a leaf is due 5 to 45 seconds after it was seen."""
    for shift in (-100_000, -60, -10, 0, 10, 100_000):
        due = rules.promise_due(NOW + timedelta(seconds=shift), NOW)
        assert timedelta(seconds=5) <= due - NOW <= timedelta(seconds=45)
    together = rules.PROMISE_SECONDS + rules.PROMISE_SETTLE_SECONDS
    assert together + 2 * 2 < 60, "two polls of two seconds later it is still within the minute"


def test_a_leaf_hash_is_recomputed_from_what_is_shown() -> None:
    """The hash of a shown record is made of its kind, salt and bytes, and nothing else."""
    logged = LoggedRecord(leaf=3, kind=1, salt=b"s" * 32, record=b"{}")
    assert rules.logged_entry_hash(logged) == digests.entry_hash(1, b"{}", b"s" * 32)
