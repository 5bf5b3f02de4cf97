"""First issue of codes: numbers out, fillings in, converted points out (取得番号, 法21条の2)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from renkei.crypto.errors import CryptoError
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.clock import tokyo_day
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.law.periods import period
from renkei.roles.linkage.service.erasure import Erasure
from renkei.roles.linkage.store import acquisition as store
from renkei.values.acquisition_number import AcquisitionNumber
from renkei.wire.errors import WireError
from renkei.wire.fields import Box
from renkei.wire.framing import Letter
from renkei.wire.linkage.acquisition import (
    AcquisitionFill,
    AcquisitionFilled,
    AcquisitionNumberRequest,
    AcquisitionNumbers,
    CollectBatch,
    CollectBatchAnswer,
    Collected,
    ConfirmBatch,
    ConfirmBatchNoted,
    FillBatch,
    FillBatchNoted,
    Filling,
)
from renkei.wire.standing import check_takes_part

NUMBER_BYTES: Final = 16
OPEN_NUMBERS_LIMIT: Final = 20_000
"""Numbers one institution may have open at once."""


class AcquisitionService:
    """The network's side of a first issue; it never learns whose code it is."""

    def __init__(self, party: Party, database: Database, erasure: Erasure | None = None) -> None:
        self._party = party
        self._database = database
        self._erasure = erasure or Erasure(database)

    async def numbers(self, letter: Letter[AcquisitionNumberRequest]) -> AcquisitionNumbers:
        """Issue numbers bound to the asking institution, its epoch and 24 hours."""
        institution = letter.message.sender
        now = self._party.now()
        check_takes_part(self._party.directory.entry(institution), tokyo_day(now))
        epoch = self._party.directory.entry(institution).epoch
        expires = now + timedelta(seconds=period("acquisition_valid_seconds", tokyo_day(now)))
        numbers = [
            str(AcquisitionNumber.create(self._party.randomness(NUMBER_BYTES)))
            for _ in range(letter.message.count)
        ]

        def issue(connection: Connection) -> None:
            if store.count_open(connection, institution) + len(numbers) > OPEN_NUMBERS_LIMIT:
                raise WireError("acquisition-limit", retry_after_seconds=3600)
            store.issue(connection, numbers, institution, epoch, expires)

        await self._database.write(issue)
        return AcquisitionNumbers(
            **self._party.envelope(institution), numbers=numbers, epoch=epoch, expires_at=expires
        )

    async def fill(self, letter: Letter[AcquisitionFill]) -> AcquisitionFilled:
        """Take J-LIS's filling, once; the same filling again is confirmed again."""
        filling = letter.message
        _check_element(filling.blinded)

        def write(connection: Connection) -> None:
            known = store.find(connection, filling.number, self._party.now())
            if known is None or known.institution != filling.institution:
                raise WireError("acquisition-unknown")
            if known.blinded is None:
                store.fill(connection, filling.number, filling.blinded, filling.seed)
            elif known.blinded != filling.blinded:
                raise WireError("acquisition-used")

        await self._database.write(write)
        return AcquisitionFilled(
            **self._party.envelope(letter.message.sender), number=filling.number
        )

    # -- many at once ------------------------------------------------------------------------

    async def fill_batch(self, letter: Letter[FillBatch]) -> FillBatchNoted:
        """Take J-LIS's fillings, each once; gives those that are held now as sent."""
        fillings = letter.message.fillings
        for one in fillings:
            _check_element(one.blinded)
        now = self._party.now()
        filled = await self._database.write(lambda c: _fill_all(c, fillings, now))
        return FillBatchNoted(**self._party.envelope(letter.message.sender), filled=filled)

    async def collect_batch(self, letter: Letter[CollectBatch]) -> CollectBatchAnswer:
        """Give the converted points that are filled.

        Raises WireError `epoch` if a number was issued in an earlier code epoch.
        """
        collect, now = letter.message, self._party.now()
        check_takes_part(self._party.directory.entry(collect.sender), tokyo_day(now))
        epoch = self._party.directory.entry(collect.sender).epoch
        found = await self._database.read(lambda c: store.find_all(c, collect.numbers, now))
        known = [one for one in found.values() if one.institution == collect.sender]
        if any(one.epoch != epoch for one in known):
            raise WireError("epoch", "A number was issued in an earlier code epoch.")
        scalar = self._party.keys.scalar(f"scalar-{collect.sender}-{epoch}")
        collected = [
            Collected(
                number=one.number,
                blinded=scalar.multiply(one.blinded),
                seed=one.seed,
                epoch=one.epoch,
            )
            for one in known
            if one.blinded is not None and one.seed is not None
        ]
        return CollectBatchAnswer(**self._party.envelope(collect.sender), collected=collected)

    async def confirm_batch(self, letter: Letter[ConfirmBatch]) -> ConfirmBatchNoted:
        """Delete numbers, points and boxes; confirming twice is the same as once."""
        confirm = letter.message
        await self._database.write(lambda c: store.delete(c, confirm.numbers, confirm.sender))
        self._erasure.owe()  # the next round of housekeeping empties the write-ahead log
        return ConfirmBatchNoted(
            **self._party.envelope(confirm.sender), numbers=list(confirm.numbers)
        )


def _check_element(blinded: bytes) -> None:
    try:
        RISTRETTO255.check_element(blinded)
    except CryptoError as error:
        raise WireError("malformed", "The blinded point is not a canonical element.") from error


def _fill_all(connection: Connection, fillings: Sequence[Filling], now: datetime) -> list[str]:
    """Store a batch; gives the numbers whose only filling is the one sent."""
    known = store.find_all(connection, [one.number for one in fillings], now)
    wanted: dict[str, tuple[bytes, Box]] = {}
    filled = []
    for one in fillings:
        held = known.get(one.number)
        if held is None or held.institution != one.institution:
            continue
        first = wanted.get(one.number, (held.blinded, None))[0]
        if first is None:
            wanted[one.number] = (one.blinded, one.seed)
        elif first != one.blinded:
            continue
        filled.append(one.number)
    store.fill_all(connection, wanted)
    return filled
