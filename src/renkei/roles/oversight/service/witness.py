"""The witness: cosigns only what extends what it saw (連署, C2SP tlog-witness).

The new state is on disk before its cosignature exists. Killed between, it cosigns the same tree
again. Restored from an old backup, it first reads what it cosigned from the network and moves there
only if that extends its state; where it does not, it stops until a human has looked. What it cannot
see: a network that hides the newer cosignature from a witness restored from a backup, and forks.
Whoever holds the two cosigned notes (a download, the portal) then holds the proof.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from renkei.crypto import checkpoint
from renkei.crypto.checkpoint import Checkpoint
from renkei.crypto.errors import CryptoError, ProofError
from renkei.crypto.merkle import EMPTY_ROOT, TreeHead
from renkei.crypto.note import Note, NoteKey
from renkei.kit.background import Interval
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.log_tiles import FileMissing
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.roles.oversight.rules import (
    COSIGN_AGAIN_SECONDS,
    COSIGNATURE_AGE_LIMIT_SECONDS,
)
from renkei.roles.oversight.rules.culprits import NOBODY, finding_on
from renkei.roles.oversight.rules.grounds import Ground
from renkei.roles.oversight.service.reading import LogReader
from renkei.roles.oversight.service.reporting import Reporter
from renkei.roles.oversight.store import witness as store
from renkei.roles.oversight.store.witness import Seen
from renkei.wire.errors import WireError
from renkei.wire.health import Alarm
from renkei.wire.linkage.calls import COSIGNATURE
from renkei.wire.linkage.log import Cosignature
from renkei.wire.names import LINKAGE

INTERVAL: Final = Interval(idle_seconds=1.0, longest_delay_seconds=5.0)
ALARM_INTERVAL: Final = Interval(idle_seconds=10.0)
WITNESS_KEY: Final = "witness"
Growth = Literal["extended", "contradicted", "unproven"]
BEGINNING: Final = TreeHead(0, EMPTY_ROOT)


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The log's verification key and the witness's own, as verifiers know them (検証鍵)."""

    log: NoteKey
    witness: NoteKey


