"""Puts a site into a folder, whole or not at all (書出し).

The folder is empty, missing, or one that was made here: its list of files says so. It is written
beside and renamed into place; a folder with anything that is not of the list is left alone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

MARKER: Final = "renkei-law-site.json"
MARKER_BYTES: Final = 1024 * 1024
MADE_BY: Final = "renkei law site"
_FOLDER_MODE: Final = 0o755


class Marker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The list of files that says whose folder it is (目印)."""

    made_by: str
    files: tuple[str, ...]


class NotOurs(ValueError):
    """The folder cannot be written; the message says why and what to do."""


def write(files: Mapping[str, bytes], folder: Path) -> None:
    """Put these files, and the list of them, into `folder`; raises `NotOurs` and `OSError`."""
    folder = folder.resolve()
    refuse_foreign(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
    try:
        fresh.chmod(_FOLDER_MODE)
        marker = Marker(MADE_BY, tuple(sorted(files)))
        whole = {**files, MARKER: msgspec.json.format(msgspec.json.encode(marker), indent=1)}
        for path, content in whole.items():
            target = fresh / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        _into_place(fresh, folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _into_place(fresh: Path, folder: Path) -> None:
    """Rename; a folder that is there gives way and comes back if the new one cannot take it."""
    if not folder.exists():
        fresh.rename(folder)
        return
    refuse_foreign(folder)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old-", dir=folder.parent)) / "site"
    folder.rename(aside)
    try:
        fresh.rename(folder)
    except OSError:
        aside.rename(folder)
        aside.parent.rmdir()
        raise
    shutil.rmtree(aside.parent, ignore_errors=True)


def refuse_foreign(folder: Path) -> None:
    """Raise `NotOurs` for a file, and for a folder with anything that was not written here."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise NotOurs(f"{folder} is a file; name a folder that is empty or does not exist")
    found = {one.relative_to(folder).as_posix() for one in _files_below(folder)}
    if not found and not any(folder.iterdir()):
        return
    ours = _listed(folder / MARKER)
    if ours is None:
        raise NotOurs(
            f"{folder} is not empty and was not made by this command: nothing was changed; "
            "name an empty folder or one that does not exist"
        )
    foreign = sorted(found - ours - {MARKER})
    if foreign:
        raise NotOurs(
            f"{folder} holds {foreign[0]!r}, which this command did not write: nothing was "
            "changed; move it away or name another folder"
        )


def _files_below(folder: Path) -> list[Path]:
    """Everything below that is no folder; a link to a folder is not entered."""
    return [
        Path(at) / name
        for at, folders, names in os.walk(folder)
        for name in (*names, *(one for one in folders if (Path(at) / one).is_symlink()))
    ]


def _listed(marker: Path) -> set[str] | None:
    """The files a folder's list names; None where there is no list of ours."""
    with contextlib.suppress(OSError, msgspec.DecodeError):
        if marker.is_file() and marker.stat().st_size <= MARKER_BYTES:
            read = msgspec.json.decode(marker.read_bytes(), type=Marker)
            return set(read.files) if read.made_by == MADE_BY else None
    return None
