"""The network over HTTP (情報提供ネットワークシステムへの接続)."""

from renkei.clients.caller import Caller
from renkei.wire.messages.acquisition import (
    AcquisitionCollect,
    AcquisitionConfirm,
    AcquisitionFill,
    AcquisitionNumberRequest,
)
from renkei.wire.messages.batches import CollectBatch, ConfirmBatch, FillBatch
from renkei.wire.messages.directory import DirectoryRequest
from renkei.wire.messages.epoch import EpochCollect, EpochConfirm
from renkei.wire.messages.exchange import PermitRequest, Receipts
from renkei.wire.messages.log import (
    Cosignature,
    DirectoryCountersigned,
    DirectoryProposalRequest,
    FeedAcknowledge,
    FeedRequest,
    LedgerRoot,
)
from renkei.wire.messages.oversight import LocateRequest, RecordsRequest


class LinkageClient:
    """`LinkageProtocol` over HTTP."""

    def __init__(self, caller: Caller) -> None:
        self._call = caller.call
        self._get = caller.get

    async def directory(self, letter: bytes) -> bytes:
        """Fetch the newest directory."""
        return await self._call(DirectoryRequest, letter)

    async def acquisition_numbers(self, letter: bytes) -> bytes:
        """Fetch acquisition numbers."""
        return await self._call(AcquisitionNumberRequest, letter)

    async def acquisition_fill(self, letter: bytes) -> bytes:
        """Fill an acquisition number."""
        return await self._call(AcquisitionFill, letter)

    async def acquisition_collect(self, letter: bytes) -> bytes:
        """Collect what was filled."""
        return await self._call(AcquisitionCollect, letter)

    async def acquisition_confirm(self, letter: bytes) -> bytes:
        """Confirm that a code is bound."""
        return await self._call(AcquisitionConfirm, letter)

    async def acquisition_fill_batch(self, letter: bytes) -> bytes:
        """Fill several acquisition numbers."""
        return await self._call(FillBatch, letter)

    async def acquisition_collect_batch(self, letter: bytes) -> bytes:
        """Collect what was filled of several numbers."""
        return await self._call(CollectBatch, letter)

    async def acquisition_confirm_batch(self, letter: bytes) -> bytes:
        """Confirm that several codes are bound."""
        return await self._call(ConfirmBatch, letter)

    async def permit(self, letter: bytes) -> bytes:
        """Ask for a permit."""
        return await self._call(PermitRequest, letter)

    async def receipts(self, letter: bytes) -> bytes:
        """Send receipts."""
        return await self._call(Receipts, letter)

    async def epoch_collect(self, letter: bytes) -> bytes:
        """Ask for the step to a new epoch."""
        return await self._call(EpochCollect, letter)

    async def epoch_confirm(self, letter: bytes) -> bytes:
        """Confirm the new column."""
        return await self._call(EpochConfirm, letter)

    async def feed(self, letter: bytes) -> bytes:
        """Read lines to file."""
        return await self._call(FeedRequest, letter)

    async def feed_acknowledge(self, letter: bytes) -> bytes:
        """Say that lines are filed."""
        return await self._call(FeedAcknowledge, letter)

    async def ledger_root(self, letter: bytes) -> bytes:
        """Have a ledger root logged."""
        return await self._call(LedgerRoot, letter)

    async def cosignature(self, letter: bytes) -> bytes:
        """Hand in a cosignature."""
        return await self._call(Cosignature, letter)

    async def locate(self, letter: bytes) -> bytes:
        """Ask where entry hashes stand."""
        return await self._call(LocateRequest, letter)

    async def records(self, letter: bytes) -> bytes:
        """Fetch records of leaves."""
        return await self._call(RecordsRequest, letter)

    async def directory_proposal(self, letter: bytes) -> bytes:
        """Fetch a version to countersign."""
        return await self._call(DirectoryProposalRequest, letter)

    async def directory_countersigned(self, letter: bytes) -> bytes:
        """Hand in a countersignature."""
        return await self._call(DirectoryCountersigned, letter)

    async def public_file(self, path: str) -> bytes:
        """A file of the log's public face, e.g. `checkpoint` (C2SP tlog-tiles)."""
        return await self._get(f"/log/{path}")
