"""Filling acquisition numbers at the network: blinded points and boxed seeds (令27条3項).

What the network has not confirmed is kept and sent again.
"""

from dataclasses import replace

from sqlalchemy import Connection

from renkei.crypto import codes
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.individual_number.store import acquisitions as records
from renkei.roles.individual_number.store import register, tables
from renkei.wire.boxes import BoxPurpose
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter, parse
from renkei.wire.individual_number.messages import NoticesRequest, PersonaSignIn, PortalBatch
from renkei.wire.linkage.acquisition import (
    AcquisitionFill,
    FillBatch,
    Filling,
)
from renkei.wire.linkage.calls import ACQUISITION_FILL, FILL_BATCH
from renkei.wire.names import LINKAGE

PSEUDONYM_BYTES = 32
"""Of an officer's pseudonym; zeros where the portal itself acquires."""
SEED_KEY = "seed"


class Filler:
    """Makes fillings and hands them to the network."""

    def __init__(self, party: Party, database: Database, linkage: Counterparty) -> None:
        self._party = party
        self._database = database
        self._linkage = linkage

    def blind(self, record: records.Acquisition, link_seed: bytes) -> bytes:
        """Signed bytes for the network: r·B_p and the seed of r, boxed for the institution."""
        party = self._party
        base = codes.base_element(lambda data: party.keys.mac(SEED_KEY, data, "sha512"), link_seed)
        seed = party.randomness(codes.SEED_BYTES)
        blind = codes.derive_blind(seed, party.name, record.number)
        message = AcquisitionFill(
            **party.envelope(LINKAGE),
            number=record.number,
            institution=record.holder,
            blinded=RISTRETTO255.multiply(blind, base),
            seed=party.seal(record.holder, BoxPurpose.ACQUISITION_SEED, record.number, seed),
        )
        return party.write(message)

    def for_portal(
        self,
        connection: Connection,
        letter: Letter[PortalBatch] | Letter[PersonaSignIn] | Letter[NoticesRequest],
        number: str,
        resident: tuple[str | None, bytes],
    ) -> records.Acquisition:
        """Record a number of the portal's for somebody, with the filling owed to the network.

        `resident`: resident code, None where it is nobody's business whose it is; link seed.
        """
        resident_code, link_seed = resident
        record = records.Acquisition(
            number=number,
            institution=letter.message.sender,
            affair=tables.PORTAL_AFFAIR,
            office=tables.PORTAL_AFFAIR,
            officer=bytes(PSEUDONYM_BYTES),
            resident_code=resident_code,
            sought=None,
            verdict="agree",
            fields=[],
            request_digest=letter.digest,
            at=self._party.now(),
        )
        record = replace(record, fill=self.blind(record, link_seed))
        records.add_acquisition(connection, record)
        return record

    async def fill(self, number: str, fill: bytes | None) -> None:
        """Hand the filling to the network; what fails now is sent again by `resend_fills`."""
        if fill is None:
            return
        try:
            await self._linkage.send(ACQUISITION_FILL, self._refresh(fill))
        except WireError as error:
            if not error.signed or error.code not in ("acquisition-used", "acquisition-unknown"):
                return
            if error.code == "acquisition-unknown":
                await self._database.write(lambda c: register.take_out_of_portal_set(c, [number]))
        await self._database.write(lambda c: records.mark_filled(c, [number]))

    async def fill_together(self, known: list[records.Acquisition]) -> None:
        """Hand fillings to the network in one message; `resend_fills` sends what fails now."""
        owed = [one.fill for one in known if one.fill is not None]
        if not owed:
            return
        fillings = [_filling(parse(fill, (AcquisitionFill,))[1]) for fill in owed]
        message = FillBatch(**self._party.envelope(LINKAGE), fillings=fillings)
        try:
            taken = set((await self._linkage.ask(FILL_BATCH, message)).filled)
        except WireError:
            return
        numbers = [one.number for one in fillings]
        gone = [number for number in numbers if number not in taken]

        def mark(connection: Connection) -> None:
            # What the network did not take is used, unknown or run out: sending again is no help.
            register.take_out_of_portal_set(connection, gone)
            records.mark_filled(connection, numbers)

        await self._database.write(mark)

    def _refresh(self, fill: bytes) -> bytes:
        """Sign a kept filling anew, so that it is fresh; point and box stay the same."""
        kept = self._party.read(fill, (AcquisitionFill,), peer=self._party.name, aud=LINKAGE)
        message = kept.message
        return self._party.write(
            AcquisitionFill(
                **self._party.envelope(LINKAGE),
                number=message.number,
                institution=message.institution,
                blinded=message.blinded,
                seed=message.seed,
            )
        )

    async def resend_fills(self, batch: int) -> int:
        """Send fillings the network has not confirmed yet; gives 0: a round has them all."""
        owed = await self._database.read(lambda c: records.unfilled(c, batch))
        for number, fill in owed:
            await self.fill(number, fill)
        return 0


def _filling(message: AcquisitionFill) -> Filling:
    return Filling(
        number=message.number,
        institution=message.institution,
        blinded=message.blinded,
        seed=message.seed,
    )
