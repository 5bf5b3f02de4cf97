"""Filing what J-LIS tells of comparisons, each under its person's code (照合の通知の登録)."""

from typing import Final

from renkei.kit.acquiring import Acquiring
from renkei.kit.background import Interval
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.portal.store import comparisons as store
from renkei.wire.history import Named
from renkei.wire.individual_number.calls import NOTICES
from renkei.wire.individual_number.messages import Notice, Notices, NoticesRequest, Told
from renkei.wire.limits import BATCH
from renkei.wire.names import INDIVIDUAL_NUMBER

INTERVAL: Final = Interval(idle_seconds=3.0, longest_delay_seconds=15.0)
ROUNDS_LIMIT: Final = 100
"""Batches taken over in one go; the others wait for the next one."""


class ComparisonService:
    """Takes over what J-LIS compared; nothing is lost where this process dies half-way."""

    def __init__(
        self,
        party: Party,
        database: Database,
        acquiring: Acquiring,
        individual_number: Counterparty,
    ) -> None:
        self._party = party
        self._database = database
        self._acquiring = acquiring
        self._individual_number = individual_number

    async def take(self) -> None:
        """Take over what waits: numbers for so many people, their codes, then say what is filed."""
        waiting = (await self._ask([], [])).waiting
        for _ in range(ROUNDS_LIMIT):
            if waiting == 0:
                return
            numbers = (await self._acquiring.numbers(min(waiting, BATCH))).numbers
            filed = await self._file((await self._ask(list(numbers), [])).notices)
            if not filed:
                return
            waiting = (await self._ask([], filed)).waiting

    async def _ask(self, numbers: list[str], told: list[Told]) -> Notices:
        request = NoticesRequest(
            **self._party.envelope(INDIVIDUAL_NUMBER), numbers=numbers, told=told
        )
        return await self._individual_number.ask(NOTICES, request)

    async def _file(self, notices: list[Notice]) -> list[Told]:
        """Collect the codes, file, have the numbers forgotten; gives what is filed now."""
        numbers = list(dict.fromkeys(one.number for one in notices))
        found = (await self._acquiring.collect(numbers)).by_number
        filed = [
            (one, found[one.number].element, self._names(one))
            for one in notices
            if one.number in found
        ]
        await self._database.write(lambda c: store.file(c, filed))
        await self._acquiring.confirm(list(found))
        return [Told(id=one.id, count=one.count) for one, _, _ in filed]

    def _names(self, notice: Notice) -> tuple[Named, Named]:
        """Body and office as the directory names them today."""
        entry = self._party.directory.entries.get(notice.institution)
        body = Named(
            id=notice.institution,
            name_ja=entry.name_ja if entry else notice.institution,
            name_en=entry.name_en if entry else notice.institution,
        )
        for one in entry.offices if entry else ():
            if one.office == notice.office:
                return body, Named(id=one.office, name_ja=one.name_ja, name_en=one.name_en)
        return body, Named(id=notice.office, name_ja=notice.office, name_en=notice.office)
