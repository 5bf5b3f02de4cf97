"""Starting a country's processes together and stopping every one of them (起動と停止).

Everything is imported once, then each role is forked, before any thread or event loop exists: cold
processes cost four times the memory. Children are known by pid; nobody is restarted: a crash is
shown. A child whose supervisor vanishes stops by itself.
"""

import contextlib
import gc
import os
import select
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from renkei.kit import http_server
from renkei.run.process import import_framework, serve

READY_SECONDS: Final = 30.0
LAST_WORDS_BYTES: Final = 2_000
STOP_SECONDS: Final = 15.0
POLL_SECONDS: Final = 0.01


class StartFailed(Exception):
    """A process did not become ready; the message names it and its log."""


@dataclass(frozen=True, slots=True)
class Service:
    """One party to serve: its name, its configuration, where its process's last words go.

    Those with the same `process` share one (テナント).
    """

    name: str
    config: Path
    host: str
    port: int
    output: Path
    process: str | None = None
    """None: one of its own."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running process, and whom it serves."""

    services: tuple[Service, ...]
    pid: int

    @property
    def service(self) -> Service:
        """Whom it serves, the first of several: its output is the process's."""
        return self.services[0]

    @property
    def names(self) -> str:
        """Whom it serves, all of them."""
        return ", ".join(one.name for one in self.services)


@dataclass(frozen=True, slots=True)
class Starting:
    """A process that was forked: `ready` gives a byte once it accepts, end of file if it ended.

    Whoever began it closes `ready`.
    """

    child: Child
    ready: int


class Supervisor:
    """Starts services in order and stops them in reverse."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self._lifeline = os.pipe()

    def start(self, services: Sequence[Service], *, say: Callable[[str], None]) -> None:
        """Fork every service and wait until all accept connections.

        Raises StartFailed, after stopping what had started, if one does not within its time.
        """
        waiting = self.begin(services)
        try:
            for one in waiting:
                self._await_ready(one)
                for service in one.child.services:
                    say(f"{service.name} is ready (pid {one.child.pid})")
        except StartFailed:
            self.stop()
            raise
        finally:
            for one in waiting:
                os.close(one.ready)

    def begin(self, services: Sequence[Service]) -> list[Starting]:
        """Fork every service, in order, and wait for none."""
        sockets = {one.name: http_server.listen(one.host, one.port) for one in services}
        import_framework()
        gc.collect()
        gc.freeze()
        begun = [self._fork(together, sockets) for together in _processes(services)]
        for sock in sockets.values():
            sock.close()
        return begun

    def _fork(
        self, services: tuple[Service, ...], sockets: Mapping[str, socket.socket]
    ) -> Starting:
        reader, writer = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            os.close(self._lifeline[1])
            own = [sockets[one.name] for one in services]
            for other in sockets.values():
                if other not in own:
                    other.close()
            _child(services, own, writer, self._lifeline[0])
        os.close(writer)
        child = Child(services, pid)
        self.children.append(child)
        return Starting(child, reader)

    def _await_ready(self, one: Starting) -> None:
        service = one.child.service
        readable, _, _ = select.select([one.ready], [], [], READY_SECONDS)
        if not readable:
            raise StartFailed(
                f"{one.child.names} did not start within {READY_SECONDS:.0f} seconds; "
                f"read {service.output} and the log beside it"
            )
        if not os.read(one.ready, 1):
            said = _last_words(service.output)
            raise StartFailed(
                f"{one.child.names} did not start; read {service.output} and the log beside it"
                + (f"; its last words: {said}" if said else "")
            )

    def ended(self) -> list[tuple[Child, int]]:
        """Children that have ended by themselves, with their wait status; they are forgotten."""
        gone = []
        for child in list(self.children):
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                self.children.remove(child)
                gone.append((child, status))
        return gone

    def stop(self) -> None:
        """Stop every child by pid, in reverse order; kill what does not stop in its time."""
        for child in reversed(self.children):
            _signal(child.pid, signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        while self.children and time.monotonic() < until:
            self.ended()
            time.sleep(POLL_SECONDS)
        for child in list(self.children):
            _signal(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)
            self.children.remove(child)


@contextmanager
def running(services: Sequence[Service], *, say: Callable[[str], None]) -> Iterator[Supervisor]:
    """A country's processes for the length of a block; they are stopped whatever happens.

    SIGTERM raises KeyboardInterrupt in the block, as Ctrl-C does.
    """
    supervisor = Supervisor()
    with _terminated_as_interrupted():
        try:
            supervisor.start(services, say=say)
            yield supervisor
        finally:
            supervisor.stop()


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _last_words(output: Path) -> str:
    """The last line a process printed, cut short; empty where it printed none."""
    with contextlib.suppress(OSError), output.open("rb") as file:
        file.seek(max(0, output.stat().st_size - LAST_WORDS_BYTES))
        lines = file.read().decode("utf-8", "replace").split("\n")
        return next((one.strip() for one in reversed(lines) if one.strip()), "")
    return ""


def _say_ready(writer: int) -> None:
    os.write(writer, b"1")


def _processes(services: Sequence[Service]) -> Iterator[tuple[Service, ...]]:
    """The services of each process, in the order of the first of each."""
    found: dict[str, list[Service]] = {}
    for one in services:
        found.setdefault(one.process or one.name, []).append(one)
    yield from map(tuple, found.values())


def _child(
    services: tuple[Service, ...], socks: Sequence[socket.socket], writer: int, lifeline: int
) -> None:
    """What the forked process does; never returns."""
    status = 1
    try:
        os.setpgid(0, 0)  # Ctrl-C of the terminal is for the supervisor, which stops us in order
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until it serves, and drains instead
        output = os.open(services[0].output, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        os.dup2(output, 1)
        os.dup2(output, 2)
        paths = [one.config for one in services]
        serve(*paths, socks=socks, ready=lambda _ports: _say_ready(writer), lifeline=lifeline)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
