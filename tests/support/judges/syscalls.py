"""What a process asks of the kernel while it answers: traced, in the order in which it happened."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

STRACE = "/usr/bin/strace"
CALLS = "read,recvfrom,recvmsg,write,writev,sendto,sendmsg,pwrite64,fsync,fdatasync"
READS = {"read", "recvfrom", "recvmsg"}
SENDS = {"write", "writev", "sendto", "sendmsg"}
SYNCS = {"fsync", "fdatasync"}
WAL = "database.sqlite-wal"
_LINE = re.compile(
    r"^(?P<thread>\d+) +(?:"
    r"(?P<call>\w+)\((?P<about>.*)|"
    r"<\.\.\. (?P<resumed>\w+) resumed>(?P<rest>.*))$"
)
_DESCRIPTOR = re.compile(r"^\d+<(?P<name>.*?)>(?=[,) ])")


@dataclass(frozen=True, slots=True)
class Event:
    """One moment: a call was entered, or it came back."""

    call: str
    name: str
    """The file's path, or `TCP:[…]` with both ends."""
    returned: int | None
    """None while the call is under way."""


def traced(command: list[str], out: Path, *more: str) -> subprocess.Popen[bytes]:
    """Start a command under strace; the process that is given is the command's own, not strace."""
    return subprocess.Popen(
        [
            *(STRACE, "-D", "-f", "--seccomp-bpf", "-q", "-yy", "-s", "0", "-e", f"trace={CALLS}"),
            *(*more, "-o", str(out), *command),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def serve_command(role: str, config: Path) -> list[str]:
    """`renkei serve`, as an operator types it."""
    return [sys.executable, "-m", "renkei", "serve", role, "--config", str(config)]


def events(out: Path) -> list[Event]:
    """Every entry and every return of the traced calls, in order, over all threads."""
    return list(_events(out.read_text(errors="replace").splitlines()))


def _events(lines: list[str]) -> Iterator[Event]:
    under_way: dict[str, str] = {}
    for line in lines:
        match = _LINE.match(line)
        if match is None:
            continue  # signals and exits
        if match["call"]:
            named = _DESCRIPTOR.match(match["about"])
            name = named["name"] if named else ""
            yield Event(match["call"], name, None)
            if line.endswith("<unfinished ...>"):
                under_way[match["thread"]] = name
            else:
                yield Event(match["call"], name, _result(line))
        else:
            yield Event(match["resumed"], under_way.pop(match["thread"], ""), _result(line))


def _result(line: str) -> int:
    found = re.search(r"\) += (-?\d+)", line)
    return int(found[1]) if found else -1


@dataclass(frozen=True, slots=True)
class Answered:
    """What happened between a request's last byte and the first byte of its answer."""

    written: int
    """How often the write-ahead log was written to."""
    synced: int
    """How often a sync of it came back with success after the last of these writes."""
    synced_before_more: bool = False
    """Whether a sync came back between these writes: what was written after it may be somebody
    else's, so that this answer alone proves nothing."""


def answers(seen: list[Event], port: int) -> list[Answered]:
    """One `Answered` per request and answer on the connection whose client end is `port`.

    Reads and sends of the TLS handshake are taken for a request and an answer, too: skip them.
    """
    found, asked_at = list[Answered](), -1
    for at, event in enumerate(seen):
        if not event.name.startswith("TCP") or not event.name.endswith(f":{port}]"):
            continue
        if event.call in READS and (event.returned or 0) > 0:
            asked_at = at
        elif event.call in SENDS and event.returned is None and asked_at >= 0:
            found.append(_between(seen[asked_at:at]))
            asked_at = -1
    return found


def _between(events: list[Event]) -> Answered:
    wal = [event for event in events if event.name.endswith(WAL)]
    written = [at for at, one in enumerate(wal) if one.call == "pwrite64" and one.returned is None]
    good = [at for at, one in enumerate(wal) if one.call in SYNCS and one.returned == 0]
    last = written[-1] if written else -1
    return Answered(
        written=len(written),
        synced=sum(at > last for at in good),
        synced_before_more=any(written[0] < at < last for at in good) if written else False,
    )
