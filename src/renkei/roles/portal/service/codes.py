"""The portal's own codes: the set of all valid ones, and one person's at sign-in (開示用の符号).

The set comes in batches that J-LIS fills in an order that tells nothing: the portal learns which
codes there are, not whose. Only who signs in shows the portal which code is theirs.
"""

import asyncio
from typing import Final

from renkei.crypto import codes
from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.roles.portal import rules
from renkei.roles.portal.store import codes as store
from renkei.wire.errors import WireError
from renkei.wire.messages.acquisition import (
    AcquisitionCollect,
    AcquisitionCollected,
    AcquisitionConfirm,
    AcquisitionConfirmed,
    AcquisitionNumberRequest,
    AcquisitionNumbers,
)
from renkei.wire.messages.portal import (
    PORTAL_BATCH_MINIMUM,
    PersonaSignedIn,
    PersonaSignIn,
    PortalBatch,
    PortalBatchFilled,
)
from renkei.wire.protocols import IndividualNumberProtocol, LinkageProtocol

J_LIS: Final = "individual-number"
BATCH_NUMBERS: Final = 100
AT_ONCE: Final = 8
COLLECT_ATTEMPTS: Final = 6
COLLECT_FIRST_PAUSE_SECONDS: Final = 0.05


class CodeService:
    """Acquires codes for the portal: all of them in batches, one person's at sign-in."""

    def __init__(
        self,
        party: Party,
        database: Database,
        linkage: LinkageProtocol,
        individual_number: IndividualNumberProtocol,
    ) -> None:
        self._party = party
        self._database = database
        self._linkage = linkage
        self._individual_number = individual_number
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def fill_set(self, _batch: int) -> int:
        """One batch: numbers, filled by J-LIS, collected, confirmed; gives 1 while more are due.

        Numbers are remembered before they are handed over, so a batch that is cut is gone on with.
        """
        await self._confirm_collected()
        now = self._party.now()
        numbers = await self._database.write(lambda c: store.open_numbers(c, now))
        if len(numbers) < PORTAL_BATCH_MINIMUM:
            numbers += await self._new_numbers(BATCH_NUMBERS - len(numbers))
        message = PortalBatch(**self._party.envelope(J_LIS), numbers=numbers)
        raw = await self._individual_number.portal_batch(self._party.write(message))
        answer = self._party.read(raw, (PortalBatchFilled,), peer=J_LIS).message
        if answer.filled == 0:
            return 0
        await asyncio.gather(*(self._collect_into_set(number) for number in numbers))
        await self._confirm_collected()
        return 1 if answer.remaining else 0

    async def of_persona(self, persona: str) -> bytes:
        """SANDBOX: the code of a persona, by a real acquisition (試験用の本人指定)."""
        numbers = await self._new_numbers(1)
        message = PersonaSignIn(**self._party.envelope(J_LIS), number=numbers[0], persona=persona)
        raw = await self._individual_number.persona_sign_in(self._party.write(message))
        self._party.read(raw, (PersonaSignedIn,), peer=J_LIS)
        for attempt in range(COLLECT_ATTEMPTS):
            code = await self._collect(numbers[0])
            if code is not None:
                break
            await asyncio.sleep(COLLECT_FIRST_PAUSE_SECONDS * 2**attempt)
        else:
            raise WireError("acquisition-empty", retry_after_seconds=1)
        await self._database.write(lambda c: store.collect(c, numbers[0], code))
        await self._confirm(numbers[0])
        return code

    # -- steps -------------------------------------------------------------------------------

    async def _new_numbers(self, count: int) -> list[str]:
        request = AcquisitionNumberRequest(**self._party.envelope(rules.NETWORK), count=count)
        raw = await self._linkage.acquisition_numbers(self._party.write(request))
        answer = self._party.read(raw, (AcquisitionNumbers,), peer=rules.NETWORK).message
        if len(set(answer.numbers)) != count:
            raise WireError("unavailable", "The network gave another count of numbers.")
        if count > 1:
            await self._database.write(
                lambda c: store.add_numbers(c, answer.numbers, answer.expires_at)
            )
        return list(answer.numbers)

    async def _collect_into_set(self, number: str) -> None:
        """Write one number's code; what is not filled yet stays for the next round."""
        async with self._gate:
            try:
                code = await self._collect(number)
            except WireError as error:
                get_logger().warning("collect-failed", code=error.code)
                return
            if code is not None:
                await self._database.write(lambda c: store.collect(c, number, code))

    async def _collect(self, number: str) -> bytes | None:
        """The code a number was filled for; None while it is not."""
        party = self._party
        request = AcquisitionCollect(**party.envelope(rules.NETWORK), number=number)
        try:
            raw = await self._linkage.acquisition_collect(party.write(request))
        except WireError as error:
            if error.code == "acquisition-empty":
                return None
            raise
        message = party.read(raw, (AcquisitionCollected,), peer=rules.NETWORK).message
        seed = party.unseal(J_LIS, "acquisition-seed", number, message.seed)
        return codes.unblind(codes.derive_blind(seed, J_LIS, number), message.blinded)

    async def _confirm_collected(self) -> None:
        numbers = await self._database.read(store.collected)

        async def confirm(number: str) -> None:
            async with self._gate:
                await self._confirm(number)

        await asyncio.gather(*(confirm(number) for number in numbers))

    async def _confirm(self, number: str) -> None:
        request = AcquisitionConfirm(**self._party.envelope(rules.NETWORK), number=number)
        raw = await self._linkage.acquisition_confirm(self._party.write(request))
        self._party.read(raw, (AcquisitionConfirmed,), peer=rules.NETWORK)
        await self._database.write(lambda c: store.forget_number(c, number))
