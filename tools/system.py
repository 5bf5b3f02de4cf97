"""What some tests need of the operating system, beyond Python packages.

A need is looked at only when a test carries its marker. Root on a Debian-like system gets the
packages installed; anyone else is told the command, and those tests are named, not run.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from environment import clean_environment, say

update_limit_seconds = 300
install_limit_seconds = 900
collect_limit_seconds = 120


@dataclass(frozen=True)
class Need:
    """One thing tests may need: the files that show it is there and the packages that bring it."""

    name: str
    files: tuple[str, ...]
    packages: tuple[str, ...]
    marker: str

    def present(self) -> bool:
        """True when every file is there; a pattern stands for any that fits."""
        return all(glob.glob(file) for file in self.files)


SYSTEM_NEEDS = (
    Need(
        name="Chromium with Japanese fonts",
        files=("/usr/bin/chromium", "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
        packages=("chromium", "fonts-noto-cjk"),
        marker="browser",
    ),
    Need(
        name="strace, to see what reaches the disk before an answer leaves",
        files=("/usr/bin/strace",),
        packages=("strace",),
        marker="strace",
    ),
    Need(
        name="PostgreSQL 15 or later",
        files=("/usr/lib/postgresql/1[5-9]/bin/postgres",),
        packages=("postgresql",),
        marker="postgresql",
    ),
    Need(
        name="HAProxy, to share out connections among several processes",
        files=("/usr/sbin/haproxy",),
        packages=("haproxy",),
        marker="haproxy",
    ),
)


def in_ci() -> bool:
    """True when CI is set to something that means yes."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false", "no")


def wanted(needs: Sequence[Need], root: Path) -> list[Need]:
    """The needs whose marker some test file uses."""
    text = "\n".join(
        path.read_text(encoding="utf-8") for path in sorted((root / "tests").rglob("*.py"))
    )
    return [need for need in needs if re.search(rf"\bmark\.{need.marker}\b", text)]


def prepare(root: Path, needs: Sequence[Need] = SYSTEM_NEEDS) -> list[Need]:
    """Install what tests need, where that is ours to do; what is still missing afterwards."""
    missing = [need for need in wanted(needs, root) if not need.present()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        packages = [package for need in missing for package in need.packages]
        say(f"installing Debian packages for the tests: {' '.join(packages)}")
        apt("update", limit_seconds=update_limit_seconds)
        apt("install", "-y", "--no-install-recommends", *packages)
    return [need for need in missing if not need.present()]


def apt(*arguments: str, limit_seconds: int = install_limit_seconds) -> None:
    """Run apt-get without questions; its output is shown only when it fails."""
    try:
        done = subprocess.run(
            ["apt-get", "-qq", *arguments],
            env={**clean_environment(), "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=limit_seconds,
        )
    except subprocess.TimeoutExpired:
        say(f"apt-get {arguments[0]} did not finish in {limit_seconds} seconds")
        return
    if done.returncode != 0:
        say(f"apt-get {arguments[0]} failed:")
        sys.stderr.write(done.stdout.decode("utf-8", "replace")[-2000:] + "\n")


def how_to_install(need: Need) -> str:
    """The command that brings a need to a Debian-like system."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt install {' '.join(need.packages)}"


def report_not_run(
    need: Need,
    root: Path,
    pytest: Sequence[str],
    selection: Sequence[str] = (),
    what: str = "",
) -> None:
    """Name the tests that a missing need kept from running, and the command to type.

    `selection` says which, instead of those with the need's marker, and `what` they would be.
    """
    listed = subprocess.run(
        [*pytest, "--collect-only", "--verbosity=-1", *(selection or ["-m", need.marker])],
        cwd=root,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=collect_limit_seconds,
    )
    tests = [line for line in listed.stdout.decode("utf-8", "replace").splitlines() if "::" in line]
    say(f"NOT RUN, for want of {need.name}: {len(tests)} tests {what}".rstrip())
    for test in tests:
        say(f"    {test}")
    say("to run them too, type:")
    say(f"    {how_to_install(need)}")
