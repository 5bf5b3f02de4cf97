"""The ledger: roots in the log, the portal's word, one signed statement per size (台帳証明).

A statement rests on three things that agree: the root the portal had written into the log, the root
it gives the Commission, and the Commission's own count of exchange entries below that size; and on
samples of that very ledger. While an account fell or a leaf does not open nothing is stated.
"""

from datetime import datetime, timedelta
from typing import Final

from msgspec import UNSET
from sqlalchemy import Connection

from renkei.crypto import digests
from renkei.crypto.errors import CryptoError
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.outbox import Pace
from renkei.kit.party import Party
from renkei.roles.oversight.rules.culprits import NOBODY, Finding, finding_on
from renkei.roles.oversight.rules.grounds import Ground
from renkei.roles.oversight.service.leaves import CountedLeaves
from renkei.roles.oversight.service.logged import LoggedRecords, Shown
from renkei.roles.oversight.service.reading import LogReader
from renkei.roles.oversight.service.reporting import Reporter
from renkei.roles.oversight.service.sampling import Sampler
from renkei.roles.oversight.store import counts, losses
from renkei.roles.oversight.store import ledger as store
from renkei.roles.oversight.store.ledger import LoggedRoot, Stated
from renkei.wire.entries import LedgerRecord, read_entry
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.health import Alarm
from renkei.wire.names import EVERYONE, PORTAL
from renkei.wire.portal.calls import LEDGER, STATEMENT
from renkei.wire.portal.messages import (
    Ledger,
    LedgerRequest,
    LedgerStatement,
    StatementHandover,
)

PACE: Final = Pace(batch=50, idle_seconds=0.8, longest_delay_seconds=15.0)
QUIET_SECONDS: Final = 5
"""How often the portal's word is asked for while the log brings no new ledger root."""


class LedgerStating:
    """Checks the portal's ledger roots and signs what holds (台帳の検査と証明)."""

    def __init__(
        self,
        party: Party,
        database: Database,
        linkage: Counterparty,
        portal: Counterparty,
        *,
        leaves: CountedLeaves,
        sampler: Sampler,
    ) -> None:
        self._party = party
        self._database = database
        self._portal = portal
        self._leaves = leaves
        self._sampler = sampler
        self._logged = LoggedRecords(party, linkage, LogReader(linkage))
        self._reporter = Reporter(party, database)
        self._withheld: datetime | None = None
        """Since when ledgers are not stated because something fell or does not open."""
        self._last: tuple[int, datetime] | None = None
        """Ledger roots counted, and the time, when it was last looked to its end."""

    async def poll(self, batch: int) -> int:
        """Look, if ledger roots were counted since the last look or that is a while ago; gives 0.

        One that failed is done again.
        """
        roots, now = self._leaves.ledger_roots, self._party.now()
        if self._last is not None:
            last, at = self._last
            if roots == last and now - at < timedelta(seconds=QUIET_SECONDS):
                return 0
        await self.step(batch)
        self._last = (roots, now)
        return 0

    async def step(self, batch: int) -> int:
        """Read roots from the log, check the newest with the portal, sign, hand over; gives 0."""
        await self._read_roots(batch)
        newest = await self._database.read(store.newest_size)
        if newest is not None:
            await self._check(newest)
        await self._hand_over(batch)
        return 0

    def alarms(self) -> list[Alarm]:
        """That no ledger is stated, and since when."""
        if self._withheld is None:
            return []
        return [Alarm("late", "ledger", 1, self._withheld, reason="statement-withheld")]

    # -- roots in the log --------------------------------------------------------------------------

    async def _read_roots(self, batch: int) -> None:
        unread = await self._database.read(lambda c: store.unread_roots(c, batch))
        if not unread:
            return
        shown = await self._logged.of(list(unread))
        for leaf, entry in unread.items():
            await self._read_root(leaf, entry, shown)

    async def _read_root(self, leaf: int, entry: bytes, shown: Shown) -> None:
        ledger = _ledger_record(shown, leaf, entry)
        if ledger is None:
            await self._database.write(lambda c: store.reject_root(c, leaf))
            text = "the network shows no ledger root that fits the entry it logged"
            subject = f"ledger leaf {leaf}"
            await self._reporter.report(
                finding_on(Ground.NOT_SHOWN, NOBODY, subject, (shown.letter,), text)
            )
            return
        logged = LoggedRoot(leaf, ledger, shown.letter)

        def write(connection: Connection) -> None:
            wrong = _against_log(connection, logged)
            store.read_root(connection, logged, good=wrong is None)
            if wrong is not None:
                self._reporter.inside(connection, wrong)

        await self._database.write(write)

    # -- the portal's word -------------------------------------------------------------------------

    async def _check(self, at_most: int) -> None:
        party = self._party
        request = LedgerRequest(**party.envelope(PORTAL), at_most=at_most)
        letter = await self._portal.send(LEDGER, party.write(request))
        said = _record_of(letter.message)

        def judge(connection: Connection) -> int | None:
            """Exchange entries of the newest statement; None where there is nothing to state."""
            wrong = self._judge(connection, letter, at_most)
            if wrong is not None:
                self._reporter.inside(connection, wrong)
                return None
            known = store.statement(connection, said.log_size)
            newest = store.newest_statement(connection)
            entries = newest.ledger.exchange_entries if newest is not None else 0
            return entries if said.log_size and known is None else None

        entries = await self._database.write(judge)
        if entries is None:
            return
        keep = await self._sampler.holds(said, letter.raw, entries)
        if keep is None:
            self._withheld = self._withheld or party.now()
            get_logger().warning("statement-withheld", log_size=said.log_size)
            return
        self._withheld = None

        def decide(connection: Connection) -> None:
            store.decide(connection, said, letter.raw)
            keep(connection)

        await self._database.write(decide)

    @staticmethod
    def _judge(connection: Connection, letter: Letter[Ledger], at_most: int) -> Finding | None:
        """Compare the portal's word with the log, with what was stated, and with the count."""
        said = _record_of(letter.message)
        size = said.log_size
        if size > at_most or size < _newest_stated(connection):
            text = f"asked for the ledger at {at_most} at most, the portal gives that at {size}"
            subject = f"{at_most} {size}"
            return finding_on(Ground.LEDGER_OLD, NOBODY, subject, (letter.raw,), text)
        own = counts.exchange_below(connection, size)
        if own != said.exchange_entries:
            return _count_finding(Ground.COUNT, said, own, letter.raw)
        stated = store.statement(connection, size)
        if stated is not None:
            both = (stated.letter, letter.raw)
            return _fork(Ground.TWO_LEDGERS, stated.ledger, said, both)
        logged = store.first_root_at(connection, size)
        if logged is None:
            if not size:
                return None
            text = f"the portal gives a ledger root at {size} that is not in the log"
            subject = f"{size} not logged {said.root.hex()}"
            return finding_on(Ground.LEDGER_NOT_LOGGED, NOBODY, subject, (letter.raw,), text)
        both = (logged.letter, letter.raw)
        return _fork(Ground.LEDGER_NOT_LOGGED, logged.ledger, said, both)

    # -- the statement -----------------------------------------------------------------------------

    async def _hand_over(self, batch: int) -> None:
        for stated in await self._database.read(lambda c: store.to_hand(c, batch)):
            raw = stated.signed or await self._sign(stated)
            try:
                await self._hand(stated.ledger.log_size, raw)
            except WireError as error:
                # One statement the portal does not take must not hold up the next.
                size = stated.ledger.log_size
                get_logger().warning("statement-not-taken", log_size=size, code=error.code)

    async def _hand(self, size: int, raw: bytes) -> None:
        party = self._party
        message = StatementHandover(**party.envelope(PORTAL), statement=raw.decode("ascii"))
        noted = await self._portal.ask(STATEMENT, message)
        if noted.log_size == size:
            await self._database.write(lambda c: store.handed(c, size))

    async def _sign(self, stated: Stated) -> bytes:
        """Sign what is on disk as the one root of its size."""
        ledger = stated.ledger
        loss = await self._database.read(losses.accepted)
        since = loss is not None and ledger.log_size > loss.below
        raw = self._party.write(
            LedgerStatement(
                **self._party.envelope(EVERYONE),
                log_size=ledger.log_size,
                exchange_entries=ledger.exchange_entries,
                ledger_root=ledger.root,
                loss=loss if loss is not None and since else UNSET,
            )
        )
        await self._database.write(lambda c: store.signed(c, ledger.log_size, raw))
        return raw


