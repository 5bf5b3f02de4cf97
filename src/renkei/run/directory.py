"""Keeping the directory current: from the file at start, then from the network (機関台帳の更新)."""

import asyncio
import os
from pathlib import Path
from typing import Final

import msgspec

from renkei.kit.background import Interval
from renkei.kit.counterparty import Line
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.wire.directory import Directory
from renkei.wire.errors import WireError
from renkei.wire.framing import parse
from renkei.wire.limits import KEPT_DIRECTORY_BYTES
from renkei.wire.linkage.calls import DIRECTORY
from renkei.wire.linkage.directory import DirectoryAnswer, DirectoryRequest
from renkei.wire.names import LINKAGE

INTERVAL: Final = Interval(idle_seconds=30.0, longest_delay_seconds=10.0)
FIRST_ATTEMPTS: Final = 25
FIRST_PAUSE_SECONDS: Final = 0.2
FILE_MODE: Final = 0o600


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A directory with both signatures, as it stands in the file."""

    version: str
    countersignature: str


def load(path: Path, party: Party) -> bool:
    """Adopt the directory kept in `path`; False where there is none that still holds."""
    try:
        if path.stat().st_size > KEPT_DIRECTORY_BYTES:
            raise WireError("too-large", f"{path} is larger than {KEPT_DIRECTORY_BYTES} bytes.")
        kept = msgspec.json.decode(path.read_bytes(), type=Kept)
    except FileNotFoundError:
        return False
    except msgspec.DecodeError as error:
        raise WireError("malformed", f"{path} is not a kept directory; remove it.") from error
    try:
        return party.adopt(kept.version, kept.countersignature)
    except WireError as error:
        get_logger().warning("kept-directory-refused", code=error.code)
        return False


def save(path: Path, version: str, countersignature: str) -> None:
    """Write the directory whole or not at all; both signatures stay with it. Raises OSError."""
    temporary = path.with_name(f"{path.name}.new-{os.getpid()}")
    try:
        descriptor = os.open(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(Kept(version, countersignature)))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)  # on a disk that is full it would only be in the way
        raise


class DirectoryKeeper:
    """Fetches newer versions from the network and keeps the newest in a file."""

    def __init__(self, party: Party, linkage: Line, path: Path) -> None:
        self._party = party
        self._linkage = linkage
        self._path = path
        self._saved = 0
        """The version in the file; a disk that was full leaves it behind the one in use."""

    async def first(self) -> None:
        """Adopt the directory of the last run, or fetch one before serving, if that can be.

        Gives up after a few seconds: the process then serves, and says that it holds none.
        """
        if load(self._path, self._party):
            self._saved = self._party.directory_version
            return
        for _ in range(FIRST_ATTEMPTS):
            try:
                await self.refresh()
                return
            except WireError as error:
                get_logger().info("no-directory-yet", code=error.code)
                await asyncio.sleep(FIRST_PAUSE_SECONDS)

    async def refresh(self) -> None:
        """Fetch once."""
        party = self._party
        request = DirectoryRequest(**party.envelope(LINKAGE), have_version=party.directory_version)
        raw = await self._linkage.send(DIRECTORY, party.write(request))
        _, answer = parse(raw, (DirectoryAnswer,))
        candidate = Directory.verify(answer.version, answer.countersignature, party.roots)
        if candidate.version > party.directory_version:
            party.adopt(answer.version, answer.countersignature)
            get_logger().info("directory-adopted", version=candidate.version)
        if candidate.version == party.directory_version > self._saved:
            save(self._path, answer.version, answer.countersignature)
            self._saved = candidate.version
        party.read(raw, (DirectoryAnswer,), peer=LINKAGE)
