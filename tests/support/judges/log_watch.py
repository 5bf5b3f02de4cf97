"""An onlooker of the log: keeps every signed head it was shown, to hold it against the end."""

import asyncio
from contextlib import suppress
from typing import Self

import msgspec
from running import RunningCountry

from renkei.crypto.checkpoint import parse_checkpoint
from renkei.crypto.note import parse_key
from renkei.run.parts import to_linkage
from renkei.sandbox.country import ANCHORS
from renkei.wire.errors import WireError
from renkei.wire.history import Anchors
from renkei.wire.linkage.calls import LOG_FILES

LOOK_SECONDS = 0.1
ONLOOKER = "receiving-accounts"
"""Whose certificate it shows; the log's files are for everybody."""


class LogWatch:
    """Reads `checkpoint` and `cosigned` again and again, in the background of a block."""

    def __init__(self, country: RunningCountry) -> None:
        self.heads: dict[int, bytes] = {}
        self.wrong: list[str] = []
        self.looks = 0
        anchors = msgspec.json.decode((country.folder / ANCHORS).read_bytes(), type=Anchors)
        self._key = parse_key(anchors.log_key)
        self._country = country

    async def __aenter__(self) -> Self:
        self._http = self._country.http(ONLOOKER)
        config = self._country.country.config(ONLOOKER)
        party = self._country.party(ONLOOKER)
        self.linkage = to_linkage(party, self._http, config.linkage)
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await self._http.close()

    async def _watch(self) -> None:
        while True:
            for name in ("checkpoint", "cosigned"):
                with suppress(WireError):
                    await self.look(name)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self, name: str = "checkpoint") -> None:
        """Read one signed head; a second root for one size is kept as a wrong."""
        head = parse_checkpoint(await self.linkage.file(LOG_FILES, name), self._key)[0].head
        self.looks += 1
        if self.heads.setdefault(head.size, head.root) != head.root:
            self.wrong.append(f"two roots were shown for the log of size {head.size}")
