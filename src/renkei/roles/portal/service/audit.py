"""What the Commission asks of the portal: ledger, openings, accounts, findings (監督への応答)."""

from typing import Final

from sqlalchemy import Connection

from renkei.crypto.sum_tree import Account
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.portal import rules
from renkei.roles.portal.service.ledger import LedgerService, Tree
from renkei.roles.portal.service.sealing import open_blind
from renkei.roles.portal.store import findings, lines
from renkei.roles.portal.store import ledger as store
from renkei.wire.directory import EVERYONE
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.history import FIRST_HEAD, UNASSIGNED_PLACE, encode_path
from renkei.wire.messages.oversight import (
    Accounts,
    AccountsRequest,
    AccountState,
    Findings,
    FindingsRequest,
    Ledger,
    LedgerRequest,
    LedgerStatement,
    Opening,
    OpeningRequest,
    Openings,
    StatementHandover,
    StatementNoted,
)

COMMISSION: Final = "oversight"
_NO_LINES: Final = Account(FIRST_HEAD, 0)


class AuditService:
    """Answers the Commission; it sees r and codes of the leaves it drew, in memory."""

    def __init__(self, party: Party, database: Database, ledger: LedgerService) -> None:
        self._party = party
        self._database = database
        self._ledger = ledger

    async def ledger(self, letter: Letter[LedgerRequest]) -> Ledger:
        """The newest root that is in the log, at the size asked for or less."""
        at_most = letter.message.at_most
        given = await self._database.read(lambda c: store.offered(c, at_most))
        if given is None:
            raise WireError("unavailable", "No root of the ledger is in the log yet.")
        return Ledger(
            **self._party.envelope(letter.message.sender),
            log_size=given.log_size,
            root=given.root.hash,
            exchange_entries=given.root.count,
        )

    async def openings(self, letter: Letter[OpeningRequest]) -> Openings:
        """Open leaves: the account each stands in, and what shows that it fits."""
        request = letter.message
        tree = await self._ledger.tree(request.log_size)

        def load(connection: Connection) -> list[lines.Filed | None]:
            return [lines.at_leaf(connection, leaf) for leaf in request.leaves]

        found = await self._database.read(load)
        openings = []
        for leaf, filed in zip(request.leaves, found, strict=True):
            if filed is None or leaf >= request.log_size:
                raise WireError("answer-unknown", f"Leaf {leaf} is no line of this ledger.")
            openings.append(self._opening(tree, filed))
        return Openings(**self._party.envelope(request.sender), openings=openings)

    async def accounts(self, letter: Letter[AccountsRequest]) -> Accounts:
        """Accounts at places asked for, those without any line too, and some of its own choice."""
        request = letter.message
        tree = await self._ledger.tree(request.log_size)
        places = list(dict.fromkeys(request.places))
        others = [place for place in tree.places() if place not in set(places)]
        drawn = sorted(others, key=lambda _: self._party.randomness(16))[: request.more]
        states = [_state(tree, place) for place in (*places, *drawn)]
        return Accounts(**self._party.envelope(request.sender), accounts=states)

    async def statement(self, letter: Letter[StatementHandover]) -> StatementNoted:
        """Keep a statement whose signature and root are right; refuse any other."""
        raw = letter.message.statement
        statement = self._party.read(
            raw.encode(), (LedgerStatement,), peer=COMMISSION, aud=EVERYONE
        ).message
        size = statement.log_size

        def keep(connection: Connection) -> None:
            given = store.root_at(connection, size)
            stated = (statement.ledger_root, statement.exchange_entries)
            if given is None or (given.root.hash, given.root.count) != stated:
                raise WireError("malformed", "The ledger has not this root at this log size.")
            store.state_root(connection, size, raw)

        await self._database.write(keep)
        return StatementNoted(**self._party.envelope(letter.message.sender), log_size=size)

    async def findings(self, letter: Letter[FindingsRequest]) -> Findings:
        """Findings after a number, with their evidence."""
        request = letter.message
        found = await self._database.read(lambda c: findings.after(c, request.after, request.limit))
        return Findings(**self._party.envelope(request.sender), findings=found)

    def _opening(self, tree: Tree, filed: lines.Filed) -> Opening:
        place = UNASSIGNED_PLACE if filed.code is None else rules.place_of(filed.code)
        state = _state(tree, place)
        blind = None
        if filed.code is not None and filed.blind is not None:
            blind = open_blind(self._party, filed.leaf, filed.blind)
        return Opening(
            leaf=filed.leaf,
            number=None if filed.code is None else filed.number,
            blind=blind,
            code=filed.code,
            head=state.head,
            count=state.count,
            path=state.path,
        )


def _state(tree: Tree, place: bytes) -> AccountState:
    found, path = tree.prove(place)
    account = found or _NO_LINES
    return AccountState(place=place, head=account.head, count=account.count, path=encode_path(path))
