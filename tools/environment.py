"""The project's own virtual environment: find a Python, make .venv, install what is pinned.

A stamp inside .venv says what was installed. It is written last and removed before anything
changes, so an environment without a fitting stamp is half made or out of date, and is made anew.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "renkei-stamp.json"
RUNTIME_LOCK = ROOT / "requirements" / "runtime.txt"
DEVELOPMENT_LOCK = ROOT / "requirements" / "dev.txt"
PROJECT = ROOT / "pyproject.toml"

OLDEST, TOO_NEW = (3, 11), (3, 14)
NAMES = ("python3", "python3.13", "python3.12", "python3.11")
USUAL_FOLDERS = ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")

probe_limit_seconds = 20
venv_limit_seconds = 300
install_limit_seconds = 1800

PROBE = """
import importlib.util, json, platform, sys
print(json.dumps({
    "version": list(sys.version_info[:3]),
    "implementation": platform.python_implementation(),
    "venv": all(importlib.util.find_spec(m) for m in ("venv", "ensurepip")),
}))
"""

# Settings of the caller that would bend what Python imports or where pip installs. Where pip
# looks for packages (index, proxy, certificates, configuration file) stays the caller's choice.
BENDING = (
    *("PYTHONPATH", "PYTHONHOME", "PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTHONSTARTUP"),
    *("PYTHONPLATLIBDIR", "__PYVENV_LAUNCHER__"),
    *("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_CONSTRAINT", "PIP_REQUIREMENT"),
    *("PIP_EDITABLE", "PIP_DRY_RUN", "PIP_NO_BINARY", "PIP_ONLY_BINARY", "PIP_NO_DEPS"),
    *("PIP_REPORT", "PIP_REQUIRE_VIRTUALENV"),
)


class Stop(Exception):
    """A reason to stop, as the sentence the reader gets."""


def say(words: str) -> None:
    """One line of progress, on stderr."""
    print(f"renkei: {words}", file=sys.stderr, flush=True)


def clean_environment() -> dict[str, str]:
    """The caller's environment without what would bend Python or pip."""
    kept = {name: value for name, value in os.environ.items() if name not in BENDING}
    # These two may also stand in pip's configuration file, where only a variable overrides them.
    kept.update(PIP_USER="0", PIP_REQUIRE_HASHES="0")
    return kept


def program(name: str) -> Path:
    """A program of the environment."""
    return VENV / "bin" / name


@dataclass(frozen=True)
class Interpreter:
    """A Python that answered: where it is, what it is."""

    path: str
    version: tuple[int, ...]
    implementation: str
    has_venv: bool

    def objection(self) -> str | None:
        """Why it cannot be used, or None."""
        if self.implementation != "CPython":
            return f"{self.implementation}, but CPython is needed"
        if self.version < OLDEST:
            return "too old"
        if self.version >= TOO_NEW:
            return "newer than the pinned packages support"
        if not self.has_venv:
            return "without its venv module"
        return None

    def __str__(self) -> str:
        return f"{self.path} ({'.'.join(map(str, self.version))})"


def probe(path: str) -> Interpreter | None:
    """Ask a Python what it is; None where it does not run (a broken shim, a dangling link)."""
    try:
        answer = subprocess.run(
            [path, "-I", "-c", PROBE],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=probe_limit_seconds,
        )
        found = json.loads(answer.stdout) if answer.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    if found is None:
        return None
    return Interpreter(path, tuple(found["version"]), found["implementation"], found["venv"])


def candidates() -> Iterator[str]:
    """Paths that may be a Python, best first: the caller's `python3`, then newest first."""
    folders = [f for f in os.environ.get("PATH", "").split(os.pathsep) if f]
    seen = set()
    for name in NAMES:
        for folder in [*folders, *USUAL_FOLDERS]:
            path = os.path.join(folder, name)
            if os.access(path, os.X_OK) and os.path.realpath(path) not in seen:
                seen.add(os.path.realpath(path))
                yield path


def find_python() -> Interpreter:
    """The Python to build the environment with; Stop says what to type where there is none."""
    chosen = os.environ.get("PYTHON")
    if chosen:
        interpreter = probe(shutil.which(chosen) or chosen)
        objection = "does not run" if interpreter is None else interpreter.objection()
        if interpreter is None or objection:
            raise Stop(f"PYTHON={chosen}: {objection}. Name a Python 3.11, 3.12 or 3.13.")
        return interpreter
    refused: list[Interpreter] = []
    for path in candidates():
        interpreter = probe(path)
        if interpreter is not None and interpreter.objection() is None:
            return interpreter
        if interpreter is not None:
            refused.append(interpreter)
    found = "".join(f"\n    found {one}: {one.objection()}" for one in refused)
    raise Stop(
        f"Renkei needs Python 3.11, 3.12 or 3.13 with its venv module.{found}\n"
        f"Type:\n    {how_to_get_python(refused)}\nand then the same make command again."
    )


