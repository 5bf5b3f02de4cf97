"""Promised leaves in the log, and the records of three parties side by side (記録の照合, 法23条).

The requester's, the provider's and the network's records of one exchange must tell one story; what
was promised must be in the tree the witness vouches for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from renkei.crypto.errors import CryptoError
from renkei.crypto.merkle import TreeHead
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.outbox import Pace
from renkei.kit.party import Party
from renkei.roles.oversight import rules
from renkei.roles.oversight.rules import OTHER_SIDE_SECONDS, Side, attribution, logged_entry_hash
from renkei.roles.oversight.rules.culprits import Finding, Matter, finding_on
from renkei.roles.oversight.rules.grounds import Ground
from renkei.roles.oversight.service.leaves import CountedLeaves
from renkei.roles.oversight.service.logged import RECORDS_LIMIT, LoggedRecords, Shown
from renkei.roles.oversight.service.reading import LogReader
from renkei.roles.oversight.service.reporting import Reporter
from renkei.roles.oversight.service.showing import NOT_ASKED, NOTHING, Institutions, Shower, Signed
from renkei.roles.oversight.store import counts, letters
from renkei.roles.oversight.store import entries as store
from renkei.roles.oversight.store import witness as witness_store
from renkei.roles.oversight.store.entries import Held, Key
from renkei.roles.oversight.store.witness import Seen
from renkei.wire.entries import EntryKind, ExchangeRecord, read_entry
from renkei.wire.errors import WireError
from renkei.wire.linkage.calls import LOCATE
from renkei.wire.linkage.log import LocateRequest
from renkei.wire.names import LINKAGE

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
Asked = dict[tuple[str, str], Signed]
"""What requesters showed, by requester and transaction."""
SHOWN_LIMIT: Final = 20
"""Requests that are had shown in one round: where more differ, the rest name both sides."""


@dataclass(frozen=True, slots=True)
class _About:
    """What a difference is about: the words of both sides, and the record of one of them."""

    own: list[Held]
    """Those that hold the entry of this record."""
    one: Held
    both: tuple[Held | None, Held | None]
    record: ExchangeRecord | None


class Comparer:
    """Finds promised leaves, then compares what three parties hold of them (照合)."""

    def __init__(
        self,
        party: Party,
        database: Database,
        linkage: Counterparty,
        institutions: Institutions,
        leaves: CountedLeaves,
    ) -> None:
        self._party = party
        self._database = database
        self._linkage = linkage
        self._leaves = leaves
        self._shower = Shower(party, institutions)
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
        request = LocateRequest(**party.envelope(LINKAGE), entry_hashes=unique)
        located = (await self._linkage.ask(LOCATE, request)).located
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
        """A promise that is in nobody's log; one body's word alone does not show that it was one.

        Of both it does: the provider has it out of the network's permit.
        """
        entry, name = held.side.entry, held.side.institution
        other = _other_word(connection, held)
        there = [held] if other is None else [held, other]
        raws = [letters.letter(connection, one.letter) for one in there]
        ground = Ground.WITHHELD if other is None else Ground.WITHHELD_FROM_BOTH
        return finding_on(
            ground,
            _matter([one.side for one in there], held.side),
            f"{entry.requester} {entry.tx} {entry.entry_hash.hex()}",
            tuple(one for one in raws if one is not None),
            f"the log lacks the entry promised to {name} for {entry.requester} {entry.tx}",
        )

    # -- three records of one exchange -------------------------------------------------------------

    async def compare(self, batch: int) -> int:
        """Compare located records with the network's; gives how many were looked at."""
        seen, due = await self._due("located", batch)
        if seen is None or not due:
            return 0
        # Only where the log's own word on the kind of an entry is known.
        size = (await self._database.read(counts.load)).frontier.size
        below = [held for held in due if held.leaf is not None and held.leaf < size]
        leaves = sorted({held.leaf for held in below if held.leaf is not None})
        for at in range(0, len(leaves), RECORDS_LIMIT):
            some = leaves[at : at + RECORDS_LIMIT]
            shown = await self._logged.of(some)
            now, chosen = self._party.now(), set(some)
            part = [(held, _record(held, shown)) for held in below if held.leaf in chosen]
            asked = await self._asked(part)
            await self._database.write(
                lambda c, part=part, shown=(shown, asked), now=now: self._compare(  # type: ignore[misc]
                    c, part, shown, now
                )
            )
        return len(due)

    async def _asked(self, part: Sequence[Compared]) -> Asked:
        """What requesters signed, of those exchanges whose records differ; of few, and rarely."""
        found: Asked = {}
        for held, record in part:
            if record is None or not rules.compare_one(held.side, record):
                continue
            name = held.side.entry.requester, held.side.entry.tx
            if name not in found and len(found) < SHOWN_LIMIT:
                found[name] = await self._shower.signed(*name) or NOT_ASKED
        return found

    def _compare(
        self,
        connection: Connection,
        part: Sequence[Compared],
        basis: tuple[Shown, Asked],
        now: datetime,
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
            hashed = one.side.entry.entry_hash
            compared = rules.compare(sides[0], sides[1], record, entry_hash=hashed, waited=waited)
            # A side that holds another entry is compared with the record of that one.
            there = [
                each
                for each in (requester, provider)
                if each is not None and each.side.entry.entry_hash == hashed
            ]
            if compared.differences:
                about = _About(there, one, (requester, provider), record)
                self._reporter.inside(connection, self._differ(connection, about, compared, basis))
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
        _, read_at = letters.cursor(connection, absent)
        after = there[0].ended_at + timedelta(seconds=OTHER_SIDE_SECONDS)
        return read_at is not None and read_at >= after

    def _differ(
        self,
        connection: Connection,
        about: _About,
        compared: rules.Comparison,
        basis: tuple[Shown, Asked],
    ) -> Finding:
        """What differs, and whose doing that can be."""
        shown, asked = basis
        entry, differences = about.one.side.entry, compared.differences
        own = [each.side for each in about.own]
        named = [each.side for each in about.both if each is not None]
        said, ground = NOTHING, compared.ground
        speaker = about.one.side
        if ground is None and about.record is not None:
            said = asked.get((entry.requester, entry.tx), NOT_ASKED)
            pointed = attribution.of_records(about.record, said.shown, own)
            ground, differences = pointed.ground, [*differences, pointed.why]
            differ = [one for one in own if rules.compare_one(one, about.record)]
            speaker = differ[0]
        elif ground is Ground.NOT_SHOWN and self._is_no_exchange(connection, about.one):
            ground = Ground.NO_EXCHANGE
            differences = [f"{speaker.institution} names an entry as an exchange that is none"]
        assert ground is not None
        raws = [letters.letter(connection, each.letter) for each in about.both if each]
        return finding_on(
            ground,
            _matter(named, speaker, about.record),
            f"{entry.requester} {entry.tx}",
            (*(one for one in raws if one is not None), shown.letter, *said.evidence),
            "; ".join(dict.fromkeys(differences)),
        )

    @staticmethod
    def _is_no_exchange(connection: Connection, held: Held) -> bool:
        """Whether the log itself has something else than an exchange at the leaf of a word."""
        kind = counts.kind_at(connection, held.leaf) if held.leaf is not None else None
        return kind is not None and kind != EntryKind.EXCHANGE


def _matter(sides: Sequence[Side], speaker: Side, record: ExchangeRecord | None = None) -> Matter:
    """Who has a part in an exchange, by the words on it and by the record of it."""
    entry = speaker.entry
    requester = entry.requester
    provider = record.provider if record is not None else None
    for side in sides:
        if side.entry.side == "provider":
            provider = side.institution
    other = requester if entry.side == "provider" else provider
    others = () if other in (None, speaker.institution) else (other,)
    return Matter(requester, provider, speaker.institution, others)


def _other_word(connection: Connection, held: Held) -> Held | None:
    """The other side's word on an exchange, if it holds the same promise."""
    entry = held.side.entry
    for one in store.words_on(connection, entry.requester, entry.tx):
        sides = {each.side.entry.side: each.side.institution for each in (held, one)}
        both = len(sides) == 2 and sides["requester"] == entry.requester != sides["provider"]
        if both and one.side.entry.entry_hash == entry.entry_hash:
            return one
    return None


def _record(held: Held, shown: Shown) -> ExchangeRecord | None:
    """The network's record of a leaf, if it is that leaf's and is one of an exchange.

    The promised hash was shown to stand at this leaf of the witnessed tree when it was located. A
    record that hashes to something else is therefore not what the log holds there.
    """
    logged = shown.records.get(held.leaf if held.leaf is not None else -1)
    if logged is None or logged.kind != EntryKind.EXCHANGE:
        return None
    try:
        if logged_entry_hash(logged) != held.side.entry.entry_hash:
            return None
        return read_entry(logged.record, ExchangeRecord)
    except (CryptoError, WireError):
        return None


def _pair(held: Held, record: ExchangeRecord | None) -> tuple[Key, Key]:
    """What names both institutions' words on one exchange, seen from one of them."""
    entry, name = held.side.entry, held.side.institution
    requester: Key = ("requester", entry.requester, entry.tx, entry.requester)
    provider = record.provider if record is not None else name
    answered: Key = ("provider", entry.requester, entry.tx, provider)
    return (requester, held.key) if entry.side == "provider" else (held.key, answered)
