"""Replacing an institution's scalar while exchanges run (符号の世代更新).

The new scalar is independent of the old. The institution alone learns their ratio, boxed, once it
asks; the new epoch comes into force by a directory version after the institution has confirmed, and
the old scalar is destroyed once no permit of the old epoch can be presented any more.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from renkei.kit.background import Interval
from renkei.kit.clock import tokyo_day
from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.law.periods import period
from renkei.roles.linkage.service.directory import entries_in_force
from renkei.roles.linkage.store import epochs as store
from renkei.wire.boxes import BoxPurpose
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.linkage.epoch import EpochCollect, EpochConfirm, EpochConfirmed, EpochDelta
from renkei.wire.names import INSTITUTION

INTERVAL: Final = Interval(idle_seconds=2.0)


def scalar_name(institution: str, epoch: int) -> str:
    """The name in the key store of an institution's scalar of one epoch."""
    return f"scalar-{institution}-{epoch}"


def start_epoch(
    connection: Connection, institution: str, make_scalar: Callable[[str], None]
) -> int:
    """Begin the next epoch of an institution; gives its number. For the operator.

    `make_scalar` makes a scalar of that name unless it exists: a name without a row here was left
    by a process that died in between and serves as well as a new one. Raises WireError.
    """
    entry = next((one for one in entries_in_force(connection) if one.party == institution), None)
    if entry is None:
        raise WireError("unknown-party", f"The directory lists no institution {institution}.")
    if entry.role != INSTITUTION:
        raise WireError("not-allowed", "Only an institution's scalar is ever replaced.")
    if any(one.institution == institution for one in store.open_epochs(connection)):
        raise WireError("epoch", "An earlier change of this institution has not ended yet.")
    epoch = entry.epoch + 1
    make_scalar(scalar_name(institution, epoch))
    store.begin(connection, institution, epoch)
    return epoch


class EpochService:
    """The network's side of a change of scalars (世代更新)."""

    def __init__(
        self, party: Party, database: Database, destroy_scalar: Callable[[str], None]
    ) -> None:
        self._party = party
        self._database = database
        self._destroy = destroy_scalar

    async def collect(self, letter: Letter[EpochCollect]) -> EpochDelta:
        """The step to the epoch that waits, sealed anew for each call, until it is in force."""
        institution = letter.message.sender
        current = self._party.directory.entry(institution).epoch
        waits = await self._database.read(lambda c: store.waiting(c, institution))
        envelope = self._party.envelope(institution)
        if waits is None or waits.epoch <= current:
            return EpochDelta(**envelope, epoch=current, delta=None)
        keys = self._party.keys
        old = keys.scalar(scalar_name(institution, current))
        step = old.ratio(keys.scalar(scalar_name(institution, waits.epoch)))
        tx = f"epoch-{waits.epoch}"
        delta = self._party.seal(institution, BoxPurpose.EPOCH_DELTA, tx, step)
        return EpochDelta(**envelope, epoch=waits.epoch, delta=delta)

    async def confirm(self, letter: Letter[EpochConfirm]) -> EpochConfirmed:
        """Record that the institution is ready; a directory version may follow."""
        institution, epoch = letter.message.sender, letter.message.epoch
        current = self._party.directory.entry(institution).epoch

        def confirm(connection: Connection) -> None:
            waits = store.waiting(connection, institution)
            if waits is not None and waits.epoch == epoch:
                store.confirm(connection, waits)
            elif epoch != current:
                raise WireError("epoch", "No change to this epoch waits.")

        await self._database.write(confirm)
        return EpochConfirmed(**self._party.envelope(institution), epoch=epoch)

    async def settle(self) -> None:
        """Note epochs that came into force, destroy scalars nothing needs."""
        now = self._party.now()
        still_valid = timedelta(seconds=period("permit_valid_seconds", tokyo_day(now)))
        for one in await self._database.read(store.open_epochs):
            entry = self._party.directory.entries.get(one.institution)
            if one.in_force_at is not None and now >= one.in_force_at + still_valid:
                await self._destroy_old(one)
            elif one.in_force_at is None and entry is not None and entry.epoch >= one.epoch:
                await self._enter(one)

    async def _enter(self, one: store.Epoch) -> None:
        now = self._party.now()
        await self._database.write(lambda c: store.enter_into_force(c, one, now))
        get_logger().info("epoch-in-force", institution=one.institution, epoch=one.epoch)

    async def _destroy_old(self, one: store.Epoch) -> None:
        self._destroy(scalar_name(one.institution, one.epoch - 1))
        await self._database.write(lambda c: store.old_destroyed(c, one))
        get_logger().info("scalar-destroyed", institution=one.institution, epoch=one.epoch - 1)
