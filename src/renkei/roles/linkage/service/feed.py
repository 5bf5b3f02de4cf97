"""The portal's feed: what it has still to file, until it says that it has (開示記録の提供)."""

from typing import Final

from sqlalchemy import Connection

from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.linkage.service.erasure import Erasure
from renkei.roles.linkage.store import checkpoints, ledger
from renkei.roles.linkage.store import feed as store
from renkei.wire.entries import EntryKind
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.linkage.log import Feed, FeedAcknowledge, FeedAcknowledged, FeedLine, FeedRequest
from renkei.wire.names import EVERYONE, OVERSIGHT
from renkei.wire.portal.messages import LedgerStatement

FEED_BYTES_LIMIT: Final = 4_000_000
"""Bytes of records, boxes and requests in one answer; the message limit leaves room for base64."""
LINE_EXTRA_BYTES: Final = 400


class FeedService:
    """Hands out integrated lines and forgets what opens them once they are filed."""

    def __init__(self, party: Party, database: Database, erasure: Erasure) -> None:
        self._party = party
        self._database = database
        self._erasure = erasure

    async def feed(self, letter: Letter[FeedRequest]) -> Feed:
        """Lines above a number, in the order of the log, and the log size they are complete to."""
        request = letter.message

        def read(connection: Connection) -> tuple[list[store.Line], int]:
            size = checkpoints.size(connection)
            return store.lines(connection, request.after, size, request.limit + 1), size

        found, size = await self._database.read(read)
        count = _fitting(found[: request.limit])
        complete = found[count].position if count < len(found) else size
        return Feed(
            **self._party.envelope(request.sender),
            lines=[_line(one) for one in found[:count]],
            log_size=complete,
        )

    async def acknowledge(self, letter: Letter[FeedAcknowledge]) -> FeedAcknowledged:
        """Delete points, boxes and requests up to a line that a stated ledger has.

        The Commission's signature is what they are deleted on, not the portal's word: whoever asks
        the portal for a line later can be told by whom it was filed.

        From the write-ahead log they go with the next round of housekeeping: emptying it after
        each small batch would hold up everybody who writes. A process that dies before that
        empties it when it starts again.
        """
        through = letter.message.through
        root = self._stated(letter.message) if through else None

        def forget(connection: Connection) -> int:
            if root is None:
                return 0
            if through > checkpoints.size(connection):
                raise WireError("malformed", "No line of this number has been handed out.")
            if ledger.find(connection, root.log_size) != root:
                raise WireError("malformed", "The log has not this root of the ledger.")
            return store.forget(connection, through)

        if await self._database.write(forget):
            self._erasure.owe()
        return FeedAcknowledged(**self._party.envelope(letter.message.sender), through=through)

    def _stated(self, message: FeedAcknowledge) -> ledger.Root:
        """The root the Commission stated; WireError where it did not, or of too small a log."""
        if message.statement is None:
            raise WireError("malformed", "Lines are deleted once a ledger that has them is stated.")
        said = self._party.read_inside(message.statement, (LedgerStatement,), aud=EVERYONE).message
        if said.sender != OVERSIGHT or said.log_size < message.through:
            raise WireError("malformed", "The Commission did not state a ledger with these lines.")
        return ledger.Root(said.log_size, said.ledger_root, said.exchange_entries)


def _fitting(found: list[store.Line]) -> int:
    """How many of these lines fit one answer; at least one."""
    total = 0
    for index, one in enumerate(found):
        total += LINE_EXTRA_BYTES + len(one.record) + len(one.request or "")
        total += len(one.portal_seed.data) if one.portal_seed is not None else 0
        if index and total > FEED_BYTES_LIMIT:
            return index
    return len(found)


def _line(one: store.Line) -> FeedLine:
    return FeedLine(
        seq=one.position + 1,
        leaf=one.position,
        kind="exchange" if one.kind is EntryKind.EXCHANGE else "receipt",
        salt=one.salt,
        record=one.record,
        portal_code=one.portal_code,
        portal_seed=one.portal_seed,
        request=one.request,
    )
