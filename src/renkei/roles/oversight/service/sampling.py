"""Samples of the ledger: accounts that only grow, leaves that must open (抜取り検査).

What opens a leaf (r and code_P) lives in local variables of one check: it is neither stored nor
logged, and no evidence of a failed opening contains it. Evidence is the ledger's root as the portal
signed it, where it signed that the leaf stands, and the network's record of the leaf, which do not
open anything. What fell or did not open is asked for again until it is as it was: until then no
ledger is stated.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from renkei.crypto.sum_tree import Account, Sum
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.outbox import Pace
from renkei.kit.party import Party
from renkei.kit.randomness import fraction
from renkei.roles.oversight import rules
from renkei.roles.oversight.rules import Known, Wrong
from renkei.roles.oversight.rules.culprits import NOBODY, finding_on
from renkei.roles.oversight.rules.grounds import Ground
from renkei.roles.oversight.service.gathering import GATHER_BATCH, Gatherer
from renkei.roles.oversight.service.logged import LoggedRecords, Shown
from renkei.roles.oversight.service.reading import LogReader
from renkei.roles.oversight.service.reporting import Reporter
from renkei.roles.oversight.store import counts, findings, letters, losses, sampled
from renkei.roles.oversight.store import ledger as store
from renkei.roles.oversight.store import witness as witness_store
from renkei.wire.entries import ExchangeRecord, LedgerRecord, read_entry
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.history import LEDGER_FORM
from renkei.wire.linkage.log import LoggedRecord
from renkei.wire.names import OVERSIGHT, PORTAL
from renkei.wire.portal.calls import ACCOUNTS, OPENINGS
from renkei.wire.portal.messages import (
    Accounts,
    AccountsRequest,
    AccountState,
    KnownPlace,
    Opening,
    OpeningRequest,
    Standing,
    Standings,
)

PACE: Final = Pace(batch=5, idle_seconds=10.0, longest_delay_seconds=30.0)
"""The batch is leaves drawn for opening."""
PLACES_FALLEN: Final = 25
PLACES_AGAIN: Final = 25
PLACES_MORE: Final = 10
PLACE_BYTES: Final = 32
NEW_LEAVES: Final = 20
"""Leaves drawn of those that a ledger has more than the one stated before."""
FAILED_LEAVES: Final = 20
UNOPENED: Final = "the portal does not open a leaf that it was asked to open"


Keep = Callable[[Connection], None]
"""Writes what is to be remembered of samples."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A ledger that is looked at: the root, and the portal's signed word of it."""

    ledger: LedgerRecord
    letter: bytes

    @property
    def sum(self) -> Sum:
        """Its root with its sum."""
        return rules.ledger_sum(self.ledger.root, self.ledger.exchange_entries)


@dataclass(frozen=True, slots=True)
class _Opened:
    """What the portal answered about one leaf, and its signed word where the leaf stands."""

    opening: Opening
    standing: Standing
    signed: bytes


