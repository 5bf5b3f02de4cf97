"""The synthetic population: reproducible, believable, and nobody's."""

import itertools
import json
import time
from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.sandbox.people.draw import Draw
from renkei.sandbox.population import (
    DEFAULT_MUNICIPALITIES,
    PERSONAS,
    Population,
    Relationship,
    Sex,
    build_population,
    municipalities,
)
from renkei.values import IndividualNumber, NumberScheme, Purpose, ValueFormatError

AS_OF = date(2026, 10, 1)
A, B = (municipality.code for municipality in DEFAULT_MUNICIPALITIES)

SEEDS = st.integers(0, 2**63 - 1)
DAYS = st.dates(date(2024, 5, 27), date(2030, 12, 31)).filter(lambda d: (d.month, d.day) > (1, 2))


@pytest.fixture(scope="module")
def population() -> Population:
    return build_population(7, AS_OF)


@pytest.mark.parametrize(
    ("seed", "as_of", "digest"),
    [
        (1, AS_OF, "5a9c09698931034232133806a3ae3ce54bbd8cbd1a084cfe4f9289c2a1eb5f76"),
        (
            2026,
            date(2027, 2, 28),
            "c4db339ff3dd0479ade033f953725f6587a2cf921d7509f05f79403cad31fd38",
        ),
    ],
)
def test_seed_and_day_fix_the_export(seed: int, as_of: date, digest: str) -> None:
    """The same seed and day give the same bytes on every machine and Python version."""
    one, two = build_population(seed, as_of), build_population(seed, as_of)
    assert one.export() == two.export()
    assert one.digest == digest


def test_another_seed_or_day_gives_other_people() -> None:
    """Seed, day and size all show in the digest."""
    builds = [
        build_population(1, AS_OF),
        build_population(2, AS_OF),
        build_population(1, date(2026, 10, 2)),
        build_population(1, AS_OF, residents_per_municipality=151),
        build_population(1, AS_OF, municipalities()),
    ]
    assert len({build.digest for build in builds}) == len(builds)


def test_each_municipality_has_exactly_the_residents_asked_for(population: Population) -> None:
    """Two real-coded cities have 150 residents each, numbered 1 to 300."""
    assert Counter(r.municipality for r in population.residents) == {A: 150, B: 150}
    assert len(population.of_municipality(A)) == 150
    assert [r.serial for r in population.residents] == list(range(1, 301))
    assert (str(A), str(B)) == ("132080", "122033")


def test_no_individual_number_can_be_a_living_persons(population: Population) -> None:
    """Every number and code is unique, fails the official check, and follows no sequence."""
    numbers = [r.individual_number.reveal(Purpose.EXPORT_SYNTHETIC) for r in population.residents]
    codes = [r.resident_code.reveal(Purpose.EXPORT_SYNTHETIC) for r in population.residents]
    assert len(set(numbers)) == len(set(codes)) == 300
    for number in numbers:
        assert IndividualNumber.parse(number, NumberScheme.SANDBOX)
        with pytest.raises(ValueFormatError):
            IndividualNumber.parse(number)
    steps = {int(b[:11]) - int(a[:11]) for a, b in itertools.pairwise(numbers)}
    assert len(steps) == 299
    assert sorted(numbers) != numbers


@settings(max_examples=40, deadline=None)
@given(SEEDS, DAYS)
def test_the_story_holds_for_every_seed_and_day(seed: int, as_of: date) -> None:
    """The parent lived in B on 1 January, moved to A with spouse and child; the newborn did not."""
    population = build_population(seed, as_of, residents_per_municipality=30)
    parent, spouse, child, newborn, stranger = map(population.persona, PERSONAS)
    assert len({r.serial for r in (parent, spouse, child, newborn, stranger)}) == 5
    assert population.household(parent.household_id) == (parent, spouse, child, newborn)
    for mover in (parent, spouse, child):
        assert (mover.municipality, mover.address_on_january_1) == (A, B)
        assert mover.previous_address is not None
        assert mover.previous_address.municipality == B
        assert mover.moved_on is not None
        assert date(as_of.year, 1, 1) < mover.moved_on <= newborn.birth_date <= as_of
    assert (newborn.moved_on, newborn.address_on_january_1) == (None, None)
    assert (newborn.municipality, (as_of - newborn.birth_date).days <= 45) == (A, True)
    assert parent.is_head
    assert (stranger.municipality, stranger.address_on_january_1) == (B, B)
    assert stranger.household_id != parent.household_id


