"""Installs the software that `renkei bench` is measured beside, in an environment of its own.

`python tools/peers.py` makes var/peers from requirements/peers.txt: every file checked against its
hash. The peers need other versions of libraries than Renkei, so they never share its environment;
`renkei bench log` and `renkei bench exchange` run them as separate programs where this exists.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import environment
from environment import ROOT, Stop, say

LOCK = ROOT / "requirements" / "peers.txt"
FOLDER = ROOT / "var" / "peers"
STAMP = "renkei-peers.txt"


def install(folder: Path) -> None:
    """Make the environment anew unless a copy of the lock file in it says that it is finished."""
    stamp = folder / STAMP
    if stamp.is_file() and stamp.read_bytes() == LOCK.read_bytes():
        say(f"{folder} is up to date")
        return
    if folder.exists() and not (folder / "pyvenv.cfg").is_file():
        raise Stop(f"{folder} exists and is no virtual environment: name another folder")
    shutil.rmtree(str(folder), ignore_errors=True)
    interpreter = environment.find_python()
    say(f"making {folder} with {interpreter}")
    run([interpreter.path, "-m", "venv", str(folder)], environment.venv_limit_seconds)
    command = [str(folder / "bin" / "python"), "-m", "pip", "-qq", "--disable-pip-version-check"]
    command += ["--no-input", "install", "--require-hashes", "--only-binary", ":all:"]
    run([*command, "--requirement", str(LOCK)], environment.install_limit_seconds)
    stamp.write_bytes(LOCK.read_bytes())


def run(command: list[str], seconds: int) -> None:
    """Run a command with its words on stderr; raises when it fails or takes longer."""
    subprocess.run(
        command,
        env=environment.clean_environment(),
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        timeout=seconds,
    )


def main(arguments: list[str]) -> int:
    """Install; 0 when it succeeded."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, default=FOLDER, help="default: var/peers")
    folder = parser.parse_args(arguments).folder
    try:
        install(folder.absolute())
    except Stop as stop:
        say(str(stop))
        return 1
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
        say(f"{failure}: its words are above")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
