"""How long a person waits for a command that does little, by clock and processor (コマンドの計測).

Each command is a fresh process, run several times beside its floor in the same run, and the best
counts. Code is compiled beforehand, as it is wherever Python may write beside it. The floors are
what no code of ours can undercut: a bare Python, and one that only imports the libraries the
command needs. Processor seconds say more than seconds where other work runs beside; `desk case`
waits for an institution that is running.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from renkei.bench.machine import describe
from renkei.kit.progress import Progress
from renkei.run.supervisor import running
from renkei.sandbox.building import DEFAULT_AS_OF, DEFAULT_SEED, open_or_build
from renkei.sandbox.country import Country
from renkei.sandbox.desk import at_desk
from renkei.sandbox.opening import open_country

RUNS: Final = 5
RESIDENTS: Final = 10
COMMAND_SECONDS_LIMIT: Final = 60
CASE: Final = "BENCH-1"
OFFICE: Final = "child-support"
OFFICER: Final = "officer-7"
EC: Final = "cryptography.hazmat.primitives.asymmetric.ec"
COMPILED: Final = "PYTHONPYCACHEPREFIX"
LIBRARIES: Final = {
    "help": ("typer",),
    "desk_case": ("typer", "pydantic", "msgspec", EC, "aiohttp"),
}
"""What a command imports that is not ours; `typer` checks arguments with `pydantic`."""
PROMISED_SECONDS: Final = {"help": 0.3, "desk_case": 0.5}
"""On a quiet machine."""


class Failed(RuntimeError):
    """A command that was to be measured did not end well."""


@dataclass(frozen=True, slots=True)
class Waited:
    """The best of several runs: seconds by the clock, and of the processor."""

    seconds: float
    processor_seconds: float


def run(progress: Progress | None = None, *, runs: int = RUNS) -> dict[str, Any]:
    """Measure `renkei --help` and `renkei desk case`, each beside its floors (計測).

    Raises `Failed` where a command does not exit with 0.
    """
    progress = progress or Progress(quiet=True)
    with tempfile.TemporaryDirectory() as temporary:
        country = open_or_build(
            Path(temporary) / "country",
            seed=DEFAULT_SEED,
            as_of=DEFAULT_AS_OF,
            progress=progress,
            residents=RESIDENTS,
        )
        with running(country.services(), say=progress.say):
            desk = asyncio.run(_open_case(country, progress))
            with progress.step("commands, each in a fresh process"):
                compiled = Path(temporary) / "compiled"
                bare = measure(["-c", "pass"], runs, compiled)
                found = {
                    "help": _beside("help", ["-m", "renkei", "--help"], runs, compiled),
                    "desk_case": _beside("desk_case", ["-m", "renkei", *desk], runs, compiled),
                }
    return {"runs": runs, "python": _figures(bare), **found, **describe()}


def _beside(name: str, arguments: list[str], runs: int, compiled: Path) -> dict[str, Any]:
    """A command's figures, those of its libraries alone, and how many times the floor it takes."""
    libraries = ", ".join(LIBRARIES[name])
    floor = measure(["-c", f"import {libraries}"], runs, compiled)
    waited = measure(arguments, runs, compiled)
    return {
        **_figures(waited),
        "promised_seconds": PROMISED_SECONDS[name],
        "floor": {"imports": libraries, **_figures(floor)},
        "ratio_to_floor": round(waited.processor_seconds / floor.processor_seconds, 2),
    }


def _figures(waited: Waited) -> dict[str, float]:
    return {
        "seconds": round(waited.seconds, 3),
        "processor_seconds": round(waited.processor_seconds, 3),
    }


def measure(arguments: list[str], runs: int, compiled: Path) -> Waited:
    """Run Python with these arguments, so many times; the least of each figure.

    A first run, which is not counted, leaves the compiled modules in the folder `compiled`.
    """
    environment = {**os.environ, COMPILED: str(compiled)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, *arguments]
    _once(command, environment)
    every = [_once(command, environment) for _ in range(runs)]
    return Waited(min(one.seconds for one in every), min(one.processor_seconds for one in every))


def _once(command: list[str], environment: dict[str, str]) -> Waited:
    started, before = time.monotonic(), os.times()
    ended = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS_LIMIT,
        check=False,
    )
    seconds, after = time.monotonic() - started, os.times()
    if ended.returncode != 0:
        raise Failed(
            f"{' '.join(command[1:])} ended with {ended.returncode}: {ended.stderr[-500:]}"
        )
    used = after.children_user + after.children_system
    return Waited(seconds, used - before.children_user - before.children_system)


async def _open_case(country: Country, progress: Progress) -> list[str]:
    """Open a case that has ended, and give the command that shows it."""
    await open_country(country, progress)
    city = country.institutions()[0].party
    async with at_desk(country, city) as desk:
        await desk.procedure(
            case_number=CASE,
            office=OFFICE,
            officer=OFFICER,
            procedure="child-allowance",
            person=country.manifest.persons["parent"][city],
        )
        await desk.case(CASE)
    folder = str(country.folder)
    return ["desk", "case", "--folder", folder, "--institution", city, "--case", CASE]
