"""A country whose every connection leads through the recording proxy: real processes, real TLS.

The directory names the proxy's ports; each process listens at another one. As `renkei up` does, one
process builds the country and forks every role. The forked `linkage` has one thing more: what is
written into its pipe stays in its memory, so that a search of that memory can be shown to find.

Run as a program this module is that one process.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recording_proxy import Door, Identity, RecordingProxy
from running import RunningCountry
from spare_ports import free_ports

from renkei.kit.location import Location
from renkei.kit.progress import Progress
from renkei.run import supervisor
from renkei.run.supervisor import Service, Supervisor
from renkei.sandbox.blueprint import desk_dns
from renkei.sandbox.building import DEFAULT_AS_OF, DEFAULT_SEED, Wanted, open_or_build
from renkei.sandbox.country import Country
from renkei.sandbox.relocation import relocate

RESIDENTS = 20
"""Per municipality: every persona and a few others."""
STOP_SECONDS = 40
PIPE = "keep-in-memory"
KEPT: list[bytearray] = []
"""In the process of the network: what was planted."""


class CapturedCountry(RunningCountry):
    """A country behind the recording proxy."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.host: subprocess.Popen[bytes] | None = None
        self.recorder: RecordingProxy | None = None
        self.words = folder.parent / "host-words.txt"

    def start(self) -> "CapturedCountry":
        """Build, stand the proxy at every door, start every process."""
        os.mkfifo(self.folder.parent / PIPE)
        with self.words.open("wb") as words:
            self.host = subprocess.Popen(
                [sys.executable, __file__, str(self.folder), *self.database_options()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                start_new_session=True,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            )
        behind = self._hear()
        self.recorder = RecordingProxy(
            self.folder / "authority" / "ca.crt",
            identities(self.country),
            [
                Door(name.removesuffix("-people"), port, behind[name], not name.endswith("-people"))
                for name, port in self.country.manifest.ports.items()
            ],
        ).start()
        assert self.host.stdin is not None
        self.host.stdin.write(b"start\n")
        self.host.stdin.flush()
        self.pids = self._hear()
        return self

    def _hear(self) -> Any:
        assert self.host is not None
        assert self.host.stdout is not None
        line = self.host.stdout.readline()
        assert line, f"the country did not start: {self.words.read_text()[-2000:]}"
        return json.loads(line)

    def plant(self, secret: bytes) -> None:
        """Have the running network keep some bytes in its memory."""
        with (self.folder.parent / PIPE).open("wb") as pipe:
            pipe.write(secret)
        kept = self.folder.parent / f"{PIPE}.done"
        with kept.open("rb") as done:
            assert done.read() == b"kept"

    def stop(self) -> None:
        """Stop every process, then the proxy."""
        if self.host is not None:
            assert self.host.stdin is not None
            assert self.host.stdout is not None
            with contextlib.suppress(BrokenPipeError):
                self.host.stdin.close()
            try:
                self.host.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.host.kill()
                self.host.wait(STOP_SECONDS)
            self.host.stdout.close()
        if self.recorder is not None:
            self.recorder.stop()


def identities(country: Country) -> list[Identity]:
    """Every party and every desk, with certificate and key."""
    found = []
    for plan in country.plans:
        pairs = [(plan.party, plan.dns_name, country.home(plan.party) / "tls")]
        if plan.desk is not None:
            pairs.append((plan.desk, desk_dns(plan.desk), country.home(plan.party) / "desk/tls"))
        for party, dns_name, home in pairs:
            files = (home / f"{dns_name}.crt", home / f"{dns_name}.key")
            found.append(Identity(party, dns_name, *files))
    return found


@contextlib.contextmanager
def captured_country(folder: Path) -> Iterator[CapturedCountry]:
    """A country behind the proxy for the length of a block."""
    country = CapturedCountry(folder)
    try:
        yield country.start()
    finally:
        country.stop()


def population_of(country: Country) -> Any:
    """Everybody in a country."""
    held = country.manifest
    return Wanted(held.seed, held.as_of, held.residents).population()


# -- the process that builds and forks -----------------------------------------------------------


def _keep_what_comes(pipe: Path) -> None:
    while True:
        with pipe.open("rb") as reader:
            KEPT.append(bytearray(reader.read()))
        with pipe.with_name(f"{pipe.name}.done").open("wb") as done:
            done.write(b"kept")


def _with_a_pipe(path: Path, **facts: Any) -> None:
    if path.parent.name == "linkage":
        pipe = path.parent.parent.parent / PIPE
        os.mkfifo(pipe.with_name(f"{pipe.name}.done"))
        threading.Thread(target=_keep_what_comes, args=(pipe,), daemon=True).start()
    _serve(path, **facts)


_serve = supervisor.serve


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def main(folder: Path, database: str | None) -> None:
    """Build, wait for the proxy, start every process, stop them when standard input ends."""
    country = open_or_build(
        folder,
        seed=DEFAULT_SEED,
        as_of=DEFAULT_AS_OF,
        progress=Progress(),
        residents=RESIDENTS,
    )
    if database is not None:
        relocate(country, Location.from_configuration(database, Path.cwd()), Progress())
    ports = country.manifest.ports
    behind = dict(zip(ports, free_ports(len(ports)), strict=True))
    for plan in country.plans:
        if plan.people_door is not None:
            path = country.config_path(plan.party)
            door = f"people_port = {ports[plan.people_door]}"
            text = path.read_text(encoding="utf-8")
            assert door in text
            path.write_text(
                text.replace(door, f"people_port = {behind[plan.people_door]}"), encoding="utf-8"
            )
    print(json.dumps(behind), flush=True)
    sys.stdin.readline()
    supervisor.serve = _with_a_pipe  # type: ignore[assignment]
    started = Supervisor()
    try:
        started.start(
            [
                Service(one.name, one.config, one.host, behind[one.name], one.output)
                for one in country.services()
            ],
            say=_say,
        )
        print(json.dumps({one.service.name: one.pid for one in started.children}), flush=True)
        sys.stdin.read()
    finally:
        started.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[3] if sys.argv[2:] else None)
