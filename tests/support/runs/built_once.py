"""What a run of tests builds once, whichever worker needs it first; tests get copies (一度だけ)."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import placing

_ROOT: list[Path] = []


def begin(folder: Path) -> None:
    """Name the folder that all workers of a run share."""
    _ROOT[:] = [folder]


def once(kind: str, make: Callable[[Path], object]) -> Path:
    """The folder of one kind, made by the first that asks; nobody changes it.

    A maker that fails, or is killed, leaves nothing: the next one starts over.
    """
    (root,) = _ROOT
    root.mkdir(exist_ok=True)
    made, making = root / kind, root / f"{kind}.{os.getpid()}"
    with (root / f"{kind}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            with placing.kept():
                make(making)
            making.rename(made)
    return made
