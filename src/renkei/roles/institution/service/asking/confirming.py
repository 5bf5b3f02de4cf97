"""Telling providers that their answers are stored here, many in one message (受領の通知).

What waits for one provider while a message to it is on its way, or was sent a moment ago, goes
with the next one; where nothing waits it goes at once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

from renkei.kit.database import Database
from renkei.kit.lanes import Lanes
from renkei.kit.party import Party
from renkei.roles.institution.service.asking.waiting import Providers
from renkei.roles.institution.store import asked as store
from renkei.roles.institution.store.asked import Asked
from renkei.wire.errors import WireError
from renkei.wire.institution.calls import RECEIVED
from renkei.wire.institution.messages import Received, ReceivedAnswer
from renkei.wire.limits import CONFIRMED

APART_SECONDS: Final = 0.25
"""Between two such messages to one provider, so that answers find company."""


@dataclass(slots=True)
class _Batch:
    """Answers that go together, and whoever waits until they are gone."""

    answers: list[ReceivedAnswer] = field(default_factory=list)
    gone: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


@dataclass(slots=True)
class _Queue:
    """One provider's: the batch that still takes answers, and when the last message began."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    open: _Batch | None = None
    began: float = float("-inf")


class Confirmations:
    """Says `received` for stored answers and closes their records; used by one event loop."""

    def __init__(
        self, party: Party, database: Database, providers: Providers, lanes: Lanes
    ) -> None:
        self._party = party
        self._database = database
        self._providers = providers
        self._lanes = lanes
        self._queues: dict[str, _Queue] = {}

    async def confirm(self, one: Asked) -> None:
        """Tell the provider of a stored answer, with others; then close the record.

        Whoever comes first sends for all. Raises what sending raises, to each of them.
        """
        assert one.answer_digest is not None
        queue = self._queues.setdefault(one.provider, _Queue())
        answer = ReceivedAnswer(tx=one.tx, answer_digest=one.answer_digest)
        batch = queue.open
        if batch is not None and len(batch.answers) < CONFIRMED:
            batch.answers.append(answer)
            await asyncio.shield(batch.gone)
            return
        queue.open = batch = _Batch([answer])
        try:
            await self._lead(one.provider, queue, batch)
        except BaseException as error:
            _fail(batch, error)
            raise
        finally:
            if queue.open is batch:
                queue.open = None
        batch.gone.set_result(None)

    async def _lead(self, provider: str, queue: _Queue, batch: _Batch) -> None:
        loop = asyncio.get_running_loop()
        async with queue.turn:
            await asyncio.sleep(max(0.0, queue.began + APART_SECONDS - loop.time()))
            async with self._lanes.to(provider):
                queue.began = loop.time()
                if queue.open is batch:
                    queue.open = None
                envelope = self._party.envelope(provider)
                message = Received(**envelope, answers=batch.answers)
                await self._providers(provider).ask(RECEIVED, message)
        # What the provider does not know it never gave, or has forgotten: nothing is left to say.
        transactions = [each.tx for each in batch.answers]
        await self._database.write(lambda c: store.close(c, transactions))


def _fail(batch: _Batch, error: BaseException) -> None:
    """Whoever waited with the one that sent tries again by itself."""
    if isinstance(error, asyncio.CancelledError):
        error = WireError("unavailable", "This process is stopping: nobody was told.", signed=False)
    batch.gone.set_exception(error)
    batch.gone.exception()  # seen, where nobody else waits
