"""The portal over HTTP, for the Commission (情報提供等記録開示システムへの接続)."""

from renkei.clients.caller import Caller
from renkei.wire.messages.oversight import (
    AccountsRequest,
    FindingsRequest,
    LedgerRequest,
    OpeningRequest,
    StatementHandover,
)


class PortalClient:
    """`PortalProtocol` over HTTP."""

    def __init__(self, caller: Caller) -> None:
        self._call = caller.call

    async def ledger(self, letter: bytes) -> bytes:
        """Fetch root and sum."""
        return await self._call(LedgerRequest, letter)

    async def openings(self, letter: bytes) -> bytes:
        """Have leaves opened."""
        return await self._call(OpeningRequest, letter)

    async def accounts(self, letter: bytes) -> bytes:
        """Sample accounts."""
        return await self._call(AccountsRequest, letter)

    async def statement(self, letter: bytes) -> bytes:
        """Hand over a signed statement."""
        return await self._call(StatementHandover, letter)

    async def findings(self, letter: bytes) -> bytes:
        """Collect findings."""
        return await self._call(FindingsRequest, letter)
