"""Filling acquisition numbers at the network: blinded points and boxed seeds (令27条3項).

What the network has not confirmed is kept and sent again.
"""

from renkei.crypto import codes
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.individual_number import store
from renkei.wire.errors import WireError
from renkei.wire.framing import parse
from renkei.wire.messages.acquisition import AcquisitionFill, AcquisitionFilled
from renkei.wire.messages.batches import FillBatch, FillBatchNoted, Filling
from renkei.wire.protocols import LinkageProtocol

SEED_KEY = "seed"


class Filler:
    """Makes fillings and hands them to the network."""

    def __init__(self, party: Party, database: Database, linkage: LinkageProtocol) -> None:
        self._party = party
        self._database = database
        self._linkage = linkage

    def blind(self, record: store.Acquisition, link_seed: bytes) -> bytes:
        """Signed bytes for the network: r·B_p and the seed of r, boxed for the institution."""
        party = self._party
        base = codes.base_element(lambda data: party.keys.mac(SEED_KEY, data, "sha512"), link_seed)
        seed = party.randomness(codes.SEED_BYTES)
        blind = codes.derive_blind(seed, party.name, record.number)
        message = AcquisitionFill(
            **party.envelope("linkage"),
            number=record.number,
            institution=record.holder,
            blinded=RISTRETTO255.multiply(blind, base),
            seed=party.seal(record.holder, "acquisition-seed", record.number, seed),
        )
        return party.write(message)

    async def fill(self, number: str, fill: bytes | None, *, fresh: bool = False) -> None:
        """Hand the filling to the network; what fails now is sent again by `resend_fills`.

        `fresh`: it was signed just now and need not be signed anew.
        """
        if fill is None:
            return
        try:
            answer = await self._linkage.acquisition_fill(fill if fresh else self._refresh(fill))
        except WireError as error:
            if error.code not in ("acquisition-used", "acquisition-unknown"):
                return
            if error.code == "acquisition-unknown":
                await self._database.write(lambda c: store.take_out_of_portal_set(c, number))
        else:
            self._party.read(answer, (AcquisitionFilled,), peer="linkage")
        await self._database.write(lambda c: store.mark_filled(c, [number]))

    async def fill_together(self, known: list[store.Acquisition]) -> None:
        """Hand fillings to the network in one message; `resend_fills` sends what fails now."""
        owed = [one.fill for one in known if one.fill is not None]
        if not owed:
            return
        fillings = [_filling(parse(fill, (AcquisitionFill,))[1]) for fill in owed]
        message = FillBatch(**self._party.envelope("linkage"), fillings=fillings)
        try:
            answer = await self._linkage.acquisition_fill_batch(self._party.write(message))
            self._party.read(answer, (FillBatchNoted,), peer="linkage")
        except WireError:
            return
        numbers = [one.number for one in fillings]
        # What the network did not take is used, unknown or run out: sending again is no help.
        await self._database.write(lambda c: store.mark_filled(c, numbers))

    def _refresh(self, fill: bytes) -> bytes:
        """Sign a kept filling anew, so that it is fresh; point and box stay the same."""
        kept = self._party.read(fill, (AcquisitionFill,), peer=self._party.name, aud="linkage")
        message = kept.message
        return self._party.write(
            AcquisitionFill(
                **self._party.envelope("linkage"),
                number=message.number,
                institution=message.institution,
                blinded=message.blinded,
                seed=message.seed,
            )
        )

    async def resend_fills(self, batch: int) -> int:
        """Send fillings the network has not confirmed yet; gives 0: a round has them all."""
        owed = await self._database.read(lambda c: store.unfilled(c, batch))
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
