"""Impact assessments by the boundaries of the Commission's rule (評価規則4条・6条・7条)."""

from datetime import date
from itertools import pairwise

import msgspec
import pytest

from renkei.law.bodies import UnknownNameError
from renkei.law.impact_assessment import (
    HandledFile,
    assessment_due,
    assessment_table,
    incident_counts,
)

DAY = date(2026, 7, 1)
ORDER = ("none", "basic", "key", "all")


def kind(subjects: int, handlers: int = 0, **more: object) -> str:
    """The kind due for a local body on the day."""
    file = HandledFile(**({"body": "local", "subjects": subjects, "handlers": handlers} | more))  # type: ignore[arg-type]
    return assessment_due(file, DAY).kind


def test_rule_4_3_999_and_1000_people() -> None:
    """Fewer than 1,000 people: nothing; from 1,000 the basic items."""
    assert [kind(0), kind(999), kind(1000)] == ["none", "none", "basic"]
    assert kind(999, handlers=500, incident=DAY) == "none"


def test_rule_4_8_9999_and_10000_people() -> None:
    """Below 10,000 neither handlers nor an incident matter; from there either asks key items."""
    assert kind(9999, handlers=500, incident=DAY) == "basic"
    assert kind(10_000, handlers=499) == "basic"
    assert kind(10_000, handlers=500) == "key"
    assert kind(10_000, incident=DAY) == "key"


def test_rule_6_1_99999_and_100000_people() -> None:
    """From 100,000 key items, and all items where handlers or an incident raise it."""
    assert [kind(99_999), kind(99_999, 500)] == ["basic", "key"]
    assert [kind(100_000, 499), kind(100_000, 500)] == ["key", "all"]
    assert kind(100_000, incident=DAY) == "all"


def test_rule_7_1_299999_and_300000_people() -> None:
    """From 300,000 all items whatever else."""
    assert [kind(299_999), kind(299_999, 500), kind(300_000)] == ["key", "all", "all"]


@pytest.mark.parametrize("body", ["national", "local", "linked"])
def test_every_number_has_one_row(body: str) -> None:
    """Rows leave no gap and no overlap, and more people never mean less."""
    numbers = [0, 999, 1000, 9999, 10_000, 99_999, 100_000, 299_999, 300_000, 10**8]
    for raised in (False, True):
        kinds = []
        for number in numbers:
            rows = [
                row
                for row in assessment_table().thresholds
                if row.least <= number
                and (row.most is None or number <= row.most)
                and row.raised in (None, raised)
            ]
            assert len(rows) == 1
            kinds.append(
                assessment_due(
                    HandledFile(body=body, subjects=number, handlers=500 * raised), DAY
                ).kind
            )
        assert all(ORDER.index(one) <= ORDER.index(two) for one, two in pairwise(kinds))


def test_rule_4_8_within_one_year() -> None:
    """The same day a year before counts, the day before it not; the future does not."""
    assert incident_counts(date(2025, 7, 1), DAY)
    assert not incident_counts(date(2025, 6, 30), DAY)
    assert incident_counts(DAY, DAY)
    assert not incident_counts(date(2026, 7, 2), DAY)
    assert not incident_counts(None, DAY)
    assert incident_counts(date(2027, 2, 28), date(2028, 2, 29))
    assert not incident_counts(date(2027, 2, 27), date(2028, 2, 29))


def test_rule_4_exceptions_need_nothing() -> None:
    """Each exempt file is answered with its own 号, whatever the number."""
    found = {
        one.id: assessment_due(
            HandledFile(body="linked", subjects=10**6, handlers=900, exempt=one.id), DAY
        )
        for one in assessment_table().exemptions
    }
    assert {one.kind for one in found.values()} == {"none"}
    assert [one.article for one in found.values()] == [
        "法第28条第1項・評価規則第4条第1号",
        *(f"評価規則第4条第{number}号" for number in (2, 4, 5, 6, 7)),
    ]


def test_act_28_1_binds_no_employer() -> None:
    """Who is none of the bodies of 法2条15項 owes no assessment."""
    due = assessment_due(HandledFile(body="outside", subjects=10**6, handlers=900), DAY)
    assert (due.kind, due.article, due.why) == ("none", "法第28条第1項", "body-not-bound")


