"""A running country whose processes may be killed hundreds of times, quickly started again."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from running import RESIDENTS, STOP_SECONDS, RunningCountry

from renkei.kit.progress import Progress
from renkei.sandbox.building import DEFAULT_SEED
from renkei.sandbox.opening import open_country

NURSERY = Path(__file__).with_name("nursery.py")
BUILD_SECONDS = 120
EVENT_SECONDS = 60
PORT_TAKEN = "cannot listen on"
"""The ports of a sandbox are of the range that outgoing connections take theirs from."""


@dataclass(slots=True)
class Life:
    """One life of one process: `ready` once it accepts, `gone` once nothing of it is left."""

    pid: int
    ready: bool = False
    killed: bool = False
    gone: bool = False


class MortalCountry(RunningCountry):
    """A country whose processes a nursery forks; blocking calls, for any thread."""

    def __init__(
        self,
        folder: Path,
        *,
        seed: int = DEFAULT_SEED,
        residents: int = RESIDENTS,
        database: str | None = None,
    ) -> None:
        super().__init__(folder, database=database)
        self._seed, self._residents = seed, residents
        self._more: list[str] = []
        """What the nursery is told besides."""
        self._changed = threading.Condition()
        self._ordering = threading.Lock()
        self._stopping = False
        self._lives: dict[str, Life] = {}
        self._nursery: subprocess.Popen[bytes] | None = None
        self._cold: dict[int, subprocess.Popen[bytes]] = {}
        self.ports_taken = 0
        """How often a start had to be repeated, because somebody had the port for a moment."""
        self.died: list[str] = []
        """Processes that ended although nobody killed them, with their wait status."""

    def start(self, *, opened: bool = True) -> Self:
        """Build the country if it is not there and start every process.

        `opened`: acquire the codes of everybody on file, as `renkei up` does.
        """
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with (self.folder.parent / "nursery-errors.txt").open("ab") as errors:
            self._nursery = subprocess.Popen(
                [
                    *(sys.executable, str(NURSERY), str(self.folder)),
                    *(str(self._seed), str(self._residents), *self.database_options(), *self._more),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
        assert self._nursery.stdout is not None
        listening = threading.Thread(
            target=self._listen, args=(self._nursery.stdout,), name="nursery", daemon=True
        )
        listening.start()
        self._await(lambda: "" in self._lives, "the country was not built", BUILD_SECONDS)
        for service in self.country.services():
            self.begin(service.name)
        for service in self.country.services():
            self.await_ready(service.name)
        if opened:
            asyncio.run(open_country(self.country, Progress(quiet=True)))
        return self

    def _listen(self, events: IO[bytes]) -> None:
        for line in events:
            what, name, pid, *status = line.decode().split()
            with self._changed:
                if what == "taken":
                    self.ports_taken += 1
                elif what == "open":
                    self._lives[""] = Life(int(name))
                elif what == "forked":
                    self._lives[name] = Life(int(pid))
                    self.pids[name] = int(pid)
                elif (life := self._lives.get(name)) and life.pid == int(pid):
                    life.ready |= what == "ready"
                    life.gone |= what == "gone"
                    if life.gone and not life.killed and not self._stopping:
                        self.died.append(f"{name} (pid {pid}) died by itself, {status}")
                self._changed.notify_all()

    def _await(
        self, happened: Callable[[], bool], sentence: str, seconds: float = EVENT_SECONDS
    ) -> None:
        with self._changed:
            if not self._changed.wait_for(happened, seconds):
                raise AssertionError(sentence)

    # -- lives -----------------------------------------------------------------------------------

    def alive(self, party: str) -> bool:
        """Whether a process of this party is there, ready or not."""
        life = self._lives.get(party)
        return life is not None and not life.gone

    def ready(self, party: str) -> bool:
        """Whether a process of this party accepts connections."""
        return self.alive(party) and self._lives[party].ready

    def kill(self, party: str) -> None:
        """SIGKILL one process and wait until nothing is left of it: no thread, no lock, no port."""
        life = self._lives[party]
        life.killed = True
        cold = self._cold.pop(life.pid, None)
        if cold is None:
            self._order("kill", party)
            self._await(lambda: life.gone, f"{party} (pid {life.pid}) did not go")
            return
        if cold.poll() is not None:
            self.died.append(f"{party} (pid {life.pid}) died by itself, {cold.returncode}")
        cold.kill()
        cold.wait(EVENT_SECONDS)
        if cold.stderr is not None:
            cold.stderr.close()
        life.gone = True

    def begin(self, party: str) -> None:
        """Have a process forked; it is there, but need not accept connections yet."""
        assert not self.alive(party), f"{party} is still there"
        before = self._lives.get(party)
        self._order("start", party)
        self._await(lambda: self._lives.get(party) is not before, f"{party} was not forked")

    def _order(self, what: str, party: str) -> None:
        assert self._nursery is not None
        assert self._nursery.stdin is not None
        with self._ordering:
            self._nursery.stdin.write(f"{what} {party}\n".encode())
            self._nursery.stdin.flush()

    def await_ready(self, party: str) -> bool:
        """Wait until a process accepts connections; False if it was killed before."""
        life = self._lives[party]
        self._await(lambda: life.ready or life.gone, f"{party} did not start in time")
        return life.ready

    def restart(self, party: str) -> None:
        """Start a process again as `renkei up` does."""
        self.begin(party)
        assert self.await_ready(party), f"{party} did not start again"

    def restart_cold(self, party: str) -> None:
        """Start a process again as an operator does: `renkei serve`."""
        until = time.monotonic() + EVENT_SECONDS
        while True:
            try:
                process = self.serve(party)
                break
            except AssertionError as error:
                if PORT_TAKEN not in str(error) or time.monotonic() >= until:
                    raise
                self.ports_taken += 1
        self.pids[party] = process.pid
        self._cold[process.pid] = process
        self._lives[party] = Life(process.pid, ready=True)

    def stop(self) -> None:
        """Stop every process, the cold ones by pid, the others by the nursery's end."""
        self._stopping = True
        self._again += self._cold.values()
        super().stop()
        if self._nursery is not None:
            assert self._nursery.stdin is not None
            self._nursery.stdin.close()
            try:
                self._nursery.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._nursery.kill()
                self._nursery.wait(STOP_SECONDS)