def _ledger_record(shown: Shown, leaf: int, entry: bytes) -> LedgerRecord | None:
    """The ledger root behind a leaf; None where record and entry do not fit."""
    logged = shown.records.get(leaf)
    if logged is None:
        return None
    try:
        if digests.log_entry(logged.kind, logged.record, logged.salt) != entry:
            return None
        return read_entry(logged.record, LedgerRecord)
    except (CryptoError, WireError):
        return None


def _record_of(ledger: Ledger) -> LedgerRecord:
    return LedgerRecord(
        log_size=ledger.log_size, root=ledger.root, exchange_entries=ledger.exchange_entries
    )


def _newest_stated(connection: Connection) -> int:
    newest = store.newest_statement(connection)
    return newest.ledger.log_size if newest is not None else 0


def _against_log(connection: Connection, logged: LoggedRoot) -> Finding | None:
    """What is wrong with a root in the log: its size, its sum, or another root of that size."""
    said = logged.ledger
    own = counts.exchange_below(connection, said.log_size)
    if said.log_size > logged.leaf or own != said.exchange_entries:
        return _count_finding(Ground.COUNT_LOGGED, said, own, logged.letter)
    first = store.first_root_at(connection, said.log_size)
    if first is None:
        return None
    both = (first.letter, logged.letter)
    return _fork(Ground.LEDGER_NOT_LOGGED, first.ledger, said, both)


def _count_finding(ground: Ground, said: LedgerRecord, own: int | None, letter: bytes) -> Finding:
    return finding_on(
        ground,
        NOBODY,
        f"{said.log_size} {said.exchange_entries} {said.root.hex()}",
        (letter,),
        f"the ledger at {said.log_size} sums up to {said.exchange_entries} entries, "
        f"the log has {'fewer leaves' if own is None else own}",
    )


def _fork(
    ground: Ground, first: LedgerRecord, second: LedgerRecord, evidence: tuple[bytes, ...]
) -> Finding | None:
    if (first.root, first.exchange_entries) == (second.root, second.exchange_entries):
        return None
    subject = f"{first.log_size} {first.root.hex()} {second.root.hex()}"
    text = f"two ledgers at log size {first.log_size}"
    return finding_on(ground, NOBODY, subject, evidence, text)
