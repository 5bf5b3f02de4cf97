"""How many questions a core answers under the provision table (命令2条の表).

Every question is distinct, half of them refused, nothing is remembered from one question to the
next, and each call builds its own `Decision`. Questions are drawn before the clock starts; the
clock runs over the calls only, results kept and counted afterwards.
"""

from __future__ import annotations

import random
import sys
from datetime import date, timedelta
from time import perf_counter

from renkei.bench.machine import describe
from renkei.law import Decision, may_ask, may_ask_item, tables
from renkei.law.permitted_items_and_persons import conditions_of

Question = tuple[str, str, str, str, date]
FIRST_DAY = date(2026, 2, 8)
DAYS = 365
MOST_QUESTIONS = 2_000_000


def questions(count: int, seed: int) -> list[Question]:
    """`count` distinct questions by Japanese names, half of them allowed, in random order."""
    if not 2 <= count <= MOST_QUESTIONS:
        raise ValueError(f"count is 2 to {MOST_QUESTIONS}, not {count}")
    dice = random.Random(seed)  # noqa: S311 (a benchmark needs repeatable, not secret, draws)
    kinds, categories = tables.kinds(), tables.categories()
    atoms = [
        (kinds[r].ja, row.row, kinds[p].ja, categories[c].ja)
        for row in tables.provision().rows
        for exchange in row.exchanges
        for r in row.requesters
        for p in exchange.providers
        for c in exchange.categories
    ]
    names = [[kind.ja for kind in kinds.values()], [row.row for row in tables.provision().rows]]
    names += [names[0], [category.ja for category in categories.values()]]
    allowed: dict[Question, None] = {}
    refused: dict[Question, None] = {}
    while len(allowed) < count - count // 2 or len(refused) < count // 2:
        changed = list(dice.choice(atoms))
        if dice.random() < 0.5:
            part = dice.randrange(4)
            changed[part] = dice.choice(names[part])
        requester, row, provider, item = changed
        day = FIRST_DAY + timedelta(days=dice.randrange(DAYS))
        question = (requester, row, provider, item, day)
        side = allowed if may_ask(*question).allowed else refused
        if len(side) < (count - count // 2 if side is allowed else count // 2):
            side[question] = None
    drawn = [*allowed, *refused]
    dice.shuffle(drawn)
    return drawn


ItemQuestion = tuple[tuple[str, str, str, str, str], str, date, tuple[str, ...]]


def item_questions(count: int, seed: int) -> list[ItemQuestion]:
    """`count` questions about items of the articles, about half of them allowed, in random order.

    The rest name another person, another provider, or state nothing where something is asked for.
    Every second question is about a place with conditions.
    """
    dice = random.Random(seed)  # noqa: S311 (repeatable draws)
    places = [(sub, one) for sub in tables.sub_affairs().values() for one in sub.items]
    limited = [place for place in places if conditions_of(*place)]
    subjects, kinds = list(tables.subjects()), list(tables.kinds())
    drawn: list[ItemQuestion] = []
    for turn in range(count):
        sub, one = dice.choice(limited if turn % 2 else places)
        row = tables.provision_rows()[sub.row]
        asking = sub.bodies[0] if sub.bodies else row.requesters[0]
        subject, provider = dice.choice(one.subjects), dice.choice(one.providers)
        stated = conditions_of(sub, one)
        wrong = dice.choice(("", "", "subject", "provider", "stated"))
        subject = dice.choice(subjects) if wrong == "subject" else subject
        provider = dice.choice(kinds) if wrong == "provider" else provider
        stated = () if wrong == "stated" else stated
        day = FIRST_DAY + timedelta(days=dice.randrange(DAYS))
        drawn.append(((asking, sub.row, sub.id, provider, one.item), subject, day, stated))
    return drawn


def item_figures(count: int, seed: int) -> dict[str, object]:
    """Decisions on items with conditions, a second, after the tables are spread out once."""
    asked = item_questions(count, seed)
    for question, subject, day, stated in asked[:: max(1, count // 5_000)]:
        may_ask_item(*question, subject=subject, day=day, stated=stated)
    started = perf_counter()
    answers = [
        may_ask_item(*question, subject=subject, day=day, stated=stated)
        for question, subject, day, stated in asked
    ]
    seconds = perf_counter() - started
    return {
        "item_decisions_per_second": round(count / seconds),
        "items_with_conditions": sum(bool(stated) for *_, stated in asked),
        "items_allowed": sum(answer.allowed for answer in answers),
        "items_condition_open": sum(answer.reason == "condition-open" for answer in answers),
    }


def run(count: int = 100_000, seed: int = 1) -> dict[str, object]:
    """Ask `count` questions on one core; figures per second, with machine and versions."""
    asked = questions(count, seed)
    started = perf_counter()
    answers: list[Decision] = [may_ask(*question) for question in asked]
    seconds = perf_counter() - started
    allowed = sum(answer.allowed for answer in answers)
    return {
        "decisions_per_second": round(count / seconds),
        "seconds": round(seconds, 6),
        "count": count,
        "distinct": len(set(asked)),
        "allowed": allowed,
        "refused": count - allowed,
        "results_built": len({id(answer) for answer in answers}),
        **item_figures(count, seed),
        "cores": 1,
        "python": sys.version.split()[0],
        **describe(),
    }
