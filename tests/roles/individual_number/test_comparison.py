"""What J-LIS's comparison says of each field, and what it never says (照合規則)."""

import dataclasses
import unicodedata
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from renkei.roles.individual_number.rules import (
    INSTITUTION_ACQUISITIONS_PER_HOUR,
    Attempts,
    RegisteredPerson,
    compare,
    compare_address,
    compare_name,
    no_such_person,
    wait_about_person,
    wait_of_body,
)
from renkei.values.likeness import REASONS
from renkei.values.slowing import Tries
from renkei.values.variants import has_meaningless
from renkei.wire.individual_number.messages import FourAttributes

HERE = "東京都調布市小島町二丁目35番地1"
THERE = "千葉県市川市八幡一丁目1番地1"


def attributes(**changed: str) -> FourAttributes:
    """A synthetic person's attributes, some changed."""
    held = {"name": "高橋　花子", "address": HERE, "birth_date": "1990-04-01", "sex": "female"}
    return FourAttributes(**{**held, **changed})  # type: ignore[arg-type]


PERSON = RegisteredPerson(attributes(), earlier_addresses=(THERE,))


def verdict_of(own: FourAttributes, field: str) -> tuple[str, str]:
    """Verdict and reason of one field."""
    one = next(one for one in compare(own, PERSON).fields if one.field == field)
    return one.verdict, one.reason


@pytest.mark.parametrize(
    ("own", "registered", "verdict", "reason"),
    [
        ("高橋　花子", "高橋　花子", "agree", "same"),
        ("高橋 花子", "高橋　花子", "agree", "same"),
        ("高橋花子", "高橋　花子", "agree", "same"),
        ("ﾀｶﾊｼ ﾊﾅｺ", "タカハシ　ハナコ", "agree", "same"),
        ("ＡＮＮ　ＬＥＥ", "ANN LEE", "agree", "same"),
        ("髙橋　花子", "高橋　花子", "doubtful", "variant-character"),
        ("渡邊　修", "渡辺　修", "doubtful", "variant-character"),
        ("山﨑　学", "山崎　学", "doubtful", "variant-character"),
        ("齋藤　学", "斎藤　学", "doubtful", "variant-character"),
        ("高橋　華子", "高橋　花子", "differ", "different"),
        ("高橋　花", "高橋　花子", "differ", "different"),
        ("橋高　花子", "高橋　花子", "differ", "different"),
    ],
)
def test_names_compare_by_character(own: str, registered: str, verdict: str, reason: str) -> None:
    """Width and spaces do not matter, a known variant is a doubt, another character differs."""
    found = compare_name(own, RegisteredPerson(attributes(name=registered)))
    assert (found.verdict, found.reason) == (verdict, reason)
    assert compare_name(registered, RegisteredPerson(attributes(name=own))) == found


@pytest.mark.parametrize(
    ("own", "verdict", "reason"),
    [
        (HERE, "agree", "same"),
        ("東京都調布市小島町二丁目３５番地１", "agree", "same"),
        ("東京都調布市小島町二丁目35番1号", "doubtful", "block-or-lot"),
        ("東京都 調布市 小島町 二丁目35-1", "agree", "same"),
        ("東京都調布市小島町二丁目35ー1", "agree", "same"),
        (THERE, "agree", "earlier-address"),
        (f"{HERE} 調布ハイツ203", "doubtful", "building-differs"),
        ("東京都調布市小島町二丁目35番地1-203", "doubtful", "building-differs"),
        ("東京都調布市小島町", "differ", "different"),
        ("東", "differ", "different"),
        ("　", "differ", "different"),
        (f"{THERE} 八幡荘", "doubtful", "building-differs"),
        ("大阪府大阪市北区1番1号", "differ", "different"),
    ],
)
def test_addresses_compare_by_place(own: str, verdict: str, reason: str) -> None:
    """Another way to write it agrees, so does an earlier one; a building more is a doubt."""
    found = compare_address(own, PERSON)
    assert (found.verdict, found.reason) == (verdict, reason)


def test_a_longer_house_number_is_another_house() -> None:
    """A house number that only begins alike is another house, not a building added."""
    assert compare_address(f"{HERE}2", PERSON).verdict == "differ"
    assert compare_address(HERE[:-1] + "12 調布ハイツ", PERSON).verdict == "differ"


@pytest.mark.parametrize(
    ("field", "changed"),
    [("birth-date", {"birth_date": "1990-04-02"}), ("sex", {"sex": "male"})],
)
def test_birth_date_and_sex_compare_exactly(field: str, changed: dict[str, str]) -> None:
    """Another birth date or sex differs, whatever else agrees."""
    assert verdict_of(attributes(), field) == ("agree", "same")
    assert verdict_of(attributes(**changed), field) == ("differ", "different")
    assert compare(attributes(**changed), PERSON).verdict == "differ"


