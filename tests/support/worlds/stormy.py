"""A country in one process under bad weather: messages are lost, late, doubled; time leaps.

Everything is carried by a bus that remembers what it carried, so that a test can read every message
and deliver any of them again. Runs on a virtual loop: no real second passes.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from inprocess import Died, World
from virtual_time import VirtualLoop

from renkei.kit.http_client import Answer, Peer, PeerError, PeerTimeout, PeerUnreachable
from renkei.kit.party import Party
from renkei.wire.errors import WireError

Fault = Literal["lost", "unanswered", "twice", "late", "slow"]
CENTRE = ("linkage", "individual-number", "portal", "oversight")
ANYWHERE = "*"
ROUND_STEPS = {
    "linkage": ("directory", "epochs", "sequencer", "housekeeping"),
    "individual-number": ("directory", "fills"),
    "institution": ("directory", "epochs", "receipts", "sweep"),
    "portal": ("directory", "set", "feed", "ledger", "overdue"),
    "oversight": (
        "directory",
        "countersign",
        "witness",
        "count",
        "collect",
        "locate",
        "compare",
        "ledger",
        "gather",
        "sample",
    ),
}


@dataclass
class Gale:
    """What becomes of the next `left` messages to a path, and after how many seconds."""

    fault: Fault
    path: str
    left: int
    seconds: float


@dataclass
class Carried:
    """One message that reached a door, with the answer that left it (None: it died)."""

    sender: str
    receiver: str
    path: str
    letter: bytes
    versions: set[int]
    """Directory versions the receiver went by while it worked on this."""
    status: int | None = None
    answer: bytes | None = None
    times: int = field(default=0)


@dataclass
class StormyWorld(World):
    """The country, its weather, and all that was ever carried in it."""

    gales: list[Gale] = field(default_factory=list)
    carried: list[Carried] = field(default_factory=list)
    failed: list[tuple[str, str, BaseException]] = field(default_factory=list)
    """Background work that failed otherwise than by an error of the closed list."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _echoes: set["asyncio.Task[None]"] = field(default_factory=set)

    number: int = 0
    """Which world of its databases this is: another one draws other random numbers."""

    def __post_init__(self) -> None:
        self.randomness = random.Random(self.number).randbytes

    # -- one after another -----------------------------------------------------------------------

    async def storing(self, work: Callable[..., Awaitable[Any]], *given: Any) -> Any:
        """Database functions in a fixed order, so that an example can be played again."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        async with self._turn:
            loop.began()
            try:
                return await work(*given)
            finally:
                loop.ended()

    # -- the bus -------------------------------------------------------------------------------

    async def carry(self, sender: str, peer: Peer, path: str, body: bytes) -> Answer:
        """Take a message through the weather."""
        gale = next((one for one in self.gales if one.path in (path, ANYWHERE)), None)
        if gale is None:
            return await super().carry(sender, peer, path, body)
        gale.left -= 1
        if gale.left == 0:
            self.gales.remove(gale)
        if gale.fault == "lost":
            raise PeerUnreachable(peer, "lost on the way")
        if gale.fault == "late":
            self._echo(gale.seconds, sender, peer, path, body)
            raise PeerTimeout(peer, "no answer in time")
        if gale.fault == "twice":
            self._echo(gale.seconds, sender, peer, path, body)
        if gale.fault == "slow":
            await asyncio.sleep(gale.seconds)
        answer = await super().carry(sender, peer, path, body)
        if gale.fault == "unanswered":
            raise PeerTimeout(peer, "the answer was lost")
        return answer

    def _echo(self, seconds: float, sender: str, peer: Peer, path: str, body: bytes) -> None:
        """The same bytes arrive once more, or at last; nobody waits for the answer."""

        async def arrive() -> None:
            await asyncio.sleep(seconds)
            with contextlib.suppress(PeerError, Died):
                await self.knock(sender, peer, path, body)

        task = asyncio.get_running_loop().create_task(arrive())
        self._echoes.add(task)
        task.add_done_callback(self._echoes.discard)

    async def again(self, one: Carried) -> None:
        """Deliver what was carried before once more, as it was."""
        one.times += 1
        peer = Peer(f"{one.receiver}.renkei.test", "127.0.0.1", 1)
        with contextlib.suppress(PeerError, Died):
            await self.knock(one.sender, peer, one.path, one.letter)

    async def knock(self, sender: str, peer: Peer, path: str, body: bytes) -> Answer:
        """Note what reaches a door and what leaves it."""
        receiver = peer.dns_name.removesuffix(".renkei.test")
        node = self.node_at(peer)
        one = Carried(sender, receiver, path, body, {node.party.directory_version})
        self.carried.append(one)
        try:
            answer = await super().knock(sender, peer, path, body)
        finally:
            one.versions.add(node.party.directory_version)
        one.status, one.answer = answer.status, answer.body
        return answer

    # -- what goes on by itself ------------------------------------------------------------------

    async def work(self, name: str, task: str) -> bool:
        """One round of one background task of one process, if it lives; whether more is due."""
        node = self.nodes[name]
        if node.death.dead:
            return False
        try:
            return await node.works[task]()
        except (WireError, PeerError, Died):
            return False
        except Exception as error:
            if not node.death.dead:
                self.failed.append((name, task, error))
            return False

    async def round(self, *names: str) -> None:
        """Every background task of some processes (of all) once, in a fixed order."""
        for name in names or tuple(self.nodes):
            role = self.country.config(name).role
            for task in ROUND_STEPS[role]:
                await self.work(name, task)

    async def close(self) -> None:
        """End every process and every message on its way."""
        for task in list(self._echoes):
            task.cancel()
        for name in list(self.nodes):
            await self.end(name)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for one in others:
            one.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def new_party(self, name: str, desks: dict[str, tuple[str, bytes]] | None = None) -> Party:
        """A party with the clock of its own machine."""
        self.skew.setdefault(name, timedelta())
        return super().new_party(name, desks)
