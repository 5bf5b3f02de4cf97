"""Disks that are full for a while, under running processes: of a database, and of a log file."""

import asyncio
import contextlib
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import RunningCountry, running_country

from renkei.run.health import ask
from renkei.sandbox.desk import at_desk
from renkei.wire.errors import WireError
from renkei.wire.health import Alarm
from renkei.wire.institution.desk import DeskCase

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="limits another process's files, and mounts: Linux only"
)
CITY = "chofu-city"
PROMPT_SECONDS = 10.0
"""A refusal on a busy machine; where it got none, it took the 30 s of a handler."""
SETTLED_SECONDS = 60.0
HURT_SECONDS = 3.0
PAGE_BYTES = 4_096
LOG_DISK_BYTES = 65_536


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCountry]:
    """A country of this file's own: its processes are hurt."""
    with running_country(tmp_path_factory.mktemp("full") / "country") as running:
        yield running


@contextlib.contextmanager
def full(pid: int) -> Iterator[None]:
    """No file of a process takes a byte more: every write fails, as on a disk over quota."""
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, most))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))


@pytest.fixture
def log_disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own for log files; root only."""
    folder = tmp_path / "log-disk"
    folder.mkdir()
    options = ("-t", "tmpfs", "-o", f"size={LOG_DISK_BYTES}", "tmpfs")
    if os.geteuid() or subprocess.run(["mount", *options, folder], check=False).returncode:
        pytest.skip("a small disk can be mounted by root only")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


async def order(country: RunningCountry, number: str) -> DeskCase:
    """A procedure at the city's desk, for a synthetic parent."""
    async with at_desk(country.country, CITY) as desk:
        return await desk.procedure(
            case_number=number,
            office="child-support",
            officer="officer-1",
            procedure="child-allowance",
            person=country.country.manifest.persons["parent"][CITY],
        )


async def settled(country: RunningCountry, number: str) -> DeskCase:
    """The case once nothing of it is open."""
    async with asyncio.timeout(SETTLED_SECONDS), at_desk(country.country, CITY) as desk:
        while True:
            case = await desk.case(number, wait_seconds=5)
            if case.settled:
                return case


async def refusal(country: RunningCountry, number: str) -> WireError:
    """With what an order is refused, which must come promptly."""
    began = time.monotonic()
    with pytest.raises(WireError) as caught:
        await order(country, number)
    assert time.monotonic() - began < PROMPT_SECONDS
    return caught.value


async def alarm(country: RunningCountry, party: str, kind: str, task: str) -> Alarm:
    """An alarm of a running process, once it shows it."""
    async with asyncio.timeout(SETTLED_SECONDS):
        while True:
            health = await ask(country.country.config(party))
            for one in health.alarms:
                if (one.kind, one.task) == (kind, task):
                    return one
            await asyncio.sleep(0.2)


async def nobody_died(country: RunningCountry, party: str) -> None:
    """No task of a process died in all this."""
    alarms = (await ask(country.country.config(party))).alarms
    assert [one for one in alarms if one.kind in ("task-died", "database-down")] == []


def cases(country: RunningCountry) -> set[str]:
    """What the city's database holds."""
    return {
        str(number) for (number,) in country.rows(CITY, "SELECT DISTINCT case_number FROM asked")
    }


def without_place(country: RunningCountry) -> int:
    """Entries that were promised and have no place in the log yet."""
    (row,) = country.rows("linkage", "SELECT count(*) FROM leaf WHERE position IS NULL")
    return int(row[0])


async def placed(country: RunningCountry) -> None:
    """Wait until every promised entry has its place."""
    async with asyncio.timeout(SETTLED_SECONDS):
        while without_place(country):  # noqa: ASYNC110 - another process's database
            await asyncio.sleep(0.2)


async def test_a_desk_is_told_of_a_full_disk(country: RunningCountry) -> None:
    """A desk whose institution's disk is full is told so, nothing is written; later all goes on."""
    pid = country.pids[CITY]
    with full(pid):
        error = await refusal(country, "F-1")
        assert (error.code, error.kind.status) == ("storage-full", 503)
        assert (error.retry_after_seconds, error.signed, error.peer) == (10, True, CITY)
    assert cases(country).isdisjoint({"F-1"})
    await order(country, "F-1")
    assert all(one.outcome is not None for one in (await settled(country, "F-1")).exchanges)


async def test_an_exchange_under_way_goes_on_when_there_is_room(country: RunningCountry) -> None:
    """The network's disk is full for a while: its tasks say so, and the exchange ends after."""
    with full(country.pids["linkage"]):
        await order(country, "F-2")
        found = await alarm(country, "linkage", "task-failing", "housekeeping")
        assert found.reason == "storage-full"
    assert (await settled(country, "F-2")).settled
    await placed(country)
    await nobody_died(country, "linkage")


async def test_a_full_log_disk_stops_nothing(country: RunningCountry, log_disk: Path) -> None:
    """The log's disk is full while the network works and fails: every entry gets its place.

    Refused orders are answered at once, the lines that are missing are counted in health and, once
    there is room, in the log itself.
    """
    parties = ("linkage", CITY)
    for party in parties:
        country.kill(party)
        config = country.country.config_path(party)
        text = config.read_text().replace('log = "log.jsonl"', f'log = "{log_disk}/{party}.jsonl"')
        config.write_text(text)
        country.restart(party)
    for party in parties:  # the room left in a page that is taken is none for the disk
        with (log_disk / f"{party}.jsonl").open("ab") as file:
            file.write(b"\n" * (-file.tell() % PAGE_BYTES))
    filler = log_disk / "filler"
    with contextlib.suppress(OSError):
        filler.write_bytes(bytes(LOG_DISK_BYTES))
    async with at_desk(country.country, CITY) as desk:
        began = time.monotonic()
        with pytest.raises(WireError) as caught:
            await desk.case("no-such-case", wait_seconds=0)
        assert caught.value.code == "case-unknown"
        assert time.monotonic() - began < PROMPT_SECONDS
    with full(country.pids["linkage"]):
        await order(country, "F-3")
        await asyncio.sleep(HURT_SECONDS)
    assert (await settled(country, "F-3")).settled
    await placed(country)
    for party in parties:
        assert (await alarm(country, party, "log-lines-lost", "log")).count > 0
    filler.unlink()
    async with asyncio.timeout(SETTLED_SECONDS):
        while "log-lines-lost" not in (log_disk / f"{CITY}.jsonl").read_text():
            async with at_desk(country.country, CITY) as desk:
                with contextlib.suppress(WireError):
                    await desk.case("no-such-case", wait_seconds=0)
    await nobody_died(country, "linkage")
