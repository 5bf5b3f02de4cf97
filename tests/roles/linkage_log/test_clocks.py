"""Clocks apart: an error says whose clock, how far apart they are, and what to do."""

import json

import msgspec
import pytest
from small_network import NOW, SmallNetwork

from renkei.kit.clock import ManualClock
from renkei.kit.database import connect
from renkei.kit.http_forms import Outgoing
from renkei.kit.party import Party
from renkei.kit.problems import problem_of
from renkei.kit.randomness import system_randomness
from renkei.roles.linkage.store import directory as directory_store
from renkei.wire.errors import WireError
from renkei.wire.linkage import calls
from renkei.wire.linkage.directory import DirectoryRequest
from renkei.wire.problem import ProblemReport


def elsewhere(network: SmallNetwork, seconds: float) -> Party:
    """City A, whose clock is ahead of the network's by so many seconds."""
    mine = network.parties["city-a"]
    clock = ManualClock(NOW)
    party = Party("city-a", mine.keys, clock, system_randomness, roots=network.roots)
    with connect(network.where) as connection:
        _, version, countersigned = directory_store.newest(connection)
    party.adopt(version, countersigned)
    clock.advance(seconds)
    return party


async def post(network: SmallNetwork, sender: Party) -> Outgoing:
    """Ask the network for its directory as a sender whose clock may be wrong."""
    dns = network.parties["linkage"].directory.entry(sender.name).dns_name
    body = sender.write(DirectoryRequest(**sender.envelope("linkage"), have_version=0))
    return await network.linkage.knock(calls.DIRECTORY, body, dns)


@pytest.mark.parametrize(("seconds", "way"), [(600, "ahead of"), (-600, "behind")])
async def test_stale_says_whose_clock_and_how_far(
    network: SmallNetwork, seconds: float, way: str
) -> None:
    """A message signed ten minutes off is refused with both clocks, the difference, and advice."""
    sender = elsewhere(network, seconds)
    answer = await post(network, sender)
    said = json.loads(answer.body)
    assert (answer.status, said["error"]) == (409, "stale")
    assert said["detail"].startswith(f"Signed 600 s {way} the clock of linkage, which shows 2026-")
    assert "Set the clock that is wrong" in said["detail"]
    assert len(said["detail"]) <= 200

    error = problem_of(sender, (answer.status, answer.body), "linkage", b"")
    assert (error.code, error.signed, error.peer) == ("stale", False, "linkage")
    assert error.apart_seconds == -seconds
    assert "the clock of linkage shows 2026-07-01 00:00:00Z, that of city-a " in error.detail
    assert "600 s apart, set the one that is wrong" in error.detail


async def test_a_signed_error_of_time_compares_clocks_too(network: SmallNetwork) -> None:
    """Where a signed report says that time ran out, its own time is held against ours."""
    linkage, sender = network.parties["linkage"], elsewhere(network, -420)
    sent = sender.write(DirectoryRequest(**sender.envelope("linkage"), have_version=0))
    report = ProblemReport(
        **linkage.envelope("city-a"),
        code="permit-expired",
        detail="The permit has run out.",
        article=None,
        request_digest=sent.digest,
        retry_after_seconds=None,
    )
    error = problem_of(sender, (410, linkage.write(report)), "linkage", sent)
    assert (error.signed, error.apart_seconds) == (True, 420)
    assert error.detail.startswith("The permit has run out. (the clock of linkage shows ")
    assert "420 s apart" in error.detail


@pytest.mark.parametrize("at", [None, "never", "2026-07-01T00:00:00", 5])
async def test_a_peer_may_say_no_time_or_nonsense(network: SmallNetwork, at: object) -> None:
    """A refusal without a time, or with one that is none, is still a known error or away."""
    body = msgspec.json.encode({"error": "stale", "detail": "x", "at": at})
    error = problem_of(elsewhere(network, 0), (409, body), "linkage", b"")
    assert error.code in ("stale", "unavailable")
    assert (error.apart_seconds, error.signed and error.code == "stale") == (None, False)


async def test_a_directory_that_has_run_out_says_by_whose_clock(network: SmallNetwork) -> None:
    """A party whose clock is a year ahead says so, and until when the directory holds."""
    with pytest.raises(WireError) as caught:
        _ = elsewhere(network, 365 * 86_400).directory
    assert caught.value.code == "directory-expired"
    assert "the clock of city-a shows 2027-07-01 00:00:00Z" in caught.value.detail
    assert "it holds until 2026-" in caught.value.detail
