"""Several processes of one party behind one address: ports, and a balancer in front (負荷分散).

The balancer is HAProxy, as it comes. It hands connections through as they are: mutual TLS is
between the parties, it holds no key and reads nothing.
"""

import contextlib
import ctypes
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from renkei.kit.config import ConfigError
from renkei.kit.database.engines import engine_at
from renkei.run.roles import ROLES
from renkei.sandbox.blueprint import PartyPlan
from renkei.sandbox.configuration import write_configs
from renkei.sandbox.country import Country
from renkei.sandbox.ports import HOST, settle

REPLICAS_MOST: Final = 8
PROGRAM: Final = "haproxy"
CONFIGURATION: Final = "haproxy.cfg"
OUTPUT: Final = "haproxy.txt"
BALANCER_FILES: Final = (CONFIGURATION, OUTPUT)
"""In a country's folder."""
START_SECONDS: Final = 10.0
STOP_SECONDS: Final = 10.0
LOOK_SECONDS: Final = 0.02
CLOSED_SECONDS: Final = 0.05
_END_WITH_PARENT: Final = 1
_HEAD: Final = """\
# Written by `renkei up --replicas 2`. TCP only: TLS is between the parties, no key is needed here.
global
    maxconn 4096

defaults
    mode tcp
    balance roundrobin
    # A process that is gone refuses at once: the connection goes to another one.
    retries 3
    option redispatch 1
    timeout connect 2s
    # Longer than any answer takes and any idle connection is kept.
    timeout client 150s
    timeout server 150s
    default-server check inter 1s fastinter 200ms downinter 200ms fall 2 rise 1
"""


def replicate(country: Country, count: int) -> None:
    """Have so many processes serve each party whose role can have several, from the next start.

    Raises ConfigError where a database is one process's alone, or there is no balancer.
    """
    if count > 1:
        _check_shared(country)
        balancer_program()
    ports = country.manifest.ports
    if count > 1:
        doors = [f"{door}.{number}" for door in _doors(country) for number in range(1, count + 1)]
        ports = settle(dict.fromkeys((*ports, *doors)), country.folder, ports)
    country.save(replicas=count, ports=ports)
    write_configs(country)


def _check_shared(country: Country) -> None:
    for plan in _several(country):
        place = country.database(plan.party)
        if not engine_at(place).shared:
            raise ConfigError(
                f"--replicas: {place} is for one process; put the databases on a server first, "
                "with --database (docs/operate.md)"
            )


def _several(country: Country) -> list[PartyPlan]:
    return [plan for plan in country.plans if ROLES[plan.role].replicas]


def _doors(country: Country) -> list[str]:
    """Under which names stand the ports that the balancer listens at."""
    doors = []
    for plan in _several(country):
        doors += [plan.party, *([plan.people_door] if plan.people_door else [])]
    return doors


def balancer_program() -> str:
    """Where HAProxy is; raises ConfigError with what to type where it is not."""
    found = shutil.which(PROGRAM)
    if found is None:
        raise ConfigError(
            "--replicas: HAProxy is not there, which shares out connections; install it: "
            "sudo apt install haproxy"
        )
    return found


def haproxy_configuration(country: Country) -> str:
    """What HAProxy is told: each address of the manifest, and the processes behind it.

    People keep to one process, since who is signed in stands in its memory.
    """
    ports, parts = country.manifest.ports, [_HEAD]
    for plan in _several(country):
        doors = {plan.party: ""}
        if plan.people_door is not None:
            doors[plan.people_door] = "    balance source\n    hash-type consistent\n"
        for door, how in doors.items():
            servers = [
                f"    server {name} {HOST}:{ports[door + name.removeprefix(plan.party)]}\n"
                for name in country.replicas(plan)
            ]
            bind = f"    bind {HOST}:{ports[door]}\n"
            parts.append(f"listen {door}\n{bind}{how}{''.join(servers)}")
    return "\n".join(parts)


@contextlib.contextmanager
def balanced(country: Country) -> Iterator["subprocess.Popen[bytes] | None"]:
    """The balancer for the length of a block; None where every party has one process only.

    Raises ConfigError where it does not start; its own words stand in `haproxy.txt`.
    """
    if country.manifest.replicas == 1:
        yield None
        return
    path, output = country.folder / CONFIGURATION, country.folder / OUTPUT
    path.write_text(haproxy_configuration(country), encoding="utf-8")
    with output.open("ab") as words:
        process = subprocess.Popen(
            [balancer_program(), "-db", "-f", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
    try:
        _await_listening(process, country, output)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_listening(process: "subprocess.Popen[bytes]", country: Country, output: Path) -> None:
    until = time.monotonic() + START_SECONDS
    for door in _doors(country):
        while not _listens(country.manifest.ports[door]):
            if process.poll() is not None or time.monotonic() > until:
                raise ConfigError(f"the balancer did not start; read {output}")
            time.sleep(LOOK_SECONDS)


def await_served(country: Country) -> None:
    """Wait until the balancer has seen that the processes behind it are there; ConfigError."""
    if country.manifest.replicas == 1:
        return
    until = time.monotonic() + START_SECONDS
    for door in _doors(country):
        while not _serves(country.manifest.ports[door]):
            if time.monotonic() > until:
                raise ConfigError(f"no process of {door} is reached through the balancer")
            time.sleep(LOOK_SECONDS)


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex((HOST, port)) == 0


def _serves(port: int) -> bool:
    """Whether a connection stays open: without a process behind it, it is closed at once."""
    with socket.socket() as one:
        if one.connect_ex((HOST, port)):
            return False
        return not select.select([one], [], [], CLOSED_SECONDS)[0]


def _end_with_parent() -> None:
    """Linux: a balancer whose country was killed does not keep its ports."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_END_WITH_PARENT, signal.SIGTERM)
