"""Calls to many peers at once, of which none may hold up the others (宛先別の並行数).

Every peer has a lane of its own. One that cannot be reached is tried by one call at a time until
it answers again: a thousand calls that wait for a dead peer take one connection, not all.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PROBES_AT_ONCE = 1


@dataclass(slots=True)
class _Lane:
    limit: int
    running: int = 0
    trouble: str | None = None
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)

    async def enter(self) -> None:
        while self.running >= self.limit:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                self.wake()  # the turn may have come at the same moment: pass it on
                raise
        self.running += 1

    def wake(self) -> None:
        free = self.limit - self.running
        while free > 0 and self.waiting:
            turn = self.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1


class Lanes:
    """Bounds how many calls run at once to each peer; used by one event loop."""

    def __init__(self, at_once: int, reason: Callable[[BaseException], str | None]) -> None:
        """`reason` names what an error says of the peer itself; None where it says nothing."""
        self._at_once = at_once
        self._reason = reason
        self._lanes: dict[str, _Lane] = {}

    def trouble(self, peer: str) -> str | None:
        """Why the last call to a peer failed, None where it did not."""
        lane = self._lanes.get(peer)
        return lane.trouble if lane is not None else None

    @asynccontextmanager
    async def to(self, peer: str) -> AsyncIterator[None]:
        """Run one call to a peer; its error, if any, passes through and is remembered."""
        lane = self._lanes.setdefault(peer, _Lane(self._at_once))
        await lane.enter()
        try:
            yield
        except Exception as error:
            lane.trouble = self._reason(error)
            raise
        else:
            lane.trouble = None
        finally:
            lane.running -= 1
            lane.limit = self._at_once if lane.trouble is None else PROBES_AT_ONCE
            lane.wake()
