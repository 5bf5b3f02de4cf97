"""What gets installed: pinned, hashed, from nowhere in particular."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("runtime.txt", "dev.txt")


def requirements(lock: str) -> dict[str, str]:
    """Name of each package in a lock file and all that is said about it."""
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    joined = re.sub(r"\s*#.*", "", text).replace("\\\n", " ")
    entries = [line for line in joined.splitlines() if line.strip()]
    return {re.split(r"[^\w.-]", entry, maxsplit=1)[0]: entry for entry in entries}


def version(entry: str) -> str:
    """The version a lock entry pins."""
    pinned = re.match(r"[\w.-]+==([\w.!+-]+)", entry)
    assert pinned, entry
    return pinned[1]


@pytest.mark.parametrize("lock", [*LOCKS, "peers.txt"])
def test_every_package_is_pinned_and_hashed(lock: str) -> None:
    """Every line of a lock file pins one version by its hashes, and none names a place."""
    for entry in requirements(lock).values():
        assert version(entry)
        assert re.search(r" --hash=sha256:[0-9a-f]{64}\b", entry), entry
        assert "://" not in entry
        assert " @ " not in entry


def test_locks_hold_what_the_project_names() -> None:
    """Every dependency named in pyproject.toml is in the lock file that must bring it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {
        "runtime.txt": [*project["project"]["dependencies"], *project["build-system"]["requires"]],
        "dev.txt": project["dependency-groups"]["dev"],
    }
    for lock, named in wanted.items():
        names = {re.split(r"[^\w.-]", one, maxsplit=1)[0] for one in named}
        assert names - requirements(lock).keys() == set()


def test_tests_run_what_users_run() -> None:
    """Tests and checks run with the very versions that `make demo` installs."""
    runtime, development = (requirements(lock) for lock in LOCKS)
    different = {
        name
        for name in runtime
        if name not in development or version(runtime[name]) != version(development[name])
    }
    assert different == set()