def how_to_get_python(refused: list[Interpreter]) -> str:
    """The command that brings a fitting Python to this machine."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    if shutil.which("apt-get"):
        for one in refused:
            if OLDEST <= one.version < TOO_NEW and not one.has_venv:
                return f"{sudo}apt install python{one.version[0]}.{one.version[1]}-venv"
        if any(one.path.startswith("/usr/bin/") for one in refused):
            return f"{sudo}apt install python3.11 python3.11-venv"
        return f"{sudo}apt install python3 python3-venv"
    if sys.platform == "darwin":
        return "brew install python@3.13"
    if shutil.which("dnf"):
        return f"{sudo}dnf install python3.12"
    return "(install Python 3.12 with your system's package manager)"


def ensure(development: bool) -> None:
    """Make .venv what the lock files say; quick when it already is."""
    with one_at_a_time():
        stamp = read_stamp()
        if not still_fits(stamp, development):
            stamp = build()
        if development and stamp.get("development") is None:
            install(DEVELOPMENT_LOCK, "the tools for tests and checks")
            stamp["development"] = digest(DEVELOPMENT_LOCK)
            write_stamp(stamp)
        if stamp.get("project") != digest(PROJECT):
            install_project()
            stamp["project"] = digest(PROJECT)
            write_stamp(stamp)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the project folder, so that two `make` at once do not build one .venv together."""
    folder = os.open(str(ROOT), os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another make is setting up .venv; waiting for it")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_stamp() -> dict[str, Any]:
    """What the stamp says; empty when there is none or it is not readable."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(stamp: dict[str, Any]) -> None:
    """Replace the stamp in one step."""
    unfinished = STAMP.with_suffix(".new")
    unfinished.write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
    os.replace(unfinished, STAMP)


def still_fits(stamp: dict[str, Any], development: bool) -> bool:
    """True when .venv was finished here, from these lock files, and its Python still runs."""
    if stamp.get("root") != str(ROOT) or stamp.get("runtime") != digest(RUNTIME_LOCK):
        return False
    if development and stamp.get("development") not in (None, digest(DEVELOPMENT_LOCK)):
        return False
    interpreter = probe(str(program("python")))
    if interpreter is None or list(interpreter.version[:2]) != stamp.get("python"):
        return False
    return wanted_python(interpreter)


def wanted_python(current: Interpreter) -> bool:
    """True unless the caller names another Python by PYTHON=..."""
    chosen = os.environ.get("PYTHON")
    if not chosen:
        return True
    return find_python().version == current.version


def build() -> dict[str, Any]:
    """Make .venv anew with what running needs; the stamp's content so far."""
    interpreter = find_python()
    if VENV.exists() or VENV.is_symlink():
        say(".venv is out of date or was not finished: making it anew")
    remove()
    say(f"making .venv with {interpreter}")
    subprocess.run(
        [interpreter.path, "-m", "venv", str(VENV)],
        env=clean_environment(),
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        timeout=venv_limit_seconds,
    )
    install(RUNTIME_LOCK, "what running needs")
    stamp = {
        "root": str(ROOT),
        "python": list(interpreter.version[:2]),
        "runtime": digest(RUNTIME_LOCK),
        "development": None,
        "project": None,
    }
    write_stamp(stamp)
    return stamp


def install(lock: Path, what: str) -> None:
    """Install a lock file: every file checked against its hash, nothing built from source."""
    count = sum("==" in line for line in lock.read_text(encoding="utf-8").splitlines())
    say(f"installing {what}: {count} pinned packages, once (a minute or two)")
    pip("--require-hashes", "--only-binary", ":all:", "--requirement", str(lock))


def install_project() -> None:
    """Put the project itself into .venv, as it stands in src/, without asking any index."""
    say("installing renkei itself")
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--force-reinstall")
    pip(*options, "--editable", str(ROOT))


def pip(*arguments: str) -> None:
    """Run the environment's pip; Stop says where to look when it fails."""
    # Whatever happens now, an interrupted installation must not look finished.
    stamp = read_stamp()
    with contextlib.suppress(FileNotFoundError):
        STAMP.unlink()
    command = [str(program("python")), "-m", "pip", "-qq", "--disable-pip-version-check"]
    command += ["--no-input", "install", "--progress-bar", "off", *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        timeout=install_limit_seconds,
    )
    if done.returncode != 0:
        raise Stop(
            "pip failed (its words are above). Wheels are pinned for Linux with glibc 2.28 or"
            " later (x86_64, aarch64) and macOS on Apple silicon. Behind a proxy or a mirror, set"
            " pip up as usual (pip config, PIP_INDEX_URL), then type the same make command again."
        )
    if stamp:
        write_stamp(stamp)


def remove() -> None:
    """Delete .venv, whatever it is."""
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
