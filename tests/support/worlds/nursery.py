"""A process that has imported everything and forks a country's services when told to.

It does in a forked child what `renkei up` does in one (`run.supervisor`), so that a process that
was killed is back in a fraction of a cold start. It also kills: as the parent it cannot hit a
stranger who got the pid of a child that was gone already. Run as a script: `nursery.py FOLDER SEED
RESIDENTS [--database PLACE] [--replicas N]`; one order a line on stdin (`start NAME`, `kill NAME`),
one event a line on stdout. End of file on stdin ends it and every child.
"""

import argparse
import os
import selectors
import signal
import sys
import time
from pathlib import Path

from renkei.kit.location import Location
from renkei.kit.logs import configure
from renkei.kit.progress import Progress
from renkei.run.supervisor import Service, Starting, Supervisor
from renkei.sandbox.balancing import balanced, replicate
from renkei.sandbox.building import DEFAULT_AS_OF, open_or_build
from renkei.sandbox.relocation import relocate

LOOK_SECONDS = 0.01
AGAIN_SECONDS = 0.2
ORDER_BYTES = 65_536


def say(*words: object) -> None:
    """One event."""
    print(*words, flush=True)


class Nursery:
    """Forks services one by one and tells what becomes of them."""

    def __init__(self, services: list[Service]) -> None:
        self._services = {one.name: one for one in services}
        self._supervisor = Supervisor()
        self._selector = selectors.DefaultSelector()
        self._selector.register(sys.stdin.fileno(), selectors.EVENT_READ, None)
        self._orders = b""
        self._waiting: dict[str, float] = {}

    def run(self) -> None:
        """Follow orders until there are no more."""
        try:
            while self._look():
                self._start_again()
                for child, status in self._supervisor.ended():
                    say("gone", child.service.name, child.pid, status)
        finally:
            self._supervisor.stop()

    def _start_again(self) -> None:
        """Start what found its port taken: outgoing connections have theirs of the same range."""
        for name, at in list(self._waiting.items()):
            if time.monotonic() >= at:
                del self._waiting[name]
                self._start(name)

    def _look(self) -> bool:
        for key, _ in self._selector.select(LOOK_SECONDS):
            if key.data is not None:
                self._tell_ready(key.data)
            elif not self._read_orders():
                return False
        return True

    def _read_orders(self) -> bool:
        read = os.read(sys.stdin.fileno(), ORDER_BYTES)
        *lines, self._orders = (self._orders + read).split(b"\n")
        for line in lines:
            what, name = line.decode().split()
            if what == "start":
                self._start(name)
            else:
                self._kill(name)
        return bool(read)

    def _kill(self, name: str) -> None:
        for child in self._supervisor.children:
            if child.service.name == name:
                os.kill(child.pid, signal.SIGKILL)

    def _start(self, name: str) -> None:
        try:
            (one,) = self._supervisor.begin([self._services[name]])
        except OSError:
            say("taken", name, 0)
            self._waiting[name] = time.monotonic() + AGAIN_SECONDS
            return
        self._selector.register(one.ready, selectors.EVENT_READ, one)
        say("forked", name, one.child.pid)

    def _tell_ready(self, one: Starting) -> None:
        if os.read(one.ready, 1):
            say("ready", one.child.service.name, one.child.pid)
        self._selector.unregister(one.ready)
        os.close(one.ready)


def main(options: argparse.Namespace) -> None:
    """Build or open the country, have its databases where they are to be, and wait for orders."""
    folder = options.folder.absolute()
    configure(role="sandbox", path=folder.parent / "sandbox.jsonl")
    country = open_or_build(
        folder,
        seed=options.seed,
        as_of=DEFAULT_AS_OF,
        progress=Progress(),
        residents=options.residents,
    )
    if options.database is not None:
        where = Location.from_configuration(options.database, Path.cwd())
        relocate(country, where, Progress(quiet=True))
    if options.replicas:
        replicate(country, options.replicas)
    with balanced(country):
        nursery = Nursery(country.services())
        say("open", os.getpid(), 0)
        nursery.run()


def arguments() -> argparse.Namespace:
    """What the one that starts it says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("seed", type=int)
    parser.add_argument("residents", type=int)
    parser.add_argument("--database")
    parser.add_argument("--replicas", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main(arguments())
