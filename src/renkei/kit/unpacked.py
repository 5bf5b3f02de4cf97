"""Removing the copy of libsodium that importing `rbcl` leaves behind.

`rbcl` unpacks 3 MB into the folder for temporary files on every import and never deletes them. The
library is mapped by then, so only its name goes; where the system forbids that, it stays.
"""

import tempfile
from contextlib import suppress
from pathlib import Path

import rbcl


def remove_unpacked_library() -> None:
    """Remove this process's copy; to be called once, by whoever starts the process."""
    _remove(Path(rbcl._sodium._name), Path(tempfile.gettempdir()))


def _remove(path: Path, folder: Path) -> None:
    """A library that was found anywhere else than among temporary files is not ours to delete."""
    if path.parent == folder and path.name.startswith(tempfile.gettempprefix()):
        with suppress(OSError):
            path.unlink()
