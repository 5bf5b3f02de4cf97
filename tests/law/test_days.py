"""The day before and the day of every amendment the tables know (施行日).

Each line is a place that an amending order or act changed; the days are those of the dated
revisions of the law texts.
"""

from datetime import date, timedelta

import pytest

from renkei import law
from renkei.law import tables
from renkei.law.permitted_items_and_persons import conditions_of

# sub-affair, item, subject: in force from this day
BEGINS = [
    ("32-2", "family-register", "applicant", "2024-08-30"),
    ("30-3", "employment-independence-benefit", "guardian", "2024-08-30"),
    ("108-2", "receiving-account", "facility-child", "2024-10-01"),
    ("108-3", "receiving-account", "facility-child", "2024-10-01"),
    ("108-4", "receiving-account", "former-child", "2024-10-01"),
    ("108-5", "receiving-account", "former-facility-child", "2024-10-01"),
    ("67-17", "municipal-tax", "dependant", "2024-12-02"),
    ("157-3", "receiving-account", "expectant-mother", "2025-04-01"),
    ("97-7", "maternal-child-health", "infant", "2025-04-01"),
    ("4-18", "insured-status", "insured-person", "2025-07-28"),
    ("53-2-0", "family-register", "applicant", "2025-07-28"),
    ("78-1", "pension-benefit", "tenant", "2025-07-28"),
    ("83-9", "insured-status", "notifier", "2025-07-28"),
    ("157-1", "pregnancy-notice", "expectant-mother", "2025-07-28"),
    ("14-2-1", "family-register", "applicant", "2025-10-01"),
    ("162-2-1", "family-register", "applicant", "2025-10-01"),
]
# in force until the day before this day
ENDS = [
    ("159-1", "family-register", "applicant", "2025-10-01"),
    ("71-15", "municipal-tax", "notifier", "2026-03-01"),
    ("117-9", "municipal-tax", "household-member", "2026-03-01"),
    ("50-13", "physical-disability-handbook", "taxpayer", "2026-04-01"),
    ("153-1", "public-assistance", "school-cost-bearer", "2026-04-01"),
    ("92-1", "family-register", "deductible-dependant", "2026-06-26"),
    ("143-1", "child-allowance", "livelihood-supporter", "2026-06-26"),
]
# not touched by any amendment: since the table itself
ALWAYS = [
    ("108-1", "municipal-tax", "claimant"),
    ("108-2", "receiving-account", "facility-claimant"),
    ("92-1", "family-register", "applicant"),
    ("143-1", "family-register", "applicant"),
]
START = date(2024, 5, 27)


def allowed(place: str, item: str, subject: str, day: date) -> bool:
    """Whether the first provider of a place may be asked, all conditions stated."""
    sub = tables.sub_affairs()[place]
    row = tables.provision_rows()[sub.row]
    lines = [one for one in sub.items if one.item == item and subject in one.subjects]
    assert lines, (place, item, subject)
    return law.may_ask_item(
        sub.bodies[0] if sub.bodies else row.requesters[0],
        sub.row,
        place,
        lines[0].providers[0],
        item,
        subject=subject,
        day=day,
        stated=conditions_of(sub, lines[0]),
    ).allowed


@pytest.mark.parametrize(("place", "item", "subject", "first"), BEGINS)
def test_refused_the_day_before_and_allowed_on_its_day(
    place: str, item: str, subject: str, first: str
) -> None:
    """What an amendment brought may be asked from its day, and stays."""
    day = date.fromisoformat(first)
    assert not allowed(place, item, subject, day - timedelta(days=1))
    assert allowed(place, item, subject, day)


@pytest.mark.parametrize(("place", "item", "subject", "gone"), ENDS)
def test_allowed_the_day_before_and_refused_on_the_day(
    place: str, item: str, subject: str, gone: str
) -> None:
    """What an amendment took away may be asked until the day before it."""
    day = date.fromisoformat(gone)
    assert allowed(place, item, subject, day - timedelta(days=1))
    assert not allowed(place, item, subject, day)


@pytest.mark.parametrize(("place", "item", "subject"), ALWAYS)
def test_what_no_amendment_touched_stands_since_the_table(
    place: str, item: str, subject: str
) -> None:
    """The first day of the table, every amendment's day, and today."""
    for day in (START, date(2024, 10, 1), date(2025, 4, 1), date(2026, 4, 1), date(2026, 7, 1)):
        assert allowed(place, item, subject, day), day


@pytest.mark.parametrize(
    ("row", "body", "first", "gone"),
    [
        ("23-6", "都道府県知事", "2025-08-16", "2026-06-01"),
        ("8-2", "認定地方公共団体の長", "2025-10-01", None),
        ("130-2", "都道府県知事", "2024-05-27", "2025-10-01"),
        ("117-3", "独立行政法人環境再生保全機構", "2025-12-12", None),
        ("125-2", "社会保険診療報酬支払基金", "2025-12-12", "2026-10-01"),
        ("25-2", "", "2024-05-27", "2026-06-01"),
    ],
)
def test_rows_of_the_use_table_have_their_days(
    row: str, body: str, first: str, gone: str | None
) -> None:
    """A row that began, ended or got another number is refused outside its days."""
    kind = body or tables.use_rows()[row].bodies[0]
    day = date.fromisoformat(first)
    assert not law.may_use(kind, row, day - timedelta(days=1)).allowed
    assert law.may_use(kind, row, day).allowed
    if gone is not None:
        last = date.fromisoformat(gone) - timedelta(days=1)
        assert law.may_use(kind, row, last).allowed
        assert not law.may_use(kind, row, date.fromisoformat(gone)).allowed


def test_every_day_of_a_place_has_its_amending_order() -> None:
    """No place is younger than the table, or ended, without a source that says by what."""
    for sub in tables.sub_affairs().values():
        if sub.valid_from > START or sub.valid_to is not None:
            row = tables.provision_rows()[sub.row]
            assert "令第" in sub.source.partition(";")[2] + row.source.partition(";")[2], sub.id
        for one in sub.items:
            if one.valid_from is not None or one.valid_to is not None:
                assert "令第" in one.source, (sub.id, one.item)
