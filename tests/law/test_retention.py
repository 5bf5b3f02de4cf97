"""Periods of keeping by their articles, and what follows after them (法20条・23条)."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.law.bodies import UnknownNameError
from renkei.law.in_force import last_day
from renkei.law.periods import period
from renkei.law.retention import Kept, Retention, kept_until, retention, retention_rows

DAY = date(2026, 7, 1)
ONE = timedelta(days=1)
RECKONED = [row for row in retention_rows() if row.counting != "not-held"]


def asked(document: str, event: date, day: date = DAY, **more: Any) -> Retention:
    """The answer for a document."""
    return retention(Kept(document=document, event=event, **more), day)


@pytest.mark.parametrize(
    ("event", "until"),
    [
        (date(2019, 7, 1), date(2026, 7, 1)),
        (date(2019, 6, 30), date(2026, 6, 30)),
        (date(2024, 2, 28), date(2031, 2, 28)),
        (date(2024, 2, 29), date(2031, 2, 28)),
        (date(2021, 2, 28), date(2028, 2, 29)),
        (date(2019, 12, 31), date(2026, 12, 31)),
    ],
)
def test_order_30_seven_years_after_the_record(event: date, until: date) -> None:
    """The day of recording is left out; over 29 February and the end of a year."""
    done = asked("exchange-record", event)
    assert done.until == until
    assert done.action == ("keep" if until >= DAY else "delete")


def test_order_30_last_day_and_the_day_after() -> None:
    """The last day is inclusive: then keep with the period's article, after it delete by 法20条."""
    event, last = date(2019, 7, 1), date(2026, 7, 1)
    keep, delete = (asked("exchange-record", event, day) for day in (last, last + ONE))
    assert (keep.action, keep.article) == ("keep", "法第23条・第26条・令第30条")
    assert (delete.action, delete.article) == ("delete", "法第20条")
    assert delete.period_article == "法第23条・第26条・令第30条"


def test_order_30_is_one_number_everywhere() -> None:
    """The network's own period of records is that of this table."""
    row = next(one for one in retention_rows() if one.id == "exchange-record")
    assert row.months == 12 * period("record_retention_years", DAY)


def test_ordinance_85_23_and_39_19_count_differently() -> None:
    """15 years from receipt leave its day out; 15 years counted from it take it in."""
    received = date(2016, 3, 1)
    assert asked("card-application", received).until == date(2031, 3, 1)
    assert asked("card-record-application", received).until == date(2031, 2, 28)
    assert asked("card-record-notice", received).until == date(2026, 2, 28)


def test_resident_order_34_150_years_and_one_year() -> None:
    """A removed record is kept for 150 years, a notification for one."""
    removed = date(2026, 7, 1)
    assert asked("removed-resident-record", removed).until == date(2176, 7, 1)
    assert asked("identification-information", removed).until == date(2176, 6, 30)
    assert asked("resident-papers", date(2025, 6, 30)).action == "delete"
    assert asked("resident-papers", date(2025, 7, 1)).action == "keep"


def test_certificate_order_2_and_3_from_the_last_valid_day() -> None:
    """The issue record is kept ten years after the last valid day, revocations until that day."""
    last = date(2026, 7, 1)
    assert asked("certificate-issue-record", last).until == date(2036, 7, 1)
    assert asked("certificate-revocation", last).until == last
    assert asked("certificate-revocation", last - ONE).action == "delete"


@pytest.mark.parametrize(
    ("event", "until"),
    [
        (date(2025, 8, 31), date(2026, 2, 28)),
        (date(2027, 8, 31), date(2028, 2, 29)),
        (date(2025, 8, 27), date(2026, 2, 27)),
        (date(2025, 8, 28), date(2026, 2, 28)),
        (date(2026, 2, 28), date(2026, 8, 31)),
        (date(2026, 6, 30), date(2026, 12, 31)),
    ],
)
def test_account_rule_4_9_six_months_over_month_ends(event: date, until: date) -> None:
    """A month without the corresponding day ends the period with its last (民法143条2項)."""
    assert asked("receiving-account-confirmation", event).until == until


def test_bank_rule_8_seven_years_or_six_months() -> None:
    """A numbering is kept for seven years, a search after a disaster for six months."""
    event = date(2026, 1, 15)
    assert asked("bank-numbering-confirmation", event).until == date(2033, 1, 15)
    assert asked("bank-search-confirmation", event).until == date(2026, 7, 15)
    assert asked("heir-confirmation", event).until == date(2026, 7, 15)


def test_dependants_declaration_runs_from_10_january() -> None:
    """Seven years from 10 January of the next year, whatever day of the year is given."""
    for event in (date(2018, 1, 1), date(2018, 12, 31)):
        done = asked("dependants-declaration", event)
        assert (done.until, done.basis) == (date(2026, 1, 10), "second-hand")
        assert done.action == "delete"
    assert asked("dependants-declaration", date(2019, 1, 1)).action == "keep"


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("health-and-pension-papers", "start-not-held"),
        ("labour-accident-papers", "start-not-held"),
        ("payment-slip-copy", "no-period-held"),
    ],
)
def test_what_no_text_says_is_not_reckoned(document: str, why: str) -> None:
    """Without a text that says from when or how long there is no day, however old the paper."""
    done = asked(document, date(1990, 1, 1))
    assert (done.action, done.until, done.why) == ("not-held", None, why)


def test_act_20_still_needed_or_no_number() -> None:
    """After the period a paper that an affair needs may stay; one without numbers is no matter."""
    old = date(2000, 1, 1)
    needed = asked("exchange-record", old, still_needed=True)
    assert (needed.action, needed.article) == ("may-keep", "法第20条・第19条")
    without = asked("resident-papers", old, holds_number=False)
    assert (without.action, without.article) == ("period-over", "住基令第34条第4項")
    inside = asked("exchange-record", DAY, holds_number=False)
    assert inside.action == "keep"


def test_a_day_before_the_text_at_hand_is_not_held() -> None:
    """The row of the day asked counts; records are kept by law since numbers exist."""
    assert asked("card-application", DAY, date(2026, 3, 31)).why == "no-text-for-that-day"
    assert asked("exchange-record", date(2016, 1, 1), date(2016, 1, 1)).action == "keep"
    assert asked("exchange-record", DAY, date(2015, 10, 4)).action == "not-held"


def test_an_unknown_document_is_an_error() -> None:
    """The error lists the documents."""
    with pytest.raises(UnknownNameError, match="known are exchange-record"):
        asked("diary", DAY)


def test_every_row_says_where_it_is_from() -> None:
    """A row of the texts cites its article; what was read elsewhere says so."""
    for row in retention_rows():
        assert row.source
        assert row.article or row.basis == "second-hand"
        assert (row.counting == "not-held") == (not row.start_ja)


@given(st.sampled_from(RECKONED), st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_later_events_are_never_over_earlier(row: Any, event: date) -> None:
    """A day later never ends earlier, and the last day is the last to be kept."""
    first, second = kept_until(row, event), kept_until(row, event + ONE)
    assert first is not None
    assert second is not None
    assert first <= second


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(1, 1800))
def test_a_period_begins_and_ends_within_its_months(first: date, months: int) -> None:
    """The day after the last is the corresponding day, or the first of the month after."""
    after = last_day(first, months) + ONE
    there = (first.year * 12 + first.month - 1 + months) - (after.year * 12 + after.month - 1)
    assert (there, after.day) == (0, first.day) or (there, after.day) == (-1, 1)
