"""The set of valid codes comes in shuffled batches; sign-in is a real acquisition."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from composed import compose
from empty_databases import lay
from lines import toward
from looking import stored_bytes
from placing import place
from portal_network import SmallNetwork
from portal_running import RunningPortal

from renkei.crypto import codes as suite
from renkei.crypto.codes import link_seed
from renkei.kit.database import connect
from renkei.roles.individual_number.store import register
from renkei.roles.portal.store import codes
from renkei.values import IndividualNumber, MunicipalityCode, NumberScheme
from renkei.wire.call import Call
from renkei.wire.errors import WireError
from renkei.wire.individual_number import messages as jl
from renkei.wire.individual_number.calls import PORTAL_BATCH
from renkei.wire.individual_number.messages import FourAttributes
from renkei.wire.linkage.acquisition import AcquisitionNumberRequest
from renkei.wire.linkage.calls import ACQUISITION_NUMBERS


class JLis:
    """J-LIS's own process over its real database, with its door where a line ends."""

    def __init__(self, folder: Path, network: SmallNetwork, profile: str) -> None:
        self.party = network.parties["individual-number"]
        self.portal = network.parties["portal"]
        self.path = folder / "j-lis.sqlite"
        lay("renkei.roles.individual_number.migrations", self.path)
        self.process = compose(self.party, self.path, {"linkage": network}, profile=profile)
        self.batches: list[list[str]] = []

    def add(self, people: int, start: int = 0) -> list[bytes]:
        """Synthetic people; gives their B_p, in the register's order."""
        keys = self.party.keys
        rows, bases = [], []
        for number in range(start, start + people):
            code = f"{number:011d}"
            seed = link_seed(lambda data: keys.mac("seed", data, "sha256"), code, 0)
            bases.append(suite.base_element(lambda data: keys.mac("seed", data, "sha512"), seed))
            rows.append(
                register.Resident(
                    resident_code=code,
                    individual_number=IndividualNumber.from_body(
                        f"{number:011d}", NumberScheme.SANDBOX
                    ),
                    attributes=FourAttributes(
                        name=f"試験 {number}",
                        address="試験市1",
                        birth_date="2000-01-01",
                        sex="unknown",
                    ),
                    earlier_addresses=(),
                    municipality_code=MunicipalityCode("132080"),
                    link_seed=seed,
                    persona=f"persona-{number}" if number < 3 else None,
                )
            )
        with connect(place(self.path)) as connection:
            register.add_residents(connection, rows)
        return bases

    async def send(self, call: Call[Any, Any], raw: bytes) -> bytes:
        """What the portal sends, at the door; as a `Line`."""
        if call is PORTAL_BATCH:
            letter = self.party.read(raw, (jl.PortalBatch,), peer="portal")
            self.batches.append(list(letter.message.numbers))
        return await self.process.hear(self.portal, raw, call.request)

    async def file(self, *_: Any) -> bytes:
        """J-LIS has no public files."""
        raise AssertionError

    async def close(self) -> None:
        """End the process."""
        await self.process.end()


@pytest.fixture
async def j_lis(tmp_path: Path, network: SmallNetwork) -> AsyncIterator[JLis]:
    """J-LIS of the sandbox, with an empty register."""
    opened = JLis(tmp_path, network, "sandbox")
    yield opened
    await opened.close()


@pytest.fixture
async def joined(
    tmp_path: Path, network: SmallNetwork, j_lis: JLis
) -> AsyncIterator[RunningPortal]:
    """A portal with J-LIS behind it."""
    running = RunningPortal.open(tmp_path, network, j_lis)
    yield running
    await asyncio.to_thread(running.database.close)


def _codes(portal: RunningPortal) -> list[bytes]:
    return [row[0] for row in portal.rows("SELECT code FROM account ORDER BY id")]


async def _fill(portal: RunningPortal) -> None:
    for _ in range(20):
        if not await portal.codes.fill_set(100):
            return
    raise AssertionError("the set never came to an end")


async def test_the_set_has_everybody_once_in_an_order_that_tells_nothing(
    joined: RunningPortal, j_lis: JLis
) -> None:
    """All codes arrive, each what a conversion leads to, not in the register's order."""
    bases = j_lis.add(130)
    await _fill(joined)
    expected = [joined.network.code("portal", base) for base in bases]
    found = _codes(joined)
    assert sorted(found) == sorted(expected)
    assert found != expected
    assert joined.rows("SELECT COUNT(*) FROM number WHERE collected") == [(0,)]
    filled = {number for number, one in joined.network.numbers.items() if one.blinded}
    assert filled == set(), "the network forgets what is confirmed"


