"""Entry hashes out of its own records, for the Commission to compare (記録の照合, 法23条)."""

from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.institution.store import entries as store
from renkei.wire.framing import Letter
from renkei.wire.messages.oversight import Entries, EntriesRequest


class EntriesService:
    """Shows the Commission what was promised to this institution, and how it ended."""

    def __init__(self, party: Party, database: Database) -> None:
        self._party = party
        self._database = database

    async def entries(self, letter: Letter[EntriesRequest]) -> Entries:
        """Records after a number, in order."""
        request, name = letter.message, self._party.name
        found = await self._database.read(
            lambda c: store.after(c, request.after, request.limit, name)
        )
        return Entries(**self._party.envelope(request.sender), entries=found)
