"""The short form of `make soak`, for tests."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import placing

TESTS = next(one for one in Path(__file__).parents if one.name == "tests")
RUN = TESTS / "soak" / "run.py"
KILLS = 15
"""Every one of the eleven processes at least once: all are dealt before any is dealt again."""
SEED = os.environ.get("RENKEI_SOAK_SEED", "short")
"""Another seed kills in another order after other pauses."""
LIMIT_SECONDS = 240


@dataclass(frozen=True, slots=True)
class Soaked:
    """A run of the harness that anyone can run longer, and the country it left."""

    status: int
    result: dict[str, Any]
    country: Path


def soak_shortly(home: Path, *more: str, kills: int = KILLS) -> Soaked:
    """Build a small country in `home`, kill its processes a few times, compare all books."""
    told = placing.administrator(home / "country")
    done = subprocess.run(
        [
            *(sys.executable, str(RUN), "--json", "--no-compare", "--folder", str(home)),
            *("--kills", str(kills), "--seed", SEED, "--cold-every", str(kills), *more),
            *([] if told is None or more else ["--database", told]),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert done.stdout, f"the harness broke (seed {SEED})"
    return Soaked(done.returncode, json.loads(done.stdout), home / "country")
