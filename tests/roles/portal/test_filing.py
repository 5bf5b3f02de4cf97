"""The feed becomes lines under codes, once each, and what does not fit becomes a finding."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from portal_network import Lie, SmallNetwork
from portal_running import RunningPortal

from renkei.crypto.suite import RISTRETTO255
from renkei.kit.randomness import system_randomness
from renkei.roles.portal.service import filing
from renkei.wire.errors import WireError
from renkei.wire.fields import Box
from renkei.wire.history import UNASSIGNED_PLACE
from renkei.wire.linkage.log import Feed
from renkei.wire.portal import messages as po


async def _findings(portal: RunningPortal) -> list[po.PortalFinding]:
    answer = await portal.ask(po.FindingsRequest, after=0, limit=100)
    return list(answer.findings)


async def test_lines_stand_under_the_code_they_open_to(portal: RunningPortal) -> None:
    """Permits and refusals of two people are filed apart, each numbered from 1."""
    network = portal.network
    mine, my_code = await portal.person()
    other, other_code = await portal.person()
    network.directory_entry()
    for base, allowed in ((mine, True), (other, True), (mine, False)):
        network.exchange(base, allowed=allowed)
    await portal.catch_up()
    view = await portal.history.view(my_code)
    assert [(line.number, line.allowed) for line in view.lines] == [(2, False), (1, True)]
    assert (await portal.history.view(other_code)).total == 1
    assert await _findings(portal) == []


@pytest.mark.parametrize("allowed", [True, False])
async def test_another_seed_for_the_portal_is_a_finding_against_the_inquirer(
    portal: RunningPortal, allowed: bool
) -> None:
    """A requester that boxes another seed, also for a refusal, is named with its signed request."""
    base, code = await portal.person()
    portal.network.exchange(base, allowed=allowed, lie=Lie(other_seed=True))
    await portal.catch_up()
    (finding,) = await _findings(portal)
    assert (finding.kind, finding.parties) == ("unassigned", ["city-a"])
    assert finding.evidence == portal.network.entries[0].request
    assert (await portal.history.view(code)).total == 0


async def _file_all(portal: RunningPortal) -> None:
    while await portal.filing.file(2):
        pass


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_record_that_is_not_what_was_signed_is_a_finding_against_the_network(
    portal: RunningPortal, allowed: bool
) -> None:
    """It is filed under its person with the words that were signed, and marked."""
    base, code = await portal.person()
    lie = Lie(rewrite=lambda one: msgspec.structs.replace(one, items=["pension-benefit"]))
    portal.network.exchange(base, allowed=allowed, lie=lie)
    await portal.catch_up()
    (finding,) = await _findings(portal)
    assert (finding.kind, finding.parties) == ("record-departs", ["linkage"])
    assert "items" in finding.detail
    assert finding.evidence == portal.network.entries[0].request
    handed = portal.network.parties["portal"].read_inside(finding.feed or "", (Feed,), aud="portal")
    assert [line.leaf for line in handed.message.lines] == [0]
    (line,) = (await portal.history.view(code)).lines
    assert (line.items, line.as_signed) == (["municipal-tax"], False)


async def test_a_line_without_a_signed_request_is_a_finding_against_the_network(
    portal: RunningPortal,
) -> None:
    """A network that gives no request, or one that its requester did not sign, is named alone."""
    base, _ = await portal.person()
    portal.network.exchange(base)
    portal.network.exchange(base)
    portal.network.entries[0].request = None
    header, payload, signature = (portal.network.entries[1].request or "").split(".")
    portal.network.entries[1].request = f"{header}.{payload}.{signature[::-1]}"
    await portal.catch_up()
    found = await _findings(portal)
    assert [(one.kind, one.parties) for one in found] == [("unassigned", ["linkage"])] * 2


async def test_what_the_network_says_when_asked_again_counts(portal: RunningPortal) -> None:
    """A line that is wrong once and right when it is fetched alone is no finding."""
    base, code = await portal.person()
    portal.network.exchange(base)
    one = portal.network.entries[0]
    whole, one.request = one.request, None
    honest = portal.network.feed

    async def mending(letter: bytes) -> bytes:
        answer = await honest(letter)
        one.request = whole
        return answer

    portal.network.feed = mending  # type: ignore[method-assign]
    await portal.catch_up()
    assert await _findings(portal) == []
    assert (await portal.history.view(code)).total == 1


def _stranger(_: bytes) -> bytes:
    return RISTRETTO255.element_from_uniform(system_randomness(64))


def _spoilt(box: Box) -> Box:
    return Box(
        sender_period=box.sender_period,
        receiver_period=box.receiver_period,
        data=box.data[:-1] + bytes([box.data[-1] ^ 1]),
    )


@pytest.mark.parametrize(
    "lie",
    [
        Lie(swap_point=_stranger),
        Lie(swap_point=lambda _: bytes(32)),
        Lie(swap_point=lambda _: b"\xff" * 32),
        Lie(swap_box=_spoilt),
    ],
    ids=["another point", "the identity", "no element", "another box"],
)
async def test_a_point_or_box_swapped_by_the_network_is_a_finding_against_it(
    portal: RunningPortal, lie: Lie
) -> None:
    """The network alone is named where the inquirer's signed request shows another box or point."""
    base, _ = await portal.person()
    portal.network.exchange(base, lie=lie)
    await portal.catch_up()
    (finding,) = await _findings(portal)
    assert finding.parties == ["linkage"]


