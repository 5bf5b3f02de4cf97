"""Desks that keep a country busy, and remember what they were told is recorded."""

import asyncio
import random
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from own_case import ask

from renkei.kit.database import connect
from renkei.roles.institution.store.tables import CODE, PERSON
from renkei.sandbox.blueprint import PartyPlan
from renkei.sandbox.country import Country
from renkei.sandbox.desk import Desk, at_desk
from renkei.sandbox.opening import OFFICER, PAPER, SECOND_OFFICER
from renkei.wire.errors import WireError
from renkei.wire.institution.desk import DeskCase

T = TypeVar("T")
AGAIN_SECONDS = 0.05
ENDED_SECONDS = 90
"""A case that has not settled this long after the last kill never will."""
WAIT_AT_DESK_SECONDS = 5

PROCEDURES = (
    ("chofu-city", "child-support", "parent", "child-allowance"),
    ("chofu-city", "child-support", "spouse", "child-allowance-change"),
    ("chofu-city", "child-support", "child", "child-allowance-report"),
    ("ichikawa-city", "child-support", "parent", "child-allowance"),
    ("ichikawa-city", "child-support", "student", "child-allowance"),
    ("fujisawa-city", "child-support", "elderly", "child-allowance"),
    ("fujisawa-city", "child-support", "foreign", "child-allowance-change"),
)
"""Institution, office, persona, procedure."""
FAMILY = "child-support"
ASKS = (
    (
        "chofu-city",
        FAMILY,
        "parent",
        "131/133-1",
        "insured-status/applicant",
        "health-insurer",
    ),
    (
        "chofu-city",
        FAMILY,
        "parent",
        "106/108-1",
        "municipal-tax/claimant",
        "ichikawa-city",
    ),
    (
        "ichikawa-city",
        FAMILY,
        "parent",
        "106/108-1",
        "resident-record/claimant",
        "chofu-city",
    ),
    (
        "ichikawa-city",
        FAMILY,
        "student",
        "106/108-1",
        "municipal-tax/claimant",
        "fujisawa-city",
    ),
    (
        "fujisawa-city",
        FAMILY,
        "elderly",
        "131/133-1",
        "insured-status/applicant",
        "health-insurer",
    ),
    ("health-insurer", "benefits", "parent", "2/4-10", "resident-record/applicant", "chofu-city"),
    (
        "health-insurer",
        "benefits",
        "parent",
        "2/4-1",
        "receiving-account/applicant",
        "receiving-accounts",
    ),
    (
        "health-insurer",
        "benefits",
        "spouse",
        "2/4-11",
        "pension-benefit/insured-person",
        "pension-service",
    ),
    (
        "family-register",
        "family-register",
        "elderly",
        "55-2/57-2-1",
        "pension-benefit/person-concerned",
        "pension-service",
    ),
    (
        "family-register",
        "family-register",
        "student",
        "55-2/57-2-1",
        "municipal-tax/person-concerned",
        "ichikawa-city",
    ),
)
"""Institution, office, persona, affair/sub-affair, item/subject, provider."""


@dataclass(slots=True)
class Case:
    """One case as its desk knows it."""

    institution: str
    exchanges: frozenset[str]
    outcomes: dict[str, str | None] = field(default_factory=dict)
    settled: bool = False


@dataclass(slots=True)
class Told:
    """What desks were told; whatever stands here must be in the records for ever after."""

    cases: dict[str, Case] = field(default_factory=dict)
    bound: set[tuple[str, str]] = field(default_factory=set)
    """Institution and person for whom a desk was told that there is a code."""
    wrong: list[str] = field(default_factory=list)
    repeated: Counter[str] = field(default_factory=Counter)
    """Why an order or a look had to be repeated."""

    def exchanges(self) -> int:
        """How many exchanges desks were told of."""
        return sum(len(one.exchanges) for one in self.cases.values())

    def settled(self) -> int:
        """How many cases have settled."""
        return sum(one.settled for one in self.cases.values())


@dataclass(frozen=True, slots=True)
class Order:
    """What a desk gives again until it is taken: the same case, in the same words."""

    institution: str
    number: str
    give: Callable[[Desk], Awaitable[DeskCase]]


