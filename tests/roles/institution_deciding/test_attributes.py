"""After `no-code`: the four attributes, the provider's own person, its own code (令26条3項)."""

import asyncio
import contextlib
from itertools import count

import pytest
from world import FINAL, VALID, A, B, Human, World, human

from renkei.kit.database import connect
from renkei.roles.institution.rules import attributes_of
from renkei.roles.institution.store import persons
from renkei.values.reveal import Purpose
from renkei.wire.boxes import BoxPurpose
from renkei.wire.errors import WireError
from renkei.wire.framing import encode
from renkei.wire.institution.calls import ATTRIBUTES, PROVIDE
from renkei.wire.institution.desk import DeskDecide
from renkei.wire.institution.messages import Answer, AttributesOffer, Interim, Presentation

HANAKO = human("90000000001", "髙橋 花子")
HANAKO_AT_B = human("90000000001", "髙橋花子", address="調布市小島町2-35-1 コーポ101")
"""The same human as B writes her; J-LIS knows her as B does."""
NOTHING = [("no-data", "no-code")]
"""What A is told whatever the reason."""
OTHER = human("90000000002", "髙橋花子")


def both_know(world: World, at_b: Human = HANAKO_AT_B, **facts: object) -> None:
    """Hanako with a code at A, on file at B without one."""
    world.register.humans[HANAKO.number] = Human(HANAKO.number, HANAKO_AT_B.attributes, HANAKO.base)
    world.on_file(A, "PA", HANAKO)
    world.on_file(B, "PB", at_b, bound=False, **facts)


def codes_at_b(world: World) -> list[tuple[str, int, bytes]]:
    return world.rows(B, "SELECT person, epoch, element FROM code ORDER BY person")  # type: ignore[return-value]


async def test_the_attributes_lead_to_a_code_and_the_answer(world: World) -> None:
    """B finds its own person, acquires with its own record, and answers under the same permit."""
    both_know(world)
    await world.ask()
    assert await world.ended() == [("provided", None)]
    expected = world.code(B, HANAKO).reveal(Purpose.COMPARE)
    assert codes_at_b(world) == [("PB", 1, expected)]
    assert world.network.numbers == {}, "an acquisition was not confirmed"
    assert len(world.network.permits) == 1
    assert await world.receipts() == [(A, "provided"), (B, "provided")]


async def test_a_records_that_it_sent_them_and_b_stores_none(world: World) -> None:
    """The disclosure is on A's record; A's way of writing her is nowhere in B's files."""
    both_know(world)
    await world.ask()
    await world.ended()
    ((at,),) = world.rows(A, "SELECT attributes_at FROM asked")
    assert at is not None
    assert "髙橋 花子".encode() in world.bytes_of(A)
    assert "髙橋 花子".encode() not in world.bytes_of(B)


async def test_they_are_not_sent_where_a_code_is_held(world: World) -> None:
    """With a common code nobody sends attributes."""
    world.on_file(A, "PA", HANAKO)
    world.on_file(B, "PB", HANAKO)
    await world.ask()
    assert await world.ended() == [("provided", None)]
    assert world.calls[A, "/attributes"] == 0
    assert world.rows(A, "SELECT attributes_at FROM asked") == [(None,)]


async def test_a_body_that_takes_none_answers_for_good(world: World) -> None:
    """Where the directory says so `no-code` is final: `no-data`, nothing sent, nothing acquired."""
    world.attributes_accepted = False
    world.publish()
    both_know(world)
    await world.ask()
    assert await world.ended() == [("no-data", "no-code")]
    assert world.at_provider() == [("no-data", "no-code")]
    assert (world.calls[A, "/attributes"], world.register.compared) == (0, [])
    assert await world.receipts() == [(A, "no-data"), (B, "no-data")]


async def test_attributes_offered_all_the_same_are_not_opened(world: World) -> None:
    """A body that takes none gives the same final answer to an offer, and looks nobody up."""
    both_know(world)
    world.cut.add((B, "/provide"))
    await world.ask()
    await permitted(world)
    world.attributes_accepted = False
    world.publish()
    answer = world.party(A).read(await offer(world), (Answer, Interim), peer=B).message
    assert (answer.outcome, answer.reason) == ("no-data", "no-code")
    assert world.register.compared == []


async def permitted(world: World) -> None:
    query = "SELECT 1 FROM asked WHERE permit IS NOT NULL"
    await world.until(lambda: world.rows(A, query) != [], "no permit")


async def offer(world: World) -> bytes:
    """A's offer by hand, under its newest permit, again and again until the answer is final."""
    party = world.party(A)
    while True:
        raw = await offer_once(world)
        if isinstance(party.read(raw, (Answer, Interim), peer=B).message, Answer):
            return raw


