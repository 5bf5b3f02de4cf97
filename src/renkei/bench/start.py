"""How long a second demo takes and how much memory all its processes use (起動の計測).

Memory is PSS, summed over the demo's process and its children: pages they share count once.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import psutil

from renkei.bench.machine import describe

DEMO_SECONDS_LIMIT: Final = 600
SAMPLE_SECONDS: Final = 0.1
BYTES_PER_MB: Final = 1_000_000


def run(folder: Path | None = None) -> dict[str, Any]:
    """Run the demo twice; the second, on the country the first built, is measured.

    Gives `seconds`, `pss_mb` (the largest sum seen; 1 MB = 10^6 bytes), `first_seconds`,
    `processes`. Raises RuntimeError if a demo fails.
    """
    with tempfile.TemporaryDirectory() as temporary:
        country = folder or Path(temporary) / "country"
        first = _demo(country, measured=False)
        second = _demo(country)
    return {
        "seconds": second["seconds"],
        "pss_mb": second["pss_mb"],
        "processes": second["processes"],
        "samples": second["samples"],
        "first_seconds": first["seconds"],
        "python": sys.version.split()[0],
        **describe(),
    }


def _demo(country: Path, *, measured: bool = True) -> dict[str, Any]:
    """Run a demo; reading the memory of ten processes takes time that an unmeasured run saves."""
    command = [sys.executable, "-m", "renkei", "demo", "--folder", str(country), "--json"]
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    largest, count, samples = 0, 0, 0
    try:
        while process.poll() is None:
            total, processes = _pss(process.pid) if measured else (0, 0)
            samples += measured
            largest, count = max(largest, total), max(count, processes)
            if time.monotonic() - started > DEMO_SECONDS_LIMIT:
                raise RuntimeError(f"the demo took more than {DEMO_SECONDS_LIMIT} s")
            time.sleep(SAMPLE_SECONDS)
        seconds = time.monotonic() - started
        output, errors = process.communicate()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)
    if process.returncode != 0:
        raise RuntimeError(f"the demo failed: {errors.decode()[-500:]}")
    json.loads(output)
    return {
        "seconds": round(seconds, 2),
        "pss_mb": round(largest / BYTES_PER_MB, 1),
        "processes": count,
        "samples": samples,
    }


def _pss(pid: int) -> tuple[int, int]:
    """Sum of PSS in bytes over a process and all its descendants, and how many they are."""
    total, count = 0, 0
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0, 0
    for one in family:
        try:
            memory = one.memory_full_info()
            total += getattr(memory, "pss", memory.uss)
            count += 1
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total, count
