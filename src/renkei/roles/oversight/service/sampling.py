"""Samples of the ledger: accounts that may not shrink, leaves that must open (抜取り検査).

What opens a leaf (r and code_P) lives in local variables of one check: it is neither stored nor
logged, and no evidence of a failed opening contains it. Evidence is the ledger's root as the portal
signed it, with the network's record of the leaf, which do not open anything.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from renkei.crypto.merkle import TreeHead
from renkei.crypto.sum_tree import Account, Sum
from renkei.kit.database import Database
from renkei.kit.outbox import Pace
from renkei.kit.party import Party
from renkei.kit.randomness import fraction
from renkei.roles.oversight import rules
from renkei.roles.oversight.rules import Finding
from renkei.roles.oversight.service.gathering import GATHER_BATCH, Gatherer
from renkei.roles.oversight.service.logged import LoggedRecords, Shown
from renkei.roles.oversight.service.reading import LogReader
from renkei.roles.oversight.service.reporting import Reporter
from renkei.roles.oversight.store import counts, findings
from renkei.roles.oversight.store import ledger as store
from renkei.roles.oversight.store import witness as witness_store
from renkei.roles.oversight.store.ledger import Stated
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.history import ExchangeRecord, read_exchange
from renkei.wire.messages.oversight import (
    Accounts,
    AccountsRequest,
    AccountState,
    Opening,
    OpeningRequest,
    Openings,
)
from renkei.wire.protocols import LinkageProtocol, PortalProtocol

PACE: Final = Pace(batch=5, idle_seconds=10.0, longest_delay_seconds=30.0)
"""The batch is leaves drawn for opening."""
PLACES_AGAIN: Final = 25
PLACES_MORE: Final = 10
PLACE_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class _Sampled:
    """One place: what the portal shows of it now, and what it was, with that letter's digest."""

    place: bytes
    state: AccountState | None
    before: tuple[Account, bytes] | None


class Sampler:
    """Has the portal show accounts and open leaves, drawn by the system's randomness (抜取り)."""

    def __init__(
        self,
        party: Party,
        database: Database,
        linkage: LinkageProtocol,
        portal: PortalProtocol,
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
        stated = await self._database.read(store.newest_statement)
        if stated is None or not stated.handed:
            return 0
        await self._accounts(stated)
        await self._openings(stated, batch)
        return 0

    # -- accounts ----------------------------------------------------------------------------------

    async def _accounts(self, stated: Stated) -> None:
        party = self._party
        start = party.randomness(PLACE_BYTES)
        known = await self._database.read(lambda c: store.places(c, start, PLACES_AGAIN))
        request = AccountsRequest(
            **party.envelope("portal"),
            log_size=stated.ledger.log_size,
            places=list(known),
            more=PLACES_MORE,
        )
        raw = await self._portal.accounts(party.write(request))
        letter = party.read(raw, (Accounts,), peer="portal")

        def write(connection: Connection) -> None:
            states = {one.place: one for one in letter.message.accounts}
            asked = {*known, *states}
            before = store.accounts(connection, asked)
            good: dict[bytes, Account] = {}
            for place in asked:
                sampled = _Sampled(place, states.get(place), before.get(place))
                account = self._account(connection, stated, sampled, letter)
                if account is not None:
                    good[place] = account
            if good:
                findings.keep_letter(connection, letter.digest, letter.raw)
                store.remember(connection, good, stated.ledger.log_size, letter.digest)

        await self._database.write(write)

    def _account(
        self,
        connection: Connection,
        stated: Stated,
        sampled: _Sampled,
        letter: Letter[Accounts],
    ) -> Account | None:
        """Check one place against what it was before; gives the account if it is to be kept."""
        state, before = sampled.state, sampled.before
        wrong: str | None = rules.COUNT_MISSING
        if state is not None:
            known = before[0] if before is not None else None
            wrong = rules.check_account(state, _sum(stated), known)
        if wrong is not None:
            older = findings.letter(connection, before[1]) if before is not None else None
            evidence = (stated.letter, *((older,) if older is not None else ()), letter.raw)
            subject = f"{stated.ledger.log_size} {sampled.place.hex()}"
            self._reporter.inside(
                connection, Finding("count-fell", ("portal",), subject, evidence, wrong)
            )
            return None
        return Account(state.head, state.count) if state is not None and state.count else None

    # -- openings ----------------------------------------------------------------------------------

    async def _openings(self, stated: Stated, batch: int) -> None:
        seen = await self._database.read(witness_store.load)
        leaves = await self._draw(stated, batch)
        if not leaves or seen is None:
            return
        shown = await self._logged.of(leaves)
        # A leaf filed as unassigned must have been reported before it is shown so.
        while await self._gatherer.step(GATHER_BATCH) == GATHER_BATCH:
            pass
        for leaf in leaves:
            opening = await self._open(stated, leaf)
            await self._opening(stated, (leaf, opening), shown, seen.head)

    async def _open(self, stated: Stated, leaf: int) -> Opening | None:
        """The portal's opening of one leaf; None where it says that it has none."""
        party, size = self._party, stated.ledger.log_size
        request = OpeningRequest(**party.envelope("portal"), log_size=size, leaves=[leaf])
        try:
            raw = await self._portal.openings(party.write(request))
        except WireError as error:
            if error.code == "answer-unknown":
                return None
            raise
        openings = party.read(raw, (Openings,), peer="portal").message.openings
        return next((one for one in openings if one.leaf == leaf), None)

    async def _draw(self, stated: Stated, batch: int) -> list[int]:
        """Leaf indexes of exchange entries below the stated size, each as likely as any other."""
        total = stated.ledger.exchange_entries
        ranks = {int(fraction(self._party.randomness) * total) for _ in range(min(batch, total))}
        return await self._database.read(
            lambda c: [counts.exchange_leaf(c, rank) for rank in sorted(ranks)]
        )

    async def _opening(
        self, stated: Stated, asked: tuple[int, Opening | None], shown: Shown, head: TreeHead
    ) -> None:
        leaf, opening = asked
        record = await self._record(leaf, shown, head)
        if record is None:
            text = "the network shows no record that fits a leaf drawn from its log"
            finding = Finding("records-differ", ("linkage",), f"leaf {leaf}", (shown.letter,), text)
            await self._reporter.report(finding)
            return
        wrong: str | None = "the portal does not open a leaf that it was asked to open"
        if opening is not None:
            announced = await self._database.read(lambda c: _announced(c, leaf))
            wrong = rules.check_opening(opening, record, _sum(stated), announced=announced)
        if wrong is not None:
            evidence = (stated.letter, shown.letter)
            await self._reporter.report(
                Finding("opening-failed", ("portal",), f"leaf {leaf}", evidence, wrong)
            )

    async def _record(self, leaf: int, shown: Shown, head: TreeHead) -> ExchangeRecord | None:
        logged = shown.records.get(leaf)
        if logged is None or not await self._logged.stands(logged, head):
            return None
        try:
            return read_exchange(logged.record)
        except WireError:
            return None


def _sum(stated: Stated) -> Sum:
    return rules.ledger_sum(stated.ledger.root, stated.ledger.exchange_entries)


def _announced(connection: Connection, leaf: int) -> bool:
    return findings.has(connection, "unassigned", f"leaf {leaf}")
