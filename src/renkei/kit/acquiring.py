"""Acquisition numbers at the network: drawn, collected, confirmed, many in one message (取得番号).

What every body does that is issued codes, an institution as the portal (令27条): between drawing a
number and collecting what it was filled with stands J-LIS, which each asks in its own way.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from renkei.crypto import codes
from renkei.crypto.errors import CryptoError
from renkei.kit.counterparty import Counterparty
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.wire.boxes import BoxPurpose
from renkei.wire.errors import WireError
from renkei.wire.limits import BATCH
from renkei.wire.linkage.acquisition import (
    AcquisitionNumberRequest,
    AcquisitionNumbers,
    CollectBatch,
    Collected,
    ConfirmBatch,
)
from renkei.wire.linkage.calls import ACQUISITION_NUMBERS, COLLECT_BATCH, CONFIRM_BATCH
from renkei.wire.names import INDIVIDUAL_NUMBER, LINKAGE

ATTEMPTS: Final = 6
FIRST_PAUSE_SECONDS: Final = 0.05
"""Between two attempts; twice as long each time. J-LIS may fill a moment after it answers."""
UNAVAILABLE: Final = "unavailable"
EMPTY: Final = "acquisition-empty"
EPOCH: Final = "epoch"


@dataclass(frozen=True, slots=True)
class Issued:
    """A code as it was collected: 32 bytes, a group element, and the epoch it carries (符号)."""

    element: bytes = field(repr=False)
    epoch: int


@dataclass(frozen=True, slots=True)
class Codes:
    """What was there to collect (受領した符号)."""

    by_number: dict[str, Issued]
    missed: str
    """Error code: why the numbers that are not among them are not."""


class Acquiring:
    """One body's side of the network's acquisition numbers (取得番号の取扱い)."""

    def __init__(self, party: Party, linkage: Counterparty) -> None:
        self._party = party
        self._linkage = linkage

    async def numbers(self, count: int) -> AcquisitionNumbers:
        """Draw 1 to `BATCH` numbers; raises WireError, `unavailable` for another count."""
        request = AcquisitionNumberRequest(**self._party.envelope(LINKAGE), count=count)
        answer = await self._linkage.ask(ACQUISITION_NUMBERS, request)
        if not len(answer.numbers) == len(set(answer.numbers)) == count:
            raise WireError("unavailable", "The network gave another count of numbers.")
        return answer

    async def collect(self, numbers: Sequence[str], attempts: int = ATTEMPTS) -> Codes:
        """Fetch converted points of at most `BATCH` numbers and divide the blinds out.

        Waits for fillings between attempts. Raises nothing: what is missing has its reason.
        """
        missing, found, missed = set(numbers), dict[str, Issued](), EMPTY
        for attempt in range(attempts):
            if not missing:
                break
            if attempt > 0:
                await asyncio.sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
            try:
                collected = await self._fetch([one for one in numbers if one in missing])
            except WireError as error:
                missed = error.code
                if missed == EPOCH:  # waiting does not bring an epoch back
                    break
                continue
            missed = EMPTY
            for one in collected:
                if one.number not in missing:
                    continue
                missing.discard(one.number)
                try:
                    found[one.number] = self._open(one)
                except (WireError, CryptoError) as error:
                    missed = getattr(error, "code", UNAVAILABLE)
                    get_logger().warning("code-not-opened", code=missed)
        return Codes(found, missed)

    async def confirm(self, numbers: Sequence[str]) -> None:
        """Have numbers, points and boxes deleted at the network; twice is as once."""
        for start in range(0, len(numbers), BATCH):
            some = list(numbers[start : start + BATCH])
            request = ConfirmBatch(**self._party.envelope(LINKAGE), numbers=some)
            await self._linkage.ask(CONFIRM_BATCH, request)

    async def _fetch(self, numbers: list[str]) -> Sequence[Collected]:
        request = CollectBatch(**self._party.envelope(LINKAGE), numbers=numbers)
        return (await self._linkage.ask(COLLECT_BATCH, request)).collected

    def _open(self, one: Collected) -> Issued:
        seed = self._party.unseal(
            INDIVIDUAL_NUMBER, BoxPurpose.ACQUISITION_SEED, one.number, one.seed
        )
        blind = codes.derive_blind(seed, INDIVIDUAL_NUMBER, one.number)
        return Issued(codes.unblind(blind, one.blinded), one.epoch)
