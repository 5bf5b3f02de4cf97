"""A country under random weather: whatever happens on the way, every promise holds at the end.

A Hypothesis state machine over the real roles in one process. An example can be played again:
`RENKEI_FUZZ_SEED` sets the seed, which is printed; `RENKEI_FUZZ_MINUTES` makes a long run of it.
"""

import os
import time
from collections.abc import Callable
from typing import Any

import placing
import pytest
from allowed import QUESTIONS
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from promises import Judge
from stormy import ROUND_STEPS
from weathering import CITIES, NODES, ON_FILE, Weathering

DEFAULT_SEED = 20260701
QUICK_EXAMPLES, QUICK_STEPS = 5, 20
SERVER_EXAMPLES = 2
"""On a server: the promises do not depend on the engine, what a death leaves does."""
LONG_EXAMPLES, LONG_STEPS = 2, 40
FAULTS = ("lost", "unanswered", "twice", "late", "slow")
PATHS = (
    *("/permit", "/provide", "/attributes", "/received", "/receipts", "/feed", "/feed/acknowledge"),
    *("/directory", "/epoch/collect", "/epoch/confirm", "/ledger-root", "/cosignature", "*"),
)
WAITS = (0.0, 0.3, 2.0, 20.0, 90.0)
LEAPS = (40, 290, 310, 610, 3_700, 86_500, 5 * 86_400)
SKEWS = (-3_600, -400, -200, 0, 200, 400, 3_600)
TASKS = [
    (name, task)
    for name in NODES
    for task in ROUND_STEPS["institution" if name in CITIES else name]
]
TAGS = sorted(ON_FILE["chofu-city"])
city = st.sampled_from(CITIES)
node = st.sampled_from(NODES)
lawful = st.sampled_from(QUESTIONS[:6])


class StormyCountry(RuleBasedStateMachine):
    """What may happen on a day, in any order."""

    examples = 0
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        StormyCountry.examples += 1
        self.weather = Weathering()
        self.judge = Judge(self.weather)

    @rule(question=lawful, tag=st.sampled_from(TAGS), same_case=st.booleans())
    def a_desk_asks(self, question: Any, tag: str, same_case: bool) -> None:
        """What the law allows, of somebody on file."""
        if tag in ON_FILE[question.requester]:
            self.weather.ask(question, tag, same_case=same_case)

    @rule(question=st.sampled_from(QUESTIONS), tag=st.sampled_from(TAGS))
    def somebody_asks_anything(self, question: Any, tag: str) -> None:
        """Also what no law allows, at the desk."""
        if tag in ON_FILE[question.requester]:
            self.weather.ask(question, tag)

    @rule(question=st.sampled_from(QUESTIONS), tag=st.sampled_from(TAGS))
    def an_institution_skips_its_rules(self, question: Any, tag: str) -> None:
        """What its own rules would refuse reaches the network."""
        if tag in ON_FILE[question.requester]:
            self.weather.ask_lawlessly(question, tag)

    @rule(where=city, decision=st.sampled_from(("provide", "no-data")))
    def an_officer_decides(self, where: str, decision: str) -> None:
        """What waited for a human."""
        self.weather.decide(where, decision)

    @rule(
        fault=st.sampled_from(FAULTS),
        path=st.sampled_from(PATHS),
        left=st.integers(1, 4),
        seconds=st.sampled_from((0.2, 4.0, 25.0, 400.0)),
    )
    def wind(self, fault: Any, path: str, left: int, seconds: float) -> None:
        """The next messages to a path are lost, late, slow, doubled, or unanswered."""
        self.weather.blow(fault, path, left, seconds)

    @rule(place=st.integers(0, 10_000))
    def an_old_message_arrives_again(self, place: int) -> None:
        """However long ago it was sent, and whatever has become of it."""
        self.weather.again(place)

    @rule(seconds=st.sampled_from(WAITS))
    def things_happen(self, seconds: float) -> None:
        """Whoever drives an exchange goes on for a while."""
        self.weather.wait(seconds)

    @rule(seconds=st.sampled_from(LEAPS))
    def time_passes(self, seconds: float) -> None:
        """Permits, answers, numbers and directories run out."""
        self.weather.leap(seconds)

    @rule(name=node, seconds=st.sampled_from(SKEWS))
    def a_clock_goes_wrong(self, name: str, seconds: float) -> None:
        """Forwards or backwards, within and beyond what is taken for fresh."""
        self.weather.skew(name, seconds)

    @rule(name=node, steps=st.integers(1, 12), after=st.booleans())
    def a_process_will_die(self, name: str, steps: int, after: bool) -> None:
        """Before or after any of its next database functions and calls."""
        self.weather.doom(name, steps, after=after)

    @rule(name=node)
    def a_process_starts_again(self, name: str) -> None:
        """Dead or alive."""
        self.weather.restart(name)

    @rule(task=st.sampled_from(TASKS))
    def one_task_has_its_turn(self, task: tuple[str, str]) -> None:
        """The background work of one process, out of its usual order."""
        self.weather.do(self.weather.world.work(*task))

    @rule()
    def everybody_works(self) -> None:
        """All background work once: portal and Commission, receipts, log, directory."""
        self.weather.round()

    @rule(where=city)
    def a_new_scalar_is_drawn(self, where: str) -> None:
        """The first step of a code epoch; the others come with background work."""
        self.weather.begin_epoch(where)

    @rule(where=city, suspended=st.booleans())
    def an_institution_is_suspended_or_not(self, where: str, suspended: bool) -> None:
        """By the next directory version."""
        self.weather.stand(where, suspended=suspended)
        self.weather.publish()

    @rule(where=city, assessed=st.booleans())
    def an_assessment_is_withdrawn_or_published(self, where: str, assessed: bool) -> None:
        """By the next directory version."""
        self.weather.stand(where, assessed=assessed)
        self.weather.publish()

    @rule()
    def a_directory_is_published(self) -> None:
        """With every epoch confirmed since the last."""
        self.weather.publish()

    @invariant()
    def nothing_travels_that_must_not(self) -> None:
        """P1 and the byte-for-byte replies, after every step."""
        StormyCountry.steps += 1
        self.judge.travelled()

    def teardown(self) -> None:
        """The wind drops, time goes on, everything ends; then all promises are judged."""
        try:
            self.weather.rest()
            self.judge.ended()
        finally:
            self.weather.close()


