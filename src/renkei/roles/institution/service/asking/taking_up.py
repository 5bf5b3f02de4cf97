"""Open requests end whoever took them, and whoever has died since (照会の引継ぎ).

The process that took an order drives it. The one with the seat takes up besides what has not ended
soon. Two may drive one request for a while: every step is safe to do twice, and what is written
first stands.
"""

from datetime import timedelta
from typing import Final

from renkei.kit.background import Interval
from renkei.kit.party import Party
from renkei.roles.institution.service.asking.drive import Driver

INTERVAL: Final = Interval(idle_seconds=2.0)
OPEN_SECONDS: Final = 5
"""A request open for so long is driven by the process with the seat too."""


class TakingUp:
    """The part of the process with the seat; what it takes up, it drives in its term."""

    def __init__(self, party: Party, driver: Driver) -> None:
        self._party = party
        self._driver = driver
        self._begun = False

    async def work(self) -> None:
        """Drive what has been open for a while; the first time everything that is open."""
        before = self._party.now() - timedelta(seconds=OPEN_SECONDS)
        await self._driver.resume(before if self._begun else None)
        self._begun = True
