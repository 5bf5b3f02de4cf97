"""Telling people what was compared of them, through the portal, under its code (本人への通知).

The portal hands over empty acquisition numbers, as it does for its set. J-LIS fills one for each
person with a point of a new blind: what the portal learns is its own code for the person and the
comparison, and nobody else learns anything.
"""

from sqlalchemy import Connection

from renkei.kit.clock import tokyo_day
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.individual_number.service.filling import Filler
from renkei.roles.individual_number.store import acquisitions as records
from renkei.roles.individual_number.store import notices as store
from renkei.roles.individual_number.store import register
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.individual_number.messages import Notice, Notices, NoticesRequest
from renkei.wire.limits import BATCH


class Noticing:
    """J-LIS's side of what a person reads about comparisons."""

    def __init__(self, party: Party, database: Database, filler: Filler) -> None:
        self._party = party
        self._database = database
        self._filler = filler

    def note(
        self, connection: Connection, record: records.Acquisition, resident_code: str, verdict: str
    ) -> None:
        """Write down a comparison for the person it was about, also where it is said to nobody."""
        now = self._party.now()
        compared = store.Compared(
            resident_code=resident_code,
            day=tokyo_day(now).isoformat(),
            institution=record.holder,
            office=record.office,
            affair=record.affair,
            verdict=verdict,
        )
        store.add(connection, compared, now)

    async def notices(self, letter: Letter[NoticesRequest]) -> Notices:
        """Take what the portal has filed; give what is new, a number for each person."""
        request = letter.message
        told = [(one.id, one.count) for one in request.told]
        numbers = list(dict.fromkeys(request.numbers))

        def take(connection: Connection) -> tuple[list[Notice], list[records.Acquisition], int]:
            store.tell(connection, told)
            given, filled = self._give(connection, numbers, letter)
            return given, filled, store.waiting(connection)

        given, filled, waiting = await self._database.write(take)
        await self._filler.fill_together(filled)
        return Notices(**self._party.envelope(request.sender), notices=given, waiting=waiting)

    def _give(
        self, connection: Connection, numbers: list[str], letter: Letter[NoticesRequest]
    ) -> tuple[list[Notice], list[records.Acquisition]]:
        if not numbers:
            return [], []
        if records.acquisitions(connection, numbers):
            raise WireError("acquisition-used", "A number was handed over before.")
        number_of: dict[str, str] = {}
        given, filled = [], []
        for one in store.untold(connection, BATCH):
            number = number_of.get(one.resident_code)
            if number is None:
                found = register.find_by_code(connection, one.resident_code)
                if found is None or len(number_of) == len(numbers):
                    continue
                number = number_of[one.resident_code] = numbers[len(number_of)]
                filled.append(self._filler.for_portal(connection, letter, number, (None, found[1])))
            given.append(
                Notice(
                    id=one.id,
                    number=number,
                    day=one.day,
                    institution=one.institution,
                    office=one.office,
                    affair=one.affair,
                    verdict=one.verdict,  # type: ignore[arg-type]  # written by `note` alone
                    count=one.count,
                    last_at=one.last_at,
                )
            )
        return given, filled
