"""What a case asks of whom: the lines, their questions, and what answers change (照会計画)."""

from collections.abc import Iterator
from datetime import date

import pytest
from msgspec.structs import replace

from renkei import law
from renkei.law import planning, tables
from renkei.law.bodies import narrower_bodies
from renkei.law.holders import Body
from renkei.law.persons_on_file import OnFile
from renkei.law.planning import Answers, Household, Line
from renkei.law.tax_year import tax_year
from renkei.values.municipality_code import MunicipalityCode
from renkei.values.person_id import PersonId

DAY = date(2026, 2, 8)
CHOFU, ICHIKAWA = MunicipalityCode("132080"), MunicipalityCode("122033")
PARENT, CHILD, GRANDMOTHER = PersonId("P1"), PersonId("C1"), PersonId("G1")
BODIES = (
    Body("chofu", "city-mayor", CHOFU),
    Body("ichikawa", "city-mayor", ICHIKAWA),
    Body("tokyo", "prefecture-governor", CHOFU),
    *(
        Body(one, one, None)
        for one in tables.kinds()
        if narrower_bodies(one) == {one} and one not in narrower_bodies("municipality-mayor")
    ),
)


def person(name: PersonId, birth: date, relationship: str, *, certain: bool = True) -> OnFile:
    """Somebody of the household, who lived elsewhere on 1 January."""
    return OnFile(
        person=name,
        birth=birth,
        household="H1",
        relationship=relationship,
        residence=CHOFU,
        tax_residence=ICHIKAWA,
        birth_certain=certain,
    )


def household(answers: Answers = planning.NONE, *, me: str = "chofu", day: date = DAY) -> Household:
    """A parent with a child and the parent's mother."""
    return Household(
        claimant=person(PARENT, date(1990, 4, 2), "世帯主"),
        others=(
            person(CHILD, date(2020, 5, 5), "子"),
            person(GRANDMOTHER, date(1960, 1, 1), "母"),
        ),
        bodies=BODIES,
        me=me,
        day=day,
        answers=answers,
    )


def lines(procedure: str, facts: Household) -> list[Line]:
    """All lines of a procedure."""
    affairs = law.procedure(procedure).affairs
    return [line for affair in affairs for line in planning.plan(affair, facts)]


def asked(found: list[Line], item: str) -> set[tuple[str, str | None, str | None]]:
    """Subject, person and party of an item's lines."""
    return {(one.subject, one.person, one.party) for one in found if one.item.item == item}


def test_tax_is_asked_where_the_person_lived_on_1_january_and_the_record_is_ones_own() -> None:
    """地方税法39条・318条, 住民基本台帳法5条: two places, one of them the desk's own."""
    found = lines("child-allowance", household())
    assert ("claimant", PARENT, "ichikawa") in asked(found, "municipal-tax")
    (own,) = (one for one in found if one.item.item == "resident-record" and one.person == PARENT)
    assert (own.own, own.party, own.why) == (True, None, None)


def test_what_no_register_tells_is_a_question_and_its_answer_is_used() -> None:
    """Nobody is guessed: a word is open, means the named persons, or means nobody."""
    (before,) = (
        one for one in lines("child-allowance", household()) if one.subject == "child-in-livelihood"
    )
    assert (before.why, before.person) == ("relation-not-held", None)
    assert [one.name for one in before.questions] == ["who:child-in-livelihood"]
    named = Answers(who={"child-in-livelihood": (CHILD,)})
    found = lines("child-allowance", household(named))
    assert ("child-in-livelihood", CHILD, "ichikawa") in asked(found, "municipal-tax")
    nobody = lines("child-allowance", household(Answers(who={"child-in-livelihood": ()})))
    (one,) = (one for one in nobody if one.subject == "child-in-livelihood")
    assert (one.why, one.questions, one.person) == ("nobody", (), None)


def test_an_answer_never_overrides_a_register() -> None:
    """Who the household on file shows stays so, whatever is answered."""
    answered = Answers(who={"eligible-child": (GRANDMOTHER,), "claimant": (GRANDMOTHER,)})
    assert lines("child-allowance", household(answered)) == lines("child-allowance", household())


def test_somebody_who_is_not_on_file_is_not_asked_about() -> None:
    """An answer can name a person of whom there is no code."""
    answered = Answers(who={"child-in-livelihood": (PersonId("X9"),)})
    found = lines("child-allowance", household(answered))
    (one,) = (one for one in found if one.subject == "child-in-livelihood")
    assert (one.person, one.party, one.why) == (PersonId("X9"), None, "person-not-on-file")


def insured(answers: Answers = planning.NONE) -> Iterator[Line]:
    """Lines about health insurance, wherever a procedure has them."""
    for procedure in law.procedures():
        for one in lines(procedure, household(answers)):
            if one.person == PARENT and one.item.item == "insured-status":
                yield one


def test_the_insurer_is_asked_for_and_has_to_be_one_that_the_article_names() -> None:
    """Membership is no fact on file: the desk says which body it is."""
    name = f"body:insurance:{PARENT}"
    opened = [one for one in insured() if one.why == "holder-not-named"]
    assert {q.name for one in opened for q in one.questions} == {name}
    places = [(one.item.article, one.subject) for one in opened]
    for party in ("health-insurance-association", "elderly-care-union", "nowhere"):
        found = [
            one
            for one in insured(Answers(bodies={name: party}))
            if (one.item.article, one.subject) in places
        ]
        for one in found:
            kinds = {kind for wide in one.item.providers for kind in narrower_bodies(wide)}
            if party == "nowhere":
                assert (one.party, one.why) == (None, "not-connected")
            elif party in kinds:
                assert one.party == party
            else:
                assert (one.party, one.why) == (None, "holder-not-of-item")


