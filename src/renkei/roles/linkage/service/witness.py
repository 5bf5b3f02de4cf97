"""What the Commission does at the log: cosign, find entries, read records (監督機関の検査)."""

from datetime import timedelta

from sqlalchemy import Connection

from renkei.crypto.checkpoint import parse_checkpoint_text, verify_cosignature
from renkei.crypto.errors import CryptoError
from renkei.crypto.note import Note, NoteKey, parse_note
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.linkage.store import checkpoints, log
from renkei.wire.errors import WireError
from renkei.wire.framing import MESSAGE_FRESH_SECONDS, Letter
from renkei.wire.linkage.log import (
    Cosignature,
    CosignatureNoted,
    Located,
    LocateRequest,
    Locations,
    LoggedRecord,
    Records,
    RecordsRequest,
)


class WitnessService:
    """Serves the Commission as the log's witness (証人)."""

    def __init__(self, party: Party, database: Database, witness: NoteKey) -> None:
        """`witness` is the Commission's cosigning key, from this process's configuration."""
        self._party = party
        self._database = database
        self._witness = witness

    async def cosignature(self, letter: Letter[Cosignature]) -> CosignatureNoted:
        """Publish a head with its cosignature, after checking both; once is the same as twice."""
        message = letter.message
        stored = await self._database.read(
            lambda connection: checkpoints.note_of(connection, message.log_size)
        )
        if stored is None:
            raise WireError("answer-unknown", "No head of this size is kept; take the newest.")
        note, time = self._cosigned(stored, message)
        await self._database.write(
            lambda connection: checkpoints.cosign(
                connection, message.log_size, bytes(note).decode(), time
            )
        )
        return CosignatureNoted(**self._party.envelope(message.sender), log_size=message.log_size)

    def _cosigned(self, stored: str, message: Cosignature) -> tuple[Note, int]:
        """The head's note with the witness's line, and when it was cosigned."""
        own = parse_note(stored.encode())
        if parse_checkpoint_text(own.text).head.root != message.root:
            raise WireError("signature", "The log's head of this size has another root.")
        try:
            line = parse_note(f"{own.text}\n{message.line}\n".encode()).signatures
            note = own.with_line(line[0])
            time = verify_cosignature(note, self._witness)
        except CryptoError as error:
            raise WireError("signature", "This is no cosignature of that head.") from error
        latest = self._party.now() + timedelta(seconds=MESSAGE_FRESH_SECONDS)
        if len(line) != 1 or time > latest.timestamp():
            raise WireError("signature", "One line is taken, and none from the future.")
        return note, time

    async def locate(self, letter: Letter[LocateRequest]) -> Locations:
        """Where entry hashes stand; nothing for those that are unknown or still pending."""
        wanted = letter.message.entry_hashes
        found = await self._database.read(lambda connection: log.locate(connection, wanted))
        return Locations(
            **self._party.envelope(letter.message.sender),
            located=[Located(entry_hash=one, leaf=found.get(one)) for one in wanted],
        )

    async def records(self, letter: Letter[RecordsRequest]) -> Records:
        """The records still kept of integrated entries, in order of the log."""
        wanted = letter.message.leaves

        def read(connection: Connection) -> list[log.Kept]:
            return log.records(connection, wanted)

        return Records(
            **self._party.envelope(letter.message.sender),
            records=[
                LoggedRecord(leaf=one.position, kind=one.kind, salt=one.salt, record=one.record)
                for one in await self._database.read(read)
            ],
        )
