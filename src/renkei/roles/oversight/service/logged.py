"""Records the network shows for leaves of its log, checked against the tree (網の記録の閲覧)."""

from dataclasses import dataclass
from typing import Final

from renkei.crypto.merkle import TreeHead
from renkei.kit.party import Party
from renkei.roles.oversight.rules import logged_entry_hash
from renkei.roles.oversight.service.reading import LogReader
from renkei.wire.messages.oversight import LoggedRecord, Records, RecordsRequest
from renkei.wire.protocols import LinkageProtocol

RECORDS_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """Records by leaf, with the network's signed letter that shows them."""

    records: dict[int, LoggedRecord]
    letter: bytes


class LoggedRecords:
    """Asks the network for records, and checks that they are those of the log."""

    def __init__(self, party: Party, linkage: LinkageProtocol, reader: LogReader) -> None:
        self._party = party
        self._linkage = linkage
        self._reader = reader

    async def of(self, leaves: list[int]) -> Shown:
        """The records the network shows for these leaves, at most `RECORDS_LIMIT`, unchecked."""
        party = self._party
        message = RecordsRequest(**party.envelope("linkage"), leaves=leaves)
        raw = await self._linkage.records(party.write(message))
        shown = party.read(raw, (Records,), peer="linkage").message
        wanted = set(leaves)
        return Shown({one.leaf: one for one in shown.records if one.leaf in wanted}, raw)

    async def stands(self, logged: LoggedRecord, head: TreeHead) -> bool:
        """Whether a shown record, with its salt, is what the log holds at its leaf."""
        claim = {logged_entry_hash(logged): logged.leaf}
        return bool(await self._reader.included(claim, head))