def test_the_worst_field_decides() -> None:
    """One doubt makes a doubt, one difference a difference even beside a doubt."""
    assert compare(attributes(), PERSON).verdict == "agree"
    assert compare(attributes(name="髙橋　花子"), PERSON).verdict == "doubtful"
    assert compare(attributes(name="髙橋　花子", sex="male"), PERSON).verdict == "differ"
    assert compare(attributes(address=THERE), PERSON).verdict == "agree"


TEXTS = st.text(
    st.one_of(
        st.sampled_from("高橋花子髙辺邊東京都調布市小島町二丁目番地号ー-0123456789　"),
        st.characters(codec="utf-8", exclude_categories=["Cs"]),
    ),
    min_size=1,
    max_size=40,
)
BIRTHS = st.dates(date(1900, 1, 1), date(2026, 7, 1)).map(date.isoformat)
PEOPLE = st.builds(
    FourAttributes,
    name=TEXTS,
    address=TEXTS,
    birth_date=BIRTHS,
    sex=st.sampled_from(["male", "female", "unknown"]),
)


@given(PEOPLE, PEOPLE, st.lists(TEXTS, max_size=3))
def test_a_verdict_repeats_no_attribute(
    own: FourAttributes, held: FourAttributes, earlier: list[str]
) -> None:
    """Whatever is compared with whatever, only words of the closed list come back."""
    found = compare(own, RegisteredPerson(held, tuple(earlier)))
    verdict, fields = found.verdict, found.fields
    assert [one.field for one in fields] == ["name", "address", "birth-date", "sex"]
    assert {one.reason for one in fields} <= REASONS
    assert verdict == max(
        (one.verdict for one in fields), key=["agree", "doubtful", "differ"].index
    )


@given(PEOPLE)
def test_the_same_attributes_agree(own: FourAttributes) -> None:
    """Anybody's attributes agree with themselves, also where one side has normalised its text."""
    assume(own.name.split() and own.address.split())
    assume(not has_meaningless(own.name + own.address))
    assert compare(own, RegisteredPerson(own)).verdict == "agree"
    folded = FourAttributes(
        name=unicodedata.normalize("NFKC", own.name) or own.name,
        address=own.address,
        birth_date=own.birth_date,
        sex=own.sex,
    )
    assert compare(folded, RegisteredPerson(own)).verdict == "agree"


@pytest.mark.parametrize("with_number", [True, False])
def test_nobody_and_several_people_look_alike(with_number: bool) -> None:
    """Where nobody fits, the answer is `differ` without a comparison of any field."""
    verdict, fields = no_such_person(with_number)
    assert verdict == "differ"
    assert [one.field for one in fields] == ["number"]
    assert {one.reason for one in fields} <= REASONS


NONE = Attempts(Tries(0), Tries(0), Tries(0), 0)


@pytest.mark.parametrize(
    ("name", "free", "pauses"),
    [
        ("officer_guesses", 10, [60, 120, 240, 480, 960, 1_920, 3_600, 3_600]),
        ("body_guesses", 100, [1, 2, 4, 5, 5]),
        ("person_failures", 5, [3_600, 7_200, 14_400, 28_800, 57_600, 86_400, 86_400]),
    ],
)
def test_each_limit_slows_down_and_shuts_nobody_out(
    name: str, free: int, pauses: list[int]
) -> None:
    """So many tries are free, each further one doubles the pause, and the longest has an end."""

    def wait(failed: int, since: float = 0.0) -> int:
        tried = dataclasses.replace(NONE, **{name: Tries(failed, since)})
        return max(wait_of_body(tried), wait_about_person(tried))

    assert wait(free - 1) == 0
    assert [wait(free + more) for more in range(len(pauses))] == pauses
    assert wait(10**6) == pauses[-1]
    assert wait(free, pauses[0] - 0.5) == 1
    assert wait(free, pauses[0]) == 0


def test_a_flood_of_acquisitions_waits() -> None:
    """So many questions in an hour, however they end, are a flood."""
    limit = INSTITUTION_ACQUISITIONS_PER_HOUR
    assert wait_of_body(dataclasses.replace(NONE, acquisitions=limit - 1)) == 0
    assert wait_of_body(dataclasses.replace(NONE, acquisitions=limit)) > 0


def test_near_is_who_differs_by_one_field_at_most() -> None:
    """Another spelling of one field is no guess; two that differ are, and so is no birth date."""
    assert compare(attributes(address="大阪府大阪市北区1番1号"), PERSON).near
    assert compare(attributes(name="誰か"), PERSON).near
    assert not compare(attributes(name="誰か", birth_date="1950-01-01"), PERSON).near
    assert not compare(attributes(name="誰か", birth_date="XXXX-XX-XX"), PERSON).near


def test_a_common_name_compares_like_the_registered_one() -> None:
    """Of registered and common name the nearer counts; a doubt gives way to agreement."""
    person = RegisteredPerson(attributes(name="KIM HANA"), common_name="高橋　花子")
    assert compare_name("高橋花子", person).reason == "common-name"
    assert compare_name("髙橋　花子", person).verdict == "doubtful"
    assert compare_name("kim hana", person).reason == "same"
    assert compare_name("誰か", person).verdict == "differ"
