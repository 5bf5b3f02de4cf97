"""A running country for tests: real processes, real TLS, real files, stopped by pid."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import looking
import placing
from built_once import once
from parentage import ending_with_me
from spare_ports import free_ports

from renkei.kit.http_client import Answer, HttpClient, Peer
from renkei.kit.party import Party
from renkei.kit.tls import client_context
from renkei.run.config import read
from renkei.run.directory import load
from renkei.run.parts import party_of
from renkei.sandbox.building import open_existing
from renkei.sandbox.country import Country, quiet_keys

ENDED = re.compile(r"^.* \(pid (?P<pid>\d+)\) ended, wait status \d+", re.MULTILINE)
LAST_WORDS = 3_000
START_SECONDS = 90
STOP_SECONDS = 30
RESIDENTS = 40
"""Per municipality: every persona and a few dozen others."""


class RunningCountry:
    """A country started by `renkei up`, whose processes can be killed and started again."""

    def __init__(self, folder: Path, *, database: str | None = None) -> None:
        self.folder = folder
        self._database = database
        self._up: subprocess.Popen[bytes] | None = None
        self._again: list[subprocess.Popen[bytes]] = []
        self.pids: dict[str, int] = {}
        self._killed: set[int] = set()

    def start(self) -> "RunningCountry":
        """Start every process and wait until the country is open."""
        errors = (self.folder.parent / "up-errors.txt").open("wb")
        self._up = subprocess.Popen(
            [
                *(sys.executable, "-m", "renkei", "up", "--folder", str(self.folder)),
                *("--residents", str(RESIDENTS), *self.database_options()),
            ],
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            preexec_fn=ending_with_me(signal.SIGTERM),
        )
        errors.close()
        watchdog = time.monotonic() + START_SECONDS
        assert self._up.stdout is not None
        for line in self._up.stdout:
            if line.startswith(b"Ctrl-C"):
                break
            assert time.monotonic() < watchdog, "the country did not start in time"
        said = (self.folder.parent / "up-errors.txt").read_text()
        for line in said.splitlines():
            name, _, rest = line.partition(" is ready (pid ")
            if rest:
                self.pids[name] = int(rest.rstrip(")"))
        assert self.pids, f"the country did not start: {said[-1000:]}"
        assert self._up.poll() is None, f"the country did not open: {said[-1000:]}"
        return self

    def database_options(self) -> list[str]:
        """Where its databases are to be, if not in its folder."""
        told = self._database or placing.administrator(self.folder)
        return [] if told is None else ["--database", told]

    @property
    def country(self) -> Country:
        """Its folder, keys, ports."""
        return open_existing(self.folder)

    def kill(self, party: str) -> None:
        """SIGKILL one process."""
        pid = self.pids[party]
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError as error:
            last = (self.folder / party / "output.txt").read_text()[-LAST_WORDS:]
            raise AssertionError(f"{party} was gone: {self.died()}; {last}") from error
        self._killed.add(pid)
        self._await_gone(pid)

    def died(self) -> list[str]:
        """What `up` said of processes that ended and that nobody killed here."""
        said = (self.folder.parent / "up-errors.txt").read_text()
        return [one[0] for one in ENDED.finditer(said) if int(one["pid"]) not in self._killed]

    @staticmethod
    def _await_gone(pid: int) -> None:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
            except FileNotFoundError:
                return
            if state == "Z":
                return
            time.sleep(0.01)
        raise AssertionError(f"pid {pid} did not go")

    def restart(self, party: str) -> None:
        """Start one process again, as an operator would: `renkei serve`."""
        process = self.serve(party)
        self._again.append(process)
        self.pids[party] = process.pid

    @property
    def ended(self) -> int | None:
        """The exit status of `renkei up`; None while it runs."""
        return None if self._up is None else self._up.poll()

    def serve(self, party: str) -> subprocess.Popen[bytes]:
        """`renkei serve` for one party, once it listens; whoever called stops it."""
        config = next(one.config for one in self.country.services() if one.name == party)
        role = read(config).role
        process = subprocess.Popen(
            [sys.executable, "-m", "renkei", "serve", role, "--config", str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stderr is not None
        said = b""
        for line in process.stderr:
            if b" listens on " in line:
                return process
            said += line
        process.kill()
        process.wait(STOP_SECONDS)
        process.stderr.close()
        raise AssertionError(f"{party} did not start again: {said[-500:].decode()}")

    def stop(self) -> None:
        """Stop every process by pid; `up` waits for those that it started."""
        for process in [*self._again, *([self._up] if self._up else [])]:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        for process in [*self._again, *([self._up] if self._up else [])]:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(STOP_SECONDS)
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()

    # -- playing a party -------------------------------------------------------------------------

    def party(self, name: str) -> Party:
        """A party with its real keys and the directory it keeps, to write its messages."""
        config = self.country.config(name)
        party = party_of(config, quiet_keys(config.keys))
        if not load(config.directory, party):
            # the network keeps its directory in its database: borrow an institution's copy
            borrowed = self.country.config("chofu-city").directory
            assert load(borrowed, party)
        return party

    def http(self, name: str) -> HttpClient:
        """A client with a party's real certificate; call inside the event loop and close it."""
        tls = self.country.config(name).tls
        return HttpClient(client_context(tls.certificate, tls.key, tls.authority))

    def peer(self, name: str) -> Peer:
        """Where a party listens."""
        return Peer(f"{name}.renkei.test", "127.0.0.1", self.country.manifest.ports[name])

    async def post(self, sender: str, receiver: str, path: str, body: bytes) -> Answer:
        """Post bytes over one party's own TLS connection to another's address."""
        async with self.http(sender) as http:
            return await http.post(
                self.peer(receiver), path, body, deadline_seconds=20, max_answer_bytes=1_000_000
            )

    def rows(self, party: str, query: str) -> list[tuple[Any, ...]]:
        """Read a party's database from outside, while it runs."""
        return looking.rows(self.country.database(party), query)


def copy_opened(folder: Path) -> Path:
    """A copy of a country that was opened and stopped once in this run, with ports of its own."""

    def make(place: Path) -> None:
        with running_country(place / "country") as country:
            pass
        assert country.ended == 0, "it was not stopped in order: its files may lack what it wrote"

    placing.copied(once(f"opened-country-of-{RESIDENTS}", make) / "country", folder)
    country = open_existing(folder)
    ports = country.manifest.ports
    country.save(ports=dict(zip(ports, free_ports(len(ports)), strict=True)))
    return folder


@contextlib.contextmanager
def running_country(folder: Path) -> Iterator[RunningCountry]:
    """A country for the length of a block."""
    country = RunningCountry(folder)
    try:
        yield country.start()
    finally:
        country.stop()
    assert not country.died(), f"nobody killed them: {country.died()}"


def problem_code(answer: Answer) -> str:
    """The error code of an answer, signed or not."""
    import base64

    if answer.body.startswith(b"{"):
        return str(json.loads(answer.body)["error"])
    payload = answer.body.split(b".")[1]
    return str(json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))["code"])
