"""A role is added by files alone: a notice board, laid over a copy of the package, serves.

What `docs/add-a-role.md` promises is done here with real processes, keys, TLS and a database.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import renkei

PACKAGE = Path(renkei.__file__).parent
TOY = Path(__file__).parent / "toy_role"
PARTY = """
[[parties]]
party = "city-notices"
role = "notice-board"
kind = "notice-board"
name_ja = "掲示板"
name_en = "Notice board"
"""
BUILD = """
import sys
from pathlib import Path
from renkei.kit.progress import Progress
from renkei.sandbox.building import open_or_build
from renkei.sandbox.country_file import read
from renkei.sandbox.wanted import DEFAULT_AS_OF
quiet = Progress(quiet=True)
blueprint = read(Path(sys.argv[1]))
open_or_build(
    Path(sys.argv[2]), seed=1, as_of=DEFAULT_AS_OF, progress=quiet, residents=10,
    blueprint=blueprint,
)
"""
ASK = """
import asyncio, sys
from pathlib import Path
from renkei.run.parts import Parts, http_of, party_of
from renkei.run import directory
from renkei.sandbox.country import open_existing
from renkei.wire.errors import WireError
from renkei.wire.notice_board.calls import PIN
from renkei.wire.notice_board.messages import Notice

async def ask(name, text):
    config = open_existing(Path(sys.argv[1])).config(name)
    http = http_of(config)
    party = party_of(config)
    parts = Parts(config, None, party, None, http)
    try:
        await parts.keeper().refresh()
        notice = Notice(**party.envelope("city-notices"), text=text)
        answer = await parts.peer("city-notices").ask(PIN, notice)
        print(name, "pinned", answer.number)
    except WireError as error:
        print(name, error.code)
    finally:
        await http.close()

for name, text in (
    ("chofu-city", "Office closed on Friday"),
    ("ichikawa-city", "Desk for sale"),
    ("ichikawa-city", "Room 3 moved"),
    ("portal", "Anybody there?"),
):
    asyncio.run(ask(name, text))
"""
LISTED = """
from renkei.run.roles import ROLES
from renkei.wire.openapi import document
from renkei.wire.table import KIND_BY_TYP, TITLES
print(*ROLES)
print(TITLES["notice-board"])
print(*KIND_BY_TYP)
"""
START_SECONDS = 60


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the package and the toy's files laid over it."""
    folder = tmp_path_factory.mktemp("toy") / "src"
    shutil.copytree(PACKAGE, folder / "renkei", ignore=shutil.ignore_patterns("__pycache__"))
    before = {path.relative_to(folder) for path in folder.rglob("*")}
    added = {Path("renkei") / path.relative_to(TOY) for path in TOY.rglob("*") if path.is_file()}
    assert not before & added, "the toy edits nothing that stands"
    shutil.copytree(TOY, folder / "renkei", dirs_exist_ok=True)
    return folder


def run(source: Path, *command: str) -> str:
    """What a Python of that source prints."""
    done = subprocess.run(
        [sys.executable, *command],
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        timeout=180,
        cwd=source,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def served(source: Path, role: str, config: Path) -> Iterator[None]:
    """`renkei serve ROLE --config FILE`, from when it says that it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "renkei", "serve", role, "--config", str(config)],
        env={**os.environ, "PYTHONPATH": str(source)},
        stderr=subprocess.PIPE,
        text=True,
        cwd=source,
    )
    assert process.stderr is not None
    try:
        assert any("listens on" in line for line in process.stderr), "it ended before it served"
        yield
    finally:
        process.terminate()
        process.wait(START_SECONDS)
        process.stderr.close()


def test_a_new_role_is_found(source: Path) -> None:
    """Its folder alone makes it a role that serves, with its messages in the one table."""
    roles, title, kinds = run(source, "-c", LISTED).splitlines()
    assert "notice-board" in roles.split()
    assert title == "Notice board (掲示板)"
    assert {"renkei.notice.v1", "renkei.notice-pinned.v1"} <= set(kinds.split())


@pytest.mark.slow
def test_a_new_role_serves(source: Path, tmp_path: Path) -> None:
    """Keys, certificate, database, configuration and directory entry are made; it answers."""
    packaged = PACKAGE / "sandbox" / "data" / "country.toml"
    file = tmp_path / "country.toml"
    file.write_text(packaged.read_text(encoding="utf-8") + PARTY, encoding="utf-8")
    folder = tmp_path / "country"
    run(source, "-c", BUILD, str(file), str(folder))
    with (
        served(source, "linkage", folder / "linkage" / "serve.toml"),
        served(source, "notice-board", folder / "city-notices" / "serve.toml"),
    ):
        said = run(source, "-c", ASK, str(folder)).splitlines()
    assert said == [
        "chofu-city pinned 1",
        "ichikawa-city malformed",
        "ichikawa-city pinned 2",
        "portal not-allowed",
    ]
