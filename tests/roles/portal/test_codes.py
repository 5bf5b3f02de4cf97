"""The set of valid codes comes in shuffled batches; sign-in is a real acquisition."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from portal_network import SmallNetwork
from portal_running import RunningPortal

from renkei.crypto import codes as suite
from renkei.crypto.codes import link_seed
from renkei.kit.database import Database, connect
from renkei.kit.migration import upgrade
from renkei.roles.individual_number import store as register
from renkei.roles.individual_number.service import IndividualNumberService
from renkei.roles.portal.store import codes
from renkei.values.individual_number import NumberScheme
from renkei.wire.errors import WireError
from renkei.wire.fields import Message
from renkei.wire.framing import read
from renkei.wire.messages import portal as p
from renkei.wire.messages.acquisition import FourAttributes


class JLis:
    """J-LIS's real service over its real database, called without a wire."""

    def __init__(self, folder: Path, network: SmallNetwork, scheme: NumberScheme) -> None:
        self.party = network.parties["individual-number"]
        self.path = folder / "j-lis.sqlite"
        upgrade("renkei.roles.individual_number.migrations", self.path)
        self.database = Database.open(self.path, revision=register.REVISION)
        self.service = IndividualNumberService(self.party, self.database, network, scheme)
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
                    individual_number=f"{number:012d}",
                    attributes=FourAttributes(
                        name=f"試験 {number}",
                        address="試験市1",
                        birth_date="2000-01-01",
                        sex="unknown",
                    ),
                    earlier_addresses=(),
                    municipality_code="132080",
                    link_seed=seed,
                    persona=f"persona-{number}" if number < 3 else None,
                )
            )
        with connect(self.path) as connection:
            register.add_residents(connection, rows)
        return bases

    async def portal_batch(self, letter: bytes) -> bytes:
        message = read(letter, (p.PortalBatch,), self.party, aud=self.party.name)
        self.batches.append(list(message.message.numbers))
        return self.party.write(await self.service.portal.portal_batch(message))

    async def persona_sign_in(self, letter: bytes) -> bytes:
        return await self._answer(letter, p.PersonaSignIn, self.service.portal.persona_sign_in)

    async def _answer(
        self, letter: bytes, struct: type[Message], handler: Callable[..., Any]
    ) -> bytes:
        return self.party.write(
            await handler(read(letter, (struct,), self.party, aud=self.party.name))
        )

    async def close(self) -> None:
        await asyncio.to_thread(self.database.close)


@pytest.fixture
async def j_lis(tmp_path: Path, network: SmallNetwork) -> AsyncIterator[JLis]:
    """J-LIS of the sandbox, with an empty register."""
    opened = JLis(tmp_path, network, NumberScheme.SANDBOX)
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
        if not await portal.codes.fill_set(1):
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
    numbers = await joined.codes._new_numbers(p.PORTAL_BATCH_MINIMUM - 1)
    portal = joined.network.parties["portal"]
    letter = portal.write(p.PortalBatch(**portal.envelope("individual-number"), numbers=numbers))
    with pytest.raises(WireError, match="acquisition-limit"):
        await j_lis.portal_batch(letter)


@pytest.mark.parametrize(
    "cut",
    [
        "acquisition_fill",
        "acquisition_fill-answer",
        "acquisition_collect",
        "acquisition_confirm",
        "acquisition_confirm-answer",
    ],
)
async def test_a_batch_that_is_cut_anywhere_ends_with_everybody_once(
    tmp_path: Path, joined: RunningPortal, j_lis: JLis, cut: str
) -> None:
    """Cut at any call and opened anew, the set has everybody once and no number is left filled."""
    j_lis.add(30)
    joined.network.cut = [cut]
    with contextlib.suppress(WireError):
        await joined.codes.fill_set(1)
    again = await joined.restart(tmp_path)
    again.codes._individual_number = j_lis
    await j_lis.service.resend_fills(200)
    for _ in range(3):
        await again.codes.fill_set(1)
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
    at_j_lis = j_lis.path.read_bytes()
    at_portal = (tmp_path / "portal.sqlite").read_bytes()
    assert all(code not in at_j_lis for code in found)
    for number in range(20):
        assert f"{number:012d}".encode() not in at_portal
        assert f"試験 {number}".encode() not in at_portal


async def test_a_persona_signs_in_by_an_acquisition(joined: RunningPortal, j_lis: JLis) -> None:
    """A sign-in leads to that person's code, before or after the set has it, for 30 minutes."""
    bases = j_lis.add(20)
    session = await joined.history.sign_in("persona-1")
    code = joined.network.code("portal", bases[1])
    assert joined.history.code_of(session.token) == code
    await _fill(joined)
    assert len(_codes(joined)) == 20
    again = await joined.history.sign_in("persona-1")
    assert joined.history.code_of(again.token) == code
    joined.network.clock.advance(30 * 60)
    assert joined.history.code_of(again.token) is None
    assert joined.history.code_of("nonsense") is None


async def test_signing_out_ends_a_session(joined: RunningPortal, j_lis: JLis) -> None:
    """After signing out the token opens nothing; other sessions stay."""
    j_lis.add(3)
    one = await joined.history.sign_in("persona-0")
    two = await joined.history.sign_in("persona-0")
    joined.history.sign_out(one.token)
    assert joined.history.session(one.token) is None
    assert joined.history.session(two.token) is not None


async def test_an_unknown_persona_is_refused(joined: RunningPortal, j_lis: JLis) -> None:
    """Only personas of the sandbox can sign in."""
    j_lis.add(5)
    with pytest.raises(WireError, match="person-unknown"):
        await joined.history.sign_in("persona-4")


async def test_personas_do_not_exist_in_production(tmp_path: Path, network: SmallNetwork) -> None:
    """With official numbers J-LIS refuses every persona."""
    j_lis = JLis(tmp_path, network, NumberScheme.OFFICIAL)
    j_lis.add(1)
    portal = RunningPortal.open(tmp_path, network, j_lis)
    with pytest.raises(WireError, match="not-allowed"):
        await portal.history.sign_in("persona-0")
    assert await portal.database.read(codes.size_of_set) == 0
    await asyncio.to_thread(portal.database.close)
    await j_lis.close()
