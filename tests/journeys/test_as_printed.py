"""Every command in the documents is run as printed, in the order printed, or at least read."""

import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hints import VARIABLES, command_of

import make

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
BY_FOLDER = ".venv/bin/renkei "
TAKES_MINUTES = ("bench start", "bench exchange", "bench cli")
"""Run by their own tests, shorter; here only read."""
SMALL = "--residents 40"
STILL_OPEN = 3
"""The status of a command about a case in which somebody has yet to answer or to state."""
LINE_SECONDS = 300
START_SECONDS = 240


def blocks(text: str) -> Iterator[list[str]]:
    """The indented or fenced blocks of a document, comments taken off."""
    block: list[str] = []
    fenced = False
    for line in [*text.splitlines(), ""]:
        if line.startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            block.append(re.sub(r"\s+# .*", "", line.strip()))
            continue
        if block and not fenced:
            yield [one for one in block if one]
            block = []


def in_blocks(path: Path) -> list[str]:
    """The lines of a document's blocks that call `renkei`."""
    lines = [line for block in blocks(path.read_text()) for line in block]
    return [line for line in lines if re.match(r"(\S*/)?renkei ", line)]


def in_text(path: Path) -> list[str]:
    """The calls of `renkei` between backticks."""
    found = re.findall(r"`(?:\S*/)?renkei ((?:[^`\n]|\n(?!\n))*)`", path.read_text())
    return [" ".join(one.split()) for one in found]


def read(line: str) -> None:
    """Parse a call as the program would; fails where it would refuse it."""
    command, rest = command_of(shlex.split(line))
    command.make_context("renkei", rest)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_a_document_names_exists(path: Path) -> None:
    """What stands between backticks names a command of today, with options it has."""
    for line in in_text(path):
        if line.split()[0] == "noun":
            continue
        command, rest = command_of(line.split())
        known = {option for one in command.params for option in one.opts} | {"--help"}
        assert {word for word in rest if word.startswith("--")} <= known, line


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_in_a_block_can_be_typed(path: Path) -> None:
    """What stands in a block is complete: the program takes it as it is."""
    for line in in_blocks(path):
        read(line.split("renkei ", 1)[1])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_exists(path: Path) -> None:
    """Every `make TARGET` a document names is a target, every variable one that is explained."""
    text = path.read_text()
    found = re.findall(r"^    make ([a-z]+)((?: [A-Z]+=\S+)*)", text, re.MULTILINE)
    found += re.findall(r"`make ([a-z]+)((?: [A-Z]+=[^ `]+)*)[^`]*`", text)
    for target, given in found:
        assert target in make.TARGETS
        variables = re.findall(r"([A-Z]+)=", given)
        assert set(variables) <= VARIABLES


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder as after `git clone` and `make`: with `.venv` in it."""
    folder: Path = tmp_path_factory.mktemp("newcomer")
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


@pytest.fixture(scope="module")
def up(newcomer: Path) -> Iterator[list[str]]:
    """`make up` in a small country; gives the lines it prints to be pasted."""
    process = subprocess.Popen(
        ["/bin/sh", "-c", f"exec {BY_FOLDER}up {SMALL}"],
        cwd=newcomer,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    printed = []
    until = time.monotonic() + START_SECONDS
    for line in process.stdout:
        assert time.monotonic() < until
        printed.append(line.rstrip("\n"))
        if line.startswith("Ctrl-C"):
            break
    try:
        yield printed
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        process.stdout.close()


def typed(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Type a line into a shell."""
    return subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=LINE_SECONDS,
        check=False,
    )


@pytest.mark.timeout(900)
def test_the_readme_is_walked_in_order(newcomer: Path, up: list[str]) -> None:
    """Each line of "Try it" works as printed, in the order printed, while `make up` runs."""
    section = (ROOT / "README.md").read_text().split("## Try it")[1].split("\n## ")[0]
    lines = [line for block in blocks(section) for line in block if line.startswith(BY_FOLDER)]
    assert len(lines) > 8
    assert lines[0] == f"{BY_FOLDER}demo"
    for line in lines:
        if line.removeprefix(BY_FOLDER).startswith(TAKES_MINUTES):
            continue
        ended = typed(line, newcomer)
        assert ended.returncode == 0, f"{line}: {ended.stderr}"
        assert ended.stdout.strip(), line
        assert "None" not in ended.stdout, line


@pytest.mark.timeout(900)
def test_what_up_prints_can_be_pasted(newcomer: Path, up: list[str]) -> None:
    """Every command `up` prints works as printed, and so does every one those print."""
    waiting = [line.strip() for line in up if line.startswith(f"  {BY_FOLDER}")]
    assert len(waiting) == 3
    done: set[str] = set()
    while waiting:
        line = waiting.pop(0)
        done.add(line)
        ended = typed(line, newcomer)
        assert ended.returncode in (0, STILL_OPEN), f"{line}: {ended.stderr}"
        told = [one.strip() for one in ended.stdout.splitlines() if f"  {BY_FOLDER}" in one]
        waiting += [one for one in told if one.split()[:2] not in [d.split()[:2] for d in done]]
    assert {line.split()[1] for line in done} == {"demo", "desk", "oversight", "verify"}


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("up")
def test_the_integrators_page_is_walked(newcomer: Path) -> None:
    """The lines and the program of `docs/integrate.md` work as printed while `make up` runs."""
    path = ROOT / "docs" / "integrate.md"
    for line in in_blocks(path):
        ended = typed(line, newcomer)
        assert ended.returncode == 0, f"{line}: {ended.stderr}"
        assert ended.stdout.strip(), line
    (program,) = re.findall(r"```python\n(.*?)```", path.read_text(), re.DOTALL)
    (newcomer / "example.py").write_text(program)
    ended = typed(".venv/bin/python example.py", newcomer)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("EXAMPLE-")