class Load:
    """Cases and acquisitions, so many at once, until `end` is called; what was begun ends."""

    def __init__(self, country: Country, seed: str) -> None:
        self.told = Told()
        self._over_at: float | None = None
        self._country = country
        self._random = random.Random(f"{seed} load")
        self._seed = seed
        self._numbers = 0
        self._desks: dict[str, Desk] = {}
        self._stack = AsyncExitStack()
        self._missing: deque[tuple[PartyPlan, str]] = deque()

    async def __aenter__(self) -> Self:
        for plan in self._country.institutions():
            desk = at_desk(self._country, plan.party)
            self._desks[plan.party] = await self._stack.enter_async_context(desk)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def prepare(self) -> None:
        """Acquire the codes of those the cases are about, before anybody is killed."""
        cast = {(institution, tag) for institution, _, tag, *_ in (*PROCEDURES, *ASKS)}
        persons = self._country.manifest.persons
        tags = {tag for _, tag in cast}
        await asyncio.gather(
            *(
                self._acquire_all(
                    plan,
                    [
                        persons[tag][plan.party]
                        for tag in sorted(tags)
                        if plan.party in persons[tag]
                    ],
                )
                for plan in self._country.institutions()
            )
        )

    async def _acquire_all(self, plan: PartyPlan, persons: list[str]) -> None:
        order = {"affair": plan.use_affair, "office": plan.offices[0].office, "officer": OFFICER}
        answer = await self._desks[plan.party].acquire(**order, persons=persons)
        doubtful = [one.person for one in answer.results if one.result == "doubtful"]
        if doubtful:
            for officer in (OFFICER, SECOND_OFFICER):
                seen = order | {"officer": officer}
                await self._desks[plan.party].acquire(**seen, persons=doubtful, paper=PAPER)

    def end(self) -> None:
        """Begin nothing any more; what was begun has a bounded time to end."""
        self._over_at = asyncio.get_running_loop().time()

    async def run(self, desks: int, acquirers: int) -> None:
        """Keep the country busy; returns once everything begun has ended."""
        self._missing = deque(self._without_code())
        working = [self._desk() for _ in range(desks)]
        working += [self._acquirer() for _ in range(acquirers)]
        await asyncio.gather(*working)

    # -- cases -----------------------------------------------------------------------------------

    async def _desk(self) -> None:
        while self._over_at is None:
            self._numbers += 1
            if self._random.random() < 0.5:
                await self._case(self._procedure())
            else:
                await self._case(self._ask())

    def _procedure(self) -> Order:
        institution, office, tag, procedure = self._random.choice(PROCEDURES)
        facts = self._facts(institution, office, tag) | {"procedure": procedure}
        return Order(institution, facts["case_number"], lambda desk: desk.procedure(**facts))

    def _ask(self) -> Order:
        institution, office, tag, affair, what, provider = self._random.choice(ASKS)
        item, subject = what.split("/")
        facts = self._facts(institution, office, tag)
        facts |= dict(zip(("affair", "sub_affair"), affair.split("/"), strict=True))
        facts |= {"items": [item], "subject": subject, "provider": provider}
        return Order(institution, facts["case_number"], lambda desk: ask(desk, **facts))

    def _facts(self, institution: str, office: str, tag: str) -> dict[str, Any]:
        return {
            "case_number": f"{self._seed}-{self._numbers}",
            "office": office,
            "officer": f"officer-{self._random.randint(1, 9)}",
            "person": self._country.manifest.persons[tag][institution],
        }

    async def _case(self, order: Order) -> None:
        desk, number = self._desks[order.institution], order.number
        taken = await self._insist(number, lambda: order.give(desk))
        if taken is None:
            return
        case = Case(order.institution, frozenset(one.tx for one in taken.exchanges))
        self.told.cases[number] = case
        while not case.settled:
            seen = await self._insist(number, lambda: desk.case(number, WAIT_AT_DESK_SECONDS))
            if seen is None:
                return
            if {one.tx for one in seen.exchanges} < case.exchanges:
                self.told.wrong.append(f"{number}: the desk is shown fewer exchanges than before")
            case.outcomes = {one.tx: one.outcome for one in seen.exchanges}
            case.settled = seen.settled
            if not case.settled and self._out_of_time():
                return

    # -- codes -----------------------------------------------------------------------------------

    def _without_code(self) -> list[tuple[PartyPlan, str]]:
        found = []
        for plan in self._country.institutions():
            with connect(self._country.database(plan.party)) as connection:
                held = sa.select(CODE.c.person)
                missing = sa.select(PERSON.c.person).where(PERSON.c.person.not_in(held))
                found += [(plan, person) for person in connection.execute(missing).scalars()]
        self._random.shuffle(found)
        return found

    async def _acquirer(self) -> None:
        """Acquire a code at one institution after another, as an opening country does."""
        while self._missing and self._over_at is None:
            plan, person = self._missing.popleft()
            order = {"affair": plan.use_affair, "office": plan.offices[0].office}
            order |= {"officer": OFFICER, "persons": [person]}
            desk = self._desks[plan.party]
            result = await self._acquired(desk, order)
            if result == "doubtful":
                result = await self._acquired(desk, order | {"paper": PAPER})
            if result in ("bound", "held"):
                self.told.bound.add((plan.party, person))
            else:
                self.told.repeated[f"acquire {result}"] += 1
                self._missing.append((plan, person))
                await asyncio.sleep(AGAIN_SECONDS)

    async def _acquired(self, desk: Desk, order: dict[str, Any]) -> str:
        try:
            return (await desk.acquire(**order)).results[0].result
        except WireError as error:
            return error.code

    # -- insisting -------------------------------------------------------------------------------

    async def _insist(self, number: str, call: Callable[[], Awaitable[T]]) -> T | None:
        """Call until there is an answer; None, and a wrong, where none can come."""
        while True:
            try:
                return await call()
            except WireError as error:
                if not error.kind.again:
                    self.told.wrong.append(f"{number}: the desk was refused: {error.code}")
                    return None
                self.told.repeated[error.code] += 1
            if self._out_of_time():
                seconds = f"{ENDED_SECONDS} seconds after the last kill"
                self.told.wrong.append(f"{number}: no answer {seconds}")
                return None
            await asyncio.sleep(AGAIN_SECONDS)

    def _out_of_time(self) -> bool:
        """Whether everybody has been back for so long that waiting on is pointless."""
        if self._over_at is None:
            return False
        return asyncio.get_running_loop().time() - self._over_at > ENDED_SECONDS
