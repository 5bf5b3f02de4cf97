"""A sample of the own codes, acquired anew and compared (符号の抜取り確認).

What a mark cannot show: a code that was bound to the wrong person from the beginning, or a row
marked by somebody who has the key. J-LIS and the network say again whose code is which; where they
say otherwise the person is stopped.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from renkei.kit.background import Interval
from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.kit.randomness import Randomness
from renkei.roles.institution import rules
from renkei.roles.institution.service.codes.acquire import AcquireService
from renkei.roles.institution.service.codes.book import CodeBook, CodeStopped, Stops
from renkei.roles.institution.store import codes, persons
from renkei.values.institution_code import InstitutionCode

PLACE_BYTES: Final = 16


def places(held: int, most: int, randomness: Randomness) -> list[int]:
    """Places 0 to `held` - 1 drawn at random, each once: all of them, or `most`."""
    found: dict[int, None] = {}
    if held <= most:
        return list(range(held))
    while len(found) < most:
        found[int.from_bytes(randomness(PLACE_BYTES), "big") % held] = None
    return list(found)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How many codes are compared at once, and how many seconds lie between two samples."""

    size: int = 10
    every_seconds: float = 86_400.0


class CodeSampler:
    """Compares a random sample of the table of codes with what is acquired for the same persons."""

    def __init__(
        self,
        party: Party,
        database: Database,
        acquire: AcquireService,
        stops: Stops,
        sampling: Sampling,
    ) -> None:
        self._party = party
        self._database = database
        self._book = CodeBook(party.keys)
        self._stops = stops
        self._acquire = acquire
        self._sampling = sampling

    @property
    def interval(self) -> Interval:
        """How often to look whether a sample is due."""
        return Interval(idle_seconds=min(60.0, self._sampling.every_seconds / 4))

    async def work(self) -> None:
        """A sample if one is due; the first is due an interval after counting began."""
        await self._stops.look()
        now = self._party.now()
        last = await self._database.read(codes.sampled_at)
        if last is not None and now < last + timedelta(seconds=self._sampling.every_seconds):
            return
        if last is not None:
            await self._sample()
        await self._database.write(lambda c: codes.note_sample(c, now))

    async def _sample(self) -> None:
        held = await self._database.read(self._drawn)
        acquired = await self._acquire.anew([person for person, _ in held])
        compared = 0
        for person, code in held:
            if isinstance(code, CodeStopped):
                await self._stops.add(code.person, code.kind)
                continue
            found = acquired.get(person.person)
            if found is None or found.epoch != code.epoch:
                continue  # J-LIS did not agree, or the epoch ended meanwhile: nothing to compare
            compared += 1
            if found != code:
                await self._stops.add(person.person, "code-differs")
        get_logger().info("codes-sampled", count=compared, drawn=len(held))

    def _drawn(
        self, connection: Connection
    ) -> list[tuple[rules.Person, InstitutionCode | CodeStopped]]:
        """Persons drawn at random with their codes, each once; those stopped before left out."""
        epoch = self._party.directory.entry(self._party.name).epoch
        found: dict[str, tuple[rules.Person, InstitutionCode | CodeStopped]] = {}
        held = codes.count_of(connection, epoch)
        for place in places(held, self._sampling.size, self._party.randomness):
            row = codes.at_place(connection, epoch, place)
            person = persons.find(connection, row.person) if row is not None else None
            if row is None or person is None or row.stopped is not None:
                continue
            good, _ = self._book.whole([row])
            found[str(row.person)] = (
                person,
                row.code if good else CodeStopped(row.person, "code-mark"),
            )
        return list(found.values())
