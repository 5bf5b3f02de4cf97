"""The table of codes, read and written with a mark on every row (符号と本人の結付きの保全).

A row of the table says that a code is a person's. Whoever exchanged two of them would have a
stranger's income sent. So each row carries a MAC, under a key of this body, over the person's id
and number, the epoch and the code; it is checked whenever the row is read. A row that it does not
fit, and a code that J-LIS and the network give otherwise, stop that person: nothing is asked or
provided until the code is acquired anew.
"""

import hmac
from typing import Final

from sqlalchemy import Connection

from renkei.crypto.digests import code_row_mark
from renkei.kit.database import Database
from renkei.kit.keys import KeyStore
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.roles.institution.service.codes.domicile import PSEUDONYM_KEY
from renkei.roles.institution.store import codes as store
from renkei.roles.institution.store.codes import Row, StopKind
from renkei.values.individual_number import IndividualNumber
from renkei.values.institution_code import InstitutionCode
from renkei.values.person_id import PersonId
from renkei.values.reveal import Purpose
from renkei.wire.health import Alarm

CODE_STOPPED: Final = "code-stopped"
"""Why nobody is asked about a person, and nothing provided: the code may be another's."""
MARKED_AT_ONCE: Final = 500


class CodeStopped(Exception):
    """The code on file of a person is not to be used; names the person and why."""

    def __init__(self, person: PersonId, kind: StopKind) -> None:
        super().__init__(kind)
        self.person = person
        self.kind = kind


class CodeBook:
    """The only way to the table of codes."""

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys

    def code_of(
        self, connection: Connection, person: PersonId, epoch: int
    ) -> InstitutionCode | None:
        """The code of a person in an epoch; raises CodeStopped."""
        row = store.row_of(connection, person, epoch)
        if row is None:
            kind = store.stopped(connection, person)
            if kind is not None:
                raise CodeStopped(person, kind)
            return None
        return self._checked(row)

    def person_of(self, connection: Connection, code: InstitutionCode) -> PersonId | None:
        """The person a code belongs to here; raises CodeStopped."""
        row = store.row_with(connection, code)
        if row is None:
            return None
        self._checked(row)
        return row.person

    def bind(
        self, connection: Connection, person: PersonId, code: InstitutionCode
    ) -> PersonId | None:
        """Bind a code that was acquired for a person; gives the person in whose way it is, if any.

        That is another person who has this code, or this one with another code of the same epoch. A
        person who was stopped, and whose row was cut, is so no longer.
        """
        holder = store.row_with(connection, code)
        if holder is not None and holder.person != person:
            return holder.person
        if holder is not None:
            return None if self._fits(holder) else person
        if store.row_of(connection, person, code.epoch) is not None:
            return person
        number = store.number_of(connection, person)
        store.insert(connection, person, code, self.mark(person, number, code))
        store.lift(connection, person)
        return None

    def mark(
        self, person: PersonId, number: IndividualNumber | None, code: InstitutionCode
    ) -> bytes:
        """32 bytes that bind a code to a person's record."""
        return code_row_mark(
            lambda data: self._keys.mac(PSEUDONYM_KEY, data, "sha256"),
            (str(person), number.reveal(Purpose.COMPARE) if number is not None else ""),
            code.epoch,
            code.reveal(Purpose.COMPARE),
        )

    def whole(self, rows: list[Row]) -> tuple[list[Row], list[PersonId]]:
        """Rows that may be used, and the persons of those whose mark does not fit."""
        good = [row for row in rows if row.stopped is None and self._fits(row)]
        return good, [row.person for row in rows if row.stopped is None and row not in good]

    def _fits(self, row: Row) -> bool:
        if row.mark is None:
            return False
        return hmac.compare_digest(self.mark(row.person, row.individual_number, row.code), row.mark)

    def _checked(self, row: Row) -> InstitutionCode:
        if row.stopped is not None:
            raise CodeStopped(row.person, row.stopped)
        if not self._fits(row):
            raise CodeStopped(row.person, "code-mark")
        return row.code


class Stops:
    """Who is stopped, and how many: findings that an operator is shown."""

    def __init__(self, party: Party, database: Database) -> None:
        self._party = party
        self._database = database
        self.count = 0

    async def begin(self) -> None:
        """Before anything is served: mark what stood before there were marks, and count."""
        await mark_all(CodeBook(self._party.keys), self._database)
        await self.look()

    async def look(self) -> None:
        """Count those who are stopped."""
        self.count = await self._database.read(store.count_stopped)

    def alarms(self) -> list[Alarm]:
        """One alarm while anybody is stopped: an officer has codes to acquire anew."""
        return [Alarm("codes-stopped", "codes", self.count)] if self.count else []

    async def add(self, person: PersonId, kind: StopKind) -> None:
        """Stop a person; the first finding stands."""
        now = self._party.now()
        if await self._database.write(lambda c: store.stop(c, person, kind, now)):
            get_logger().error(CODE_STOPPED, kind=kind)
        await self.look()


async def mark_all(book: CodeBook, database: Database) -> int:
    """Mark the rows of a database from before rows had marks, once; gives how many.

    Only the step that brought the column in says that this is owed. Rows of that time are believed
    as they stand; the samples show where one was wrong.
    """

    def some(connection: Connection) -> int:
        rows = store.unmarked(connection, MARKED_AT_ONCE)
        for row in rows:
            store.set_mark(connection, row, book.mark(row.person, row.individual_number, row.code))
        if not rows:
            store.all_marked(connection)
        return len(rows)

    if not await database.read(store.marks_owed):
        return 0
    marked = 0
    while count := await database.write(some):
        marked += count
    get_logger().warning("code-rows-marked", count=marked)
    return marked
