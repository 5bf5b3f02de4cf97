"""Promised leaves in the log, and the records of three parties side by side (記録の照合, 法23条).

The requester's, the provider's and the network's records of one exchange must tell one story; what
was promised must be in the tree the witness vouches for.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from renkei.crypto.errors import CryptoError
from renkei.crypto.merkle import TreeHead
from renkei.kit.database import Database
from renkei.kit.outbox import Pace
from renkei.kit.party import Party
from renkei.roles.oversight import rules
from renkei.roles.oversight.rules import OTHER_SIDE_SECONDS, Finding, logged_entry_hash
from renkei.roles.oversight.service.leaves import CountedLeaves
from renkei.roles.oversight.service.logged import RECORDS_LIMIT, LoggedRecords, Shown
from renkei.roles.oversight.service.reading import LogReader
from renkei.roles.oversight.service.reporting import Reporter
from renkei.roles.oversight.store import entries as store
from renkei.roles.oversight.store import findings
from renkei.roles.oversight.store import witness as witness_store
from renkei.roles.oversight.store.entries import Held, Key
from renkei.roles.oversight.store.witness import Seen
from renkei.wire.errors import WireError
from renkei.wire.history import ExchangeRecord, read_exchange
from renkei.wire.messages.oversight import LocateRequest, Locations
from renkei.wire.protocols import LinkageProtocol

LOCATE_PACE: Final = Pace(batch=1_000, idle_seconds=2.0, longest_delay_seconds=10.0)
COMPARE_PACE: Final = Pace(batch=2 * RECORDS_LIMIT, idle_seconds=2.0, longest_delay_seconds=10.0)
"""Two sides of as many exchanges as the network shows at once."""
CLAIMS_LIMIT: Final = 500
LOOK_AGAIN_SECONDS: Final = 2
ASK_SECONDS: Final = 6
"""How long a promised leaf is awaited among those counted before the network is asked for it."""
WAIT_SECONDS: Final = 10
"""Until a pair whose outcomes are still open is looked at again."""
Due = tuple[Seen | None, list[Held]]
Compared = tuple[Held, ExchangeRecord | None]
"""One side's word, and the network's record of its leaf."""


class Comparer:
    """Finds promised leaves, then compares what three parties hold of them (照合)."""

    def __init__(
        self, party: Party, database: Database, linkage: LinkageProtocol, leaves: CountedLeaves
    ) -> None:
        self._party = party
        self._database = database
        self._linkage = linkage
        self._leaves = leaves
        self._reader = LogReader(linkage)
        self._logged = LoggedRecords(party, linkage, self._reader)
        self._reporter = Reporter(party, database)

    async def _due(self, state: str, batch: int) -> Due:
        now = self._party.now()
        return await self._database.read(
            lambda c: (witness_store.load(c), store.due(c, state, now, batch))
        )

    async def locate(self, batch: int) -> int:
        """Look for promised leaves in the witnessed tree; gives how many were looked for."""
        seen, due = await self._due("promised", batch)
        if seen is None or seen.halted is not None or not due:
            return 0
        now = self._party.now()
        found = [(held, self._leaves.find(held.side.entry.entry_hash)) for held in due]
        located = [(held.key, leaf) for held, leaf in found if leaf is not None]
        rest = [held for held, leaf in found if leaf is None]
        asked_from = now - timedelta(seconds=ASK_SECONDS)
        late = [held for held in rest if held.seen_at <= asked_from]
        young = [held.key for held in rest if held.seen_at > asked_from]

        def write(connection: Connection) -> None:
            store.located(connection, located, now)
            store.look_again(connection, young, now + timedelta(seconds=LOOK_AGAIN_SECONDS))

        await self._database.write(write)
        for at in range(0, len(late), CLAIMS_LIMIT):
            await self._ask(late[at : at + CLAIMS_LIMIT], seen.head)
        return len(due)

    async def _ask(self, late: Sequence[Held], head: TreeHead) -> None:
        """Ask the network where leaves stand, and check that they do."""
        now = self._party.now()
        claims = await self._claims([held.side.entry.entry_hash for held in late])
        stand = await self._reader.included(
            {one: leaf for one, leaf in claims.items() if leaf < head.size}, head
        )
        located, missing = [], []
        for held in late:
            promised = held.side.entry.entry_hash
            if promised in stand:
                located.append((held.key, claims[promised]))
            else:
                missing.append(held)

        def write(connection: Connection) -> None:
            store.located(connection, located, now)
            self._missing(connection, missing, now)

        await self._database.write(write)

    async def _claims(self, hashes: Sequence[bytes]) -> dict[bytes, int]:
        """Where the network says these hashes stand; nothing of it is believed."""
        party = self._party
        unique = list(dict.fromkeys(hashes))
        request = LocateRequest(**party.envelope("linkage"), entry_hashes=unique)
        raw = await self._linkage.locate(party.write(request))
        located = party.read(raw, (Locations,), peer="linkage").message.located
        wanted = set(unique)
        return {
            one.entry_hash: one.leaf
            for one in located
            if one.leaf is not None and one.entry_hash in wanted
        }

    def _missing(self, connection: Connection, missing: Sequence[Held], now: datetime) -> None:
        """Not in the log: look again, and after the time of the promise say so."""
        overdue = store.missing(connection, missing, now)
        again, withheld = [], []
        for held in missing:
            since = overdue.get(held.key)
            if since is None or not rules.is_withheld(since, now):
                again.append(held.key)
                continue
            self._reporter.inside(connection, self._withheld(connection, held))
            withheld.append(held.key)
        store.look_again(connection, again, now + timedelta(seconds=LOOK_AGAIN_SECONDS))
        # It may still be logged, late: the finding stays, the comparison goes on then.
        store.look_again(connection, withheld, now + timedelta(seconds=OTHER_SIDE_SECONDS))

    @staticmethod
    def _withheld(connection: Connection, held: Held) -> Finding:
        entry, name = held.side.entry, held.side.institution
        letter = findings.letter(connection, held.letter)
        return Finding(
            "withheld-leaf",
            ("linkage",),
            f"{entry.requester} {entry.tx} {entry.entry_hash.hex()}",
            (letter,) if letter is not None else (),
            f"the log lacks the entry promised to {name} for {entry.requester} {entry.tx}",
        )

    # -- three records of one exchange -------------------------------------------------------------

    async def compare(self, batch: int) -> int:
        """Compare located records with the network's; gives how many were looked at."""
        seen, due = await self._due("located", batch)
        if seen is None or not due:
            return 0
        size = seen.head.size
        below = [held for held in due if held.leaf is not None and held.leaf < size]
        leaves = sorted({held.leaf for held in below if held.leaf is not None})
        for at in range(0, len(leaves), RECORDS_LIMIT):
            some = leaves[at : at + RECORDS_LIMIT]
            shown = await self._logged.of(some)
            now, chosen = self._party.now(), set(some)
            part = [(held, _record(held, shown)) for held in below if held.leaf in chosen]
            await self._database.write(
                lambda c, part=part, shown=shown, now=now: self._compare(c, part, shown, now)  # type: ignore[misc]
            )
        return len(due)

    def _compare(
        self, connection: Connection, part: Sequence[Compared], shown: Shown, now: datetime
    ) -> None:
        """Compare records of some leaves; those of both sides of one exchange once."""
        held = {one.key: one for one, _ in part}
        wanted = {key for one, record in part for key in _pair(one, record)} - held.keys()
        known = held | store.find(connection, wanted)
        settled: dict[Key, None] = {}
        open_still: list[Key] = []
        for one, record in part:
            if one.key in settled:
                continue
            requester, provider = (known.get(key) for key in _pair(one, record))
            waited = self._waited(connection, (requester, provider), record)
            sides = [each.side if each is not None else None for each in (requester, provider)]
            compared = rules.compare(sides[0], sides[1], record, waited=waited)
            there = [each for each in (requester, provider) if each is not None]
            if compared.differences:
                finding = self._differ(connection, there, compared.differences, shown)
                self._reporter.inside(connection, finding)
            if compared.settled:
                settled |= dict.fromkeys(each.key for each in there)
            else:
                open_still.append(one.key)
        store.settle(connection, list(settled))
        store.look_again(connection, open_still, now + timedelta(seconds=WAIT_SECONDS))

    def _waited(
        self,
        connection: Connection,
        pair: tuple[Held | None, Held | None],
        record: ExchangeRecord | None,
    ) -> bool:
        """Whether the side that is absent was read to its end late enough after the other's end."""
        there = [one for one in pair if one is not None]
        if len(there) == 2 or record is None or there[0].ended_at is None:
            return False
        absent = record.provider if pair[1] is None else record.requester
        _, read_at = findings.cursor(connection, absent)
        after = there[0].ended_at + timedelta(seconds=OTHER_SIDE_SECONDS)
        return read_at is not None and read_at >= after

    @staticmethod
    def _differ(
        connection: Connection, sides: list[Held], differences: list[str], shown: Shown
    ) -> Finding:
        letters = [findings.letter(connection, one.letter) for one in sides]
        entry = sides[0].side.entry
        parties = dict.fromkeys(["linkage", *(one.side.institution for one in sides)])
        return Finding(
            "records-differ",
            tuple(parties),
            f"{entry.requester} {entry.tx}",
            (*(one for one in letters if one is not None), shown.letter),
            "; ".join(dict.fromkeys(differences)),
        )


def _record(held: Held, shown: Shown) -> ExchangeRecord | None:
    """The network's record of a leaf, if it is that leaf's and is one of an exchange.

    The promised hash was shown to stand at this leaf of the witnessed tree when it was located. A
    record that hashes to something else is therefore not what the log holds there.
    """
    logged = shown.records.get(held.leaf if held.leaf is not None else -1)
    if logged is None or logged.kind != rules.EXCHANGE:
        return None
    try:
        if logged_entry_hash(logged) != held.side.entry.entry_hash:
            return None
        return read_exchange(logged.record)
    except (CryptoError, WireError):
        return None


def _pair(held: Held, record: ExchangeRecord | None) -> tuple[Key, Key]:
    """What names both institutions' words on one exchange, seen from one of them."""
    entry, name = held.side.entry, held.side.institution
    requester: Key = ("requester", entry.requester, entry.tx, entry.requester)
    provider = record.provider if record is not None else name
    answered: Key = ("provider", entry.requester, entry.tx, provider)
    return (requester, held.key) if entry.side == "provider" else (held.key, answered)
