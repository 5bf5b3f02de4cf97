"""The file a person takes away: lines, what proves them, what the Commission stated (取出し).

An account of many lines comes in parts. All parts of one log size are made on one basis, which is
kept for a while, so that they fit together however the ledger grows between two of them.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from msgspec import UNSET
from sqlalchemy import Connection

from renkei.crypto import account_tree, sum_tree
from renkei.crypto.account_tree import PART_LINES
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.portal import rules
from renkei.roles.portal.service.ledger import LedgerService
from renkei.roles.portal.service.proofs import Proofs
from renkei.roles.portal.service.sealing import open_blind
from renkei.roles.portal.store import codes, lines
from renkei.roles.portal.store import ledger as store
from renkei.wire.entries import ExchangeRecord, read_entry
from renkei.wire.errors import WireError
from renkei.wire.history import (
    FILE_FORMAT,
    LEDGER_FORM,
    UNASSIGNED_PLACE,
    EarlierTree,
    HistoryFile,
    ProvenLine,
    ProvenReceipt,
    encode_path,
)

NOTICE: Final = (
    "特定個人情報 / Specific Personal Information (番号法2条9項): keep this file to yourself. "
    "SANDBOX: synthetic people only."
)
CATCH_UP_ATTEMPTS: Final = 20
CATCH_UP_SECONDS: Final = 0.25
BASES_KEPT: Final = 1_000
"""Downloads whose later parts can be made without looking at the whole ledger again."""


@dataclass(frozen=True, slots=True)
class _Signed:
    """A log size with its checkpoint, and the statement there if there is one."""

    log_size: int
    checkpoint: str
    statement: str | None


@dataclass(frozen=True, slots=True)
class _Basis:
    """What all parts of one download share: log, ledger, the account's place in it."""

    signed: _Signed
    root: sum_tree.Sum
    path: bytes
    unassigned: bytes
    total: int


@dataclass(frozen=True, slots=True)
class _Material:
    """What one part of an account holds."""

    filed: list[lines.Filed]
    receipts: list[tuple[int, lines.FiledReceipt]]
    proof: list[bytes]
    earlier: list[int]


class DownloadService:
    """Makes history files."""

    def __init__(
        self, party: Party, database: Database, linkage: Counterparty, ledger: LedgerService
    ) -> None:
        self._party = party
        self._database = database
        self._ledger = ledger
        self._proofs = Proofs(linkage)
        self._bases: OrderedDict[tuple[bytes, int], _Basis] = OrderedDict()

    async def file(self, code: bytes, part: int = 1, log_size: int | None = None) -> HistoryFile:
        """One part of a code's history, at the newest size with a statement or at a named one.

        Raises WireError `person-unknown`, `malformed` for a part or a size that there is not,
        or `unavailable` while the log is away or not yet filed.
        """
        account = await self._database.read(lambda c: codes.account_of(c, code))
        if account is None:
            raise WireError("person-unknown", "The set of valid codes does not have this one.")
        basis = await self._basis(code, log_size)
        signed, total = basis.signed, basis.total
        size = signed.log_size
        if not 1 <= part <= account_tree.parts(total):
            raise WireError(
                "malformed", f"This history has parts 1 to {account_tree.parts(total)}."
            )
        held = await self._database.read(lambda c: _material(c, account, basis, part))
        proven = await asyncio.to_thread(lambda: [self._line(one) for one in held.filed])
        receipts = [_receipt(*one) for one in held.receipts]
        leaves = [one.leaf for one in proven] + [one.leaf for one in receipts]
        file = HistoryFile(
            format=FILE_FORMAT,
            notice=NOTICE,
            made_at=self._party.now(),
            code=code,
            part=part,
            total=total,
            lines=proven,
            receipts=receipts,
            part_proof=held.proof,
            log_size=size,
            checkpoint=signed.checkpoint,
            log_hashes=await self._proofs.shared(leaves, size),
            ledger_path=basis.path,
            unassigned_path=basis.unassigned,
            statement=signed.statement,
            ledger_root=basis.root.hash,
            exchange_entries=basis.root.count,
            earlier=[await self._extends(other, size) for other in held.earlier],
        )
        await self._database.write(lambda c: store.add_download(c, account, size))
        return file

    # -- steps -------------------------------------------------------------------------------

    async def _basis(self, code: bytes, log_size: int | None) -> _Basis:
        signed = None
        if log_size is not None:
            held = self._bases.get((code, log_size))
            if held is not None:
                return held
            signed = await self._database.read(lambda c: _stated(c, store.root_at(c, log_size)))
            if signed is None:
                raise WireError("malformed", "Nothing was stated of this log size.")
        signed = signed or await self._newest()
        tree = await self._ledger.tree(signed.log_size)
        account, path = tree.prove(rules.place_of(code))
        _, unassigned = tree.prove(UNASSIGNED_PLACE)
        total = account.count if account is not None else 0
        basis = _Basis(signed, tree.root, encode_path(path), encode_path(unassigned), total)
        self._bases[code, signed.log_size] = basis
        while len(self._bases) > BASES_KEPT:
            self._bases.popitem(last=False)
        return basis

    async def _newest(self) -> _Signed:
        found = await self._database.read(lambda c: _stated(c, store.stated(c)))
        if found is not None:
            return found
        size, note = await self._ledger.newest_signed()
        for _ in range(CATCH_UP_ATTEMPTS):
            if (await self._database.read(lines.position)).log_size >= size:
                return _Signed(size, note, None)
            await asyncio.sleep(CATCH_UP_SECONDS)
        raise WireError("unavailable", "The portal is still filing; try again in a minute.")

    def _line(self, one: lines.Filed) -> ProvenLine:
        assert one.blind is not None  # only `unassigned` has lines without
        return ProvenLine(
            number=one.number,
            leaf=one.leaf,
            salt=one.salt,
            record=one.record,
            blind=open_blind(self._party, one.leaf, one.blind),
            signed=one.signed or UNSET,
        )

    async def _extends(self, other: int, size: int) -> EarlierTree:
        proof = await self._proofs.consistency(min(other, size), max(other, size))
        return EarlierTree(log_size=other, proof=proof)


def _stated(connection: Connection, given: store.Given | None) -> _Signed | None:
    """A size with a statement of today's form, and its cosigned checkpoint."""
    if given is None or given.statement is None or given.form != LEDGER_FORM:
        return None
    cosigned = store.checkpoint_at(connection, given.log_size)
    return _Signed(given.log_size, cosigned.note, given.statement) if cosigned else None


def _receipt(line: int, one: lines.FiledReceipt) -> ProvenReceipt:
    return ProvenReceipt(line=line, leaf=one.leaf, salt=one.salt, record=one.record)


def _material(connection: Connection, account: int, basis: _Basis, part: int) -> _Material:
    first, size = (part - 1) * PART_LINES, basis.signed.log_size
    held = lines.numbered(connection, account, first + 1, min(first + PART_LINES, basis.total))
    records = [read_entry(one.record, ExchangeRecord) for one in held]
    named = [(record.requester, record.tx, record.commitment) for record in records]
    found = lines.receipts(connection, named, size)
    receipts = [
        (one.number, receipt)
        for one, record, name in zip(held, records, named, strict=True)
        for receipt in found[name]
        if receipt.sender in (record.requester, record.provider)
    ]
    subtrees = lines.subtrees(connection, account)
    proof = account_tree.part_proof(part, basis.total, subtrees)
    # Only the first part says which earlier trees this one extends: they are the same for all.
    earlier = store.downloads(connection, account) if part == 1 else []
    return _Material(held, receipts, proof, [other for other in earlier if other != size])
