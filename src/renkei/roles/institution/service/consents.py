"""Consents of persons, kept as a desk stated and signed them, to be shown later (本人の同意).

A request carries a pseudonym of the statement's digest. What the statement says is the office's
word: the document with the person's own signature lies there, under the name the statement gives.
"""

from sqlalchemy import Connection

from renkei.kit.clock import tokyo_day
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.institution.service.asking.binding import goes_on
from renkei.roles.institution.store import cases, persons
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.institution.desk import (
    DeskConsent,
    DeskConsentKept,
    DeskConsents,
    DeskConsentsRequest,
)
from renkei.wire.limits import CASE_CONSENTS


class ConsentService:
    """What an office's desk may have kept and shown of consents."""

    def __init__(self, party: Party, database: Database) -> None:
        self._party = party
        self._database = database

    async def desk_consent(self, letter: Letter[DeskConsent]) -> DeskConsentKept:
        """Keep what a desk states of a consent, as it signed it (本人の同意の記録)."""
        order, now = letter.message, self._party.now()
        if order.given_on > tokyo_day(now).isoformat():
            raise WireError("malformed", "A consent cannot have been given on a later day.")
        consent = cases.Consent(
            digest=letter.digest,
            case_number=order.case_number,
            person=order.person,
            affair=order.affair,
            items=order.items,
            given_on=order.given_on,
            statement=letter.raw,
        )

        def write(connection: Connection) -> None:
            case = cases.application(connection, order.case_number)
            if case is None or not goes_on(self._party, case):
                raise WireError("case-unknown", "Name an open case.")
            if persons.find(connection, order.person) is None:
                raise WireError("person-unknown")
            if not cases.keep(connection, consent, now):
                raise WireError("case-too-large", f"A case has at most {CASE_CONSENTS} consents.")

        await self._database.write(write)
        return DeskConsentKept(
            **self._party.envelope(order.sender),
            case_number=order.case_number,
            consent_digest=letter.digest,
        )

    async def desk_consents(self, letter: Letter[DeskConsentsRequest]) -> DeskConsents:
        """Every consent statement of a case, to be shown."""
        order = letter.message
        kept = await self._database.look(lambda c: cases.consents_of(c, order.case_number))
        return DeskConsents(
            **self._party.envelope(order.sender),
            case_number=order.case_number,
            statements=[one.decode("ascii") for one in kept],
        )
