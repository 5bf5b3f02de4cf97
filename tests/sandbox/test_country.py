"""A country in a folder: whole or not there, moved and renewed, stopped to the last process."""

import io
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from inprocess import AS_OF, SEED, built
from running import RESIDENTS, RunningCountry, copy_opened, running_country
from spare_ports import free_ports

from renkei.kit.progress import Progress
from renkei.sandbox import building, publishing
from renkei.sandbox.building import Wanted, open_existing, open_or_build
from renkei.sandbox.configuration import write_configs
from renkei.sandbox.country import MANIFEST, Country
from renkei.sandbox.ports import is_free
from renkei.sandbox.publishing import newest_version

BUILD = """
import sys
from datetime import date
from pathlib import Path
from renkei.kit.progress import Progress
from renkei.sandbox.building import open_or_build
print("ready", flush=True)
folder, seed, quiet = Path(sys.argv[1]), int(sys.argv[2]), Progress(quiet=True)
size = int(sys.argv[3])
open_or_build(folder, seed=seed, as_of=date(2026, 7, 1), progress=quiet, residents=size)
print("built", flush=True)
"""
KILL_SEED = 20260702
KILLS = 3
STOPPED_SECONDS = 20


def reopen(folder: Path, seed: int = SEED, progress: Progress | None = None) -> Country:
    """Open or build a country as another process would, and let it go."""
    told = progress or Progress(quiet=True)
    country = open_or_build(folder, seed=seed, as_of=AS_OF, progress=told, residents=RESIDENTS)
    country.release()
    return country


def complete(folder: Path, seed: int) -> bool:
    """Whether a folder holds a whole country: every file of every party, and a directory."""
    country = open_existing(folder)
    assert country.manifest.seed == seed
    for plan in country.plans:
        config = country.config(plan.party)
        config.tls.check()
        assert config.database.path.is_file()
    newest_version(country.database("linkage"), country.roots())
    return country.manifest.persons != {}


