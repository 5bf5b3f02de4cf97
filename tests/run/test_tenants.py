"""Several parties in one process: each has its own, and none reads another's (テナント)."""

import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from renkei.clients.desk import DeskConfig, open_desk
from renkei.kit.database import connect
from renkei.kit.progress import Progress
from renkei.roles.institution.store.tables import COPY, PERSON
from renkei.run.supervisor import Supervisor
from renkei.sandbox.building import open_or_build
from renkei.sandbox.computed import open_computed
from renkei.sandbox.country import Country, quiet_keys
from renkei.sandbox.country_file import whole
from renkei.sandbox.desk import at_desk, desk_config
from renkei.wire.errors import WireError

A, B = "tokyo-prefecture", "health-minister"
ALONE = "pension-service"
OFFICE = "welfare"


def build(folder: Path) -> Country:
    """A small country with a body of every kind."""
    return open_or_build(
        folder / "country",
        seed=1,
        as_of=date(2026, 7, 1),
        progress=Progress(quiet=True),
        residents=20,
        blueprint=whole(),
    )


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Country:
    """One in which everybody has codes; it keeps running."""
    built = build(tmp_path_factory.mktemp("tenants"))
    open_computed(built, Progress(quiet=True))
    return built


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Country:
    """Another one, which does not run."""
    return build(tmp_path_factory.mktemp("tenants"))


@contextlib.contextmanager
def running(country: Country) -> Iterator[dict[str, int]]:
    """Every process of it, by party."""
    supervisor = Supervisor()
    pids: dict[str, int] = {}

    def say(words: str) -> None:
        name, _, rest = words.partition(" is ready (pid ")
        pids[name] = int(rest.rstrip(")"))

    try:
        supervisor.start(country.services(), say=say)
        yield pids
    finally:
        supervisor.stop()


@pytest.fixture(scope="module")
def pids(country: Country) -> Iterator[dict[str, int]]:
    with running(country) as found:
        yield found


def tenants() -> list[str]:
    """Who shares the process."""
    return [one.party for one in whole().plans if one.process is not None]


def test_they_share_a_process_and_nobody_else_does(pids: dict[str, int]) -> None:
    """One process for the small bodies; every other party has one of its own."""
    assert len(tenants()) > 15
    assert len({pids[one] for one in tenants()}) == 1
    others = [pid for name, pid in pids.items() if name not in tenants()]
    assert len(set(others)) == len(others)
    assert pids[A] not in others


def certificate_at(country: Country, party: str) -> list[str]:
    """The DNS names of whoever listens at a party's port."""
    context = ssl.create_default_context(cafile=country.folder / "authority" / "ca.crt")
    context.check_hostname = False
    config = desk_config(country, party)
    context.load_cert_chain(config.tls.certificate, config.tls.key)
    address = ("127.0.0.1", country.manifest.ports[party])
    with socket.create_connection(address, 10) as plain, context.wrap_socket(plain) as wrapped:
        found = wrapped.getpeercert()
    assert found is not None
    return [name for _, name in found["subjectAltName"]]  # type: ignore[misc]


@pytest.mark.usefixtures("pids")
def test_each_listens_with_its_own_certificate(country: Country) -> None:
    """At a tenant's port it is that tenant who answers."""
    for party in tenants():
        assert certificate_at(country, party) == [f"{party}.renkei.test"]


@pytest.mark.usefixtures("pids")
async def test_each_answers_from_its_own_file(country: Country) -> None:
    """A person id of one body means nobody at the other, though they share a process."""
    with connect(country.database(A)) as one, connect(country.database(B)) as other:
        here = set(one.execute(sa.select(PERSON.c.person)).scalars())
        there = set(other.execute(sa.select(PERSON.c.person)).scalars())
        assert here
        assert there
        assert not here & there
        held = set(one.execute(sa.select(COPY.c.item)).scalars())
        assert "leaving-reason" not in held
    for party, order, own, foreign in (
        (A, {"office": "welfare", "procedure": "disability-services"}, here, there),
        (B, {"office": "employment", "procedure": "unemployment"}, there, here),
    ):
        async with at_desk(country, party) as desk:
            facts = {**order, "officer": "officer-1"}
            case = await desk.procedure(case_number="T-1", person=min(own), **facts)
            assert case.lines
            with pytest.raises(WireError) as unknown:
                await desk.procedure(case_number="T-2", person=min(foreign), **facts)
            assert unknown.value.code == "person-unknown"


def at_the_wrong_door(country: Country, party: str, other: str) -> DeskConfig:
    """A desk of one body that is told another body's address, name and key."""
    config, wrong = desk_config(country, party), desk_config(country, other)
    return msgspec.structs.replace(config, institution=wrong.institution)


@pytest.mark.usefixtures("pids")
async def test_a_desk_of_one_is_refused_at_the_others_door(country: Country) -> None:
    """Its key and certificate are good, and of another body: nothing is answered."""
    config = at_the_wrong_door(country, A, B)
    async with open_desk(config, quiet_keys(config.keys)) as desk:
        with pytest.raises(WireError) as refused:
            await desk.pending()
    assert refused.value.code == "unknown-party"


@pytest.mark.usefixtures("pids")
async def test_each_writes_its_own_log(country: Country) -> None:
    """What one says stands in its log and in no other; each line names who said it."""
    config = at_the_wrong_door(country, A, B)
    before = {one: country.config(one).log for one in tenants()}
    async with open_desk(config, quiet_keys(config.keys)) as desk:
        with pytest.raises(WireError):
            await desk.pending()
    seen = set()
    for party, log in before.items():
        assert log is not None
        if not log.exists():
            continue
        for line in log.read_text().splitlines():
            assert json.loads(line)["role"] == party
            seen.add(party)
    assert seen, "nobody logged anything: this test shows nothing"
    assert len(set(before.values())) == len(before)


def test_a_killed_process_takes_its_tenants_and_they_come_again(stopped: Country) -> None:
    """All of them end together, none else does, and all start again from what they hold."""
    supervisor = Supervisor()
    try:
        supervisor.start(stopped.services(), say=lambda _: None)
        child = next(one for one in supervisor.children if len(one.services) > 1)
        os.kill(child.pid, signal.SIGKILL)
        until = time.monotonic() + 20
        ended = []
        while not ended and time.monotonic() < until:
            ended = supervisor.ended()
            time.sleep(0.05)
        ((gone, _),) = ended
        assert {one.name for one in gone.services} == set(tenants())
        supervisor.start(gone.services, say=lambda _: None)
        assert certificate_at(stopped, A) == [f"{A}.renkei.test"]
    finally:
        supervisor.stop()


START = """
import sys
from pathlib import Path
from renkei.run.supervisor import StartFailed, Supervisor
from renkei.sandbox.country import open_existing
supervisor = Supervisor()
try:
    supervisor.start(open_existing(Path(sys.argv[1])).services(), say=lambda _: None)
except StartFailed as error:
    print(error)
"""


def test_one_that_cannot_start_is_named(stopped: Country) -> None:
    """The process of many says which of them could not start, and how to mend it."""
    database = stopped.folder / B / "database.sqlite"
    hidden = database.with_suffix(".hidden")
    database.rename(hidden)
    done = subprocess.run(
        [sys.executable, "-c", START, str(stopped.folder)],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    hidden.rename(database)
    assert done.returncode == 0, done.stderr
    who, _, said = done.stdout.partition(" did not start; ")
    assert {*who.split(", ")} == set(tenants())
    assert B in said.split("its last words: ")[1]
    assert "renkei database upgrade" in said
