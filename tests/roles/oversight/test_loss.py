"""The Commission accepts a permanent loss: by two officers, told in every statement, once."""

import msgspec
import pytest
from overseen import World, code_of

from renkei.crypto import jws, sum_tree
from renkei.roles.oversight.service import losses
from renkei.roles.oversight.service.losses import NotAccepted
from renkei.roles.oversight.store import sampled
from renkei.wire.portal.messages import LedgerStatement, PortalFinding

REASON = "The disk failed; no copy is left."


@pytest.fixture
async def lost(world: World, commission):
    """A ledger was stated; then the portal lost all lines, and files them as nobody's."""
    for person in ("hanako", "taro", "hanako"):
        world.exchange(person)
    world.portal.log_root()
    await commission.check_ledger()
    assert len(world.portal.statements) == 1
    world.portal.unassigned |= {one.leaf for one in world.exchanges}
    first = world.exchanges[0].leaf
    world.portal.found.append(
        PortalFinding(
            number=1,
            kind="lines-lost",
            leaf=first,
            parties=["portal"],
            evidence=None,
            detail="what opens these lines is not to be had",
        )
    )
    await again(world, commission)
    return world


async def again(world: World, commission) -> None:
    """Another exchange, and the ledger with it; the Commission looks."""
    world.exchange("jiro")
    world.portal.log_root()
    for _ in range(2):
        await commission.check_ledger()


def statement(raw: str) -> LedgerStatement:
    """What a statement says."""
    payload = jws.parse(raw.encode(), max_bytes=10**6).payload
    return msgspec.json.decode(payload, type=LedgerStatement)


async def proposed(commission, officer: str = "Officer One", reason: str = REASON):
    """One officer's proposal."""
    now = commission.world.clock.now()
    return await commission.database.write(lambda c: losses.propose(c, officer, reason, now))


async def accepted(commission, number: int, officer: str = "Officer Two"):
    """Another officer's word on it."""
    now = commission.world.clock.now()
    return await commission.database.write(lambda c: losses.accept(c, number, officer, now))


async def test_statements_go_on_and_say_what_is_gone(lost, commission) -> None:
    """Nothing is stated until two officers accept; then every statement names day, reason, both."""
    for _ in range(3):
        await again(lost, commission)
    assert len(lost.portal.statements) == 1
    one = await proposed(commission)
    await again(lost, commission)
    assert len(lost.portal.statements) == 1, "a proposal changes nothing"
    await accepted(commission, one.number)
    for _ in range(2):
        await again(lost, commission)
    first, *later = [statement(raw) for raw in lost.portal.statements]
    assert len(later) == 2
    assert first.loss is msgspec.UNSET
    assert one.below == first.log_size
    for said in later:
        assert (said.loss.below, said.loss.reason) == (first.log_size, REASON)
        assert said.loss.officers == ["Officer One", "Officer Two"]
        assert said.loss.day == "2026-07-01"
    assert commission.stating.alarms() == []
    assert await commission.database.read(sampled.missing) == (0, 0)


async def test_what_is_lost_after_an_acceptance_is_found_again(lost, commission) -> None:
    """A loss is accepted below one size: lines that came later hold up statements as ever."""
    await accepted(commission, (await proposed(commission)).number)
    await again(lost, commission)
    assert len(lost.portal.statements) == 2
    place = sum_tree.position(code_of("jiro"))
    lost.portal.alter = lambda accounts, size: accounts.pop(place, None)
    lost.portal.say = lambda one: msgspec.structs.replace(one, exchange_entries=len(lost.exchanges))
    lost.exchange("taro")
    lost.portal.log_root(exchange_entries=len(lost.exchanges))
    await commission.check_ledger()
    assert len(lost.portal.statements) == 2
    assert await commission.database.read(sampled.anything_missing)


async def test_one_officer_accepts_nothing(lost, commission) -> None:
    """Four eyes: not the same officer, not with other spaces, no number that was never proposed."""
    one = await proposed(commission)
    for officer in ("Officer One", " Officer  One "):
        with pytest.raises(NotAccepted, match="another officer"):
            await accepted(commission, one.number, officer)
    with pytest.raises(NotAccepted, match="no proposal 7"):
        await accepted(commission, 7)
    await accepted(commission, one.number)
    with pytest.raises(NotAccepted, match="accepted before"):
        await accepted(commission, one.number)


@pytest.mark.parametrize("words", ["", "x" * 301, "a\u202eb"])
async def test_a_decision_has_a_reason_that_can_be_read(lost, commission, words) -> None:
    """An empty, endless or hidden reason or name is refused, and nothing is written."""
    with pytest.raises(NotAccepted, match="reason"):
        await proposed(commission, reason=words)
    with pytest.raises(NotAccepted, match="name"):
        await proposed(commission, officer=words)
    assert (await proposed(commission)).number == 1


async def test_nothing_that_is_there_can_be_given_up(world, commission) -> None:
    """Without a stated ledger, or while nothing is missing, there is nothing to accept."""
    with pytest.raises(NotAccepted, match="ever stated"):
        await proposed(commission)
    world.exchange("hanako")
    world.portal.log_root()
    await commission.check_ledger()
    with pytest.raises(NotAccepted, match="nothing is missing"):
        await proposed(commission)


async def test_what_others_can_have_done_is_not_accepted_as_the_portals_loss(
    world, commission
) -> None:
    """A leaf that does not open is not enough: a finding must name the portal alone."""
    world.exchange("hanako")
    world.portal.log_root()
    await commission.check_ledger()
    one = world.exchange("taro")
    world.portal.handed[one.leaf] = bytes(32)
    world.portal.log_root()
    await commission.check_ledger()
    assert await commission.database.read(sampled.anything_missing)
    with pytest.raises(NotAccepted, match="no finding"):
        await proposed(commission)
