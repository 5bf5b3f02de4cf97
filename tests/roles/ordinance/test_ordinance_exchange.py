"""Requests under an ordinance affair, over the running network (法9条2項, 19条9号)."""

import secrets
from typing import Any

import own_case
import pytest
from running import RunningCountry

from renkei.sandbox.desk import at_desk
from renkei.wire.institution.desk import DeskExchange

DAY = "2026-06-30"


async def ask(country: RunningCountry, item: str, **changes: Any) -> DeskExchange:
    """One request of the first city's desk to the second, and how it ended."""
    number = f"O{secrets.token_hex(5)}"
    built = country.country
    facts: dict[str, Any] = {
        "case_number": number,
        "office": "child-support",
        "officer": "officer-3",
        "affair": "o-single-parent-medical",
        "sub_affair": "o-single-parent-medical",
        "items": [item],
        "subject": "claimant",
        "person": built.manifest.persons["parent"]["chofu-city"],
        "provider": "ichikawa-city",
        "consent": True,
    } | changes
    async with at_desk(built, "chofu-city") as desk:
        consent = facts.pop("consent")
        await own_case.ask(desk, DAY if consent else None, **facts)
        case = await desk.case(number)
    assert case.settled
    return case.exchanges[0]


async def test_a_filed_affair_is_answered(country: RunningCountry) -> None:
    """A notified ordinance affair gets both taxes, citing 法19条9号 and the row it is like."""
    one = await ask(country, "local-tax")
    assert one.outcome == "provided"
    assert (one.article, one.row) == ("法第19条第9号", "81")
    assert [item.item for item in one.provided] == ["municipal-tax", "prefectural-tax"]


async def test_tax_needs_consent(country: RunningCountry) -> None:
    """Without the person's consent the city's own rules refuse the tax and cite the rule."""
    one = await ask(country, "local-tax", consent=False)
    assert (one.outcome, one.refused_by, one.reason) == ("refused", "requester", "consent-required")
    assert one.article == "平成28年個人情報保護委員会規則第5号第2条第4項第1号"


async def test_a_provider_that_filed_so_withholds(country: RunningCountry) -> None:
    """The second city filed that it gives resident records to no ordinance affair: `withheld`."""
    one = await ask(country, "resident-record")
    assert (one.outcome, one.refused_by) == ("withheld", "provider")
    assert one.article is not None
    assert one.article.startswith("法第26条")
    assert one.provided == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"affair": "o-never-filed"}, "not-filed"),
        ({"items": ["pension-benefit"]}, "item-not-in-filing"),
        ({"provider": "pension-service"}, "provider-not-in-filing"),
    ],
)
async def test_what_was_not_filed_is_refused(
    country: RunningCountry, changes: dict[str, Any], reason: str
) -> None:
    """An affair, an item or a provider outside the filing is refused with an article."""
    one = await ask(country, "local-tax", **changes)
    assert (one.outcome, one.reason) == ("refused", reason)
    assert one.article is not None


async def test_a_kind_nobody_knows_is_refused_and_told(country: RunningCountry) -> None:
    """A kind of information the law has no name for is refused and the case can be read again."""
    one = await ask(country, "no-such-kind")
    assert (one.outcome, one.refused_by, one.reason) == ("refused", "requester", "not-in-table")
    assert one.provided == []
