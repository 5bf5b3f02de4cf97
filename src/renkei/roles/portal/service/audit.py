"""What the Commission asks of the portal: ledger, openings, accounts, findings (監督への応答)."""

from sqlalchemy import Connection

from renkei.crypto import merkle, sum_tree
from renkei.crypto.digests import entry_hash
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.portal import rules
from renkei.roles.portal.service.ledger import LedgerService, Tree
from renkei.roles.portal.service.sealing import open_blind
from renkei.roles.portal.store import findings, lines
from renkei.roles.portal.store import ledger as store
from renkei.wire.entries import EntryKind
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.history import UNASSIGNED_PLACE, encode_path
from renkei.wire.names import EVERYONE, OVERSIGHT
from renkei.wire.portal.messages import (
    Accounts,
    AccountsRequest,
    AccountState,
    Findings,
    FindingsRequest,
    KnownPlace,
    Ledger,
    LedgerRequest,
    LedgerStatement,
    Opening,
    OpeningRequest,
    Openings,
    Standing,
    Standings,
    StatementHandover,
    StatementNoted,
)


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

        def load(connection: Connection) -> list[tuple[lines.Filed, Standing]]:
            return [standing_of(connection, tree, leaf) for leaf in request.leaves]

        found = await self._database.read(load)
        standings = Standings(
            **self._party.envelope(request.sender),
            log_size=request.log_size,
            standings=[standing for _, standing in found],
        )
        return Openings(
            **self._party.envelope(request.sender),
            openings=[self._opening(filed) for filed, _ in found],
            standings=self._party.write(standings).decode("ascii"),
        )

    async def accounts(self, letter: Letter[AccountsRequest]) -> Accounts:
        """Accounts at places asked for, those without any line too, and some of its own choice."""
        request = letter.message
        tree = await self._ledger.tree(request.log_size)
        known = {one.place: one for one in request.places}
        drawn = tree.draw(request.more, known, self._party.randomness)
        asked = [*known.values(), *(KnownPlace(place=place, count=0) for place in drawn)]
        states = await self._database.read(lambda c: [_state(c, tree, one) for one in asked])
        return Accounts(**self._party.envelope(request.sender), accounts=states)

    async def statement(self, letter: Letter[StatementHandover]) -> StatementNoted:
        """Keep a statement whose signature and root are right; refuse any other."""
        raw = letter.message.statement
        statement = self._party.read(
            raw.encode(), (LedgerStatement,), peer=OVERSIGHT, aud=EVERYONE
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

    def _opening(self, filed: lines.Filed) -> Opening:
        blind = None
        if filed.code is not None and filed.blind is not None:
            blind = open_blind(self._party, filed.leaf, filed.blind)
        return Opening(leaf=filed.leaf, blind=blind, code=filed.code)


def standing_of(connection: Connection, tree: Tree, leaf: int) -> tuple[lines.Filed, Standing]:
    """A line and where it stands in the ledger of a size; WireError where it has no such line."""
    filed = lines.at_leaf(connection, leaf)
    if filed is None or leaf >= tree.log_size:
        raise WireError("answer-unknown", f"Leaf {leaf} is no line of this ledger.")
    place = UNASSIGNED_PLACE if filed.code is None else rules.place_of(filed.code)
    account, path = tree.prove(place)
    if account is None:
        raise ValueError(f"leaf {leaf} is filed and its account is not in the ledger")
    subtrees = lines.subtrees(connection, filed.account)
    return filed, Standing(
        leaf=leaf,
        number=filed.number,
        place=place,
        path=encode_path(path),
        inclusion=merkle.inclusion_proof(filed.number - 1, account.count, subtrees),
        filed=entry_hash(EntryKind.EXCHANGE, filed.record, filed.salt),
    )


def _state(connection: Connection, tree: Tree, known: KnownPlace) -> AccountState:
    account, path = tree.prove(known.place)
    growth = _growth(connection, known, account) if account is not None else []
    return AccountState(place=known.place, path=encode_path(path), growth=growth)


def _growth(connection: Connection, known: KnownPlace, account: sum_tree.Account) -> list[bytes]:
    """What shows that an account extends what it was; nothing where it does not have that many."""
    held = lines.at_place(connection, known.place)
    if held is None or not 0 < known.count <= account.count:
        return []
    subtrees = lines.subtrees(connection, held)
    return merkle.consistency_proof(known.count, account.count, subtrees)
