"""Leak reports by the boundaries of the Commission's rule (法29条の4, 漏えい規則2条から5条まで)."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.law.bodies import UnknownNameError
from renkei.law.leak_report import LeakDuties, LeakFacts, leak_duties, leak_table

KNOWN = date(2026, 7, 1)


def duties(*, day: date | None = None, **stated: Any) -> LeakDuties:
    """What is owed for an event known on the day, by default a leak about one person elsewhere."""
    facts = {"what": ("leak",), "people": 1, "known": KNOWN} | stated
    return leak_duties(LeakFacts(**facts), day or facts["known"])


def found(**stated: Any) -> list[str]:
    """The articles of the events that are found."""
    return [one.article.removeprefix("漏えい規則第2条") for one in duties(**stated).events]


@pytest.mark.parametrize(
    ("place", "article"),
    [
        ("network", "第1号イ"),
        ("use-system", "第1号ロ"),
        ("public-related-system", "第1号ハ"),
    ],
)
def test_rule_2_1_systems_from_one_person(place: str, article: str) -> None:
    """A leak from one of the systems is reportable for one person; a use from there is not."""
    assert found(place=place) == [article]
    assert found(place=place, what=("use",)) == []
    assert found(place="elsewhere") == []


@pytest.mark.parametrize(
    ("what", "article"),
    [("leak", "第2号イ"), ("use", "第2号ロ"), ("provision", "第2号ハ")],
)
def test_rule_2_2_dishonest_from_one_person(what: str, article: str) -> None:
    """Dishonesty makes each reportable for one person, with 60 days for the final report."""
    assert found(what=(what,), dishonest=True) == [article]
    assert found(what=(what,)) == []
    assert duties(what=(what,), dishonest=True).final_days == 60


def test_rule_2_3_open_to_people_at_large() -> None:
    """Open electronically to anybody: reportable for one person, 30 days."""
    assert found(what=("view",)) == ["第3号"]
    assert duties(what=("view",)).final_days == 30


@pytest.mark.parametrize(
    ("what", "article"),
    [("leak", "第4号イ"), ("use", "第4号ロ"), ("provision", "第4号ハ")],
)
def test_rule_2_4_100_and_101_people(what: str, article: str) -> None:
    """100 people are not more than 100; 101 are."""
    assert found(what=(what,), people=100) == []
    assert found(what=(what,), people=101) == [article]
    assert duties(what=(what,), people=100).report == "nobody"


def test_several_events_at_once() -> None:
    """All that fit are named, and the longest time counts where a dishonest one is among them."""
    facts: dict[str, Any] = {"what": ("leak", "view"), "people": 101, "place": "network"}
    assert found(**facts) == ["第1号イ", "第3号", "第4号イ"]
    assert duties(**facts).final_days == 30
    assert duties(**facts, dishonest=True).final_days == 60


def test_rule_2_1_protected_data_is_no_event() -> None:
    """What is strongly encrypted is outside the whole article."""
    done = duties(protected=True, people=1000, dishonest=True, place="network")
    assert (done.report, done.article, done.why) == (
        "nobody",
        "漏えい規則第2条第1号",
        "protected",
    )
    assert done.final_by is None


@pytest.mark.parametrize(
    ("known", "dishonest", "final_by"),
    [
        (date(2026, 7, 1), False, date(2026, 7, 30)),
        (date(2026, 7, 1), True, date(2026, 8, 29)),
        (date(2027, 1, 31), False, date(2027, 3, 1)),
        (date(2028, 1, 31), False, date(2028, 2, 29)),
        (date(2028, 2, 29), False, date(2028, 3, 29)),
        (date(2027, 12, 31), True, date(2028, 2, 28)),
        (date(2026, 12, 31), True, date(2027, 2, 28)),
    ],
)
def test_rule_3_2_30_and_60_days(known: date, dishonest: bool, final_by: date) -> None:
    """The last day over month ends and 29 February; the later reading is one day after."""
    done = duties(known=known, people=101, dishonest=dishonest)
    assert done.final_by == final_by
    assert done.final_by_later_reading == final_by + timedelta(days=1)


def test_rule_3_2_days_left() -> None:
    """None left on the last day, minus one the day after."""
    last = date(2026, 7, 30)
    left = [duties(people=101, day=last + timedelta(days=n)).days_left for n in (-29, 0, 1)]
    assert left == [29, 0, -1]


def test_rule_3_1_nine_items_and_rule_5_five_of_them() -> None:
    """The Commission gets nine items, the person the 1st, 2nd, 4th, 5th and 9th."""
    done = duties(people=101)
    assert [one.article for one in done.contents] == [
        f"漏えい規則第3条第1項第{number}号" for number in range(1, 10)
    ]
    assert [one.article[-2] for one in done.person_contents] == list("12459")
    assert (done.person, done.person_article) == ("due", "法第29条の4第2項・漏えい規則第5条")


def test_act_29_4_2_substitute_for_the_notice() -> None:
    """Where people cannot be reached and something is done instead, no notice is due."""
    done = duties(people=101, substitute=True)
    assert (done.report, done.person) == ("commission", "substitute")
    assert done.person_article == "法第29条の4第2項ただし書"
    assert done.person_contents == ()


def test_act_29_4_1_contractor_that_told_the_entruster() -> None:
    """It owes no report and no notice to the people; the entruster gets the same nine items."""
    done = duties(people=101, entruster_told=True)
    assert (done.report, done.person, done.final_by) == ("entruster", "not-due", None)
    assert done.article == "法第29条の4第1項ただし書"
    assert len(done.contents) == 9
    assert done.person_contents == ()


def test_what_the_rule_does_not_say_is_not_said() -> None:
    """Days of the first report are no number of the answer but a gap of the rule."""
    done = duties(people=101)
    gaps = {one.id: one for one in done.not_held}
    assert gaps["days-of-the-first-report"].article == "漏えい規則第3条第1項"
    assert "unproven" in gaps["days-of-the-first-report"].en
    assert {"day-one", "holidays", "other-act"} < set(gaps)


def test_a_day_before_the_text_at_hand_is_not_held() -> None:
    """The rule of the day of knowing counts; before the text at hand nothing is said."""
    assert duties(known=date(2026, 3, 31), people=101).report == "not-held"
    assert duties(known=date(2026, 4, 1), people=101).report == "commission"


def test_wrong_facts_are_errors() -> None:
    """An unknown place, nothing that happened, people below 0, a day before the knowing."""
    with pytest.raises(UnknownNameError, match="known are network"):
        duties(place="attic")
    with pytest.raises(ValueError, match="what happened"):
        duties(what=())
    with pytest.raises(ValueError, match="negative"):
        duties(people=-1)
    with pytest.raises(ValueError, match="known after"):
        duties(day=KNOWN - timedelta(days=1))


@given(
    st.sampled_from([one.id for one in leak_table().places]),
    st.sets(st.sampled_from(["leak", "use", "provision", "view"]), min_size=1),
    st.booleans(),
    st.integers(0, 300),
    st.dates(date(2026, 4, 1), date(2100, 1, 1)),
)
def test_more_never_means_less(
    place: str, what: set[str], dishonest: bool, people: int, known: date
) -> None:
    """More people or dishonesty never take a duty away, and every answer has an article."""
    facts: dict[str, Any] = {"place": place, "what": tuple(what), "known": known}
    less = duties(**facts, people=people, dishonest=dishonest)
    more = duties(**facts, people=people + 101, dishonest=True)
    assert {one.id for one in less.events} <= {one.id for one in more.events}
    for one in (less, more):
        assert one.article
        if one.final_by is not None and one.final_days is not None:
            assert (one.final_by - known).days + 1 == one.final_days
