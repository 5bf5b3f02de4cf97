"""Watching who tries out attributes: counts, day by day, from whoever compares them (照合の監視).

Nothing here is about a person: institutions and J-LIS tell how many comparisons failed, and whose.
"""

from datetime import timedelta
from typing import Final

from renkei.kit.background import Interval
from renkei.kit.clock import tokyo_day
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.roles.oversight import rules
from renkei.roles.oversight.rules import Told
from renkei.roles.oversight.service.collecting import Institutions
from renkei.roles.oversight.service.reporting import Reporter
from renkei.wire.errors import WireError
from renkei.wire.individual_number.calls import COMPARISONS
from renkei.wire.individual_number.messages import ComparisonsRequest
from renkei.wire.institution.calls import OFFERS
from renkei.wire.institution.messages import OffersRequest
from renkei.wire.names import INDIVIDUAL_NUMBER, INSTITUTION

INTERVAL: Final = Interval(idle_seconds=20.0, longest_delay_seconds=40.0)
LOOK_BACK: Final = timedelta(minutes=10)
"""A day is asked about for this long after its end, so that its last minutes are counted too."""
LETTERS_SHOWN: Final = 5


class GuessWatch:
    """Asks everybody who compares attributes how that went, and reports who guesses."""

    def __init__(
        self,
        party: Party,
        database: Database,
        institutions: Institutions,
        individual_number: Counterparty,
    ) -> None:
        self._party = party
        self._institutions = institutions
        self._individual_number = individual_number
        self._reporter = Reporter(party, database)

    async def step(self) -> None:
        """Ask about today, and about yesterday while that is recent."""
        now = self._party.now()
        for day in sorted({tokyo_day(now), tokyo_day(now - LOOK_BACK)}):
            told = [
                one
                for name, entry in self._party.directory.entries.items()
                if entry.role == INSTITUTION
                for one in await self._offers(name, day.isoformat())
            ]
            told += await self._comparisons(day.isoformat())
            for finding in rules.guessing(told, day, LETTERS_SHOWN):
                await self._reporter.report(finding)

    async def _comparisons(self, day: str) -> list[Told]:
        """What J-LIS says of comparisons it made."""
        request = ComparisonsRequest(**self._party.envelope(INDIVIDUAL_NUMBER), day=day)
        try:
            letter = await self._individual_number.send(COMPARISONS, self._party.write(request))
        except WireError as error:
            get_logger().info("comparisons-not-read", code=error.code)
            return []
        return [
            Told(INDIVIDUAL_NUMBER, one.institution, count, letter.raw, what)
            for one in letter.message.comparisons
            for what, count in (
                (rules.FAILED_COMPARISONS, one.guesses + one.limited),
                (rules.DECIDED_DOUBTS, rules.unusual_doubts(one.decided, one.compared)),
            )
        ]

    async def _offers(self, name: str, day: str) -> list[Told]:
        """What an institution says of offers it got; one that is away is asked again later."""
        request = OffersRequest(**self._party.envelope(name), day=day)
        try:
            letter = await self._institutions(name).send(OFFERS, self._party.write(request))
        except WireError as error:
            get_logger().info("offers-not-read", institution=name, code=error.code)
            return []
        return [
            Told(name, one.requester, one.failed + one.limited, letter.raw)
            for one in letter.message.offers
        ]
