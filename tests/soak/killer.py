"""Who is killed when: SIGKILL at random moments, several down at once, also while starting."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from mortal import MortalCountry

DOWN_ON_AVERAGE = 1.5
"""How many processes are down or starting at a time: kills follow each other as fast as this
machine brings the killed ones back, so that a slow machine still has a country that works."""
DOWN_AT_ONCE = 4
DOWN_SECONDS = 0.6
"""How long a killed process stays away at the most; half of them come back at once."""
FIRST_GAP_SECONDS = 0.2
STARTING_SHARE = 0.2
"""How often a process that is still starting is killed, where there is one."""
LOOK_SECONDS = 0.02


@dataclass(slots=True)
class Deaths:
    """What was done to the country."""

    kills: Counter[str] = field(default_factory=Counter)
    while_starting: int = 0
    overlapping: int = 0
    """Kills while another process was away."""
    cold: int = 0
    """Restarts by `renkei serve` in a new interpreter; the others were forked."""


class Killer:
    """Kills processes of a country in an order drawn from a seed, and starts them again."""

    def __init__(self, country: MortalCountry, seed: str, *, cold_every: int) -> None:
        self.deaths = Deaths()
        self._country = country
        self._random = random.Random(f"{seed} kills")
        self._cold_every = cold_every
        self._parties = [service.name for service in country.country.services()]
        self._deck: list[str] = []
        self._away: set[str] = set()
        self._starting: set[str] = set()
        self._back_seconds = FIRST_GAP_SECONDS * DOWN_ON_AVERAGE
        self._reviving: set[asyncio.Task[None]] = set()
        self._failures: list[BaseException] = []

    async def run(self, kills: int | None, seconds: float, tell: Callable[[], None]) -> None:
        """Kill until so many are done or so much time is over; then everybody is back."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while (kills is None or self.deaths.kills.total() < kills) and loop.time() < until:
            rate = DOWN_ON_AVERAGE / self._back_seconds
            await asyncio.sleep(self._random.expovariate(rate))
            while len(self._away | self._starting) >= DOWN_AT_ONCE:  # noqa: ASYNC110
                # Coming back ends in threads that wait for another process, not in an event.
                await asyncio.sleep(LOOK_SECONDS)
            self._raise_failures()
            party = self._next()
            if party is not None:
                await self._strike(party)
                tell()
        await self.revive()

    async def revive(self) -> None:
        """Wait until everybody is back; a restart that failed is raised here."""
        while self._reviving:
            await asyncio.wait(self._reviving)
        self._raise_failures()

    def _raise_failures(self) -> None:
        for failure in self._failures:
            raise failure

    def _revived(self, task: asyncio.Task[None]) -> None:
        self._reviving.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failures.append(error)

    def _next(self) -> str | None:
        """The next of the shuffled deck who is there to be killed."""
        if not self._deck:
            self._deck = self._random.sample(self._parties, len(self._parties))
        everybody = len(self.deaths.kills) == len(self._parties)  # was killed once at least
        if everybody and self._starting and self._random.random() < STARTING_SHARE:
            return self._random.choice(sorted(self._starting))
        there = [one for one in self._deck if one not in self._away | self._starting]
        if not there:
            return None
        self._deck.remove(there[0])
        return there[0]

    async def _strike(self, party: str) -> None:
        deaths = self.deaths
        deaths.overlapping += bool(self._away | self._starting)
        deaths.while_starting += not self._country.ready(party)
        deaths.kills[party] += 1
        self._away.add(party)
        self._starting.discard(party)
        cold = self._cold_every > 0 and deaths.kills.total() % self._cold_every == 0
        down = max(0.0, self._random.uniform(-DOWN_SECONDS, DOWN_SECONDS))
        await asyncio.to_thread(self._country.kill, party)
        task = asyncio.create_task(self._revive(party, down, cold=cold))
        self._reviving.add(task)
        task.add_done_callback(self._revived)

    async def _revive(self, party: str, down: float, *, cold: bool) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(down)
        if cold:
            self.deaths.cold += 1
            await asyncio.to_thread(self._country.restart_cold, party)
            self._away.discard(party)
            self._back_seconds += (loop.time() - began - self._back_seconds) / 10
            return
        await asyncio.to_thread(self._country.begin, party)
        self._away.discard(party)
        self._starting.add(party)  # from here on it may be killed again
        if await asyncio.to_thread(self._country.await_ready, party):
            self._starting.discard(party)
            self._back_seconds += (loop.time() - began - self._back_seconds) / 10
