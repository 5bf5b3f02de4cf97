"""The portal's ledger roots, written into the log: one root per log size (台帳の根の記録)."""

from collections.abc import Callable

from sqlalchemy import Connection

from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.linkage.store import checkpoints, log
from renkei.roles.linkage.store import ledger as store
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.linkage.log import LedgerRoot, LedgerRootNoted


class LedgerService:
    """Logs what the portal's ledger says of itself; whether it is right the Commission judges."""

    def __init__(self, party: Party, database: Database, wake: Callable[[], None]) -> None:
        """`wake` tells the sequencer that an entry waits."""
        self._party = party
        self._database = database
        self._wake = wake

    async def ledger_root(self, letter: Letter[LedgerRoot]) -> LedgerRootNoted:
        """Log a root; the same again changes nothing, another one for a size is `tx-conflict`."""
        message = letter.message
        root = store.Root(message.log_size, message.root, message.exchange_entries)
        salt = self._party.randomness(log.SALT_BYTES)

        def note(connection: Connection) -> None:
            if root.log_size > checkpoints.size(connection):
                raise WireError("malformed", "The log has not reached this size.")
            earlier = store.find(connection, root.log_size)
            if earlier is None:
                store.add(connection, root, salt)
            elif earlier != root:
                raise WireError("tx-conflict", "Another root is logged for this log size.")

        await self._database.write(note)
        self._wake()
        return LedgerRootNoted(**self._party.envelope(message.sender), log_size=message.log_size)
