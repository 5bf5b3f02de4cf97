"""How names and addresses of two registers are compared (氏名・住所の照合)."""

from datetime import date

import pytest
from world import human

from renkei.law.persons_on_file import OnFile, meant
from renkei.roles.institution import rules
from renkei.roles.institution.rules import Person
from renkei.values.birth_date import BirthDate


def person(number: int, **changes: str) -> Person:
    attributes = human("90000000001", "髙橋 花子").attributes
    values = {name: getattr(attributes, name) for name in attributes.__struct_fields__}
    return Person(
        person=f"P{number}",
        individual_number=None,
        municipality_code=None,
        tax_municipality_code=None,
        household=None,
        relationship=None,
        **{**values, **changes},
    )


@pytest.mark.parametrize(
    "changes", [{"sex": "male"}, {"birth_date": "1988-03-05"}, {"name": "高橋 太郎"}]
)
def test_name_birth_date_and_sex_tell_people_apart(changes: dict[str, str]) -> None:
    """One of these that differs is enough; among others the one that fits is found."""
    offered = rules.attributes_of(person(0))
    fit = person(2, name="高橋花子")
    assert rules.the_one(offered, [person(1, **changes)]) is None
    assert rules.the_one(offered, [person(1, **changes), fit]) == rules.Fit(fit, moved=False)


def test_an_address_tells_namesakes_apart() -> None:
    """Of two namesakes the one with the address; alone, a namesake may have moved."""
    offered = rules.attributes_of(person(0))
    elsewhere = person(1, address="市川市行徳駅前2-38-6")
    assert rules.the_one(offered, [elsewhere, person(2)]) == rules.Fit(person(2), moved=False)
    assert rules.the_one(offered, [elsewhere]) == rules.Fit(elsewhere, moved=True)
    two = [elsewhere, person(2, address="市川市八幡1-1-1")]
    assert rules.the_one(offered, two) is None


def test_two_that_fit_are_nobody() -> None:
    """Where two people fit none is chosen."""
    offered = rules.attributes_of(person(0))
    assert rules.the_one(offered, [person(1), person(2)]) is None
    assert rules.the_one(offered, []) is None


def test_who_agrees_goes_before_who_is_in_doubt() -> None:
    """Of two who may be meant the one that agrees; two in doubt are nobody."""
    offered = rules.attributes_of(person(0))
    doubtful = person(1, name="高橋 花子")
    assert rules.the_one(offered, [doubtful, person(2)]) == rules.Fit(person(2), moved=False)
    assert rules.the_one(offered, [doubtful]) == rules.Fit(doubtful, moved=False)
    assert rules.the_one(offered, [doubtful, person(3, name="高橋花子")]) is None


def test_another_house_is_not_the_same_one_however_written() -> None:
    """Digits beside a space do not run together: who lives in another house has moved."""
    offered = rules.attributes_of(person(0, address="千葉県市川市八幡1-1-11 2"))
    elsewhere = person(1, address="千葉県市川市八幡1-1-1 12")
    assert rules.the_one(offered, [elsewhere]) == rules.Fit(elsewhere, moved=True)


def test_a_child_of_unknown_birthday_counts_only_beyond_doubt() -> None:
    """Where month or day is unknown the earliest day decides; without a year nobody is a child."""
    day = date(2026, 4, 1)
    for born, is_child in (
        ("2008-04-01", False),
        ("2008-04-02", True),
        ("2008-XX-XX", False),
        ("2009-XX-XX", True),
        ("2008-04-XX", False),
        ("2008-05-XX", True),
        ("XXXX-XX-XX", False),
    ):
        child = OnFile(
            person="P2", birth=BirthDate.parse(born).earliest(), household="H", relationship="子"
        )
        parent = OnFile(person="P1", birth=date(1980, 1, 1), household="H", relationship="世帯主")
        found = meant("eligible-child", parent, [parent, child], day)
        assert (found.persons == ("P2",)) == is_child, born