def profile(examples: int, steps: int) -> settings:
    """Bounds of one run."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=True,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


def run(machine: type[RuleBasedStateMachine], number: int, bounds: settings) -> None:
    """One run with a seed that is named where it fails."""
    seeded: Callable[[], Any] = seed(number)(type(machine.__name__, (machine,), {}))
    try:
        run_state_machine_as_test(seeded, settings=bounds)
    except BaseException as error:
        error.add_note(f"play again with RENKEI_FUZZ_SEED={number}")
        raise


def first_seed() -> int:
    """The seed named in the environment, or always the same."""
    return int(os.environ.get("RENKEI_FUZZ_SEED", DEFAULT_SEED))


def long_minutes() -> float:
    """How long a long run may take; 0: none is wanted."""
    return float(os.environ.get("RENKEI_FUZZ_MINUTES", "0"))


def test_every_promise_holds_in_bad_weather() -> None:
    """Some dozens of steps of bad weather a country, some countries: all four promises hold."""
    examples = QUICK_EXAMPLES if placing.embedded() else SERVER_EXAMPLES
    run(StormyCountry, first_seed(), profile(examples, QUICK_STEPS))


@pytest.mark.skipif(not long_minutes(), reason="RENKEI_FUZZ_MINUTES is not set")
@pytest.mark.timeout(0)
def test_every_promise_holds_for_long(capsys: pytest.CaptureFixture[str]) -> None:
    """The same for as many minutes as `RENKEI_FUZZ_MINUTES` says, with a new seed each round."""
    until = time.monotonic() + 60 * long_minutes()
    number = int(os.environ.get("RENKEI_FUZZ_SEED", time.time_ns() % 10**9))
    StormyCountry.examples = StormyCountry.steps = 0
    while time.monotonic() < until:
        run(StormyCountry, number, profile(LONG_EXAMPLES, LONG_STEPS))
        number += 1
        with capsys.disabled():
            countries, steps = StormyCountry.examples, StormyCountry.steps
            print(f"{countries} countries, {steps} steps; next seed {number}", flush=True)
