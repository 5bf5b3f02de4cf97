"""What J-LIS's comparison says of each field, and what it never says (照合規則)."""

import dataclasses
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.roles.individual_number.rules import (
    INSTITUTION_ACQUISITIONS_PER_HOUR,
    INSTITUTION_FAILURES_PER_HOUR,
    NUMBER_FAILURES_PER_DAY,
    OFFICER_FAILURES_PER_HOUR,
    Attempts,
    RegisteredPerson,
    compare,
    compare_address,
    compare_name,
    no_such_person,
    within_limits,
)
from renkei.wire.messages.acquisition import FieldVerdict, FourAttributes

HERE = "東京都調布市小島町二丁目35番地1"
THERE = "千葉県市川市八幡一丁目1番地1"
REASONS = {
    "same",
    "different",
    "variant-character",
    "earlier-address",
    "building-differs",
    "number-or-person-unknown",
    "not-exactly-one",
}


def attributes(**changed: str) -> FourAttributes:
    """A synthetic person's attributes, some changed."""
    held = {"name": "高橋　花子", "address": HERE, "birth_date": "1990-04-01", "sex": "female"}
    return FourAttributes(**{**held, **changed})  # type: ignore[arg-type]


PERSON = RegisteredPerson(attributes(), earlier_addresses=(THERE,))


def verdict_of(own: FourAttributes, field: str) -> tuple[str, str]:
    """Verdict and reason of one field."""
    one = next(one for one in compare(own, PERSON)[1] if one.field == field)
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
    assert compare_name(own, registered) == FieldVerdict(
        field="name", verdict=verdict, reason=reason
    )
    assert compare_name(registered, own).verdict == verdict


@pytest.mark.parametrize(
    ("own", "verdict", "reason"),
    [
        (HERE, "agree", "same"),
        ("東京都調布市小島町二丁目３５番地１", "agree", "same"),
        ("東京都調布市小島町二丁目35番1号", "agree", "same"),
        ("東京都 調布市 小島町 二丁目35-1", "agree", "same"),
        ("東京都調布市小島町二丁目35ー1", "agree", "same"),
        (THERE, "agree", "earlier-address"),
        (f"{HERE} 調布ハイツ203", "doubtful", "building-differs"),
        ("東京都調布市小島町二丁目35番地1-203", "doubtful", "building-differs"),
        ("東京都調布市小島町", "differ", "different"),
        ("東", "differ", "different"),
        ("　", "differ", "different"),
        (f"{THERE} 八幡荘", "differ", "different"),
        ("大阪府大阪市北区1番1号", "differ", "different"),
    ],
)
def test_addresses_compare_by_place(own: str, verdict: str, reason: str) -> None:
    """Another way to write it agrees, so does an earlier one; a building more is a doubt."""
    found = compare_address(own, PERSON)
    assert (found.field, found.verdict, found.reason) == ("address", verdict, reason)


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
    assert compare(attributes(**changed), PERSON)[0] == "differ"


def test_the_worst_field_decides() -> None:
    """One doubt makes a doubt, one difference a difference even beside a doubt."""
    assert compare(attributes(), PERSON)[0] == "agree"
    assert compare(attributes(name="髙橋　花子"), PERSON)[0] == "doubtful"
    assert compare(attributes(name="髙橋　花子", sex="male"), PERSON)[0] == "differ"
    assert compare(attributes(address=THERE), PERSON)[0] == "agree"


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
    verdict, fields = compare(own, RegisteredPerson(held, tuple(earlier)))
    assert [one.field for one in fields] == ["name", "address", "birth-date", "sex"]
    assert {one.reason for one in fields} <= REASONS
    assert verdict == max(
        (one.verdict for one in fields), key=["agree", "doubtful", "differ"].index
    )


@given(PEOPLE)
def test_the_same_attributes_agree(own: FourAttributes) -> None:
    """Anybody's attributes agree with themselves, also where one side has normalised its text."""
    assert compare(own, RegisteredPerson(own))[0] == "agree"
    folded = FourAttributes(
        name=unicodedata.normalize("NFKC", own.name) or own.name,
        address=own.address,
        birth_date=own.birth_date,
        sex=own.sex,
    )
    assert compare(folded, RegisteredPerson(own))[0] == "agree"


@pytest.mark.parametrize("with_number", [True, False])
def test_nobody_and_several_people_look_alike(with_number: bool) -> None:
    """Where nobody fits, the answer is `differ` without a comparison of any field."""
    verdict, fields = no_such_person(with_number)
    assert verdict == "differ"
    assert [one.field for one in fields] == ["number"]
    assert {one.reason for one in fields} <= REASONS


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("officer_failures", OFFICER_FAILURES_PER_HOUR),
        ("institution_failures", INSTITUTION_FAILURES_PER_HOUR),
        ("number_failures", NUMBER_FAILURES_PER_DAY),
        ("institution_acquisitions", INSTITUTION_ACQUISITIONS_PER_HOUR),
    ],
)
def test_each_limit_ends_attempts_by_itself(name: str, limit: int) -> None:
    """One attempt below a limit is allowed, the limit itself is not, whatever the other counts."""
    none = Attempts(0, 0, 0, 0)
    assert within_limits(none)
    assert within_limits(dataclasses.replace(none, **{name: limit - 1}))
    assert not within_limits(dataclasses.replace(none, **{name: limit}))
