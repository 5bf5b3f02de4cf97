"""Opening a new country: institutions acquire the codes of everybody on file (初回取得).

Once, over the network, by the real protocol; what a kill interrupts is taken up at the next start.
Where J-LIS is in doubt because a file writes a variant character the usual way, an officer decides
person by person by the copy of the resident record. Only the persona `variant` at the pension
service is left to whoever wants to see an undecided doubt.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from time import monotonic
from typing import Final

import sqlalchemy as sa

from renkei.clients.desk import Desk
from renkei.kit.database import connect
from renkei.kit.progress import Progress
from renkei.roles.institution.store.tables import CODE, PERSON
from renkei.sandbox.blueprint import Holder, PartyPlan
from renkei.sandbox.country import Country
from renkei.sandbox.desk import at_desk
from renkei.values import PersonId
from renkei.wire.errors import WireError

ACQUIRE_BATCH: Final = 50
OFFICER: Final = "officer-1"
SECOND_OFFICER: Final = "officer-2"
"""A doubt is decided by two who saw the paper."""
PAPER: Final = "resident-record-copy"
GOOD: Final = ("bound", "held", "left-in-doubt")
BATCHES_AT_ONCE: Final = 4
"""In the whole country, cities first: J-LIS is busy with one while others are on their way."""
ATTEMPTS: Final = 4
PAUSE_SECONDS: Final = 1.0
SILENT_SECONDS: Final = 5.0
Job = Callable[[], Awaitable[Counter[str]]]


class OpeningFailed(Exception):
    """Some codes could not be acquired; the message counts why."""


async def open_country(country: Country, progress: Progress) -> int:
    """Acquire all missing codes; gives how many were acquired."""
    if country.manifest.opened:
        return 0
    with progress.step("acquiring codes for everybody on file, over the network"):
        async with AsyncExitStack() as desks:
            gate = asyncio.Semaphore(BATCHES_AT_ONCE)
            jobs = [
                job for plan in country.institutions() for job in await _jobs(country, plan, desks)
            ]
            told = Told(progress, len(jobs))
            counts = await asyncio.gather(*(_in_turn(gate, job, told) for job in jobs))
    results: Counter[str] = sum(counts, Counter())
    bad = {result: count for result, count in results.items() if result not in GOOD}
    if bad:
        raise OpeningFailed(f"acquisitions that did not end with a code: {bad}")
    country.save(opened=True)
    return results["bound"]


async def _jobs(country: Country, plan: PartyPlan, desks: AsyncExitStack) -> list[Job]:
    """The batches one institution still has to acquire."""
    with connect(country.database(plan.party)) as connection:
        missing = sa.select(PERSON.c.person).where(PERSON.c.person.not_in(sa.select(CODE.c.person)))
        persons = list(connection.execute(missing).scalars())
    desk = await desks.enter_async_context(at_desk(country, plan.party))
    left = left_in_doubt(country, plan)
    return [
        partial(_batch, desk, plan, persons[start : start + ACQUIRE_BATCH], left)
        for start in range(0, len(persons), ACQUIRE_BATCH)
    ]


class Told:
    """Says now and then how far it is: a minute of silence looks like a fault (進み具合)."""

    def __init__(self, progress: Progress, batches: int) -> None:
        self._progress = progress
        self._batches = batches
        self._done = 0
        self._said_at = monotonic()

    def one_done(self) -> None:
        """Count a batch, and say so if nothing was said for a while."""
        self._done += 1
        if monotonic() - self._said_at >= SILENT_SECONDS:
            self._said_at = monotonic()
            self._progress.say(f"  {self._done} of {self._batches} batches of persons")


async def _in_turn(gate: asyncio.Semaphore, job: Job, told: Told) -> Counter[str]:
    """Run one batch when its turn comes, again where a busy machine did not answer in time."""
    async with gate:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                counted = await job()
                told.one_done()
                return counted
            except WireError as error:
                if error.code not in ("unavailable", "overloaded") or attempt == ATTEMPTS:
                    raise
            await asyncio.sleep(PAUSE_SECONDS * attempt)
    raise AssertionError("unreachable")


def left_in_doubt(country: Country, plan: PartyPlan) -> PersonId | None:
    """The one person whose doubtful comparison nobody decides, at the pension service."""
    if plan.holds != Holder.PENSION.value:
        return None
    return country.manifest.persons.get("variant", {}).get(plan.party)


async def _batch(
    desk: Desk, plan: PartyPlan, persons: Sequence[PersonId], left: PersonId | None
) -> Counter[str]:
    order = {
        "affair": plan.use_affair,
        "office": plan.offices[0].office,
        "officer": OFFICER,
    }
    answer = await desk.acquire(**order, persons=list(persons))
    results = Counter(one.result for one in answer.results if one.result != "doubtful")
    for one in answer.results:
        if one.result != "doubtful":
            continue
        if one.person == left:
            results["left-in-doubt"] += 1
            continue
        await desk.acquire(**order, persons=[one.person], paper=PAPER)
        second = order | {"officer": SECOND_OFFICER}
        decided = await desk.acquire(**second, persons=[one.person], paper=PAPER)
        results.update(each.result for each in decided.results)
    return results
