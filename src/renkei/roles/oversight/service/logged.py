"""Records the network shows for leaves of its log, checked against the tree (網の記録の閲覧)."""

from dataclasses import dataclass
from typing import Final

from renkei.crypto.merkle import TreeHead
from renkei.kit.counterparty import Counterparty
from renkei.kit.party import Party
from renkei.roles.oversight.rules import logged_entry_hash
from renkei.roles.oversight.service.reading import LogReader
from renkei.wire.linkage.calls import RECORDS
from renkei.wire.linkage.log import LoggedRecord, RecordsRequest
from renkei.wire.names import LINKAGE

RECORDS_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """Records by leaf, with the network's signed letter that shows them."""

    records: dict[int, LoggedRecord]
    letter: bytes


class LoggedRecords:
    """Asks the network for records, and checks that they are those of the log."""

    def __init__(self, party: Party, linkage: Counterparty, reader: LogReader) -> None:
        self._party = party
        self._linkage = linkage
        self._reader = reader

    async def of(self, leaves: list[int]) -> Shown:
        """The records the network shows for these leaves, at most `RECORDS_LIMIT`, unchecked."""
        party = self._party
        message = RecordsRequest(**party.envelope(LINKAGE), leaves=leaves)
        letter = await self._linkage.send(RECORDS, self._party.write(message))
        shown, wanted = letter.message.records, set(leaves)
        return Shown({one.leaf: one for one in shown if one.leaf in wanted}, letter.raw)

    async def stands(self, logged: LoggedRecord, head: TreeHead) -> bool:
        """Whether a shown record, with its salt, is what the log holds at its leaf."""
        claim = {logged_entry_hash(logged): logged.leaf}
        return bool(await self._reader.included(claim, head))