@contextmanager
def builder(folder: Path, seed: int) -> Iterator[subprocess.Popen[str]]:
    """A process that builds a country, from the moment it begins."""
    process = subprocess.Popen(
        [sys.executable, "-c", BUILD, str(folder), str(seed), str(RESIDENTS)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="module")
def template() -> Path:
    """A built country that nobody changes; what is shown here does not depend on its size."""
    return built(RESIDENTS)


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    """A copy of a built country, at ports of its own: others of this template may be running."""
    shutil.copytree(template, tmp_path / "country")
    country = open_existing(tmp_path / "country")
    ports = dict(zip(country.manifest.ports, free_ports(len(country.manifest.ports)), strict=True))
    country.save(ports=ports)
    write_configs(country)
    publishing.publish_directory(country, country.manifest.directory_version + 1)
    return country.folder


# -- whole or not there ------------------------------------------------------------------------


@pytest.mark.parametrize("there", [False, True], ids=["new", "replacing another seed's"])
def test_a_killed_build_leaves_a_whole_country_or_none(
    there: bool, template: Path, tmp_path: Path
) -> None:
    """SIGKILL at any moment of a build: the next start finds nothing or everything, no rests."""
    delays = random.Random(KILL_SEED)
    began = time.monotonic()
    with builder(tmp_path / "measured", 2) as process:
        process.wait(60)
    longest = time.monotonic() - began
    for kill in range(KILLS):
        home = tmp_path / f"kill-{kill}"
        home.mkdir()
        place = home / "country"
        if there:
            shutil.copytree(template, place)
        seconds = delays.uniform(0, longest)
        where = f"killed after {seconds:.3f} of {longest:.1f} s (seed {KILL_SEED})"
        with builder(place, 2) as process:
            time.sleep(seconds)
        if place.exists():
            left = open_existing(place).manifest.seed
            assert complete(place, left), where
            assert left in ((SEED, 2) if there else (2,)), where
        reopen(place, 2)
        assert complete(place, 2), where
        assert [path.name for path in home.iterdir()] == ["country"], f"{where}: rests are left"


@pytest.mark.parametrize("cut", ["before the old one moves", "between", "before the old one goes"])
def test_a_replacement_cut_anywhere_can_be_done_again(
    cut: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever step of replacing a country is the last, the next start has a whole one."""
    real, steps = Path.rename, []

    def rename(self: Path, target: Path) -> Path:
        steps.append(self.name)
        if (cut, len(steps)) in {("before the old one moves", 1), ("between", 2)}:
            raise KeyboardInterrupt
        moved = real(self, target)
        if cut == "before the old one goes" and len(steps) == 2:
            raise KeyboardInterrupt
        return moved

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", rename)
        patched.setattr(building.shutil, "rmtree", lambda *_, **__: None)  # a kill removes nothing
        with pytest.raises(KeyboardInterrupt):
            reopen(folder, 2)
    assert steps, "the replacement took another way"
    reopen(folder, 2)
    assert complete(folder, 2)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize("other", ["notes.txt", "manifest only", "broken manifest"])
def test_a_folder_with_other_content_is_never_deleted(
    other: str, template: Path, tmp_path: Path
) -> None:
    """A folder that holds anything but a country is refused and stays as it was."""
    place = tmp_path / "mine"
    place.mkdir()
    (place / "notes.txt").write_text("mine")
    if other == "manifest only":
        (place / MANIFEST).write_bytes((template / MANIFEST).read_bytes())
    if other == "broken manifest":
        (place / MANIFEST).write_text("{}")
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    with pytest.raises(FileExistsError, match="name another folder"):
        reopen(place, 2)
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]


def test_a_strangers_hidden_folder_is_no_rest(folder: Path) -> None:
    """Only rests of builds whose process is gone are removed; others' folders stay."""
    kept = [
        ".country.new-notes",
        ".country.old-1x",
        ".country.backup-7",
        f".country.new-{os.getppid()}",
    ]
    for name in (*kept, ".country.new-4194999"):
        (folder.parent / name).mkdir()
    reopen(folder)
    left = {path.name for path in folder.parent.iterdir()}
    assert left == {"country", *kept}


# -- the same people ---------------------------------------------------------------------------


def test_a_country_is_built_once_and_then_opened(folder: Path) -> None:
    """The second start of the same seed and day opens what is there and changes nothing."""
    before = open_existing(folder).manifest
    again = reopen(folder).manifest
    assert again == before
    assert again.population_digest == Wanted(SEED, AS_OF, RESIDENTS).population().digest


def test_another_seed_makes_other_people(folder: Path) -> None:
    """Another seed replaces the country by another population, and back by the same as before."""
    first = open_existing(folder).manifest.population_digest
    second = reopen(folder, 2).manifest.population_digest
    third = reopen(folder).manifest.population_digest
    assert first != second
    assert first == third


# -- ports and directory -----------------------------------------------------------------------


def listed_ports(country: Country) -> dict[str, int]:
    """The ports of the newest directory."""
    directory = newest_version(country.database("linkage"), country.roots())
    return {party: entry.port for party, entry in directory.entries.items()}


def assert_agrees(country: Country, version: int) -> None:
    """Manifest, configurations and the published directory name the same ports and version."""
    directory = newest_version(country.database("linkage"), country.roots())
    assert (directory.version, country.manifest.directory_version) == (version, version)
    parties = {plan.party: country.manifest.ports[plan.party] for plan in country.plans}
    assert listed_ports(country) == parties
    for plan in country.plans:
        config = country.config(plan.party)
        assert config.port == country.manifest.ports[plan.party]
        assert config.linkage.port == country.manifest.ports["linkage"]


def test_a_taken_port_is_left_and_the_others_stay(folder: Path) -> None:
    """Where somebody else listens, that party moves, is said to, and the directory says so."""
    before, said = open_existing(folder).manifest, io.StringIO()
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", before.ports["chofu-city"]))
        stranger.listen()
        country = reopen(folder, progress=Progress(stream=said))
    after = country.manifest.ports
    moved = {name for name, port in after.items() if port != before.ports[name]}
    assert moved == {"chofu-city"}
    assert all(is_free(one.port) for one in country.services())
    assert said.getvalue() == (
        f"port {before.ports['chofu-city']} of chofu-city is taken by another program: it listens "
        f"at {after['chofu-city']} from now on\n"
    )
    assert_agrees(country, before.directory_version + 1)
    assert reopen(folder).manifest.ports == after, "it stays where it went"


def test_ports_stay_where_a_country_is_built_anew(folder: Path) -> None:
    """Another seed in the same folder is another country at the same addresses."""
    before = open_existing(folder).manifest
    again = reopen(folder, 2).manifest
    assert again.ports == before.ports
    assert again.population_digest != before.population_digest


@pytest.mark.parametrize("cut", ["write_configs", "publish_version", "save"])
def test_a_move_that_was_killed_is_done_over(
    cut: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between ports, configurations and directory, the next start makes them agree."""
    before = open_existing(folder).manifest
    with monkeypatch.context() as patched, socket.socket() as stranger:
        stranger.bind(("127.0.0.1", before.ports["linkage"]))
        stranger.listen()

        def die(*_: object, **facts: object) -> None:
            if cut != "save" or "directory_version" in facts:
                raise KeyboardInterrupt
            real_save(*_, **facts)  # type: ignore[arg-type]

        real_save = Country.save
        places = {"write_configs": building, "publish_version": publishing, "save": Country}
        patched.setattr(places[cut], cut, die)
        with pytest.raises(KeyboardInterrupt):
            reopen(folder)
    country = reopen(folder)
    newest = newest_version(country.database("linkage"), country.roots()).version
    assert newest > before.directory_version
    assert_agrees(country, newest)
    assert reopen(folder).manifest == country.manifest, "a renewed country is renewed no more"


def test_an_old_directory_is_renewed_in_time(folder: Path) -> None:
    """Two weeks before it runs out a directory is signed anew, not earlier."""
    country = open_existing(folder)
    version = country.manifest.directory_version
    soon = country.now() + timedelta(days=building.RENEW_BEFORE_DAYS)
    country.save(directory_expires_at=soon + timedelta(minutes=5))
    assert reopen(folder).manifest.directory_version == version
    country.save(directory_expires_at=soon - timedelta(minutes=5))
    renewed = reopen(folder)
    assert_agrees(renewed, version + 1)
    assert renewed.manifest.directory_expires_at > country.now() + timedelta(days=29)


def test_a_country_too_old_is_built_anew(folder: Path) -> None:
    """Before certificates and key periods run out, a country is made again by itself."""
    country = open_existing(folder)
    old = country.manifest.built_at - timedelta(days=building.REBUILD_AFTER_DAYS + 1)
    country.save(built_at=old)
    key = folder / "linkage" / "keys" / "permit.signing"
    before = key.read_bytes()
    assert reopen(folder).manifest.built_at > old
    assert key.read_bytes() != before


# -- running and stopping ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def moved(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCountry]:
    """A running country that had to move to other ports after its nodes had kept a directory."""
    place = tmp_path_factory.mktemp("moved") / "country"
    shutil.copytree(template, place)
    with running_country(place):
        pass
    ports = open_existing(place).manifest.ports
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as every server does
        stranger.bind(("127.0.0.1", ports["ichikawa-city"]))
        stranger.listen()
        with running_country(place) as running:
            yield running


def test_every_node_adopts_the_directory_of_a_move(moved: RunningCountry) -> None:
    """After a move all nodes hold the new version, although each had kept the old one."""
    version = moved.country.manifest.directory_version
    assert version >= 2
    until = time.monotonic() + 40
    parties = ("individual-number", "chofu-city", "ichikawa-city", "pension-service")
    while {party: moved.party(party).directory_version for party in parties} != dict.fromkeys(
        parties, version
    ):
        assert time.monotonic() < until, "a node stayed with the old directory"
        time.sleep(0.2)
    ports = moved.country.manifest.ports
    assert listed_ports(moved.country) == {
        plan.party: ports[plan.party] for plan in moved.country.plans
    }


def test_a_running_country_is_not_started_twice(moved: RunningCountry) -> None:
    """A second start in the same folder is refused with a sentence and disturbs nothing."""
    before = (moved.folder / MANIFEST).read_bytes()
    second = subprocess.run(
        [sys.executable, "-m", "renkei", "demo", "--seed", "2", "--folder", str(moved.folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    assert "is running already" in second.stderr
    assert "Traceback" not in second.stderr
    assert (moved.folder / MANIFEST).read_bytes() == before
    assert all(_alive(pid) for pid in moved.pids.values())


def test_children_stop_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    """SIGKILL of the supervisor alone: every process it started stops by itself."""
    with running_country(copy_opened(tmp_path / "country")) as running:
        assert running._up is not None
        assert all(_alive(pid) for pid in running.pids.values())
        os.kill(running._up.pid, signal.SIGKILL)
        until = time.monotonic() + STOPPED_SECONDS
        while left := [party for party, pid in running.pids.items() if _alive(pid)]:
            assert time.monotonic() < until, f"{left} went on without a supervisor"
            time.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


START = """
import sys
from pathlib import Path
from renkei.run.supervisor import StartFailed, Supervisor
from datetime import date
from renkei.kit.progress import Progress
from renkei.sandbox.building import open_or_build
supervisor = Supervisor()
folder, day, quiet = Path(sys.argv[1]), date(2026, 7, 1), Progress(quiet=True)
size = int(sys.argv[2])
country = open_or_build(folder, seed=1, as_of=day, progress=quiet, residents=size)
try:
    supervisor.start(country.services(), say=print)
except StartFailed as error:
    print(error)
print("children left:", len(supervisor.children))
"""


def test_a_child_that_does_not_start_is_named_with_its_log(folder: Path) -> None:
    """One process without its database: the others are stopped, the message says where to read."""
    (folder / "ichikawa-city" / "database.sqlite").unlink()
    done = subprocess.run(
        [sys.executable, "-c", START, str(folder), str(RESIDENTS)],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    output = folder / "ichikawa-city" / "output.txt"
    assert f"ichikawa-city did not start; read {output}" in done.stdout
    assert "children left: 0" in done.stdout
    assert "renkei database upgrade" in output.read_text()
    started = [
        line.split("pid ")[1].rstrip(")") for line in done.stdout.splitlines() if "(pid " in line
    ]
    assert started
    assert not any(_alive(int(pid)) for pid in started)
