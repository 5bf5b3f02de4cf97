"""At which ports a country's processes listen, at every start the same (待受ポート).

Ports are chosen once, written down in the country's manifest and kept, also where the country in a
folder is built anew: what an integrator writes down stays true. They lie below those that systems
lend to outgoing connections (from 32,768 on Linux, from 49,152 elsewhere), and in which block is
said by the folder's path, so that two countries of one machine seldom meet.
"""

import hashlib
import socket
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

LOWEST: Final = 20_000
BEYOND: Final = 32_000
HOST: Final = "127.0.0.1"


class NoPortFree(OSError):
    """Every port a country may have is taken."""


def is_free(port: int) -> bool:
    """Whether nothing listens at a port of this machine now."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((HOST, port))
        except OSError:
            return False
    return True


def settle(names: Iterable[str], folder: Path, kept: Mapping[str, int]) -> dict[str, int]:
    """A port for each name: the one in `kept`, else the next free one from the folder's first.

    Raises NoPortFree where there are not enough.
    """
    wanted = list(names)
    found = {name: kept[name] for name in wanted if name in kept}
    fresh = _free(folder, set(found.values()))
    return {name: found[name] if name in found else next(fresh) for name in wanted}


def _free(folder: Path, without: Collection[int]) -> Iterator[int]:
    digest = hashlib.sha256(str(folder.absolute()).encode()).digest()
    count = BEYOND - LOWEST
    first = int.from_bytes(digest[:8], "big") % count
    for step in range(count):
        port = LOWEST + (first + step) % count
        if port not in without and is_free(port):
            yield port
    raise NoPortFree(f"no port from {LOWEST} to {BEYOND - 1} of {HOST} is free; stop what listens")
