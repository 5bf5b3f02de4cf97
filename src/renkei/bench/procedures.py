"""Every procedure, planned for generated households and run by real processes (手続の計測).

Each procedure is planned for every household, questions answered as a clerk who knows the
household would; then run in a country of real processes for the household whose plan leaves fewest
lines unasked. `run_end_to_end` counts procedures of which every line that the law gives was asked
and answered, or is the body's own data; `unexplained` counts lines that are neither asked, nor the
body's own, nor say why, and procedures without a line.
"""

import asyncio
import secrets
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec

from renkei.bench.machine import describe
from renkei.bench.serving import served
from renkei.kit.progress import Progress
from renkei.law import planning, procedures
from renkei.law.procedures import Procedure
from renkei.sandbox.building import open_or_build
from renkei.sandbox.clerk import (
    ROUNDS_MOST,
    Clerk,
    Files,
    Truth,
    answered_plan,
    deciding,
    everybody_on_file,
    households,
    office_of,
    person_of,
)
from renkei.sandbox.computed import open_computed
from renkei.sandbox.copies import build_copies
from renkei.sandbox.country import Country
from renkei.sandbox.country_file import whole
from renkei.sandbox.desk import Desk, at_desk
from renkei.sandbox.people.resident import Resident
from renkei.sandbox.population import build_population
from renkei.wire.errors import WireError
from renkei.wire.institution.desk import DeskAnswer, DeskCase, DeskQuestion
from renkei.wire.limits import CASE_ANSWERS

DAY: Final = date(2026, 2, 2)
"""A day on which every procedure of the list is in force."""
HOUSEHOLDS: Final = 500
RESIDENTS_LEAST: Final = 40
"""Of each municipality."""
CASE_SECONDS: Final = 240
"""A body that does not know a person says so after half a minute, whoever asks, one by one."""
AT_ONCE: Final = 8
OFFICER: Final = "officer-1"
ANSWERED: Final = frozenset({"provided", "no-data", "own-data"})


@dataclass(slots=True)
class Planned:
    """What the plans of one procedure come to, and the household to run it for.

    That is the one that leaves fewest lines unasked, and of several the one of which most is held.
    """

    states: Counter[str] = field(default_factory=Counter)
    cases: int = 0
    empty: int = 0
    best: "Best | None" = None


@dataclass(frozen=True, slots=True)
class Best:
    """A household whose head is on file at the body that decides."""

    rank: tuple[int, int]
    members: Sequence[Resident]
    party: str


def run(
    progress: Progress | None = None,
    *,
    most: int = HOUSEHOLDS,
    residents: int | None = None,
    only: Sequence[str] = (),
) -> dict[str, Any]:
    """Measure with a fresh seed: `most` households planned, `only` some procedures if any named.

    `residents` of each municipality; by default enough for so many households.
    """
    progress, seed = progress or Progress(quiet=True), secrets.randbelow(2**31)
    residents = residents or max(RESIDENTS_LEAST, most)
    blueprint, listed = (
        whole(),
        [one for one in procedures().values() if one.id in only or not only],
    )
    with tempfile.TemporaryDirectory() as temporary:
        country = open_or_build(
            Path(temporary) / "country",
            seed=seed,
            as_of=DAY,
            progress=progress,
            residents=residents,
            blueprint=blueprint,
        )
        open_computed(country, progress)
        population = build_population(seed, DAY, blueprint.municipalities, residents)
        truth, files = Truth(blueprint, build_copies(population)), everybody_on_file(country)
        began = time.perf_counter()
        with progress.step(f"{len(listed)} procedures, planned for {most} households"):
            plans = {one.id: _plan_all(truth, files, one, most) for one in listed}
        seconds = time.perf_counter() - began
        with served(country, None, 1, progress):
            told = asyncio.run(_run_all(country, truth, files, plans, progress))
    return {"seed": seed, **_figures(plans, told, most, seconds), **describe()}


def lines(found: dict[str, Any]) -> Iterator[str]:
    """A result as a person reads it."""
    yield f"{found['run_end_to_end']} of {found['procedures']} procedures ran end to end"
    yield (
        f"planned {found['lines']} lines for {found['households']} households, "
        f"{found['per_second']} cases a second: {found['asked']} asked, {found['own_data']} own, "
        f"{found['explained']} explained, {found['unexplained']} without a word"
    )
    yield (
        f"run: {found['run_lines']} lines, {found['provided']} provided, "
        f"{found['papers_omitted']} papers fell away"
    )
    for one in found["not_end_to_end"]:
        yield f"    {one['procedure']}: {one['why']}"


# -- plans ---------------------------------------------------------------------------------------


def _plan_all(truth: Truth, files: Files, procedure: Procedure, most: int) -> Planned:
    planned = Planned()
    for members in households(truth.copies, most):
        party = deciding(truth, procedure, members[0].municipality)
        lines = answered_plan(truth, procedure, party or "", members)
        states = Counter(map(_state, lines))
        planned.states += states
        planned.cases += 1
        planned.empty += not states
        on_file = party is not None and all(
            one.individual_number in files.get(party, {}) for one in members
        )
        if party is None or not on_file:
            continue
        unasked = sum(count for state, count in states.items() if state not in ("ask", "own-data"))
        rank = (unasked, -_held(truth, lines, members))
        if planned.best is None or rank < planned.best.rank:
            planned.best = Best(rank, members, party)
    return planned


def _state(line: planning.Line) -> str:
    held = "own-data" if line.own else "ask" if line.party is not None else "unexplained"
    return line.why or held