async def test_a_point_swapped_with_its_digest_stays_unconfirmed_and_names_both(
    portal: RunningPortal,
) -> None:
    """A consistent lie leads to a code nobody has: after 24 hours both possible liars are named."""
    base, _ = await portal.person()
    portal.network.exchange(base, lie=Lie(swap_point=_stranger, swap_digest_too=True))
    await portal.catch_up()
    portal.network.clock.advance(24 * 3600 - 1)
    await portal.filing.overdue()
    assert await _findings(portal) == []
    portal.network.clock.advance(1)
    await portal.filing.overdue()
    await portal.filing.overdue()
    (finding,) = await _findings(portal)
    assert finding.kind == "unconfirmed-code"
    assert finding.parties == ["city-a", "linkage"]
    assert finding.evidence is not None


async def test_many_unconfirmed_codes_are_reported_in_parts(
    portal: RunningPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One round reports all of them, once each, however many one write takes."""
    monkeypatch.setattr(filing, "OVERDUE_BATCH", 2)
    for _ in range(5):
        base, _ = await portal.person()
        portal.network.exchange(base, lie=Lie(swap_point=_stranger, swap_digest_too=True))
    await portal.catch_up()
    portal.network.clock.advance(24 * 3600)
    await portal.filing.overdue()
    await portal.filing.overdue()
    found = await _findings(portal)
    assert [one.kind for one in found] == ["unconfirmed-code"] * 5
    assert len({one.leaf for one in found}) == 5


async def test_a_code_that_joins_the_set_in_time_is_no_finding(portal: RunningPortal) -> None:
    """A line filed before its code is in the set is that person's line once it is."""
    network = portal.network
    base = network.base()
    network.exchange(base)
    await portal.catch_up()
    code = network.code("portal", base)
    with pytest.raises(WireError, match="person-unknown"):
        await portal.history.view(code)
    from renkei.roles.portal.store import codes

    await portal.database.write(lambda c: codes.add_to_set(c, code))
    network.clock.advance(25 * 3600)
    await portal.filing.overdue()
    assert await _findings(portal) == []
    assert (await portal.history.view(code)).total == 1
    assert portal.rows("SELECT first_request FROM account WHERE count = 1") == [(None,)]


async def test_unassigned_lines_count_in_the_ledger(portal: RunningPortal) -> None:
    """The ledger's sum is the number of exchange entries, those of nobody included."""
    base, _ = await portal.person()
    portal.network.exchange(base)
    portal.network.exchange(base, lie=Lie(other_seed=True))
    portal.network.receipt("city-a", portal.network.exchange(base))
    await portal.catch_up()
    tree = await portal.ledger.tree(portal.network.integrated)
    assert tree.root.count == 3
    account, _ = tree.prove(UNASSIGNED_PLACE)
    assert account is not None
    assert account.count == 1


@pytest.mark.parametrize("cut", ["feed", "feed_acknowledge", "feed_acknowledge-answer"], ids=str)
async def test_a_portal_that_dies_files_nothing_twice_and_loses_nothing(
    tmp_path: Path, portal: RunningPortal, network: SmallNetwork, cut: str
) -> None:
    """Cut at any call and opened anew, every line stands once and the feed is acknowledged."""
    base, code = await portal.person()
    for _ in range(5):
        network.exchange(base)
    network.integrate()
    network.cut = [cut]

    async def file_and_state() -> None:
        await _file_all(portal)
        await portal.state()
        await _file_all(portal)

    with pytest.raises(WireError):
        await file_and_state()
    again = await portal.restart(tmp_path)
    await again.state()
    await _file_all(again)
    view = await again.history.view(code)
    assert [line.number for line in view.lines] == [5, 4, 3, 2, 1]
    assert network.acknowledged == 5
    assert await again.ledger.tree(5)
    await asyncio.to_thread(again.database.close)


async def test_two_rounds_at_once_file_each_line_once(portal: RunningPortal) -> None:
    """Concurrent rounds over the same feed file it once."""
    base, code = await portal.person()
    for _ in range(3):
        portal.network.exchange(base)
    portal.network.integrate()
    await asyncio.gather(*(portal.filing.file(200) for _ in range(4)))
    assert (await portal.history.view(code)).total == 3


async def test_a_feed_that_goes_back_is_refused(portal: RunningPortal) -> None:
    """A network whose log shrinks gets nothing filed any more."""
    base, _ = await portal.person()
    portal.network.exchange(base)
    portal.network.exchange(base)
    await portal.catch_up()
    portal.network.integrated = 1
    with pytest.raises(WireError, match="shrunk"):
        await portal.filing.file(200)


async def test_r_is_not_readable_in_the_database(portal: RunningPortal) -> None:
    """What the database keeps with a line is not r, and opens only for its own leaf."""
    from renkei.roles.portal.service.sealing import open_blind

    base, code = await portal.person()
    portal.network.exchange(base)
    portal.network.exchange(base)
    await portal.state()
    file = await portal.file(code)
    sealed = [row[0] for row in portal.rows("SELECT blind FROM line ORDER BY leaf")]
    assert all(line.blind not in kept for line, kept in zip(file.lines, sealed, strict=True))
    party = portal.network.parties["portal"]
    assert open_blind(party, 0, sealed[0]) == file.lines[0].blind
    with pytest.raises(ValueError, match="does not open"):
        open_blind(party, 1, sealed[0])


async def test_an_expired_directory_stops_filing_instead_of_making_misfits(
    portal: RunningPortal,
) -> None:
    """Without a directory in force nothing is filed, and nothing becomes a finding."""
    base, _ = await portal.person()
    portal.network.exchange(base)
    portal.network.integrate()
    portal.network.clock.advance(31 * 24 * 3600)
    with pytest.raises(WireError, match="directory-expired"):
        await portal.filing.file(200)
    assert portal.rows("SELECT COUNT(*) FROM line") == [(0,)]
