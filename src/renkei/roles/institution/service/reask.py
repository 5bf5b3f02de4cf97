"""Asking once more what failed for a technical reason only (再照会).

A request that was stale when it first arrived, or that carries a code epoch no longer in force,
is no refusal by law: it is asked for anew with a new transaction, once, linked to the first.
"""

from collections.abc import Awaitable, Callable

import msgspec

from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.institution.service.acquire import AcquireService
from renkei.roles.institution.service.ask import Asker, Question
from renkei.roles.institution.store import persons
from renkei.roles.institution.store.asked import Asked
from renkei.values.institution_code import InstitutionCode
from renkei.wire.errors import WireError
from renkei.wire.messages.exchange import PermitRequest

Refresh = Callable[[], Awaitable[object]]
"""Fetches the newest directory; raises WireError where it cannot."""


class Reasker:
    """Makes the record that stands in for a request; never sends, never writes."""

    def __init__(
        self,
        party: Party,
        database: Database,
        asker: Asker,
        acquire: AcquireService,
        refresh: Refresh,
    ) -> None:
        self._party = party
        self._database = database
        self._asker = asker
        self._acquire = acquire
        self._refresh = refresh

    async def replacement(self, one: Asked, reason: str) -> Asked | None:
        """The same question in a new transaction; None where there is no code to ask it with.

        Raises WireError `unavailable` while the directory shows no newer epoch than the request.
        """
        request = self._request(one)
        if reason == "epoch":
            await self._newer_epoch(request)
        code = await self._code(one.person)
        if code is None:
            return None
        question = Question(
            case_number=one.case_number,
            office=one.office,
            officer=one.officer,
            affair=one.affair,
            sub_affair=one.sub_affair,
            items=tuple(one.items),
            subject=one.subject,
            person=one.person,
            provider=one.provider,
            consent_digest=request.consent_digest,
        )
        return msgspec.structs.replace(self._asker.prepare(question, code), instead_of=one.tx)

    def _request(self, one: Asked) -> PermitRequest:
        """What was asked, as it was signed."""
        assert one.request is not None
        return self._party.read(
            one.request, (PermitRequest,), peer=self._party.name, aud="linkage"
        ).message

    async def _newer_epoch(self, request: PermitRequest) -> None:
        if self._epoch() == request.epoch:
            await self._refresh()
        if self._epoch() == request.epoch:
            raise WireError("unavailable", "The network is ahead of the directory it gives out.")

    async def _code(self, person: str) -> InstitutionCode | None:
        epoch = self._epoch()
        code = await self._database.read(lambda c: persons.code_of(c, person, epoch))
        if code is not None:
            return code
        on_file = await self._database.read(lambda c: persons.find(c, person))
        if on_file is None:
            return None
        await self._acquire.ensure([on_file])
        return await self._database.read(lambda c: persons.code_of(c, person, epoch))

    def _epoch(self) -> int:
        return self._party.directory.entry(self._party.name).epoch
