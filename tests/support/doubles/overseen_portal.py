"""The portal as the Commission sees it, in memory, honest until told to lie (開示役)."""

from collections.abc import Callable
from typing import Any

import msgspec
from lines import ByName
from overseen_log import LEDGER_ROOT, Exchange, LogDouble, code_of

from renkei.crypto import jws, merkle, sum_tree
from renkei.crypto.account_tree import line_hash
from renkei.crypto.merkle import Frontier
from renkei.kit.party import Party
from renkei.wire.fields import Message
from renkei.wire.history import UNASSIGNED_PLACE, encode_path
from renkei.wire.portal.messages import (
    Accounts,
    AccountsRequest,
    AccountState,
    Findings,
    FindingsRequest,
    Ledger,
    LedgerRequest,
    Opening,
    OpeningRequest,
    Openings,
    PortalFinding,
    Standing,
    Standings,
    StatementHandover,
    StatementNoted,
)


class PortalDouble(ByName):
    """The portal: files lines, keeps the ledger; can hide, invent and contradict (開示役)."""

    def __init__(self, party: Party, log: LogDouble, exchanges: list[Exchange]) -> None:
        self.party = party
        self.log = log
        self.exchanges = exchanges
        self.unassigned: set[int] = set()
        self.found: list[PortalFinding] = []
        self.statements: list[str] = []
        self.roots: list[int] = []
        self.alter: Callable[[dict[bytes, sum_tree.Account], int], None] = lambda _a, _s: None
        """Changes the accounts of a size before the tree is made: a lying ledger."""
        self.say: Callable[[Ledger], Ledger] = lambda ledger: ledger
        self.open: Callable[[Opening], Opening | None] = lambda opening: opening
        self.stand: Callable[[Standing], Standing] = lambda standing: standing
        self.ghosts: dict[int, bytes] = {}
        """Leaves hidden in an account that is nobody's, and where that stands."""
        self.handed: dict[int, bytes] = {}
        """Leaves at which the network handed over another record, and that one's hash."""

    def lines_at(self, size: int) -> dict[bytes, list[Exchange]]:
        """The lines of all accounts at a log size."""
        found: dict[bytes, list[Exchange]] = {}
        for one in self.exchanges:
            if one.leaf < size:
                found.setdefault(self.ghosts.get(one.leaf, self.place(one)), []).append(one)
        return found

    def accounts_at(self, size: int) -> dict[bytes, sum_tree.Account]:
        """All accounts at a log size."""
        found = {
            place: sum_tree.Account(self._tree_of(lines)[0].root(), len(lines))
            for place, lines in self.lines_at(size).items()
        }
        self.alter(found, size)
        return found

    def place(self, one: Exchange) -> bytes:
        """Where a line's account stands, or is said to."""
        unassigned = one.leaf in self.unassigned
        return UNASSIGNED_PLACE if unassigned else sum_tree.position(code_of(one.person))

    def tree(self, size: int) -> dict[str, sum_tree.Node]:
        """The ledger at a log size."""
        return sum_tree.update(self.accounts_at(size))

    def log_root(self, size: int | None = None, **changes: Any) -> int:
        """Have the root at a size (now) written into the log; gives that size."""
        size = len(self.log.entries) if size is None else size
        root = sum_tree.root(self.tree(size).get)
        record = {"log_size": size, "root": root.hash, "exchange_entries": root.count} | changes
        self.log.append(LEDGER_ROOT, record)
        self.roots.append(size)
        return size

    async def ledger(self, letter: bytes) -> bytes:
        """Root and sum at the newest logged size of what was asked or less."""
        at_most = self.party.read(letter, (LedgerRequest,), peer="oversight").message.at_most
        size = max(one for one in self.roots if one <= at_most)
        root = sum_tree.root(self.tree(size).get)
        ledger = Ledger(
            **self.party.envelope("oversight"),
            log_size=size,
            root=root.hash,
            exchange_entries=root.count,
        )
        return self.party.write(self.say(ledger))

    async def openings(self, letter: bytes) -> bytes:
        """Open leaves."""
        request = self.party.read(letter, (OpeningRequest,), peer="oversight").message
        openings, standings = [], []
        for leaf in request.leaves:
            one = next(one for one in self.exchanges if one.leaf == leaf)
            opening = self.open(self._opening(one))
            openings += [opening] if opening is not None else []
            standings.append(self.stand(self._standing(one, request.log_size)))
        signed = self._answer(Standings, log_size=request.log_size, standings=standings)
        return self._answer(Openings, openings=openings, standings=signed.decode())

    def _opening(self, one: Exchange) -> Opening:
        lost = one.leaf in self.unassigned
        return Opening(
            leaf=one.leaf,
            blind=None if lost else one.blind,
            code=None if lost else code_of(one.person),
        )

    def _standing(self, one: Exchange, size: int) -> Standing:
        """Where a leaf stands; of one hidden elsewhere, what comes nearest to it."""
        place = self.place(one)
        lines = self.lines_at(size).get(place, [one])
        number = lines.index(one) if one in lines else 0
        tree = {(node.level, node.index): node.hash for node in self._tree_of(lines)[1]}
        proof = merkle.inclusion_proof(number, len(lines), lambda *at: tree[at])
        return Standing(
            leaf=one.leaf,
            number=number + 1,
            place=place,
            path=encode_path(sum_tree.prove(place, self.tree(size).get)),
            inclusion=proof,
            filed=self.handed.get(one.leaf, one.entry_hash),
        )

    async def accounts(self, letter: bytes) -> bytes:
        """Show accounts at places, and some more."""
        request = self.party.read(letter, (AccountsRequest,), peer="oversight").message
        tree = self.tree(request.log_size)
        known = {one.place: one.count for one in request.places}
        lines = self.lines_at(request.log_size)
        others = [one for one in self.accounts_at(request.log_size) if one not in known]
        states = [
            AccountState(
                place=place,
                path=encode_path(sum_tree.prove(place, tree.get)),
                growth=self._growth(lines.get(place, []), known.get(place, 0)),
            )
            for place in [*known, *others[: request.more]]
        ]
        return self._answer(Accounts, accounts=states)

    async def statement(self, letter: bytes) -> bytes:
        """Take a statement."""
        message = self.party.read(letter, (StatementHandover,), peer="oversight").message
        self.statements.append(message.statement)
        size = msgspec.json.decode(jws.parse(message.statement.encode(), max_bytes=10**6).payload)
        return self._answer(StatementNoted, log_size=size["log_size"])

    async def findings(self, letter: bytes) -> bytes:
        """Hand over findings."""
        request = self.party.read(letter, (FindingsRequest,), peer="oversight").message
        found = [one for one in self.found if one.number > request.after][: request.limit]
        return self._answer(Findings, findings=found)

    def _answer(self, struct: type[Message], **fields: Any) -> bytes:
        return self.party.write(struct(**self.party.envelope("oversight"), **fields))

    def _tree_of(self, lines: list[Exchange]) -> tuple[Frontier, list[merkle.Node]]:
        """The tree of an account with these lines, as they were handed over."""
        hashes = [
            line_hash(number, one.leaf, self.handed.get(one.leaf, one.entry_hash))
            for number, one in enumerate(lines, 1)
        ]
        return Frontier().extend(hashes)

    def _growth(self, lines: list[Exchange], before: int) -> list[bytes]:
        if not 0 < before <= len(lines):
            return []
        tree = {(node.level, node.index): node.hash for node in self._tree_of(lines)[1]}
        return merkle.consistency_proof(before, len(lines), lambda *at: tree[at])
