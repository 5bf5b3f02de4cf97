"""Opening a new country: institutions acquire the codes of everybody on file (初回取得).

Once, over the network, by the real protocol; what a kill interrupts is taken up at the next start.
"""

import asyncio
from collections import Counter

import sqlalchemy as sa

from renkei.kit.database import connect
from renkei.kit.progress import Progress
from renkei.roles.institution.store.tables import CODE, PERSON
from renkei.sandbox.blueprint import ACQUIRE_BATCH, PartyPlan
from renkei.sandbox.country import Country
from renkei.sandbox.desk import at_desk

OFFICER = "officer-1"
GOOD = ("bound", "held")


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
    results: Counter[str] = Counter()
    async with at_desk(country, plan.party) as desk:
        for start in range(0, len(persons), ACQUIRE_BATCH):
            answer = await desk.acquire(
                affair=plan.use_affair,
                office=plan.offices[0].office,
                officer=OFFICER,
                persons=persons[start : start + ACQUIRE_BATCH],
            )
            results.update(one.result for one in answer.results)
    return results
