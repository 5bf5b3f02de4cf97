"""The synthetic population: reproducible, believable, and nobody's."""

import itertools
import json
import re
import time
from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.sandbox.country_file import default
from renkei.sandbox.people.draw import Draw
from renkei.sandbox.population import (
    PERSONAS,
    Population,
    Relationship,
    Sex,
    build_population,
)
from renkei.values import IndividualNumber, NumberScheme, Purpose, ValueFormatError
from renkei.values.names import compare_names

AS_OF = date(2026, 10, 1)
MUNICIPALITIES = default().municipalities
A, B, C = (municipality.code for municipality in MUNICIPALITIES)
AGE_SHARES = (7.0, 8.6, 10.2, 10.7, 13.0, 14.7, 12.0, 12.9, 8.4, 2.3)
"""Percent of Japan's population by decades of age, 90 and over last; roughly 2024."""

SEEDS = st.integers(0, 2**63 - 1)
DAYS = st.dates(date(2024, 5, 27), date(2030, 12, 31)).filter(lambda d: (d.month, d.day) > (1, 2))


@pytest.fixture(scope="module")
def population() -> Population:
    return build_population(7, AS_OF)


@pytest.mark.parametrize(
    ("seed", "as_of", "digest"),
    [
        (1, AS_OF, "db3e28061e514101833af83c97d64fb7f99ea8163f3164ae1aca45d1685e27dd"),
        (
            2026,
            date(2027, 2, 28),
            "6fde90031de7c147c52202506e6c0ab116a883f546a9ecc98ad5434692e91000",
        ),
    ],
)
def test_seed_and_day_fix_the_export(seed: int, as_of: date, digest: str) -> None:
    """The same seed and day give the same bytes on every machine and Python version."""
    assert build_population(seed, as_of).digest == digest


def test_another_seed_or_day_gives_other_people() -> None:
    """Seed, day and size all show in the digest."""
    builds = [
        build_population(1, AS_OF),
        build_population(2, AS_OF),
        build_population(1, date(2026, 10, 2)),
        build_population(1, AS_OF, residents_per_municipality=999),
        build_population(1, AS_OF, MUNICIPALITIES[:2]),
    ]
    assert len({build.digest for build in builds}) == len(builds)


def test_each_municipality_has_exactly_the_residents_asked_for(population: Population) -> None:
    """Three real-coded cities have 1,000 residents each, numbered 1 to 3,000."""
    assert Counter(r.municipality for r in population.residents) == {A: 1000, B: 1000, C: 1000}
    assert len(population.of_municipality(A)) == 1000
    assert [r.serial for r in population.residents] == list(range(1, 3001))
    assert (str(A), str(B), str(C)) == ("132080", "122033", "142051")


def test_no_individual_number_can_be_a_living_persons(population: Population) -> None:
    """Every number and code is unique, fails the official check, and follows no sequence."""
    numbers = [r.individual_number.reveal(Purpose.EXPORT_SYNTHETIC) for r in population.residents]
    codes = [r.resident_code.reveal(Purpose.EXPORT_SYNTHETIC) for r in population.residents]
    assert len(set(numbers)) == len(set(codes)) == 3000
    for number in numbers[::10]:
        assert IndividualNumber.parse(number, NumberScheme.SANDBOX)
        with pytest.raises(ValueFormatError):
            IndividualNumber.parse(number)
    steps = {int(b[:11]) - int(a[:11]) for a, b in itertools.pairwise(numbers)}
    assert len(steps) == 2999
    assert sorted(numbers) != numbers


@settings(max_examples=40, deadline=None)
@given(SEEDS, DAYS)
def test_the_story_holds_for_every_seed_and_day(seed: int, as_of: date) -> None:
    """The parent lived in B on 1 January, moved to A with spouse and child; the newborn did not."""
    population = build_population(seed, as_of, residents_per_municipality=30)
    parent, spouse, child, newborn, stranger = map(population.persona, PERSONAS[:5])
    assert len({population.persona(tag).serial for tag in PERSONAS}) == len(PERSONAS)
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
        assert len({r.name for r in everybody}) == len(everybody) <= 8
        assert all(r.birth_date <= as_of and r.age_on(as_of) < 110 for r in everybody)
        for other in others:
            years = other.age_on(as_of) - head.age_on(as_of)
            match other.relationship:
                case Relationship.HEAD:
                    pytest.fail("a household has two heads")
                case Relationship.HUSBAND | Relationship.WIFE:
                    assert abs(years) <= 8
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
    """About one household in twenty moved between the cities after 1 January."""
    moved = [r for r in population.residents if r.moved_on is not None]
    assert 80 <= len(moved) <= 240
    assert all(r.previous_address is not None for r in moved)
    assert all(r.address_on_january_1 != r.municipality for r in moved)


def test_the_export_is_canonical_and_says_that_it_is_synthetic(population: Population) -> None:
    """Header, municipalities, residents: one sorted, unspaced JSON object a line."""
    lines = population.export().decode().splitlines()
    assert len(lines) == 1 + 3 + 3000
    for line in lines:
        fields = json.loads(line)
        assert line == json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    header = json.loads(lines[0])
    assert (header["synthetic"], header["seed"], header["residents"]) == (True, 7, 3000)