def steps(body: str, subjects: int) -> list[str]:
    """What the kind due asks, by ids."""
    due = assessment_due(HandledFile(body=body, subjects=subjects, handlers=0), DAY)
    return [one.id for one in due.steps]


def test_act_28_2_approval_is_the_national_way() -> None:
    """A national body needs approval, a local one a third-party check (評価規則7条4項)."""
    national, local = steps("national", 300_000), steps("local", 300_000)
    assert "approval" in national
    assert "third-party-check" not in national
    assert "third-party-check" in local
    assert "approval" not in local
    assert "opinions" in national
    assert "opinions" in local
    assert national.count("yearly-review") == local.count("yearly-review") == 1


def test_only_all_items_ask_for_opinions() -> None:
    """Basic and key items are submitted and published, and no more."""
    for subjects in (1000, 100_000):
        assert not {"opinions", "approval", "third-party-check"} & set(steps("local", subjects))
    assert "key-submitted" in steps("local", 100_000)
    assert "key-submitted" not in steps("local", 1000)
    assert "key-submitted" not in steps("local", 300_000)


@pytest.mark.parametrize(
    ("body", "published", "subjects", "article"),
    [
        ("local", "basic", 100_000, "評価規則第6条第2項"),
        ("local", "key", 300_000, "評価規則第7条第2項"),
        ("national", "basic", 300_000, "評価規則第8条"),
        ("local", "all", 1000, None),
        ("local", "basic", 1000, None),
        ("local", None, 300_000, None),
    ],
)
def test_a_higher_kind_comes_due(
    body: str, published: str | None, subjects: int, article: str | None
) -> None:
    """What is published no longer suffices when numbers grow; more than needed always does."""
    file = HandledFile(body=body, subjects=subjects, handlers=0, published_kind=published)  # type: ignore[arg-type]
    assert assessment_due(file, DAY).anew == article


def test_rule_14_review_after_a_year() -> None:
    """The review is due a year after publication; of 29 February on 28 February."""
    file = HandledFile(body="local", subjects=1000, handlers=0, published=date(2028, 2, 29))
    assert assessment_due(file, date(2028, 3, 1)).review_by == date(2029, 2, 28)


def test_rule_15_names_no_number_of_years() -> None:
    """How often to assess again is the guideline's: it is said not to be held."""
    due = assessment_due(HandledFile(body="local", subjects=1000, handlers=0), DAY)
    assert "評価規則第15条" in [one.article for one in due.not_held]


def test_act_28_1_names_no_days_for_opinions() -> None:
    """How long opinions are taken is a gap of the kind that takes them, and of no other."""
    gaps = {
        subjects: [
            one.id
            for one in assessment_due(
                HandledFile(body="local", subjects=subjects, handlers=0), DAY
            ).not_held
        ]
        for subjects in (1000, 300_000)
    }
    assert "days-for-opinions" in gaps[300_000]
    assert "days-for-opinions" not in gaps[1000]


def test_a_day_before_the_text_at_hand_is_not_held() -> None:
    """The table answers from the day of the text at hand and not before."""
    file = HandledFile(body="local", subjects=10**6, handlers=0)
    assert assessment_due(file, date(2026, 3, 31)).kind == "not-held"
    assert assessment_due(file, date(2026, 4, 1)).kind == "all"


@pytest.mark.parametrize("wrong", [{"body": "village"}, {"exempt": "small"}])
def test_unknown_names_are_errors(wrong: dict[str, str]) -> None:
    """A name of no table is an error that lists the names."""
    file = msgspec.structs.replace(HandledFile(body="local", subjects=1, handlers=1), **wrong)
    with pytest.raises(UnknownNameError, match="known are"):
        assessment_due(file, DAY)


def test_numbers_below_nought_are_errors() -> None:
    """Nobody counts fewer than no people."""
    with pytest.raises(ValueError, match="negative"):
        assessment_due(HandledFile(body="local", subjects=-1, handlers=0), DAY)