class Witness:
    """Pulls checkpoints, checks them against its state, cosigns (証人)."""

    def __init__(
        self,
        party: Party,
        database: Database,
        linkage: Counterparty,
        keys: LogKeys,
        *,
        grown: Callable[[], None] = lambda: None,
    ) -> None:
        """`grown` is called whenever the state has moved to a larger tree."""
        self._party = party
        self._database = database
        self._linkage = linkage
        self._keys = keys
        self._grown = grown
        self._reader = LogReader(linkage)
        self._reporter = Reporter(party, database)
        self._started_at = party.now()
        self._recovered = False
        self._standing: list[Alarm] = []
        self._parsed: tuple[bytes, Checkpoint, Note] | None = None
        """The note verified last: a log that does not grow shows it again."""

    async def step(self) -> None:
        """Look at the newest checkpoint once."""
        seen = await self._database.read(store.load)
        if seen is not None and seen.halted is not None:
            get_logger().error("witness-halted", reason=seen.halted)
            return
        if not self._recovered:
            if not await self._recover(seen):
                return
            self._recovered = True
            seen = await self._database.read(store.load)
        raw = await self._reader.note("checkpoint")
        if raw is None:
            raise WireError("unavailable", "The log shows no checkpoint.")
        newest, note = self._parse(raw)
        if seen is None or newest.head != seen.head:
            if await self._shows_growth(seen, newest.head, raw) != "extended":
                return
            await self._advance(seen, newest.head, raw)
        elif not self._due(seen):
            return
        await self._hand_out(newest, note)

    async def watch_age(self) -> None:
        """Warn where the newest cosignature, or the start without any, is older than its limit."""
        seen = await self._database.read(store.load)
        last = seen.handed_at if seen is not None else None
        age = (self._party.now() - (last or self._started_at)).total_seconds()
        self._standing = []
        if seen is not None and seen.halted is not None:
            self._standing.append(Alarm("late", "witness", 1, last, reason="witness-halted"))
        if age > COSIGNATURE_AGE_LIMIT_SECONDS:
            since = last or self._started_at
            self._standing.append(Alarm("late", "witness", 1, since, reason="cosignature-late"))
            get_logger().warning(
                "cosignature-late", age_seconds=round(age), limit=COSIGNATURE_AGE_LIMIT_SECONDS
            )

    def alarms(self) -> list[Alarm]:
        """What `watch_age` found last."""
        return list(self._standing)

    # -- after a start -----------------------------------------------------------------------------

    async def _recover(self, seen: Seen | None) -> bool:
        """Move to what it cosigned before, should its state be older; False: do not cosign."""
        raw = await self._reader.note("cosigned")
        if raw is None:
            if seen is None or seen.handed_size is None:
                return True
            await self._reporter.report(
                finding_on(
                    Ground.FORK,
                    NOBODY,
                    f"cosigned missing at {seen.handed_size}",
                    (seen.note,),
                    f"the log does not show the checkpoint of size {seen.handed_size} that was "
                    "cosigned and handed in",
                )
            )
            return False
        try:
            cosigned, note = self._parse(raw)
            checkpoint.verify_cosignature(note, self._keys.witness)
        except CryptoError as error:
            raise WireError(
                "signature", f"What the log shows as cosigned is not: {error}"
            ) from error
        head = seen.head if seen is not None else BEGINNING
        if cosigned.head.size < head.size or cosigned.head == head:
            return True
        shown = await self._shows_growth(seen, cosigned.head, raw)
        if shown == "contradicted":
            reason = f"its own cosignature of size {cosigned.head.size} contradicts its state"
            await self._database.write(lambda c: store.halt(c, reason))
        if shown != "extended":
            return False
        await self._advance(seen, cosigned.head, raw)
        get_logger().warning("witness-state-was-old", size=head.size, log_size=cosigned.head.size)
        return True

    # -- one checkpoint ----------------------------------------------------------------------------

    def _parse(self, raw: bytes) -> tuple[Checkpoint, Note]:
        if self._parsed is not None and self._parsed[0] == raw:
            return self._parsed[1:]
        try:
            parsed, note = checkpoint.parse_checkpoint(raw, self._keys.log)
        except CryptoError as error:
            raise WireError(
                "signature", f"The log did not sign this checkpoint: {error}"
            ) from error
        self._parsed = (raw, parsed, note)
        return parsed, note

    async def _shows_growth(self, seen: Seen | None, head: TreeHead, raw: bytes) -> Growth:
        """Whether the log shows that `head` extends the state; where it does not: a finding."""
        before = seen.head if seen is not None else BEGINNING
        try:
            await self._reader.check_extends(before, head)
        except ProofError as error:
            await self._reporter.report(
                finding_on(
                    Ground.FORK,
                    NOBODY,
                    f"{before.size} {before.root.hex()} {head.size} {head.root.hex()}",
                    (*((seen.note,) if seen is not None else ()), raw),
                    f"size {head.size} after size {before.size}: {error}",
                )
            )
            return "unproven" if isinstance(error, FileMissing) else "contradicted"
        return "extended"

    async def _advance(self, seen: Seen | None, head: TreeHead, raw: bytes) -> None:
        now = self._party.now()
        await self._database.write(lambda c: store.advance(c, seen, head, raw, now))
        self._grown()

    def _due(self, seen: Seen) -> bool:
        """Whether a checkpoint seen before wants a cosignature: never handed in, or long ago."""
        if seen.handed_size != seen.head.size or seen.handed_at is None:
            return True
        return self._party.now() - seen.handed_at >= timedelta(seconds=COSIGN_AGAIN_SECONDS)

    async def _hand_out(self, newest: Checkpoint, note: Note) -> None:
        """Cosign what the state on disk vouches for, and hand the cosignature in."""
        party, now = self._party, self._party.now()
        line = checkpoint.cosign(
            note,
            self._keys.witness,
            int(now.timestamp()),
            lambda data: party.keys.sign_note(WITNESS_KEY, data),
        )
        message = Cosignature(
            **party.envelope(LINKAGE),
            log_size=newest.head.size,
            root=newest.head.root,
            line=line.text.removesuffix("\n"),
        )
        noted = await self._linkage.ask(COSIGNATURE, message)
        if noted.log_size == newest.head.size:
            await self._database.write(lambda c: store.handed(c, newest.head.size, now))