def test_three_thousand_people_take_seconds() -> None:
    """Three municipalities of 1,000 take less than two seconds of processor time."""
    started = time.process_time()
    population = build_population(11, AS_OF)
    assert time.process_time() - started < 2.0
    assert len(population.residents) == 3000


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ages_follow_the_national_pyramid(seed: int) -> None:
    """Each decade of age has the nation's share of people, give or take four points."""
    population = build_population(seed, AS_OF)
    ages = Counter(min(9, r.age_on(AS_OF) // 10) for r in population.residents)
    for decade, share in enumerate(AGE_SHARES):
        assert abs(100 * ages[decade] / 3000 - share) < 4, decade
    assert 2.0 < 3000 / len(population.households()) < 2.4


def test_names_are_as_frequent_as_in_life(population: Population) -> None:
    """The commonest surnames lead, most surnames are borne once or twice, readings are katakana."""
    japanese = [r for r in population.residents if r.nationality == "JPN"]
    households = Counter(r.name.split("\u3000")[0] for r in japanese if r.is_head)
    assert {name for name, _ in households.most_common(3)} & {"佐藤", "鈴木", "高橋", "田中"}
    assert sum(count <= 2 for count in households.values()) > len(households) / 2
    assert all(re.fullmatch(r"[ァ-ヶー]+\u3000[ァ-ヶー]+", r.kana) for r in japanese)
    old = {r.name.split("\u3000")[1] for r in japanese if r.birth_date.year < 1946}
    young = {r.name.split("\u3000")[1] for r in japanese if r.birth_date.year > 2005}
    assert not old & young - {"ハナ", "花", "実", "健"}


def test_foreign_residents_have_no_family_register(population: Population) -> None:
    """About three in a hundred are foreign; some use a common name; no Japanese does."""
    foreign = [r for r in population.residents if r.nationality != "JPN"]
    assert 30 <= len(foreign) <= 160
    assert all(r.register is None and r.name.isascii() for r in foreign)
    assert 0 < sum(r.common_name is not None for r in foreign) < len(foreign)
    japanese = [r for r in population.residents if r.nationality == "JPN"]
    assert all(r.register is not None and r.common_name is None for r in japanese)


def test_couples_and_their_children_share_a_register(population: Population) -> None:
    """One register for a couple and unmarried children; three domiciles in ten lie elsewhere."""
    for members in population.households().values():
        head = members[0]
        for one in members[1:]:
            if one.relationship in (Relationship.HUSBAND, Relationship.WIFE):
                assert one.register == head.register
            if one.relationship in (Relationship.FATHER, Relationship.MOTHER):
                assert one.register is None or one.register != head.register
    registers = [r.register for r in population.residents if r.register is not None]
    heads = {r.name for r in population.residents}
    assert all(register.head in heads for register in registers)
    away = [
        r for r in population.residents if r.register and r.register.municipality != r.municipality
    ]
    assert 0.2 < len(away) / len(registers) < 0.4


def test_variant_characters_are_known_to_the_comparison(population: Population) -> None:
    """Who is written 髙 or 﨑 in the register and 高 or 崎 elsewhere is doubtful to J-LIS."""
    odd = [r for r in population.residents if r.usual_name is not None]
    assert 10 <= len(odd) <= 120
    for resident in odd:
        assert resident.usual_name is not None
        assert compare_names(resident.usual_name, resident.name).verdict == "doubtful"


@settings(max_examples=25, deadline=None)
@given(SEEDS, DAYS)
def test_the_cast_is_what_the_stories_need(seed: int, as_of: date) -> None:
    """Twins, a foreign resident, a protected one, a variant, an old and a young one, everywhere."""
    population = build_population(seed, as_of, residents_per_municipality=12)
    cast = {tag: population.persona(tag) for tag in PERSONAS}
    a, b = cast["twin-a"], cast["twin-b"]
    assert (a.birth_date, a.sex, a.address, a.register) == (
        b.birth_date,
        b.sex,
        b.address,
        b.register,
    )
    assert a.name != b.name
    assert cast["foreign"].common_name is not None
    assert cast["protected"].protected
    assert (cast["protected"].municipality, cast["protected"].address_on_january_1) == (A, B)
    assert cast["variant"].usual_name is not None
    assert cast["elderly"].age_on(as_of) >= 80
    assert 19 <= cast["student"].age_on(as_of) <= 21
    assert cast["elderly"].municipality == cast["foreign"].municipality == C


def test_nobody_can_be_taken_for_another(population: Population) -> None:
    """Name, birth date and sex together belong to one person each."""
    assert len({(r.name, r.birth_date, r.sex) for r in population.residents}) == 3000


def test_a_shape_of_country_that_cannot_be_is_refused() -> None:
    """One municipality, twice the same, too few or many residents, or 2 January: all refused."""
    one = MUNICIPALITIES[0]
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
    with pytest.raises(KeyError, match="parent, spouse, child, newborn, stranger, twin-a"):
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
