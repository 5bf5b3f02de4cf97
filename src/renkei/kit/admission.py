"""Who is served now, who waits a moment, who is told to come back (流量制限).

There is a number of places in all, and a share for each peer, so that one slow or greedy peer
cannot occupy a process. Whoever finds no place waits for one, shortly and in bounded number. A
place that falls free goes to the waiting peer that holds the fewest.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Literal

Obstacle = Literal["peer", "process"]
"""What stands in the way: the peer's own share, or all places of the process."""


@dataclass(frozen=True, slots=True)
class Places:
    """How many requests run at once, in all and per peer, and how long one waits to begin."""

    running: int
    running_per_peer: int
    waiting: int
    wait_seconds: float

    def __post_init__(self) -> None:
        if min(self.running, self.running_per_peer) < 1 or self.waiting < 0:
            raise ValueError("a process serves at least one request, and one of each peer")


class Admission:
    """The places of one process; used by one event loop (入場)."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._running = 0
        self._waiting = 0
        self._held: dict[str, int] = {}
        self._queues: dict[str, deque[asyncio.Future[bool]]] = {}

    @property
    def running(self) -> int:
        """How many places are taken now."""
        return self._running

    @property
    def waiting(self) -> int:
        """How many requests wait for a place now."""
        return self._waiting

    async def enter(self, peer: str) -> Obstacle | None:
        """Take a place, at once or after waiting; None, or what stood in the way.

        Whoever got None must call `leave` with the same peer, once.
        """
        held = self._held.get(peer, 0)
        if self._running < self._places.running and held < self._places.running_per_peer:
            self._running += 1
            self._held[peer] = held + 1
            return None
        if self._waiting < self._places.waiting and await self._wait(peer):
            return None
        return "process" if self._running >= self._places.running else "peer"

    def leave(self, peer: str) -> None:
        """Give a place back; it goes to a request that waits, if one may have it."""
        self._running -= 1
        held = self._held[peer] - 1
        if held:
            self._held[peer] = held
        else:
            del self._held[peer]
        if self._queues:
            self._hand_over()

    async def _wait(self, peer: str) -> bool:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[bool] = loop.create_future()
        self._queues.setdefault(peer, deque()).append(turn)
        self._waiting += 1
        timer = loop.call_later(self._places.wait_seconds, _give_up, turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.result():
                self.leave(peer)  # the place came and the request went at the same moment
            raise
        finally:
            timer.cancel()
            self._waiting -= 1
            self._forget(peer, turn)

    def _forget(self, peer: str, turn: asyncio.Future[bool]) -> None:
        queue = self._queues.get(peer)
        if queue is not None:
            if turn in queue:
                queue.remove(turn)
            if not queue:
                del self._queues[peer]

    def _hand_over(self) -> None:
        """Give free places away: to the peer with the fewest, in turn among equals."""
        held, share = self._held, self._places.running_per_peer
        while self._running < self._places.running:
            able = [peer for peer in self._queues if held.get(peer, 0) < share]
            if not able:
                return
            peer = min(able, key=lambda one: held.get(one, 0))
            queue = self._queues.pop(peer)
            turn = queue.popleft()
            if queue:
                self._queues[peer] = queue  # behind the others, who have their turn first
            if not turn.done():
                self._running += 1
                held[peer] = held.get(peer, 0) + 1
                turn.set_result(True)


def _give_up(turn: asyncio.Future[bool]) -> None:
    if not turn.done():
        turn.set_result(False)