async def test_people_who_come_later_join_the_set(joined: RunningPortal, j_lis: JLis) -> None:
    """A small rest is filled too, with numbers that were left over."""
    j_lis.add(25)
    await _fill(joined)
    j_lis.add(3, start=25)
    await _fill(joined)
    assert len(_codes(joined)) == 28
    asked = [one for one in joined.network.calls if one == "acquisition_numbers"]
    assert len(asked) == 1


async def test_a_small_batch_is_refused_while_many_people_are_left(
    joined: RunningPortal, j_lis: JLis
) -> None:
    """J-LIS fills no batch so small that its order would tell whose the codes are."""
    j_lis.add(40)
    portal = joined.network.parties["portal"]
    few = AcquisitionNumberRequest(**portal.envelope("linkage"), count=jl.PORTAL_BATCH_MINIMUM - 1)
    drawn = await toward(portal, "linkage", joined.network).ask(ACQUISITION_NUMBERS, few)
    with pytest.raises(WireError, match="acquisition-limit"):
        await j_lis.process.say(portal, jl.PortalBatch, numbers=drawn.numbers)


@pytest.mark.parametrize(
    "cut",
    [
        "acquisition_fill_batch",
        "acquisition_fill_batch-answer",
        "acquisition_collect_batch",
        "acquisition_confirm_batch",
        "acquisition_confirm_batch-answer",
    ],
)
async def test_a_batch_that_is_cut_anywhere_ends_with_everybody_once(
    tmp_path: Path, joined: RunningPortal, j_lis: JLis, cut: str
) -> None:
    """Cut at any call and opened anew, the set has everybody once and no number is left filled."""
    j_lis.add(30)
    joined.network.cut = [cut]
    with contextlib.suppress(WireError):
        await joined.codes.fill_set(100)
    again = await joined.restart(tmp_path, j_lis)
    await j_lis.process.work("fills")
    for _ in range(3):
        await again.codes.fill_set(100)
    assert len(_codes(again)) == 30
    assert again.rows("SELECT COUNT(*) FROM number WHERE collected") == [(0,)]
    await asyncio.to_thread(again.database.close)


async def test_j_lis_learns_no_code_and_the_portal_no_number_of_a_person(
    tmp_path: Path, joined: RunningPortal, j_lis: JLis
) -> None:
    """No code of the portal stands in J-LIS's database, nothing of the register in the portal's."""
    j_lis.add(20)
    await _fill(joined)
    found = _codes(joined)
    await j_lis.close()
    await asyncio.to_thread(joined.database.close)
    at_j_lis = stored_bytes(place(j_lis.path))
    at_portal = stored_bytes(place(tmp_path / "portal.sqlite"))
    assert all(code not in at_j_lis for code in found)
    for number in range(20):
        assert f"{number:012d}".encode() not in at_portal
        assert f"試験 {number}".encode() not in at_portal


async def test_a_persona_is_found_by_an_acquisition(joined: RunningPortal, j_lis: JLis) -> None:
    """A persona leads to that person's code, before or after the set has it."""
    bases = j_lis.add(20)
    person = await joined.history.person("persona-1")
    code = joined.network.code("portal", bases[1])
    assert person.code == code
    assert code.hex() not in repr(person)
    await _fill(joined)
    assert len(_codes(joined)) == 20
    assert (await joined.history.person("persona-1")).code == code


async def test_an_unknown_persona_is_refused(joined: RunningPortal, j_lis: JLis) -> None:
    """Only personas of the sandbox can sign in."""
    j_lis.add(5)
    with pytest.raises(WireError, match="person-unknown"):
        await joined.history.person("persona-4")


async def test_personas_do_not_exist_in_production(tmp_path: Path, network: SmallNetwork) -> None:
    """With official numbers J-LIS refuses every persona."""
    j_lis = JLis(tmp_path, network, "production")
    j_lis.add(1)
    portal = RunningPortal.open(tmp_path, network, j_lis)
    with pytest.raises(WireError, match="not-allowed"):
        await portal.history.person("persona-0")
    assert await portal.database.read(codes.size_of_set) == 0
    await asyncio.to_thread(portal.database.close)
    await j_lis.close()
