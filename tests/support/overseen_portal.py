"""The portal as the Commission sees it, in memory, honest until told to lie (開示役)."""

from collections.abc import Callable
from typing import Any

import msgspec
from overseen_log import LEDGER_ROOT, Exchange, LogDouble, code_of

from renkei.crypto import jws, sum_tree
from renkei.kit.party import Party
from renkei.wire.fields import Message
from renkei.wire.history import FIRST_HEAD, UNASSIGNED_PLACE, encode_path, line_head
from renkei.wire.messages.oversight import (
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
    StatementHandover,
    StatementNoted,
)


class PortalDouble:
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

    def accounts_at(self, size: int) -> dict[bytes, sum_tree.Account]:
        """All accounts at a log size."""
        found: dict[bytes, sum_tree.Account] = {}
        for one in self.exchanges:
            if one.leaf >= size:
                continue
            place = self.place(one)
            before = found.get(place, sum_tree.Account(FIRST_HEAD, 0))
            head = line_head(before.head, before.count + 1, one.entry_hash)
            found[place] = sum_tree.Account(head, before.count + 1)
        self.alter(found, size)
        return found

    def place(self, one: Exchange) -> bytes:
        """Where a line's account stands."""
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
        tree = self.tree(request.log_size)
        openings = []
        for leaf in request.leaves:
            one = next(one for one in self.exchanges if one.leaf == leaf)
            opening = self.open(self._opening(one, tree))
            openings += [opening] if opening is not None else []
        return self._answer(Openings, openings=openings)

    def _opening(self, one: Exchange, tree: dict[str, sum_tree.Node]) -> Opening:
        place = self.place(one)
        path = sum_tree.prove(place, tree.get)
        assert path.terminal is not None
        lost = one.leaf in self.unassigned
        return Opening(
            leaf=one.leaf,
            number=None if lost else 1,
            blind=None if lost else one.blind,
            code=None if lost else code_of(one.person),
            head=path.terminal.account.head,
            count=path.terminal.account.count,
            path=encode_path(path),
        )

    async def accounts(self, letter: bytes) -> bytes:
        """Show accounts at places, and some more."""
        request = self.party.read(letter, (AccountsRequest,), peer="oversight").message
        tree = self.tree(request.log_size)
        others = [one for one in self.accounts_at(request.log_size) if one not in request.places]
        states = []
        for place in [*request.places, *others[: request.more]]:
            path = sum_tree.prove(place, tree.get)
            leaf = path.terminal
            there = leaf is not None and leaf.position == place
            account = leaf.account if leaf is not None and there else sum_tree.Account(bytes(32), 0)
            states.append(
                AccountState(
                    place=place, head=account.head, count=account.count, path=encode_path(path)
                )
            )
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
