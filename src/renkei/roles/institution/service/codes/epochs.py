"""Living through a new scalar at the network: two columns for a while, then one (符号の世代更新).

The step from the old codes to the new ones is collected for each round and kept in memory only;
what a death interrupts is begun again from the rows that are missing. The new epoch is used once
the directory shows it; the old one serves permits made before, and is deleted after the last.
"""

import asyncio
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from renkei.crypto.suite import RISTRETTO255
from renkei.kit.clock import tokyo_day
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.outbox import Pace
from renkei.kit.party import Party
from renkei.law.periods import period
from renkei.roles.institution import rules
from renkei.roles.institution.service.codes.acquire import AcquireService
from renkei.roles.institution.service.codes.book import CodeBook, Stops
from renkei.roles.institution.store import codes, persons
from renkei.roles.institution.store import epochs as store
from renkei.roles.institution.store.codes import Row
from renkei.values.institution_code import InstitutionCode
from renkei.values.person_id import PersonId
from renkei.values.reveal import Purpose
from renkei.wire.boxes import BoxPurpose
from renkei.wire.linkage.calls import EPOCH_COLLECT, EPOCH_CONFIRM
from renkei.wire.linkage.epoch import EpochCollect, EpochConfirm
from renkei.wire.names import LINKAGE

PACE: Final = Pace(batch=200, idle_seconds=30.0)
RESCUED_AT_ONCE: Final = 100
Bound = tuple[PersonId, InstitutionCode]
"""A person's id here and a code of theirs."""


class EpochConflict(Exception):
    """The step that the network gives does not lead to the codes carried over before."""


