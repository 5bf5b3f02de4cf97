"""The portal's own codes: batches in an order that tells nothing, and personas (取得番号の充填)."""

from sqlalchemy import Connection

from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.individual_number import rules
from renkei.roles.individual_number.service.filling import Filler
from renkei.roles.individual_number.store import acquisitions as records
from renkei.roles.individual_number.store import register
from renkei.values.individual_number import NumberScheme
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.individual_number.messages import (
    PORTAL_BATCH_MINIMUM,
    PersonaSignedIn,
    PersonaSignIn,
    PortalBatch,
    PortalBatchFilled,
)


class PortalCodes:
    """J-LIS's side of the portal's set of codes."""

    def __init__(
        self, party: Party, database: Database, filler: Filler, scheme: NumberScheme
    ) -> None:
        self._party = party
        self._database = database
        self._filler = filler
        self._scheme = scheme

    async def portal_batch(self, letter: Letter[PortalBatch]) -> PortalBatchFilled:
        """Fill the portal's numbers for people not yet in its set, in an order that tells nothing.

        Numbers handed over before are filled as they were: a batch that was cut goes on.
        """
        batch = letter.message
        filled, remaining = await self._database.write(lambda c: self._fill_batch(c, letter))
        await self._filler.fill_together(filled)
        return PortalBatchFilled(
            **self._party.envelope(batch.sender), filled=len(filled), remaining=remaining
        )

    async def persona_sign_in(self, letter: Letter[PersonaSignIn]) -> PersonaSignedIn:
        """SANDBOX: fill the portal's number for a persona (試験用の本人指定)."""
        if self._scheme is not NumberScheme.SANDBOX:
            raise WireError("not-allowed", "Personas exist in the sandbox only.")
        request = letter.message

        def record(connection: Connection) -> records.Acquisition:
            person = register.find_persona(connection, request.persona)
            if person is None:
                raise WireError("person-unknown", "The sandbox has no persona of this name.")
            known = records.acquisition(connection, request.number)
            if known is not None and known.resident_code != person[0]:
                raise WireError("acquisition-used", "This number came for somebody else before.")
            return known or self._for_portal(connection, letter, request.number, person)

        known = await self._database.write(record)
        await self._filler.fill(known.number, known.fill)
        return PersonaSignedIn(**self._party.envelope(request.sender), number=request.number)

    def _fill_batch(
        self, connection: Connection, letter: Letter[PortalBatch]
    ) -> tuple[list[records.Acquisition], int]:
        numbers = list(dict.fromkeys(letter.message.numbers))
        known = records.acquisitions(connection, numbers)
        fresh = [number for number in numbers if number not in known]
        people = register.outside_portal_set(connection, rules.PORTAL_POOL_PEOPLE)
        if fresh and len(fresh) < PORTAL_BATCH_MINIMUM <= len(people):
            raise WireError(
                "acquisition-limit",
                f"Hand over at least {PORTAL_BATCH_MINIMUM} new numbers together.",
            )
        drawn = rules.draw(people, len(fresh), self._party.randomness)
        filled = list(known.values())
        for number, person in zip(fresh, drawn, strict=False):
            filled.append(self._for_portal(connection, letter, number, person))
        return filled, register.count_outside_portal_set(connection)

    def _for_portal(
        self,
        connection: Connection,
        letter: Letter[PortalBatch] | Letter[PersonaSignIn],
        number: str,
        resident: tuple[str, bytes],
    ) -> records.Acquisition:
        """Record an acquisition of the portal's, with the filling owed to the network.

        `resident`: resident code and link seed.
        """
        record = self._filler.for_portal(connection, letter, number, resident)
        register.put_into_portal_set(connection, resident[0])
        return record
