"""What a figure was measured on: without it a figure says nothing (計測した機械)."""

import os
import platform
import ssl
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import psutil
from cryptography.hazmat.backends.openssl.backend import backend

import renkei
from renkei.kit.database import engines

BYTES_PER_GB: Final = 1_000_000_000
PACKAGES: Final = ("cryptography", "rbcl", "litestar", "uvicorn", "aiohttp")


def describe() -> dict[str, Any]:
    """`machine` and `versions`, to be merged into every result (機械と版).

    `cores` are those this process may run on. `load` is the average of the last minute: on a quiet
    machine it is near 0, and figures seen beside other work are figures of less than this machine.
    """
    return {"machine": machine(), "versions": versions()}


def cores() -> int:
    """How many cores this process may run on, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def machine() -> dict[str, Any]:
    """Processor, cores, memory (GB of 10^9 bytes), kernel and load."""
    return {
        "cpu": _cpu_model(),
        "architecture": platform.machine(),
        "cores": cores(),
        "memory_gb": round(psutil.virtual_memory().total / BYTES_PER_GB, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "load": round(os.getloadavg()[0], 2),
    }


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that figures depend on."""
    found = {
        "renkei": renkei.__version__,
        "python": platform.python_version(),
        **engines.versions(),
    }
    found |= {name: version(name) for name in PACKAGES}
    # Two of them: signatures and boxes use the one inside `cryptography`, TLS the one of Python.
    found["openssl"] = backend.openssl_version_text().removeprefix("OpenSSL ")
    found["openssl_tls"] = ssl.OPENSSL_VERSION.removeprefix("OpenSSL ")
    return found


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "unknown"