@settings(max_examples=25, deadline=None)
@given(SEEDS, DAYS)
def test_households_are_believable(seed: int, as_of: date) -> None:
    """One head each, one address, couples of plausible age, parents older than their children."""
    population = build_population(seed, as_of, residents_per_municipality=60)
    for head, *others in population.households().values():
        everybody = [head, *others]
        assert head.relationship is Relationship.HEAD
        assert head.age_on(as_of) >= 18
        assert len({r.address for r in everybody}) == 1
        assert len({r.name for r in everybody}) == len(everybody) <= 7
        assert all(r.birth_date <= as_of and r.age_on(as_of) < 105 for r in everybody)
        for other in others:
            years = other.age_on(as_of) - head.age_on(as_of)
            match other.relationship:
                case Relationship.HEAD:
                    pytest.fail("a household has two heads")
                case Relationship.HUSBAND | Relationship.WIFE:
                    assert abs(years) <= 7
                    male = other.relationship is Relationship.HUSBAND
                    assert other.sex is (Sex.MALE if male else Sex.FEMALE)
                    assert head.sex is not other.sex
                case Relationship.CHILD:
                    assert years <= -18
                case Relationship.GRANDCHILD:
                    assert years <= -36
                case Relationship.FATHER | Relationship.MOTHER:
                    assert years >= 18


def test_there_are_all_kinds_of_households(population: Population) -> None:
    """Singles, couples, families, single parents and three generations all occur."""
    kinds = set()
    for members in population.households().values():
        kinds.add(frozenset(r.relationship.value for r in members))
    assert {frozenset({"世帯主"}), frozenset({"世帯主", "子"})} < kinds
    assert any(kind in kinds for kind in map(frozenset, (["世帯主", "妻"], ["世帯主", "夫"])))
    assert any("孫" in kind for kind in kinds)
    assert any("母" in kind or "父" in kind for kind in kinds)


def test_some_moved_in_this_year_and_most_did_not(population: Population) -> None:
    """A few households beside the parent's moved between the cities after 1 January."""
    moved = [r for r in population.residents if r.moved_on is not None]
    assert 4 <= len(moved) <= 60
    assert all(r.previous_address is not None for r in moved)
    assert all(r.address_on_january_1 != r.municipality for r in moved)


def test_the_export_is_canonical_and_says_that_it_is_synthetic(population: Population) -> None:
    """Header, municipalities, residents: one sorted, unspaced JSON object a line."""
    lines = population.export().decode().splitlines()
    assert len(lines) == 1 + 2 + 300
    for line in lines:
        fields = json.loads(line)
        assert line == json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    header = json.loads(lines[0])
    assert (header["synthetic"], header["seed"], header["residents"]) == (True, 7, 300)


def test_three_thousand_people_take_under_a_second() -> None:
    """Three municipalities of 1,000 are built within a second."""
    started = time.perf_counter()
    population = build_population(1, AS_OF, municipalities(), 1000)
    assert time.perf_counter() - started < 1.0
    assert len(population.residents) == 3000


def test_a_shape_of_country_that_cannot_be_is_refused() -> None:
    """One municipality, twice the same, too few or many residents, or 2 January: all refused."""
    one = municipalities()[0]
    with pytest.raises(ValueError, match="two different"):
        build_population(1, AS_OF, (one,))
    with pytest.raises(ValueError, match="two different"):
        build_population(1, AS_OF, (one, one))
    with pytest.raises(ValueError, match="between 10 and"):
        build_population(1, AS_OF, residents_per_municipality=9)
    with pytest.raises(ValueError, match="between 10 and"):
        build_population(1, AS_OF, residents_per_municipality=100_001)
    with pytest.raises(ValueError, match="3 January"):
        build_population(1, date(2026, 1, 2))
    with pytest.raises(ValueError, match="seed"):
        build_population(-1, AS_OF)


def test_an_unknown_persona_is_named_with_the_known_ones(population: Population) -> None:
    """Asking for a persona that no story has tells which there are."""
    with pytest.raises(KeyError, match="parent, spouse, child, newborn, stranger"):
        population.persona("uncle")


@given(st.integers(0, 100), st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_draws_stay_within_their_bounds(seed: int, weights: list[int]) -> None:
    """Whole numbers, choices and weighted choices never leave what they choose from."""
    draw = Draw(seed)
    for _ in range(50):
        assert 3 <= draw.whole(3, 5) <= 5
        assert 0 <= draw.fraction() < 1
        assert draw.weighted(list(enumerate(weights))) in range(len(weights))
    with pytest.raises(ValueError, match="nothing lies between"):
        draw.whole(2, 1)
