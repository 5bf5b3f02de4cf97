"""What must hold beside the table."""

from datetime import date

import msgspec
import pytest

from renkei import law
from renkei.law import tables, taking_part

DAY = date(2026, 4, 1)
CITY = law.Party("city-a", "municipality-mayor", law.Assessment.PUBLISHED)
OTHER = law.Party("city-b", "municipality-mayor", law.Assessment.EXEMPT)


def test_published_or_exempt_on_both_sides_is_enough() -> None:
    """A published and an exempt file may exchange (法21条2項)."""
    assert law.network_conditions(CITY, OTHER, DAY) == law.Decision(
        True, "法第21条第2項", None, "permitted"
    )


@pytest.mark.parametrize("side", [0, 1])
def test_a_missing_assessment_on_either_side_is_a_ground_of_law(side: int) -> None:
    """Neither asker nor asked may lack the assessment; the refusal cites the Act."""
    parties = [CITY, OTHER]
    parties[side] = msgspec.structs.replace(parties[side], assessment=law.Assessment.MISSING)
    decision = law.network_conditions(parties[0], parties[1], DAY)
    assert decision == law.Decision(
        False, taking_part.ASSESSMENT_ARTICLE, None, "assessment-missing"
    )


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"suspended": True}, "suspended"),
        ({"active_from": date(2026, 4, 2)}, "not-active"),
        ({"active_to": date(2026, 3, 31)}, "not-active"),
    ],
)
def test_technical_bars_have_no_article(side: int, change: dict[str, object], reason: str) -> None:
    """Suspension and inactivity refuse without citing any article."""
    parties = [CITY, OTHER]
    parties[side] = msgspec.structs.replace(parties[side], **change)
    decision = law.network_conditions(parties[0], parties[1], DAY)
    assert decision == law.Decision(False, None, None, reason)


def test_the_days_an_institution_is_active_are_inclusive() -> None:
    """First and last day of activity both count."""
    party = msgspec.structs.replace(CITY, active_from=DAY, active_to=DAY)
    assert law.network_conditions(party, OTHER, DAY).allowed


def test_the_pension_service_was_barred_until_a_date_that_is_data() -> None:
    """The bar of the supplementary provision ends where the table says, by article."""
    service = law.Party("jps", "pension-service", law.Assessment.PUBLISHED)
    starts = tables.kinds()["pension-service"].active_from
    assert starts == date(2017, 12, 1)
    barred = law.network_conditions(CITY, service, date(2017, 11, 30))
    assert barred == law.Decision(False, "法附則第3条の2第2項", None, "not-yet-in-force")
    assert law.network_conditions(CITY, service, starts).allowed


def test_one_institution_cannot_ask_itself() -> None:
    """Own data is no network request."""
    assert law.network_conditions(CITY, CITY, DAY).reason == "same-institution"
