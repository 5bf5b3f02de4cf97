"""Asking once more what failed for a technical reason only (再照会).

A request that was stale when it first arrived, or that carries a code epoch no longer in force,
is no refusal by law: it is asked for anew with a new transaction, once, linked to the first.
"""

from collections.abc import Awaitable, Callable

import msgspec

from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.institution.rules import items_wanted
from renkei.roles.institution.service.asking.ask import Asker
from renkei.roles.institution.service.asking.question import Question, again, signed_request
from renkei.roles.institution.service.codes.acquire import AcquireService
from renkei.roles.institution.service.codes.book import CodeBook, CodeStopped
from renkei.roles.institution.store import persons
from renkei.roles.institution.store.asked import Asked
from renkei.values.institution_code import InstitutionCode
from renkei.values.person_id import PersonId
from renkei.wire.errors import WireError
from renkei.wire.linkage.permit import PermitRequest

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
        self._book = CodeBook(party.keys)

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
        return self._anew(one, again(one, request), code)

    async def rest(self, one: Asked, unfit: list[str]) -> Asked | None:
        """A request for the items that found no room in an answer; None where none would fit.

        An ordinance affair's kinds of information cannot be parted further than kind by kind.
        """
        kinds = [item for item in one.items if set(items_wanted(one.affair, [item])) & set(unfit)]
        if len(kinds) == len(one.items):
            return None
        code = await self._code(one.person)
        if code is None:
            return None
        return self._anew(one, again(one, self._request(one)).asking(tuple(kinds)), code)

    def _anew(self, one: Asked, question: Question, code: InstitutionCode) -> Asked:
        return msgspec.structs.replace(self._asker.ask(question, code), instead_of=one.tx)

    def _request(self, one: Asked) -> PermitRequest:
        """What was asked, as it was signed."""
        return signed_request(one)[0]

    async def _newer_epoch(self, request: PermitRequest) -> None:
        if self._epoch() == request.epoch:
            await self._refresh()
        if self._epoch() == request.epoch:
            raise WireError("unavailable", "The network is ahead of the directory it gives out.")

    async def _code(self, person: PersonId) -> InstitutionCode | None:
        epoch = self._epoch()
        try:
            code = await self._database.read(lambda c: self._book.code_of(c, person, epoch))
            if code is not None:
                return code
            on_file = await self._database.read(lambda c: persons.find(c, person))
            if on_file is None:
                return None
            await self._acquire.ensure([on_file])
            return await self._database.read(lambda c: self._book.code_of(c, person, epoch))
        except CodeStopped:
            return None

    def _epoch(self) -> int:
        return self._party.directory.entry(self._party.name).epoch
