"""The file a person takes away: lines, what proves them, what the Commission stated (取出し)."""

import asyncio
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.portal import rules
from renkei.roles.portal.service.ledger import LedgerService
from renkei.roles.portal.service.proofs import Proofs
from renkei.roles.portal.service.sealing import open_blind
from renkei.roles.portal.store import codes, lines
from renkei.roles.portal.store import ledger as store
from renkei.wire.errors import WireError
from renkei.wire.history import (
    FILE_FORMAT,
    LINES_LIMIT,
    EarlierTree,
    HistoryFile,
    ProvenLine,
    ProvenReceipt,
    encode_path,
    read_exchange,
)
from renkei.wire.protocols import LinkageProtocol

NOTICE: Final = (
    "特定個人情報 / Specific Personal Information (番号法2条9項): keep this file to yourself. "
    "SANDBOX: synthetic people only."
)
CATCH_UP_ATTEMPTS: Final = 20
CATCH_UP_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class _Basis:
    """The log size a file is made at, its checkpoint, and the statement there if there is one."""

    log_size: int
    checkpoint: str
    statement: str | None


@dataclass(frozen=True, slots=True)
class _Material:
    """What an account has below a log size."""

    account: int
    filed: list[lines.Filed]
    receipts: list[tuple[int, lines.FiledReceipt]]
    earlier: list[int]


class DownloadService:
    """Makes history files."""

    def __init__(
        self, party: Party, database: Database, linkage: LinkageProtocol, ledger: LedgerService
    ) -> None:
        self._party = party
        self._database = database
        self._ledger = ledger
        self._proofs = Proofs(linkage)

    async def file(self, code: bytes) -> HistoryFile:
        """A code's file at the newest size with a statement, or at the newest signed one.

        Raises WireError `person-unknown`, or `unavailable` while the log is away or not yet filed.
        """
        basis = await self._basis()
        size = basis.log_size
        tree = await self._ledger.tree(size)
        held = await self._database.read(lambda c: _material(c, code, size))
        _, path = tree.prove(rules.place_of(code))
        file = HistoryFile(
            format=FILE_FORMAT,
            notice=NOTICE,
            made_at=self._party.now(),
            code=code,
            lines=[await self._line(one, size) for one in held.filed],
            receipts=[await self._receipt(*one, size) for one in held.receipts],
            log_size=size,
            checkpoint=basis.checkpoint,
            ledger_path=encode_path(path),
            statement=basis.statement,
            ledger_root=tree.root.hash,
            exchange_entries=tree.root.count,
            earlier=[await self._extends(other, size) for other in held.earlier],
        )
        await self._database.write(lambda c: store.add_download(c, held.account, size))
        return file

    # -- steps -------------------------------------------------------------------------------

    async def _basis(self) -> _Basis:
        def stated(connection: Connection) -> _Basis | None:
            given = store.stated(connection)
            cosigned = store.checkpoint_at(connection, given.log_size) if given else None
            if given is None or cosigned is None:
                return None
            return _Basis(given.log_size, cosigned.note, given.statement)

        found = await self._database.read(stated)
        if found is not None:
            return found
        size, note = await self._ledger.newest_signed()
        for _ in range(CATCH_UP_ATTEMPTS):
            if (await self._database.read(lines.position)).log_size >= size:
                return _Basis(size, note, None)
            await asyncio.sleep(CATCH_UP_SECONDS)
        raise WireError("unavailable", "The portal is still filing; try again in a minute.")

    async def _line(self, one: lines.Filed, size: int) -> ProvenLine:
        assert one.blind is not None  # only `unassigned` has lines without
        return ProvenLine(
            number=one.number,
            leaf=one.leaf,
            salt=one.salt,
            record=one.record,
            blind=open_blind(self._party, one.leaf, one.blind),
            inclusion=await self._proofs.inclusion(one.leaf, size),
        )

    async def _receipt(self, line: int, one: lines.FiledReceipt, size: int) -> ProvenReceipt:
        return ProvenReceipt(
            line=line,
            leaf=one.leaf,
            salt=one.salt,
            record=one.record,
            inclusion=await self._proofs.inclusion(one.leaf, size),
        )

    async def _extends(self, other: int, size: int) -> EarlierTree:
        proof = await self._proofs.consistency(min(other, size), max(other, size))
        return EarlierTree(log_size=other, proof=proof)


def _material(connection: Connection, code: bytes, size: int) -> _Material:
    account = codes.account_of(connection, code)
    if account is None:
        raise WireError("person-unknown", "The set of valid codes does not have this one.")
    if lines.count(connection, account) > LINES_LIMIT:
        raise WireError("too-large", f"A file holds at most {LINES_LIMIT} lines.")
    held = lines.below(connection, account, size)
    receipts = []
    for one in held:
        record = read_exchange(one.record)
        key = (record.requester, record.tx)
        for receipt in lines.receipts(connection, key, record.commitment, size):
            if receipt.sender in (record.requester, record.provider):
                receipts.append((one.number, receipt))
    earlier = [other for other in store.downloads(connection, account) if other != size]
    return _Material(account, held, receipts, earlier)
