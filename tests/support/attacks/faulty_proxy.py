"""A TCP proxy before chosen doors that loses, delays, cuts and halves what passes.

It sees TLS from outside only: it carries bytes and spoils them, and never reads one. It runs in a
thread of its own; faults are switched from the test while connections stand.
"""

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Kind = Literal["clear", "hold", "swallow", "delay", "cut", "halve", "stall", "one-way", "refuse"]
"""What a door does: `hold` keeps bytes until the fault ends, `swallow` loses them, `delay` takes
its time, `cut` resets after some bytes, `halve` delivers half and resets, `stall` delivers half and
then nothing, `one-way` ends one direction, `refuse` listens no more."""
FAULTS: tuple[Kind, ...] = tuple(kind for kind in get_args(Kind) if kind != "clear")
TOTAL: tuple[Kind, ...] = ("hold", "swallow", "refuse")
"""Faults through which nothing at all passes."""
CHUNK_BYTES = 16_384
CUT_AFTER_BYTES = 6_000
"""At the latest; a handshake and one message are about as many."""
DELAY_SECONDS = (0.02, 0.25)
_RESET = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class _Door:
    target: int
    port: int
    kind: Kind = "clear"
    server: asyncio.Server | None = None
    clear: asyncio.Event = field(default_factory=asyncio.Event)
    pairs: set["_Pair"] = field(default_factory=set)


@dataclass(eq=False)
class _Pair:
    """One connection through a door: its two ends, and how much may still pass before a cut."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    left: int
    stalled: bool = False

    def reset(self) -> None:
        for end in (self.near, self.far):
            sock = end.get_extra_info("socket")
            if sock is not None and sock.fileno() >= 0:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            end.transport.abort()


class FaultyProxy:
    """Doors by name, each before one port of this machine."""

    def __init__(self, targets: dict[str, int], seed: int) -> None:
        self._random = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._doors = self._do(self._open(targets))

    @property
    def ports(self) -> dict[str, int]:
        """Where each door listens."""
        return {name: door.port for name, door in self._doors.items()}

    def set(self, name: str, kind: Kind) -> None:
        """Have a door do something else, to standing connections too."""
        self._do(self._set(self._doors[name], kind))

    def heal(self) -> None:
        """Have every door let everything pass; what was spoiled before stays spoiled."""
        for name in self._doors:
            self.set(name, "clear")

    def stop(self) -> None:
        """Cut everything and end the thread."""
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # -- in the thread -------------------------------------------------------------------------

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _open(self, targets: dict[str, int]) -> dict[str, _Door]:
        doors = {name: _Door(target, 0) for name, target in targets.items()}
        for door in doors.values():
            await self._listen(door)
            door.clear.set()
        return doors

    async def _listen(self, door: _Door) -> None:
        door.server = await asyncio.start_server(
            lambda reader, writer: self._carry(door, reader, writer), "127.0.0.1", door.port
        )
        door.port = door.server.sockets[0].getsockname()[1]

    async def _set(self, door: _Door, kind: Kind) -> None:
        door.kind = kind
        if kind == "refuse" and door.server is not None:
            door.server.close()
            door.server = None
            for pair in list(door.pairs):
                pair.reset()
        elif kind != "refuse" and door.server is None:
            await self._listen(door)
        if kind == "hold":
            door.clear.clear()
        else:
            door.clear.set()
        for pair in door.pairs:
            pair.left = self._random.randrange(CUT_AFTER_BYTES)

    async def _close(self) -> None:
        for door in self._doors.values():
            if door.server is not None:
                door.server.close()
            for pair in list(door.pairs):
                pair.reset()
        own = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not own]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _carry(
        self, door: _Door, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            far_reader, far = await asyncio.open_connection("127.0.0.1", door.target)
        except OSError:
            writer.transport.abort()
            return
        pair = _Pair(writer, far, self._random.randrange(CUT_AFTER_BYTES))
        door.pairs.add(pair)
        try:
            await asyncio.gather(
                self._pump(door, pair, reader, far), self._pump(door, pair, far_reader, writer)
            )
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            door.pairs.discard(pair)
            for end in (writer, far):
                end.transport.abort()

    async def _pump(
        self, door: _Door, pair: _Pair, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(CHUNK_BYTES):
            passed = await self._spoil(door, pair, data)
            if passed is None:
                pair.reset()
                return
            if passed:
                writer.write(passed)
                await writer.drain()
            if door.kind == "one-way" and pair.left < CUT_AFTER_BYTES // 2:
                break
        if not pair.stalled and writer.can_write_eof():
            writer.write_eof()

    async def _spoil(self, door: _Door, pair: _Pair, data: bytes) -> bytes | None:
        """What of some bytes passes now; None where the connection is to be reset."""
        if door.kind == "hold":
            await door.clear.wait()
        kind = door.kind
        if pair.stalled or kind == "swallow":
            return b""
        if kind == "delay":
            await asyncio.sleep(self._random.uniform(*DELAY_SECONDS))
        pair.left -= len(data)
        if pair.left >= 0 or kind not in ("cut", "halve", "stall"):
            return data
        if kind == "cut":
            return None
        pair.stalled = True
        if kind == "halve":
            asyncio.get_running_loop().call_later(0.05, pair.reset)
        return data[: len(data) // 2]