async def offer_once(world: World) -> bytes:
    """A's offer by hand, under its newest permit."""
    node, tx = world.nodes[A], world.network.permits[-1].tx
    party = node.party
    ((permit,),) = world.rows(A, "SELECT permit FROM asked WHERE tx = :tx", tx=tx)
    with connect(world.database(A)) as connection:
        person = persons.find(connection, "PA")
    assert person is not None
    message = AttributesOffer(
        **party.envelope(B),
        permit=permit.decode(),
        attributes=party.seal(B, BoxPurpose.ATTRIBUTES, tx, encode(attributes_of(person))),
    )
    letter = await world.toward(A, B).send(ATTRIBUTES, party.write(message))
    return letter.raw


async def test_repeated_offers_get_the_same_bytes(world: World) -> None:
    """An offer again, or a presentation after it, is answered with the stored bytes."""
    both_know(world)
    world.cut.add((B, "/provide"))
    await world.ask()
    await permitted(world)
    first = await offer(world)
    assert await offer(world) == first
    assert len(world.register.compared) == 1
    ((permit,),) = world.rows(A, "SELECT permit FROM asked")
    world.cut.clear()
    party = world.party(A)
    message = Presentation(**party.envelope(B), permit=permit.decode())
    peer = world.toward(A, B)
    with contextlib.suppress(WireError):  # A's own driver may have fetched and confirmed it
        assert (await peer.send(PROVIDE, party.write(message))).raw == first
    assert await world.ended() == [("provided", None)]


async def test_two_offers_at_once_end_in_one_answer(world: World) -> None:
    """Offers that cross get one answer and leave one code."""
    both_know(world)
    world.cut.add((B, "/provide"))
    await world.ask()
    await permitted(world)
    first, second, third = await asyncio.gather(offer(world), offer(world), offer(world))
    assert first == second == third
    assert len(codes_at_b(world)) == 1


@pytest.mark.parametrize("why", ["nobody", "other-birth", "several"])
async def test_whoever_does_not_fit_once_is_nobody(world: World, why: str) -> None:
    """Nobody or several on B's file: final `no-data`, no acquisition, nothing bound."""
    changes = {
        "nobody": {"name": "髙橋 太郎"},
        "other-birth": {"birth_date": "1988-03-05"},
        "several": {},
    }[why]
    world.on_file(A, "PA", HANAKO)
    for number in range(2 if why == "several" else 1):
        at_b = human(f"9000000002{number}", **{"name": "髙橋花子", **changes})
        world.on_file(B, f"PB{number}", at_b, bound=False)
    await world.ask()
    assert await world.denied() == NOTHING
    assert world.at_provider() == NOTHING
    assert await world.looked() == ["unknown"]
    assert (codes_at_b(world), world.register.compared) == ([], [])
    assert world.rows(B, "SELECT person FROM provided") == [(None,)]


async def test_somebody_who_moved_is_recognised_by_the_code(world: World) -> None:
    """B knows the address before the move: name, birth date and sex find her, the code decides."""
    before = human("90000000001", "髙橋花子", address="市川市行徳駅前2-38-6")
    world.register.humans[HANAKO.number] = Human(HANAKO.number, before.attributes, HANAKO.base)
    world.on_file(A, "PA", HANAKO)
    world.on_file(B, "PB", before, bound=False)
    await world.ask()
    assert await world.ended() == [("provided", None)]
    assert codes_at_b(world)[0][2] == world.code(B, HANAKO).reveal(Purpose.COMPARE)


@pytest.mark.parametrize("bound", [True, False], ids=["with-code", "without-code"])
async def test_a_namesake_elsewhere_is_nobody(world: World, bound: bool) -> None:
    """Same name and birthday, other address, other code: not her, and no finding about him."""
    namesake = human("90000000003", "髙橋花子", address="市川市行徳駅前2-38-6")
    world.on_file(A, "PA", HANAKO)
    world.on_file(B, "PB", namesake, bound=bound)
    before = codes_at_b(world)
    await world.ask()
    assert await world.denied() == NOTHING
    assert codes_at_b(world) == before
    assert world.rows(B, "SELECT kind FROM finding") == []
    assert world.network.numbers == {}


async def test_the_acquired_code_decides(world: World) -> None:
    """B's person bears another number: another code, so `mismatch`, a finding, nothing bound."""
    world.on_file(A, "PA", HANAKO)
    world.on_file(B, "PB", OTHER, bound=False)
    await world.ask()
    assert await world.denied() == NOTHING
    assert world.rows(A, "SELECT refused_by, content FROM asked") == [(None, None)]
    assert codes_at_b(world) == []
    ((requester, kind, person),) = world.rows(B, "SELECT requester, kind, person FROM finding")
    assert (requester, kind, person) == (A, "mismatch", "PB")
    assert world.rows(B, "SELECT person, article FROM provided") == [(None, None)]
    assert world.network.numbers == {}
    assert await world.receipts() == [(A, "no-data"), (B, "no-data")]


