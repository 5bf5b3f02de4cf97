"""The portal's own codes: the set of all valid ones, and one person's at sign-in (開示用の符号).

The set comes in batches that J-LIS fills in an order that tells nothing: the portal learns which
codes there are, not whose. Only who signs in shows the portal which code is theirs.
"""

from typing import Final

from renkei.kit.acquiring import Acquiring, Issued
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.roles.portal.store import codes as store
from renkei.wire.errors import WireError
from renkei.wire.individual_number.calls import PERSONA_SIGN_IN, PORTAL_BATCH
from renkei.wire.individual_number.messages import (
    PORTAL_BATCH_MINIMUM,
    PersonaSignIn,
    PortalBatch,
)
from renkei.wire.names import INDIVIDUAL_NUMBER

SET_ATTEMPTS: Final = 1
"""J-LIS has filled what it could when it answers; the rest is for the next round."""


class CodeService:
    """Acquires codes for the portal: all of them in batches, one person's at sign-in."""

    def __init__(
        self,
        party: Party,
        database: Database,
        acquiring: Acquiring,
        individual_number: Counterparty,
    ) -> None:
        self._party = party
        self._database = database
        self._acquiring = acquiring
        self._individual_number = individual_number

    async def fill_set(self, batch: int) -> int:
        """One batch of numbers, filled by J-LIS, collected, confirmed; gives how many were filled.

        While J-LIS has people outside the set that is said to be a whole batch: more are due.
        Numbers are remembered before they are handed over, so a batch that is cut is gone on with.
        """
        await self._confirm_collected()
        now = self._party.now()
        numbers = await self._database.write(lambda c: store.open_numbers(c, now))
        if len(numbers) < PORTAL_BATCH_MINIMUM:
            numbers += await self._new_numbers(batch - len(numbers))
        message = PortalBatch(**self._party.envelope(INDIVIDUAL_NUMBER), numbers=numbers)
        answer = await self._individual_number.ask(PORTAL_BATCH, message)
        if answer.filled == 0:
            return 0
        found = await self._acquiring.collect(numbers, SET_ATTEMPTS)
        if len(found.by_number) < answer.filled:
            get_logger().warning("collect-failed", code=found.missed)
        await self._write(found.by_number)
        await self._confirm_collected()
        return batch if answer.remaining else answer.filled

    async def of_persona(self, persona: str) -> bytes:
        """SANDBOX: the code of a persona, by a real acquisition (試験用の本人指定)."""
        (number,) = (await self._acquiring.numbers(1)).numbers
        message = PersonaSignIn(
            **self._party.envelope(INDIVIDUAL_NUMBER), number=number, persona=persona
        )
        await self._individual_number.ask(PERSONA_SIGN_IN, message)
        found = await self._acquiring.collect([number])
        if number not in found.by_number:
            raise WireError(found.missed, retry_after_seconds=1)
        await self._write(found.by_number)
        await self._acquiring.confirm([number])
        return found.by_number[number].element

    # -- steps -------------------------------------------------------------------------------

    async def _new_numbers(self, count: int) -> list[str]:
        answer = await self._acquiring.numbers(count)
        await self._database.write(
            lambda c: store.add_numbers(c, answer.numbers, answer.expires_at)
        )
        return list(answer.numbers)

    async def _write(self, found: dict[str, Issued]) -> None:
        codes = {one: code.element for one, code in found.items()}
        await self._database.write(lambda c: store.collect(c, codes))

    async def _confirm_collected(self) -> None:
        numbers = await self._database.read(store.collected)
        if numbers:
            await self._acquiring.confirm(numbers)
            await self._database.write(lambda c: store.forget_numbers(c, numbers))