class Sampler:
    """Has the portal show accounts and open leaves, drawn by the system's randomness (抜取り)."""

    def __init__(
        self,
        party: Party,
        database: Database,
        linkage: Counterparty,
        portal: Counterparty,
        gatherer: Gatherer,
    ) -> None:
        self._party = party
        self._database = database
        self._portal = portal
        self._gatherer = gatherer
        self._logged = LoggedRecords(party, linkage, LogReader(linkage))
        self._reporter = Reporter(party, database)

    async def step(self, batch: int) -> int:
        """One round of samples under the newest statement; gives 0."""
        stated, loss = await self._database.read(
            lambda c: (store.newest_statement(c), losses.accepted(c))
        )
        if stated is None or not stated.handed or stated.form != LEDGER_FORM:
            return 0
        if loss is not None and stated.ledger.log_size <= loss.below:
            return 0  # that ledger is gone, and nobody can show it
        total = stated.ledger.exchange_entries
        leaves = await self._draw(0, total, batch)
        _, keep = await self._examine(Examined(stated.ledger, stated.letter), leaves)
        await self._database.write(keep)
        return 0

    async def holds(self, ledger: LedgerRecord, letter: bytes, stated_entries: int) -> Keep | None:
        """Whether a ledger may be stated: nothing fell, all that is drawn opens (証明前の検査).

        Drawn are leaves that came since the last statement, which had `stated_entries`, and some of
        all. What fell or did not open before must be there again. Gives what is to be kept of the
        samples with the statement: a ledger that is not stated binds nobody to what it showed.
        """
        total = ledger.exchange_entries
        leaves = await self._draw(stated_entries, total, NEW_LEAVES)
        leaves += await self._draw(0, total, PACE.batch)
        clean, keep = await self._examine(Examined(ledger, letter), leaves)
        missing = await self._database.read(sampled.anything_missing)
        return keep if clean and not missing else None

    async def _examine(self, examined: Examined, leaves: Sequence[int]) -> tuple[bool, Keep]:
        accounts, keep = await self._accounts(examined)
        size = examined.ledger.log_size
        failed = await self._database.read(lambda c: sampled.unopened(c, size, FAILED_LEAVES))
        openings = await self._openings(examined, sorted({*failed, *leaves}))
        return accounts and openings, keep

    # -- accounts ----------------------------------------------------------------------------------

    async def _accounts(self, examined: Examined) -> tuple[bool, Keep]:
        party = self._party
        start, size = party.randomness(PLACE_BYTES), examined.ledger.log_size

        def load(connection: Connection) -> dict[bytes, Known]:
            fallen = sampled.fallen(connection, size, start, PLACES_FALLEN)
            return {**sampled.places(connection, size, start, PLACES_AGAIN), **fallen}

        known = await self._database.read(load)
        asked = [
            KnownPlace(place=place, count=0 if one.head is None else one.count)
            for place, one in known.items()
        ]
        request = AccountsRequest(
            **party.envelope(PORTAL), log_size=size, places=asked, more=PLACES_MORE
        )
        letter = await self._portal.send(ACCOUNTS, party.write(request))

        states = {one.place: one for one in letter.message.accounts}
        looked = {
            place: _account(states.get(place), examined, known.get(place))
            for place in {*known, *states}
        }
        wrong = {place: one for place, one in looked.items() if isinstance(one, str)}
        good = {place: one for place, one in looked.items() if isinstance(one, Account)}

        def note(connection: Connection) -> None:
            older = sampled.letters(connection, wrong)
            for place, text in wrong.items():
                self._fell(connection, examined, (place, older.get(place), text), letter)
            sampled.is_back(connection, good, size)

        def keep(connection: Connection) -> None:
            if good:
                letters.keep_letter(connection, letter.digest, letter.raw)
                sampled.remember(connection, good, size, letter.digest)

        await self._database.write(note)
        return not wrong, keep

    def _fell(
        self,
        connection: Connection,
        examined: Examined,
        what: tuple[bytes, bytes | None, str],
        letter: Letter[Accounts],
    ) -> None:
        """Note that an account is not what it was, with both signed letters where there are two."""
        place, digest, wrong = what
        older = letters.letter(connection, digest) if digest is not None else None
        evidence = (examined.letter, *((older,) if older is not None else ()), letter.raw)
        finding = finding_on(Ground.FELL, NOBODY, place.hex(), evidence, wrong)
        self._reporter.inside(connection, finding)
        sampled.fell(connection, place, examined.ledger.log_size)

    # -- openings ----------------------------------------------------------------------------------

    async def _draw(self, first: int, end: int, most: int) -> list[int]:
        """Leaf indexes of exchange entries of these ranks, each as likely as any other."""
        count = end - first
        if count <= most:
            ranks = set(range(first, end))
        else:
            ranks = {first + int(fraction(self._party.randomness) * count) for _ in range(most)}
        return await self._database.read(
            lambda c: [counts.exchange_leaf(c, rank) for rank in sorted(ranks)]
        )

    async def _openings(self, examined: Examined, leaves: list[int]) -> bool:
        seen = await self._database.read(witness_store.load)
        if not leaves or seen is None:
            return True
        shown = await self._logged.of(leaves)
        # A leaf filed as unassigned must have been reported before it is shown so.
        while await self._gatherer.step(GATHER_BATCH) == GATHER_BATCH:
            pass
        opened = await self._open(examined.ledger.log_size, leaves)
        clean = True
        for leaf in leaves:
            logged = shown.records.get(leaf)
            if logged is None or not await self._logged.stands(logged, seen.head):
                text = "the network shows no record that fits a leaf drawn from its log"
                evidence = (shown.letter,)
                finding = finding_on(Ground.NOT_SHOWN, NOBODY, f"leaf {leaf}", evidence, text)
                await self._reporter.report(finding)
                continue
            one = opened.get(leaf)
            wrong = await self._wrong(one, logged, examined.sum)
            await self._noted(examined, (leaf, one, wrong), shown)
            clean = clean and wrong is None
        return clean

    async def _open(self, log_size: int, leaves: list[int]) -> dict[int, _Opened]:
        """The portal's openings by leaf; leaves that it says it does not have are left out."""
        try:
            return await self._ask(log_size, leaves)
        except WireError as error:
            if not error.signed or error.code != "answer-unknown":
                raise
        if len(leaves) == 1:
            return {}
        # One of them it does not have: the others are asked for one by one.
        found: dict[int, _Opened] = {}
        for leaf in leaves:
            found |= await self._open(log_size, [leaf])
        return found

    async def _ask(self, log_size: int, leaves: list[int]) -> dict[int, _Opened]:
        party = self._party
        request = OpeningRequest(**party.envelope(PORTAL), log_size=log_size, leaves=leaves)
        answer = await self._portal.ask(OPENINGS, request)
        inside = party.read_inside(answer.standings, (Standings,), aud=OVERSIGHT)
        if inside.message.sender != PORTAL or inside.message.log_size != log_size:
            raise WireError("unavailable", "The portal signed where leaves stand in another log.")
        standings = {one.leaf: one for one in inside.message.standings}
        return {
            one.leaf: _Opened(one, standings[one.leaf], inside.raw)
            for one in answer.openings
            if one.leaf in standings
        }

    async def _wrong(self, one: _Opened | None, logged: LoggedRecord, ledger: Sum) -> Wrong | None:
        """What is wrong with an opening of a leaf whose record is that of the log."""
        if one is None:
            return Wrong(Ground.UNOPENED, UNOPENED)
        leaf = logged.leaf
        announced, lost, loss = await self._database.read(
            lambda c: (
                *(findings.is_reported(c, leaf), findings.is_said_lost(c, leaf)),
                losses.accepted(c),
            )
        )
        announced |= loss is not None and leaf < loss.below
        wrong = rules.check_standing(one.standing, rules.logged_entry_hash(logged), ledger)
        if wrong is not None:
            return wrong
        try:
            record = read_entry(logged.record, ExchangeRecord)
        except WireError:
            # Not one of an exchange, which is the network's doing: it can be nobody's line.
            return None if announced else Wrong(Ground.OPENING_WRONG, rules.UNREPORTED)
        wrong = rules.check_opening(one.opening, one.standing, record, announced=announced)
        if wrong is not None and wrong.why == rules.UNREPORTED and lost:
            return Wrong(Ground.OPENING_LOST, "the portal says that it has lost this line")
        return wrong

    async def _noted(
        self, examined: Examined, what: tuple[int, _Opened | None, Wrong | None], shown: Shown
    ) -> None:
        """Note that a leaf did not open, or that one opens again that had not."""
        leaf, one, wrong = what
        size, now = examined.ledger.log_size, self._party.now()

        def write(connection: Connection) -> None:
            if wrong is None:
                sampled.opened(connection, leaf, size)
                return
            signed = (one.signed,) if one is not None else ()
            evidence = (examined.letter, *signed, shown.letter)
            finding = finding_on(wrong.ground, NOBODY, f"leaf {leaf}", evidence, wrong.why)
            self._reporter.inside(connection, finding)
            sampled.failed(connection, leaf, size, now)

        await self._database.write(write)


def _account(
    state: AccountState | None, examined: Examined, before: Known | None
) -> Account | str | None:
    """An account as it stands in the ledger, or what is wrong with it."""
    if state is None:
        return rules.COUNT_MISSING
    return rules.check_account(state, examined.sum, before)
