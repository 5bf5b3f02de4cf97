"""Affairs set by ordinance: filing, asking, withholding. All bodies here are made up."""

from datetime import date

import msgspec
import pytest

from renkei import law
from renkei.law import ordinance
from renkei.law.judging_exchanges import ExchangeFacts, judge_exchange, withheld
from renkei.law.ordinance import Likeness, Request, Source, Status

FILED = date(2026, 4, 1)
DAY = date(2026, 6, 1)
FILING = law.Filing(
    id="f-1",
    institution="city-a",
    body="municipality-mayor",
    local_government="架空市",
    ordinance="架空市個人番号利用条例",
    affair="ひとり親家庭医療費の助成",
    sources=(
        Source("81", Likeness.BASE, "市町村長", ("地方税関係情報", "住民票関係情報")),
        Source("81", Likeness.BASE, "法務大臣", ("戸籍関係情報",)),
    ),
    same_purpose=True,
    similar_content=True,
    filed_on=FILED,
)
ASK = Request(
    institution="city-a",
    provider_institution="city-b",
    provider="市町村長",
    item="住民票関係情報",
    consent=False,
    day=DAY,
)


def accepted() -> law.Filing:
    """The made-up filing, accepted and published."""
    return ordinance.publish(ordinance.accept(FILING, date(2026, 5, 1)), date(2026, 5, 2))


def test_a_filing_goes_from_filed_to_published() -> None:
    """Acceptance and publication keep their dates, in that order."""
    filing = accepted()
    assert filing.status is Status.ACCEPTED
    assert (filing.notified_on, filing.published_on) == (date(2026, 5, 1), date(2026, 5, 2))
    with pytest.raises(ordinance.FilingStepError, match="accept first"):
        ordinance.publish(FILING, DAY)
    with pytest.raises(ordinance.FilingStepError, match="before it was filed"):
        ordinance.accept(FILING, date(2026, 3, 31))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"same_purpose": False}, "purpose-differs"),
        ({"similar_content": False}, "purpose-differs"),
        ({"ordinance": " "}, "filing-incomplete"),
        ({"sources": ()}, "filing-incomplete"),
        ({"body": "minister-of-justice"}, "filing-incomplete"),
        (
            {"sources": (Source("81", Likeness.BASE, "国税庁長官", ("戸籍関係情報",)),)},
            "provider-outside-row",
        ),
        (
            {"sources": (Source("81", Likeness.BASE, "法務大臣", ("地方税関係情報",)),)},
            "item-outside-row",
        ),
        (
            {"sources": (Source("81", Likeness.SERVICE, "法務大臣", ("戸籍関係情報",)),)},
            "filing-incomplete",
        ),
    ],
)
def test_a_filing_outside_the_rule_is_not_accepted(change: dict[str, object], reason: str) -> None:
    """Purpose, form, providers and information are each checked, with article and reason."""
    filing = msgspec.structs.replace(FILING, **change)
    finding = ordinance.check(filing, DAY)
    assert (finding.allowed, finding.reason) == (False, reason)
    assert finding.article
    with pytest.raises(ordinance.FilingStepError, match=reason):
        ordinance.accept(filing, DAY)


def test_a_request_needs_an_accepted_filing_of_its_own_body() -> None:
    """Unfiled, foreign, not yet accepted: each is refused with its own reason."""
    assert law.may_ask_by_ordinance(accepted(), ASK).allowed
    assert law.may_ask_by_ordinance(None, ASK).reason == "not-filed"
    foreign = msgspec.structs.replace(ASK, institution="city-c")
    assert law.may_ask_by_ordinance(accepted(), foreign).reason == "not-filed"
    assert law.may_ask_by_ordinance(FILING, ASK).reason == "not-accepted"
    early = msgspec.structs.replace(ASK, day=date(2026, 4, 30))
    assert law.may_ask_by_ordinance(accepted(), early).reason == "not-accepted"


def test_local_tax_needs_the_persons_consent() -> None:
    """Without consent local tax is refused by the Commission's rule; with it, allowed."""
    ask = msgspec.structs.replace(ASK, item="地方税関係情報")
    assert law.may_ask_by_ordinance(accepted(), ask) == law.Decision(
        False, ordinance.CONSENT_ARTICLE, "81", "consent-required"
    )
    agreed = msgspec.structs.replace(ask, consent=True)
    assert law.may_ask_by_ordinance(accepted(), agreed) == law.Decision(
        True, "法第19条第9号", "81", "permitted"
    )


