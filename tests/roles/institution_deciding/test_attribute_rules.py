"""How names and addresses of two registers are compared (氏名・住所の照合)."""

import pytest
from world import human

from renkei.roles.institution import rules
from renkei.roles.institution.rules import Person
from renkei.values.attributes import folded_name, is_same_house, plain_address, plain_name


def test_names_lose_spaces_and_width_only() -> None:
    """Spaces and letter width fall away; characters stay as they are written."""
    assert plain_name("渡邊　ｼﾞｮﾝ 花子") == plain_name("渡邊ジョン花子")
    assert plain_name("渡邊") != plain_name("渡辺")


def test_variant_characters_are_folded() -> None:
    """Known variants of one character count as one, other characters do not."""
    assert folded_name("髙﨑 齋藤") == folded_name("高崎斉藤")
    assert folded_name("高橋") != folded_name("商橋")


@pytest.mark.parametrize(
    "written",
    [
        "調布市小島町2丁目35番地1",
        "調布市小島町２−３５−１",
        "調布市小島町2丁目35番1号",
        "調布市 小島町 2-35-1",
        "調布市小島町2丁目35番地の1",
    ],
)
def test_house_numbers_are_digits_and_dashes(written: str) -> None:
    """Each habit of writing a house number comes out the same."""
    assert plain_address(written) == "調布市小島町2-35-1"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("小島町2-35-1", "小島町2丁目35番地1", True),
        ("小島町2-35-1", "小島町2-35-1 コーポ101", True),
        ("小島町2-35-1 コーポ101", "小島町2-35-1", True),
        ("小島町2-35-1", "小島町2-35-11", False),
        ("小島町2-35-1", "小島町2-35-2", False),
        ("小島町", "小島町2-35-1", False),
        ("", "", False),
        ("", "小島町2-35-1", False),
    ],
)
def test_one_house(one: str, other: str, same: bool) -> None:
    """A building may be added to a house number, a digit may not; nothing is nowhere."""
    assert is_same_house(one, other) is same
    assert is_same_house(other, one) is same


def person(number: int, **changes: str) -> Person:
    attributes = human("900000000001", "髙橋 花子").attributes
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