class EpochService:
    """An institution's half of a change of its scalar."""

    def __init__(
        self,
        party: Party,
        database: Database,
        linkage: Counterparty,
        acquire: AcquireService,
        stops: Stops,
    ) -> None:
        self._party = party
        self._database = database
        self._linkage = linkage
        self._acquire = acquire
        self._book = CodeBook(party.keys)
        self._stops = stops
        self._shown = 0
        self._tried: set[PersonId] = set()
        # True at first: an earlier process may have died between deleting and this.
        self._to_empty = True

    def changed(self) -> bool:
        """Whether the directory shows another epoch than when this was asked last."""
        shown, self._shown = self._shown, self._in_force()
        return shown != self._shown

    async def work(self, batch: int) -> int:
        """One round of everything that is due; gives 0, as nothing more is due at once."""
        await self._note_in_force()
        await self._drop(batch)
        await self._carry_over(batch)
        await self._rescue()
        return 0

    def _in_force(self) -> int:
        return self._party.directory.entry(self._party.name).epoch

    # -- towards the new epoch -----------------------------------------------------------------

    async def _carry_over(self, batch: int) -> None:
        party = self._party
        request = EpochCollect(**party.envelope(LINKAGE))
        offer = await self._linkage.ask(EPOCH_COLLECT, request)
        if offer.delta is None:
            return
        epoch, in_force = offer.epoch, self._in_force()
        delta = party.unseal(LINKAGE, BoxPurpose.EPOCH_DELTA, f"epoch-{epoch}", offer.delta)
        RISTRETTO255.check_scalar(delta)
        source = await self._database.read(lambda c: store.source(c, epoch, in_force))
        if source is not None:
            if epoch > in_force:
                await self._check_earlier_rounds((source, epoch), delta)
            while await self._sweep((source, epoch), delta, batch):
                pass
        now = party.now()
        await self._database.write(lambda c: store.note_carried(c, epoch, now))
        confirm = EpochConfirm(**party.envelope(LINKAGE), epoch=epoch)
        await self._linkage.ask(EPOCH_CONFIRM, confirm)

    async def _check_earlier_rounds(self, epochs: tuple[int, int], delta: bytes) -> None:
        """A column must not be made with two different steps; raises EpochConflict."""
        pair = await self._database.read(lambda c: store.pair(c, epochs))
        if pair is not None and RISTRETTO255.multiply(delta, pair[0]) != pair[1]:
            get_logger().error("epoch-conflict", epoch=epochs[1])
            raise EpochConflict(f"epoch {epochs[1]} was begun with another step; ask the network")

    async def _sweep(self, epochs: tuple[int, int], delta: bytes, batch: int) -> int:
        """Carry over everybody who lacks the new code, in batches; gives how many."""
        after, written = await self._carry_some(epochs, delta, (None, batch))
        while after is not None:
            after, count = await self._carry_some(epochs, delta, (after, batch))
            written += count
        return written

    async def _carry_some(
        self, epochs: tuple[int, int], delta: bytes, part: tuple[PersonId | None, int]
    ) -> tuple[PersonId | None, int]:
        """One batch; gives the last person it came to, None at the end, and how many it wrote."""
        some = await self._database.read(lambda c: codes.without_next(c, epochs, *part))
        if not some:
            return None, 0
        good, spoilt = self._book.whole(some)
        for person in spoilt:
            await self._stops.add(person, "code-mark")
        moved = await asyncio.to_thread(_moved, good, epochs[1], delta)
        return some[-1].person, await self._database.write(lambda c: self._carry(c, moved))

    def _carry(self, connection: Connection, moved: list[Bound]) -> int:
        """Write codes of the new epoch; gives how many. One acquired in the meantime stands."""
        return sum(
            self._book.bind(connection, person, code) is None
            for person, code in moved
            if codes.row_of(connection, person, code.epoch) is None
        )

    # -- once it is in force -------------------------------------------------------------------

    async def _note_in_force(self) -> None:
        """Remember when the directory first showed the epoch, where an older column is held."""
        epoch, now = self._in_force(), self._party.now()

        def is_new(connection: Connection) -> bool:
            older = store.has_older(connection, epoch)
            return older and store.in_force_since(connection, epoch) is None

        if await self._database.read(is_new):
            await self._database.write(lambda c: store.note_in_force(c, epoch, now))
            get_logger().info("epoch-in-force", epoch=epoch)

    async def _rescue(self) -> None:
        """Acquire anew for those bound in the old epoch too late to be carried over; once each."""
        epoch = self._in_force()

        def late(connection: Connection) -> list[rules.Person]:
            found = store.stranded(connection, epoch, RESCUED_AT_ONCE + len(self._tried))
            some = [one for one in found if one not in self._tried][:RESCUED_AT_ONCE]
            return [one for person in some if (one := persons.find(connection, person))]

        stranded = await self._database.read(late)
        self._tried |= {one.person for one in stranded}
        if stranded:
            get_logger().info("epoch-stranded", epoch=epoch, count=len(stranded))
            await self._acquire.ensure(stranded)

    async def _drop(self, batch: int) -> None:
        """Delete older columns after the last permit made under them, from the log file too."""
        epoch, now = self._in_force(), self._party.now()
        day = tokyo_day(now)
        # Clocks may differ by as much as a message may be old.
        open_for = period("permit_valid_seconds", day) + period("freshness_seconds", day)

        def is_over(connection: Connection) -> bool:
            since = store.in_force_since(connection, epoch)
            whole = store.is_carried(connection, epoch) or not store.stranded(connection, epoch, 1)
            return (
                since is not None
                and whole
                and now >= since + timedelta(seconds=open_for)
                and store.has_older(connection, epoch)
                and not store.has_open_permit(connection, epoch, now)
            )

        if await self._database.read(is_over):
            while await self._database.write(lambda c: store.drop_older(c, epoch, batch)):
                self._to_empty = True
            get_logger().info("epoch-dropped", epoch=epoch)
        if self._to_empty:
            self._to_empty = not await self._database.checkpoint()


def _moved(rows: list[Row], epoch: int, delta: bytes) -> list[Bound]:
    return [
        (
            row.person,
            InstitutionCode(RISTRETTO255.multiply(delta, row.code.reveal(Purpose.DERIVE)), epoch),
        )
        for row in rows
    ]
