"""Whatever runs leaves no file outside its own folder, however it ends."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
SUITE = (
    "from renkei.crypto.suite import RISTRETTO255 as suite;"
    "element = suite.element_from_uniform(bytes(63) + b'x');"
    "print(suite.multiply(bytes([1]) + bytes(31), element) == element)"
)
BY_FILE = "import os; del os.memfd_create;"
KILLED = "import os, signal; import renkei.crypto.suite; os.kill(os.getpid(), signal.SIGKILL)"


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """A folder for temporary files that nobody else uses."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


def run(temporary: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this Python with its own folder for temporary files."""
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment(temporary),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def environment(temporary: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join(sys.path)}


def left(folder: Path) -> list[str]:
    """Every file and folder below."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("before", ["", BY_FILE], ids=["from memory", "from a file"])
def test_the_library_works_and_leaves_no_file(temporary: Path, before: str) -> None:
    """Loaded from memory or from a file, the suite computes, and no file is there after."""
    ran = run(temporary, "-c", before + SUITE)
    assert (ran.stdout, ran.returncode) == ("True\n", 0), ran.stderr
    assert left(temporary) == []


@pytest.mark.parametrize("before", ["", BY_FILE], ids=["from memory", "from a file"])
def test_a_killed_process_leaves_no_file(temporary: Path, before: str) -> None:
    """A process that is killed with the library loaded leaves nothing behind."""
    assert run(temporary, "-c", before + KILLED).returncode == -signal.SIGKILL
    assert left(temporary) == []


@pytest.mark.parametrize(
    "command", [("--help",), ("law", "show", "106"), ("number", "check", "123456789012")]
)
def test_commands_leave_no_file(temporary: Path, command: Sequence[str]) -> None:
    """A command ends, well or not, and leaves nothing among temporary files."""
    run(temporary, "-m", "renkei", *command)
    assert left(temporary) == []


def test_a_run_of_tests_leaves_no_file(temporary: Path, tmp_path: Path) -> None:
    """A run of tests that use the library, in two workers, leaves nothing but its base."""
    base = tmp_path / "base"
    own = ("-q", "-n", "2", "-p", "no:cacheprovider", f"--basetemp={base}")
    ran = run(temporary, "-m", "pytest", *own, "tests/crypto/test_suite.py")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert left(temporary) == []


def test_a_killed_country_leaves_its_folder_only(temporary: Path, tmp_path: Path) -> None:
    """A country whose every process is killed leaves its folder and its log beside, no more."""
    home = tmp_path / "home"
    up = subprocess.Popen(
        [sys.executable, "-m", "renkei", "up", "--folder", str(home / "x"), "--residents", "40"],
        env=environment(temporary),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert up.stdout is not None
    for line in up.stdout:
        if line.startswith(b"Ctrl-C"):
            break
    everybody = [*psutil.Process(up.pid).children(recursive=True), psutil.Process(up.pid)]
    for process in everybody:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    up.wait(30)
    up.stdout.close()
    assert len(everybody) > 5
    assert left(temporary) == []
    assert {path.name for path in home.iterdir()} <= {"x", "sandbox.jsonl"}