def under_19(child: OnFile, answers: Answers = planning.NONE) -> bool | None:
    """Whether the limit of 19 years is met."""
    return planning.met("under-19", child, DAY, answers.conditions)


@pytest.mark.parametrize(
    ("birth", "certain", "said", "is_met"),
    [
        (date(2007, 2, 10), True, None, True),
        (date(2007, 2, 9), True, None, False),  # the age is reached the day before
        (date(2007, 2, 9), True, True, False),
        (date(2007, 1, 1), False, None, None),
        (date(2007, 1, 1), False, True, True),
    ],
)
def test_a_limit_by_age_is_the_birth_dates_to_decide(
    birth: date, certain: bool, said: bool | None, is_met: bool | None
) -> None:
    """年齢計算ニ関スル法律: nobody states an age against the file; only an unknown day is asked."""
    answers = Answers(conditions={} if said is None else {"under-19": said})
    assert under_19(person(CHILD, birth, "子", certain=certain), answers) is is_met


def everything(found: list[Line], facts: Household) -> Answers:
    """An answer to every question of some lines, added to those there are."""
    who, bodies = dict(facts.answers.who), dict(facts.answers.bodies)
    conditions = dict(facts.answers.conditions)
    for one in (question for line in found for question in line.questions):
        if one.kind == "who":
            who[one.about] = (GRANDMOTHER,)
        elif one.kind == "body":
            bodies[one.name] = "health-insurance-association"
        else:
            conditions[one.about] = True
    return Answers(who=who, bodies=bodies, conditions=conditions)


@pytest.mark.parametrize("procedure", sorted(law.procedures()))
def test_a_procedure_has_no_question_left_once_all_are_answered(procedure: str) -> None:
    """Three rounds are enough: who, of whom, on what condition; then each line says what it is."""
    facts, found = household(), list[Line]()
    for _ in range(4):
        found = lines(procedure, facts)
        facts = household(everything(found, facts))
    assert not [question for line in found for question in line.questions]
    for line in found:
        assert (line.party is not None) + line.own + (line.why is not None) == 1
        assert line.why not in ("relation-not-held", "condition-open")


@pytest.mark.parametrize("procedure", sorted(law.procedures()))
def test_no_line_is_asked_that_the_law_refuses(procedure: str) -> None:
    """Whatever the desk answers, `may_ask_item` allows each line that is to be asked."""
    kinds = {one.party: one.kind for one in BODIES}
    facts = household()
    for _ in range(4):
        facts = household(everything(lines(procedure, facts), facts))
    for affair in law.procedure(procedure).affairs:
        row = tables.provision_rows()[affair.row]
        for line in planning.plan(affair, facts):
            if line.party is None:
                continue
            decision = law.may_ask_item(
                (*tables.sub_affairs()[affair.sub_affair].bodies, *row.requesters)[0],
                affair.row,
                affair.sub_affair,
                kinds[line.party],
                line.item.item,
                subject=line.subject,
                day=DAY,
                stated=frozenset(line.item.conditions),
            )
            assert decision.allowed, (line, decision)


# -- places and the tax year -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("procedure", "day", "year"),
    [
        ("child-allowance", date(2026, 5, 31), 2025),
        ("child-allowance", date(2026, 6, 1), 2026),
        ("child-allowance", date(2027, 1, 1), 2026),
        ("national-pension-exempt", date(2026, 6, 30), 2025),
        ("national-pension-exempt", date(2026, 7, 1), 2026),
    ],
)
def test_the_tax_year_changes_in_the_course_of_the_year(
    procedure: str, day: date, year: int
) -> None:
    """From June a year's own tax counts; for an exemption, whose year begins then, from July."""
    assert tax_year(procedure, day).year == year


def test_a_place_of_another_tax_year_is_asked_of_the_desk() -> None:
    """The file has the address on 1 January of this year: who held the tax before, it says not."""
    spring = date(2026, 5, 31)
    facts = replace(household(day=spring), tax_year=2025)
    taxes = [one for one in lines("child-allowance", facts) if one.item.category == "local-tax"]
    waiting = {one.person: one for one in taxes if one.why == "place-not-held"}
    assert PARENT in waiting
    (question,) = waiting[PARENT].questions
    assert question.name == "place:tax-residence:P1:2025"
    answers = Answers(places={question.name: ICHIKAWA})
    now = lines("child-allowance", replace(facts, answers=answers))
    asked = {one.party for one in now if one.person == PARENT and one.item.category == "local-tax"}
    assert asked == {"ichikawa"}


def test_what_is_on_file_goes_before_an_answer() -> None:
    """Nobody says of a person whose address is on file that it is another."""
    answers = Answers(places={"place:tax-residence:P1:2026": CHOFU})
    found = lines("child-allowance", household(answers))
    asked = {
        one.party for one in found if one.person == PARENT and one.item.category == "local-tax"
    }
    assert asked == {"ichikawa"}
