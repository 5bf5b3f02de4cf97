"""Opening a new country: institutions acquire the codes of everybody on file (初回取得).

Once, over the network, by the real protocol; what a kill interrupts is taken up at the next start.
Where J-LIS is in doubt because a file writes a variant character the usual way, an officer decides
person by person by the copy of the resident record. Only the persona `variant` at the pension
service is left to whoever wants to see an undecided doubt.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from renkei.kit.database import connect
from renkei.kit.progress import Progress
from renkei.roles.institution.store.tables import CODE, PERSON
from renkei.sandbox.blueprint import ACQUIRE_BATCH, PENSION, PartyPlan
from renkei.sandbox.country import Country
from renkei.sandbox.desk import Desk, at_desk

OFFICER: Final = "officer-1"
PAPER: Final = "resident-record-copy"
GOOD: Final = ("bound", "held", "left-in-doubt")
BATCHES_AT_ONCE: Final = 2
"""While one batch waits for J-LIS another fetches numbers."""


class OpeningFailed(Exception):
    """Some codes could not be acquired; the message counts why."""


async def open_country(country: Country, progress: Progress) -> int:
    """Acquire all missing codes; gives how many were acquired."""
    if country.manifest.opened:
        return 0
    with progress.step("acquiring codes for everybody on file, over the network"):
        counts = await asyncio.gather(*(_acquire(country, plan) for plan in country.institutions()))
    results: Counter[str] = sum(counts, Counter())
    bad = {result: count for result, count in results.items() if result not in GOOD}
    if bad:
        raise OpeningFailed(f"acquisitions that did not end with a code: {bad}")
    country.save(opened=True)
    return results["bound"]


async def _acquire(country: Country, plan: PartyPlan) -> Counter[str]:
    with connect(country.database(plan.party)) as connection:
        missing = sa.select(PERSON.c.person).where(PERSON.c.person.not_in(sa.select(CODE.c.person)))
        persons = list(connection.execute(missing).scalars())
    left = left_in_doubt(country, plan)
    gate = asyncio.Semaphore(BATCHES_AT_ONCE)
    async with at_desk(country, plan.party) as desk:

        async def one(start: int) -> Counter[str]:
            async with gate:
                return await _batch(desk, plan, persons[start : start + ACQUIRE_BATCH], left)

        counts = await asyncio.gather(*map(one, range(0, len(persons), ACQUIRE_BATCH)))
    return sum(counts, Counter())


def left_in_doubt(country: Country, plan: PartyPlan) -> str | None:
    """The one person whose doubtful comparison nobody decides, at the pension service."""
    if plan.party != PENSION.party:
        return None
    return country.manifest.persons["variant"].get(plan.party)


async def _batch(
    desk: Desk, plan: PartyPlan, persons: Sequence[str], left: str | None
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
        decided = await desk.acquire(**order, persons=[one.person], paper=PAPER)
        results.update(each.result for each in decided.results)
    return results