async def test_an_earlier_binding_is_not_touched(world: World) -> None:
    """A person whose code is already another's: `mismatch`, and the binding stays as it was."""
    world.on_file(A, "PA", HANAKO)
    world.on_file(B, "PB", OTHER)
    before = codes_at_b(world)
    await world.ask()
    assert await world.denied() == NOTHING
    assert codes_at_b(world) == before
    assert len(world.register.compared) == 1, "J-LIS was not told: nobody will read of it"
    assert world.rows(B, "SELECT kind, person FROM finding") == [("mismatch", "PB")]


async def test_a_record_j_lis_does_not_know_is_a_finding(world: World) -> None:
    """Where J-LIS does not agree with B's own record: `no-data`, tried once, told to B's people."""
    both_know(world)
    del world.register.humans[HANAKO.number]
    await world.ask()
    assert await world.denied() == NOTHING
    assert world.register.compared == [HANAKO.number]
    assert world.rows(B, "SELECT kind, person FROM finding") == [("not-acquired", "PB")]
    assert codes_at_b(world) == []


async def test_a_j_lis_that_is_away_is_waited_for(world: World) -> None:
    """While nothing can be acquired A waits; once it can be, the same permit is answered."""
    both_know(world)
    world.register.away = True
    await world.ask()
    await world.waits("no-code")
    assert world.at_provider() == [(None, None)]
    world.register.away = False
    assert await world.ended() == [("provided", None)]


async def test_without_a_code_in_time_it_is_as_if_nobody_fitted(world: World) -> None:
    """Where J-LIS stays away the answer is that of any other reason, at the same moment."""
    both_know(world)
    world.register.away = True
    await world.ask()
    await world.waits("no-code")
    world.later(FINAL)
    assert await world.ended() == NOTHING
    assert await world.looked() == ["late"]
    assert await world.receipts() == [(A, "no-data"), (B, "no-data")]


async def test_without_an_offer_it_lapses_at_both(world: World) -> None:
    """A permit that ran out over `no-code` is `lapsed` at both, with receipts."""
    both_know(world)
    world.cut.add((B, "/attributes"))
    await world.ask()
    await world.until(lambda: world.rows(B, "SELECT 1 FROM provided") != [], "nothing presented")
    world.later(VALID)
    assert await world.ended() == [("lapsed", None)]
    assert await world.receipts() == [(A, "lapsed"), (B, "lapsed")]


async def test_recognised_but_only_a_human_may_answer(world: World) -> None:
    """The flag of a person holds also where the code is new: bound, then `pending`."""
    both_know(world, manual_reason="support-measures")
    await world.ask()
    tx = await world.waits("pending")
    assert len(codes_at_b(world)) == 1
    await world.desk(B, DeskDecide, requester=A, tx=tx, officer="o-1", decision="provide")
    assert await world.ended() == [("provided", None)]


async def test_a_body_without_an_affair_acquires_nothing(world: World) -> None:
    """Without a row of the use table B may not use numbers: `no-data`, and J-LIS is not asked."""
    both_know(world)
    await world.end(B)
    world.start(B, use_affair=None)
    await world.ask()
    assert await world.denied() == NOTHING
    assert world.register.compared == []


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("victim", "fewest"), [(A, 12), (B, 14)])
async def test_a_death_at_any_step_binds_and_answers_once(
    world: World, victim: str, fewest: int, after: bool
) -> None:
    """Whoever dies between request, offer, acquisition and answer: one code, one answer."""
    both_know(world)
    deaths = 0
    for step in count(1):
        number = f"K-{step}"
        node = world.nodes[victim]
        node.death.steps, node.death.at, node.death.after = 0, step, after
        await worked(world, number, victim)
        died = node.death.spare()  # its last step may come after the case has ended
        if died:
            await world.restart(victim)
        assert not await worked(world, number, victim)
        assert await world.ended(number) == [("provided", None)]
        ((person, _, element),) = codes_at_b(world)
        assert (person, element) == ("PB", world.code(B, HANAKO).reveal(Purpose.COMPARE))
        with connect(world.database(B)) as connection:
            connection.exec_driver_sql("DELETE FROM code")
        if not died:
            break
        deaths += 1
    said = world.rows(B, "SELECT outcome, answer, received FROM provided")
    assert said == [("provided", None, 1)] * step
    await world.receipts()
    assert len(world.network.noted) == 2 * step
    assert all(outcomes == ["provided"] for outcomes in world.network.noted.values())
    assert deaths >= fewest, f"only {deaths} steps were tried: the test no longer sees them"


async def worked(world: World, number: str, victim: str) -> bool:
    """A clerk asks until it ended or one died."""
    for _ in range(1_000):
        with contextlib.suppress(WireError):
            await world.ask(number=number)
        if world.nodes[victim].death.dead:
            return True
        states = world.rows(A, "SELECT state FROM asked WHERE case_number = :number", number=number)
        if states == [("closed",)]:
            return False
        await asyncio.sleep(0.005)
    raise AssertionError(f"{number}: neither dead nor ended")
