"""What ends by itself: permits, answers and replies on a clock the test moves."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from composed import compose
from placing import carried

from renkei.kit.clock import ManualClock
from renkei.kit.party import Party
from renkei.kit.randomness import system_randomness
from renkei.roles.institution.store.tables import PROVIDED, RECEIPT
from renkei.roles.linkage.store.tables import FEED, PERMIT
from renkei.run.directory import load
from renkei.sandbox.country import quiet_keys
from renkei.wire.errors import WireError
from renkei.wire.institution.messages import Answer, Interim, Presentation
from renkei.wire.linkage.permit import PermitRequest

A, B = "chofu-city", "ichikawa-city"
MOMENT = timedelta(microseconds=1)
KEPT = timedelta(hours=24)


class Still:
    """One party's process on its real keys and a copy of its database; its clock stands still."""

    def __init__(self, country: Any, name: str, folder: Path) -> None:
        built = country.country
        self.clock = ManualClock(built.now())
        self.party = Party(
            name, quiet_keys(built.home(name) / "keys"), self.clock, system_randomness,
            roots=built.roots(),
        )  # fmt: skip
        assert load(built.config(A if name == "linkage" else name).directory, self.party)
        config, copy = built.config(name), folder / f"{name}.sqlite"
        carried(config.role, config.database, copy)
        self.process = compose(
            self.party, copy, Nobody(), keys=config.keys, settings=config.settings
        )
        self.database = self.process.database

    async def close(self) -> None:
        """Close the copy."""
        await self.process.end()


class Nobody(dict[str, Any]):
    """Peers that are not to be asked."""

    def __missing__(self, name: str) -> Any:
        return None


class Provider(Still):
    """B, which is asked by hand."""

    def __init__(self, country: Any, folder: Path) -> None:
        super().__init__(country, B, folder)

    async def present(self, hand: Any, permit: bytes) -> bytes:
        """Present a permit at its door, by a message of this moment."""
        facts = {**hand.party.envelope(B), "at": self.clock.now()}
        raw = hand.party.write(Presentation(**facts, permit=permit.decode()))
        return await self.process.hear(hand.party, raw, Presentation)

    async def record(self, tx: str) -> Any:
        """The provider's record of a transaction."""
        query = PROVIDED.select().where(PROVIDED.c.tx == tx)
        return await self.database.read(lambda c: c.execute(query).one())

    async def receipts(self, tx: str) -> list[str]:
        """The outcomes of the receipts owed for a transaction."""
        query = RECEIPT.select().where(RECEIPT.c.tx == tx)
        return await self.database.read(lambda c: [row.outcome for row in c.execute(query)])


@pytest.fixture
async def provider(country: Any, tmp_path: Path) -> AsyncIterator[Provider]:
    """B on a still clock."""
    still = Provider(country, tmp_path)
    yield still
    await still.close()


@pytest.fixture
async def network(country: Any, tmp_path: Path) -> AsyncIterator[Still]:
    """The network on a still clock."""
    still = Still(country, "linkage", tmp_path)
    yield still
    await still.close()


async def test_valid_until_bounds_the_first_presentation(by_hand: Any, provider: Provider) -> None:
    """A moment before the end there is an answer; at the end it is `permit-expired`, unwritten."""
    late = await by_hand.permit()
    provider.clock.set(late.permit.valid_until)
    with pytest.raises(WireError) as refused:
        await provider.present(by_hand, late.raw)
    assert (refused.value.code, refused.value.article) == ("permit-expired", None)
    query = PROVIDED.select().where(PROVIDED.c.tx == late.permit.tx)
    assert await provider.database.read(lambda c: c.execute(query).all()) == []
    assert await provider.receipts(late.permit.tx) == []

    early = await by_hand.permit()
    provider.clock.set(early.permit.valid_until - MOMENT)
    raw = await provider.present(by_hand, early.raw)
    assert by_hand.party.read(raw, (Answer,), peer=B).message.outcome == "provided"


