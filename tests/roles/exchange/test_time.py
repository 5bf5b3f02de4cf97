"""What ends by itself: permits, answers and replies on a clock the test moves."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from renkei.kit.clock import ManualClock
from renkei.kit.database import Database
from renkei.kit.outbox import Outbox
from renkei.kit.party import Party
from renkei.kit.randomness import system_randomness
from renkei.roles.institution import store as institution_store
from renkei.roles.institution.service.provide import ProvideService
from renkei.roles.institution.store.tables import PROVIDED, RECEIPT
from renkei.roles.linkage import store as linkage_store
from renkei.roles.linkage.service.housekeeping import Housekeeping
from renkei.roles.linkage.service.permit import PermitService
from renkei.roles.linkage.store.tables import FEED, PERMIT
from renkei.run.directory import load
from renkei.sandbox.country import quiet_keys
from renkei.wire.errors import WireError
from renkei.wire.messages.exchange import Answer, Interim, PermitRequest, Presentation

A, B = "chofu-city", "ichikawa-city"
MOMENT = timedelta(microseconds=1)
KEPT = timedelta(hours=24)


class Still:
    """One party's real keys and a copy of its database, on a clock that stands still."""

    def __init__(self, country: Any, name: str, folder: Path, revision: str) -> None:
        built = country.country
        self.clock = ManualClock(built.now())
        self.party = Party(
            name, quiet_keys(built.home(name) / "keys"), self.clock, system_randomness,
            roots=built.roots(),
        )  # fmt: skip
        assert load(built.config(A if name == "linkage" else name).directory, self.party)
        copy = folder / f"{name}.sqlite"
        with (
            contextlib.closing(sqlite3.connect(built.database(name))) as source,
            contextlib.closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        copy.chmod(0o600)
        self.database = Database.open(copy, revision=revision)

    async def close(self) -> None:
        """Close the copy."""
        await asyncio.to_thread(self.database.close)


class Provider(Still):
    """B's providing, without its process."""

    def __init__(self, country: Any, folder: Path) -> None:
        super().__init__(country, B, folder, institution_store.REVISION)

        async def never(_batch: int) -> int:
            return 0

        outbox = Outbox("receipts", never, randomness=system_randomness)
        self.service = ProvideService(self.party, self.database, outbox)

    async def present(self, hand: Any, permit: bytes) -> bytes:
        """Present a permit to the service itself."""
        message = Presentation(**hand.party.envelope(B), permit=permit.decode())
        return await self.service.provide(
            self.party.read(hand.party.write(message), (Presentation,), peer=A)
        )

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
    still = Still(country, "linkage", tmp_path, linkage_store.REVISION)
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
    await provider.service.sweep(100)
    assert await provider.present(by_hand, held.raw) == first
    provider.clock.set(held.permit.valid_until + KEPT)
    await provider.service.sweep(100)
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
        await provider.service.sweep(100)
    with pytest.raises(WireError) as refused:
        await provider.present(by_hand, held.raw)
    assert (refused.value.code, refused.value.article) == ("permit-expired", None)
    assert (await provider.record(held.permit.tx)).outcome == "lapsed"
    assert await provider.receipts(held.permit.tx) == ["lapsed"]


async def test_the_network_strips_a_reply_when_the_permit_ran_out(
    by_hand: Any, network: Still
) -> None:
    """The reply and its boxes go with the permit; a conflict still shows as one."""
    request = by_hand.request()
    raw = by_hand.party.write(request)
    service = PermitService(network.party, network.database)
    letter = network.party.read(raw, (PermitRequest,), peer=A)
    reply = await service.permit(letter)
    sweep = Housekeeping(network.party, network.database).sweep
    query = PERMIT.select().where(PERMIT.c.tx == request.tx)
    row = await network.database.read(lambda c: c.execute(query).one())

    network.clock.advance(599)
    await sweep(1)
    assert await service.permit(letter) == reply
    network.clock.advance(2)
    await sweep(1)
    with pytest.raises(WireError) as refused:
        await service.permit(letter)
    assert (refused.value.code, refused.value.article) == ("permit-expired", None)
    stripped = await network.database.read(lambda c: c.execute(query).one())
    assert (row.reply, stripped.reply) == (reply, None)
    assert stripped.request_digest == row.request_digest

    other = by_hand.party.write(by_hand.request(tx=request.tx))
    with pytest.raises(WireError) as conflict:
        await service.permit(network.party.read(other, (PermitRequest,), peer=A))
    assert (conflict.value.code, conflict.value.article) == ("tx-conflict", None)


async def test_the_feed_outlives_the_reply(by_hand: Any, network: Still) -> None:
    """What the portal has still to fetch is not deleted with the permit."""
    request = by_hand.request()
    service = PermitService(network.party, network.database)
    letter = network.party.read(by_hand.party.write(request), (PermitRequest,), peer=A)
    await service.permit(letter)
    network.clock.advance(100_000)
    await Housekeeping(network.party, network.database).sweep(1)
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