def test_only_what_was_filed_may_be_asked() -> None:
    """A provider or information the row has but the filing lacks is refused."""
    provider = msgspec.structs.replace(ASK, provider="内閣総理大臣")
    assert law.may_ask_by_ordinance(accepted(), provider).reason == "provider-not-in-filing"
    item = msgspec.structs.replace(ASK, provider="法務大臣")
    assert law.may_ask_by_ordinance(accepted(), item).reason == "item-not-in-filing"


def test_a_changed_filing_has_to_be_accepted_anew() -> None:
    """After a change nothing may be asked until the Commission notified again."""
    wider = msgspec.structs.replace(FILING, affair="ひとり親家庭等医療費の助成")
    changed = ordinance.change(accepted(), wider, DAY)
    assert (changed.status, changed.notified_on) == (Status.FILED, None)
    assert law.may_ask_by_ordinance(changed, ASK).reason == "not-accepted"
    with pytest.raises(ordinance.FilingStepError, match="keeps id"):
        ordinance.change(FILING, msgspec.structs.replace(wider, institution="x"), DAY)


def test_a_withdrawn_filing_allows_nothing_from_its_day() -> None:
    """The day before withdrawal still stands, the day itself does not; no way back."""
    gone = ordinance.withdraw(accepted(), DAY)
    assert law.may_ask_by_ordinance(gone, ASK).reason == "withdrawn"
    before = msgspec.structs.replace(ASK, day=date(2026, 5, 31))
    assert law.may_ask_by_ordinance(gone, before).allowed
    with pytest.raises(ordinance.FilingStepError):
        ordinance.change(gone, FILING, DAY)
    with pytest.raises(ordinance.FilingStepError):
        ordinance.withdraw(gone, DAY)


WITHHOLDING = law.Withholding(
    institution="city-b",
    ordinance="架空町提供範囲限定条例",
    items=("住民票関係情報",),
    rows=("81",),
    starts_on=date(2026, 4, 1),
    filed_on=date(2025, 3, 31),
    notified_on=date(2025, 5, 1),
)


def test_only_a_body_that_filed_in_time_may_withhold() -> None:
    """Withheld is an answer for what was filed, by who filed it, and for nothing else."""
    may = law.withholds(ASK, "81", (WITHHOLDING,))
    assert (may.allowed, may.reason) == (True, "withheld")
    assert may.article == ordinance.WITHHOLDING_ARTICLE
    for change in (
        {"institution": "city-c"},
        {"items": ("地方税関係情報",)},
        {"rows": ("42",)},
        {"notified_on": None},
        {"ends_on": date(2026, 5, 31)},
        {"starts_on": date(2026, 6, 2)},
    ):
        other = msgspec.structs.replace(WITHHOLDING, **change)
        refused = law.withholds(ASK, "81", (other,))
        assert (refused.allowed, refused.reason) == (False, "withholding-not-filed")


@pytest.mark.parametrize(
    ("starts", "filed", "in_time"),
    [
        (date(2026, 4, 1), date(2025, 3, 31), True),
        (date(2026, 4, 1), date(2025, 4, 1), False),
        (date(2027, 3, 31), date(2025, 3, 31), True),
        (date(2027, 3, 31), date(2025, 4, 1), False),
    ],
)
def test_withholding_is_filed_two_fiscal_years_ahead(
    starts: date, filed: date, in_time: bool
) -> None:
    """The last day is the end of the fiscal year before the previous one."""
    one = msgspec.structs.replace(WITHHOLDING, starts_on=starts, filed_on=filed)
    assert ordinance.withholding_in_time(one) is in_time


@pytest.mark.parametrize(
    ("items", "is_withheld"),
    [
        (("local-tax",), False),
        (("resident-record",), True),
        (("local-tax", "resident-record"), True),
        (("resident-record", "local-tax"), True),
    ],
)
def test_a_withholding_is_measured_by_each_items_own_row(
    items: tuple[str, ...], is_withheld: bool
) -> None:
    """A filing may rest on several rows; the order of a request's items opens none of them."""
    sources = (
        Source("81", Likeness.BASE, "municipality-mayor", ("local-tax",)),
        Source("1", Likeness.BASE, "municipality-mayor", ("resident-record",)),
    )
    filing = msgspec.structs.replace(accepted(), id="o-f-1", sources=sources)
    facts = ExchangeFacts(
        requester=law.Party("city-a", "municipality-mayor", law.Assessment.PUBLISHED),
        provider=law.Party("city-b", "municipality-mayor", law.Assessment.PUBLISHED),
        affair="o-f-1",
        sub_affair="o-f-1",
        items=items,
        subject="claimant",
        day=DAY,
        consent=True,
        filings=(filing,),
    )
    assert judge_exchange(facts).allowed
    kept = msgspec.structs.replace(WITHHOLDING, rows=("1",))
    assert (withheld(facts, (kept,)) is not None) == is_withheld