async def test_an_answer_is_kept_for_a_day_and_no_longer(by_hand: Any, provider: Provider) -> None:
    """The stored answer outlives the permit by 24 hours; then the record stays and it is gone."""
    held = await by_hand.permit()
    first = await provider.present(by_hand, held.raw)
    provider.clock.set(held.permit.valid_until + KEPT - MOMENT)
    await provider.process.work("sweep")
    assert await provider.present(by_hand, held.raw) == first
    provider.clock.set(held.permit.valid_until + KEPT)
    await provider.process.work("sweep")
    with pytest.raises(WireError) as refused:
        await provider.present(by_hand, held.raw)
    assert (refused.value.code, refused.value.article) == ("already-received", None)
    record = await provider.record(held.permit.tx)
    assert (record.outcome, record.answer, record.received) == ("provided", None, False)
    assert await provider.receipts(held.permit.tx) == ["provided"]


async def test_what_stays_undecided_lapses(by_hand: Any, provider: Provider) -> None:
    """Undecided when the permit runs out: `lapsed` with one receipt, and no answer any more."""
    held = await by_hand.permit(by_hand.request(tag="newborn"))
    raw = await provider.present(by_hand, held.raw)
    assert by_hand.party.read(raw, (Interim,), peer=B).message.state == "no-code"
    provider.clock.set(held.permit.valid_until)
    for _ in range(2):
        await provider.process.work("sweep")
    with pytest.raises(WireError) as refused:
        await provider.present(by_hand, held.raw)
    assert (refused.value.code, refused.value.article) == ("permit-expired", None)
    assert (await provider.record(held.permit.tx)).outcome == "lapsed"
    assert await provider.receipts(held.permit.tx) == ["lapsed"]


async def test_the_network_strips_a_reply_when_the_permit_ran_out(
    by_hand: Any, network: Still
) -> None:
    """The reply and its boxes go with the permit; a conflict still shows as one."""

    async def ask(raw: bytes) -> bytes:
        return await network.process.hear(by_hand.party, raw, PermitRequest)

    request = by_hand.request()
    raw = by_hand.party.write(request)
    reply = await ask(raw)
    query = PERMIT.select().where(PERMIT.c.tx == request.tx)
    row = await network.database.read(lambda c: c.execute(query).one())

    network.clock.advance(599)
    await network.process.work("housekeeping")
    assert await ask(raw) == reply
    network.clock.advance(2)
    await network.process.work("housekeeping")
    with pytest.raises(WireError) as refused:
        await ask(raw)
    assert (refused.value.code, refused.value.article) == ("permit-expired", None)
    stripped = await network.database.read(lambda c: c.execute(query).one())
    assert (row.reply, stripped.reply) == (reply, None)
    assert stripped.request_digest == row.request_digest

    other = by_hand.party.write(by_hand.request(tx=request.tx))
    with pytest.raises(WireError) as conflict:
        await ask(other)
    assert (conflict.value.code, conflict.value.article) == ("tx-conflict", None)


async def test_the_feed_outlives_the_reply(by_hand: Any, network: Still) -> None:
    """What the portal has still to fetch is not deleted with the permit."""
    request = by_hand.request()
    await network.process.hear(by_hand.party, by_hand.party.write(request), PermitRequest)
    network.clock.advance(100_000)
    await network.process.work("housekeeping")
    query = FEED.select().where(FEED.c.tx == request.tx)
    row = await network.database.read(lambda c: c.execute(query).one())
    assert len(row.portal_code) == 32
    assert row.portal_seed


async def test_a_directory_that_ran_out_serves_nobody(by_hand: Any, network: Still) -> None:
    """Past the directory's expiry every message is `directory-expired`: nothing is judged by it."""
    raw = by_hand.party.write(by_hand.request())
    network.clock.set(network.party.directory.expires_at)
    with pytest.raises(WireError) as refused:
        network.party.read(raw, (PermitRequest,), peer=A)
    assert (refused.value.code, refused.value.article) == ("directory-expired", None)
