"""J-LIS over HTTP (機構への接続)."""

from renkei.clients.caller import Caller
from renkei.wire.messages.acquisition import AcquireDecision, AcquireRequest
from renkei.wire.messages.batches import AcquireBatch
from renkei.wire.messages.portal import PersonaSignIn, PortalBatch


class IndividualNumberClient:
    """`IndividualNumberProtocol` over HTTP."""

    def __init__(self, caller: Caller) -> None:
        self._call = caller.call

    async def acquire(self, letter: bytes) -> bytes:
        """Have a code issued."""
        return await self._call(AcquireRequest, letter)

    async def acquire_batch(self, letter: bytes) -> bytes:
        """Have several codes issued."""
        return await self._call(AcquireBatch, letter)

    async def acquire_decision(self, letter: bytes) -> bytes:
        """Decide a doubtful comparison."""
        return await self._call(AcquireDecision, letter)

    async def portal_batch(self, letter: bytes) -> bytes:
        """Have a batch filled for people not yet in the portal's set."""
        return await self._call(PortalBatch, letter)

    async def persona_sign_in(self, letter: bytes) -> bytes:
        """SANDBOX: have a number filled for a persona."""
        return await self._call(PersonaSignIn, letter)
