"""The network over HTTP (情報提供ネットワークシステムへの接続)."""

from renkei.clients.caller import Caller
from renkei.wire.messages.acquisition import (
    AcquisitionCollect,
    AcquisitionConfirm,
    AcquisitionFill,
    AcquisitionNumberRequest,
)
from renkei.wire.messages.directory import DirectoryRequest
from renkei.wire.messages.exchange import PermitRequest, Receipts


class LinkageClient:
    """`LinkageProtocol` over HTTP."""

    def __init__(self, caller: Caller) -> None:
        self._call = caller.call

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

    async def permit(self, letter: bytes) -> bytes:
        """Ask for a permit."""
        return await self._call(PermitRequest, letter)

    async def receipts(self, letter: bytes) -> bytes:
        """Send receipts."""
        return await self._call(Receipts, letter)