def _held(truth: Truth, lines: Sequence[planning.Line], members: Sequence[Resident]) -> int:
    """How many of the lines somebody holds something for."""
    held = {(person_of(one), record.ITEM) for one in members for record in truth.copies.of(one)}
    return sum((one.person, one.item.item) in held for one in lines if one.party is not None)


# -- runs ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """How one procedure ended in the running country."""

    procedure: str
    states: Counter[str]
    papers_omitted: int
    why: str
    """Why it is not end to end; empty where it is."""


async def _run_all(
    country: Country, truth: Truth, files: Files, plans: dict[str, Planned], progress: Progress
) -> list[Told]:
    turn = asyncio.Semaphore(AT_ONCE)
    async with AsyncExitStack() as stack:
        parties = {one.best.party for one in plans.values() if one.best is not None}
        desks = {one: await stack.enter_async_context(at_desk(country, one)) for one in parties}

        async def run_one(number: int, name: str, planned: Planned) -> Told:
            if planned.best is None:
                return Told(name, Counter(), 0, "no household on file at who decides it")
            members, party = planned.best.members, planned.best.party
            people = {files[party][one.individual_number]: one for one in members}
            clerk = Clerk(truth, procedures()[name], DAY, people)
            office = office_of(truth.blueprint.party(party), clerk.procedure)
            async with turn:
                return await _run_one(desks[party], clerk, f"BENCH-{number}", office)

        with progress.step("running each procedure"):
            found = [run_one(at, *one) for at, one in enumerate(plans.items())]
            return await asyncio.gather(*found)


async def _run_one(desk: Desk, clerk: Clerk, case_number: str, office: str | None) -> Told:
    name = clerk.procedure.id
    if office is None:
        return Told(name, Counter(), 0, "no office of the body handles its rows")
    try:
        case = await _settled(desk, await _opened(desk, clerk, case_number, office))
        for _ in range(ROUNDS_MOST):
            facts = _statement(clerk, case)
            if not any(facts.values()):
                break
            order = {"case_number": case_number, "office": office, "officer": OFFICER}
            case = await _settled(desk, await desk.state(**order, **facts))
    except WireError as error:
        return Told(name, Counter(), 0, f"{error.code}: {error}")
    states: Counter[str] = Counter(line.state for line in case.lines)
    open_ = {state: count for state, count in states.items() if state not in ANSWERED}
    why = "" if case.lines and not open_ else _why(case, open_)
    return Told(name, states, sum(one.state == "not-needed" for one in case.papers), why)


def _why(case: DeskCase, open_: dict[str, int]) -> str:
    if not case.lines:
        return "no line"
    words = {line.subject for line in case.lines if line.state in open_}
    counted = ", ".join(f"{count} {state}" for state, count in sorted(open_.items()))
    return f"{counted} ({', '.join(sorted(words))})"


async def _opened(desk: Desk, clerk: Clerk, case_number: str, office: str) -> DeskCase:
    return await desk.procedure(
        case_number=case_number,
        office=office,
        officer=OFFICER,
        procedure=clerk.procedure.id,
        person=next(iter(clerk.people)),
        wait_seconds=20,
    )


async def _settled(desk: Desk, case: DeskCase) -> DeskCase:
    """The case once every request of it has ended, or after some minutes."""
    until = time.monotonic() + CASE_SECONDS
    while not case.settled and time.monotonic() < until:
        case = await desk.case(case.case_number)
    return case


def _statement(clerk: Clerk, case: DeskCase) -> dict[str, Any]:
    """What the clerk states and answers next."""
    answers = [found for one in case.questions if (found := _answer(clerk, one)) is not None]
    conditions = sorted({one for line in case.lines for one in line.open})
    return {"conditions": conditions, "answers": answers[:CASE_ANSWERS]}


def _answer(clerk: Clerk, question: DeskQuestion) -> DeskAnswer | None:
    given = DeskAnswer(question=question.question)
    if question.kind == "who":
        return msgspec.structs.replace(given, persons=list(clerk.who(question.about)))
    if question.kind == "place":
        place = clerk.place(question)
        return None if place is None else msgspec.structs.replace(given, place=place)
    if question.kind == "body":
        body = clerk.body(question)
        return None if body is None else msgspec.structs.replace(given, body=body)
    return None


# -- figures -------------------------------------------------------------------------------------


def _figures(
    plans: dict[str, Planned], told: list[Told], most: int, seconds: float
) -> dict[str, Any]:
    planned: Counter[str] = sum((one.states for one in plans.values()), Counter())
    ran: Counter[str] = sum((one.states for one in told), Counter())
    unexplained = planned["unexplained"] + sum(one.empty for one in plans.values())
    asked, own = planned["ask"], planned["own-data"]
    total, cases = planned.total(), sum(one.cases for one in plans.values())
    return {
        "procedures": len(plans),
        "run_end_to_end": sum(not one.why for one in told),
        "households": most,
        "cases_planned": cases,
        "lines": total,
        "asked": asked,
        "own_data": own,
        "explained": total - asked - own - planned["unexplained"],
        "explained_by": {
            state: count
            for state, count in planned.most_common()
            if state not in ("ask", "own-data", "unexplained")
        },
        "unexplained": unexplained,
        "per_second": round(cases / seconds),
        "run_lines": ran.total(),
        "provided": ran["provided"],
        "run_states": dict(ran.most_common()),
        "papers_omitted": sum(one.papers_omitted for one in told),
        "not_end_to_end": [{"procedure": one.procedure, "why": one.why} for one in told if one.why],
    }
