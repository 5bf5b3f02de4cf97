"""An institution over HTTP, for its peers and for its desks (機関への接続)."""

from renkei.clients.caller import Caller
from renkei.wire.messages.batches import DomicileRequest
from renkei.wire.messages.desk import (
    DeskAcquire,
    DeskAsk,
    DeskCaseRequest,
    DeskDecide,
    DeskPendingRequest,
    DeskProcedure,
)
from renkei.wire.messages.exchange import AttributesOffer, Presentation, Received
from renkei.wire.messages.oversight import EntriesRequest


class ProviderClient:
    """`ProviderProtocol` over HTTP."""

    def __init__(self, caller: Caller) -> None:
        self._call = caller.call

    async def provide(self, letter: bytes) -> bytes:
        """Present a permit."""
        return await self._call(Presentation, letter)

    async def received(self, letter: bytes) -> bytes:
        """Say that the answer arrived."""
        return await self._call(Received, letter)

    async def domicile(self, letter: bytes) -> bytes:
        """Hand numbers to a registered domicile's municipality."""
        return await self._call(DomicileRequest, letter)

    async def attributes(self, letter: bytes) -> bytes:
        """Offer the four attributes after `no-code`."""
        return await self._call(AttributesOffer, letter)

    async def entries(self, letter: bytes) -> bytes:
        """Fetch entry hashes from its records; for the Commission."""
        return await self._call(EntriesRequest, letter)


class DeskClient:
    """`DeskProtocol` over HTTP."""

    def __init__(self, caller: Caller) -> None:
        self._call = caller.call

    async def desk_procedure(self, letter: bytes) -> bytes:
        """Open a case for a procedure."""
        return await self._call(DeskProcedure, letter)

    async def desk_ask(self, letter: bytes) -> bytes:
        """Open a case with one request."""
        return await self._call(DeskAsk, letter)

    async def desk_case(self, letter: bytes) -> bytes:
        """Read a case."""
        return await self._call(DeskCaseRequest, letter)

    async def desk_acquire(self, letter: bytes) -> bytes:
        """Have codes acquired."""
        return await self._call(DeskAcquire, letter)

    async def desk_pending(self, letter: bytes) -> bytes:
        """List what waits for a human."""
        return await self._call(DeskPendingRequest, letter)

    async def desk_decide(self, letter: bytes) -> bytes:
        """Decide what waits."""
        return await self._call(DeskDecide, letter)
