"""Waiting for a case to settle, whichever process of this institution drives it (案件の完結待ち).

A desk may wait at one process while another one writes the end it waits for. Where that can be, the
cases waited for are looked at together, often, and only while anybody waits.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Final

from renkei.kit.database import Database
from renkei.kit.limits import TurnedAway
from renkei.kit.watch import Watch
from renkei.roles.institution.store import asked as store

LOOK_SECONDS: Final = 0.1
"""How much later than its own process a desk may hear of what another process has ended."""


class Settling:
    """Tells whoever waits for a case that a request of it has ended."""

    def __init__(self, database: Database, watch: Watch) -> None:
        self._database = database
        self._watch = watch
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._looking: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def watching(self, case_number: str) -> Iterator[asyncio.Event]:
        """An event for the length of a block, set whenever a request of this case has ended."""
        event = asyncio.Event()
        waiting = self._waiting.setdefault(case_number, set())
        waiting.add(event)
        if self._database.shared and (self._looking is None or self._looking.done()):
            self._looking = self._watch.keep("settling", self._look)
        try:
            yield event
        finally:
            waiting.discard(event)
            if not waiting:
                self._waiting.pop(case_number, None)

    def tell(self, case_number: str) -> None:
        """A request of this case has ended in this process."""
        for event in self._waiting.get(case_number, ()):
            event.set()

    async def stop(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _look(self) -> None:
        """Tell of what other processes have ended, while anybody waits."""
        while cases := list(self._waiting):
            await asyncio.sleep(LOOK_SECONDS)
            try:
                open_still = await self._database.read(lambda c: store.unsettled(c, cases))
            except TurnedAway:
                continue  # a server that is away for a moment: whoever waits, waits on
            for case in cases:
                if case not in open_still:
                    self.tell(case)
