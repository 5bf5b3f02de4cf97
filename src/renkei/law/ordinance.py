"""Affairs local governments add by ordinance and ask for by network (独自利用事務, 法9条2項).

The rule is 法19条9号 with two rules of the Commission: 平成28年規則5号 (what may be filed and
asked) and 平成28年規則6号 (who may withhold). Everything here is a function over filings given as
facts; who keeps them, and the Commission's desk, are elsewhere.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from renkei.law.bodies import body, category, narrower_bodies, narrower_categories
from renkei.law.decision_and_reasons import Decision
from renkei.law.who_may_ask import row_gives

ARTICLE: Final = "法第19条第9号"
PURPOSE_ARTICLE: Final = "平成28年個人情報保護委員会規則第5号第2条第1項"
PROVIDER_ARTICLE: Final = "平成28年個人情報保護委員会規則第5号第2条第3項"
ITEM_ARTICLE: Final = "平成28年個人情報保護委員会規則第5号第2条第4項"
CONSENT_ARTICLE: Final = "平成28年個人情報保護委員会規則第5号第2条第4項第1号"
FILING_ARTICLE: Final = "平成28年個人情報保護委員会規則第5号第3条第1項"
NOTICE_ARTICLE: Final = "平成28年個人情報保護委員会規則第5号第3条第3項"
WITHDRAWAL_ARTICLE: Final = "平成28年個人情報保護委員会規則第5号第4条"
WITHHOLDING_ARTICLE: Final = "法第26条・平成28年個人情報保護委員会規則第6号第2条"
TAX: Final = "local-tax"
MOST_ENTRIES: Final = 200
FILING_BODIES: Final = frozenset(
    {
        "municipality-mayor",
        "special-ward-mayor",
        "city-mayor",
        "prefecture-governor",
        "prefecture-education-board",
        "municipality-education-board",
    }
)


class Likeness(StrEnum):
    """Why a statutory row counts for an ordinance affair (規則5号2条1項・3項各号)."""

    BASE = "base"  # the statutory affair whose purpose the ordinance affair shares
    EXPENSE = "expense"  # similar expenses lent or paid
    GOODS = "goods"  # similar goods lent or paid
    SERVICE = "service"  # similar services


class Status(StrEnum):
    """Where a filing stands (届出の状態)."""

    FILED = "filed"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


class Source(msgspec.Struct, frozen=True):
    """Information wanted from one kind of provider under one statutory row (規則5号3条1項3号)."""

    row: str
    likeness: Likeness
    provider: str
    items: tuple[str, ...]


class Filing(msgspec.Struct, frozen=True, kw_only=True):
    """One ordinance affair as filed, with its dates (届出, 規則5号3条).

    `same_purpose` and `similar_content` are findings of the Commission's desk, given as facts.
    """

    id: str
    institution: str
    body: str
    local_government: str
    ordinance: str
    affair: str
    sources: tuple[Source, ...]
    same_purpose: bool
    similar_content: bool
    filed_on: date
    status: Status = Status.FILED
    notified_on: date | None = None
    published_on: date | None = None
    withdrawn_on: date | None = None


class Withholding(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider filed not to give to ordinance affairs (限定機関の申出, 規則6号2条).

    Empty `rows` means affairs like any statutory row.
    """

    institution: str
    ordinance: str
    items: tuple[str, ...]
    rows: tuple[str, ...]
    starts_on: date
    filed_on: date
    notified_on: date | None = None
    ends_on: date | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request under an ordinance affair (条例事務関係情報照会者の求め)."""

    institution: str
    provider_institution: str
    provider: str
    item: str
    consent: bool
    day: date


class FilingStepError(ValueError):
    """The step does not fit where the filing stands; the message says what is missing."""


def check(filing: Filing, day: date) -> Decision:
    """Whether a filing fulfils what the Commission's rule asks (規則5号2条・3条).

    Form first, then purpose, then every provider and all information inside the statutory rows.
    """
    names = (filing.institution, filing.local_government, filing.ordinance, filing.affair)
    if not all(name.strip() for name in names) or not filing.sources:
        return Decision(False, FILING_ARTICLE, None, "filing-incomplete")
    if len(filing.sources) > MOST_ENTRIES or not all(one.items for one in filing.sources):
        return Decision(False, FILING_ARTICLE, None, "filing-incomplete")
    if body(filing.body) not in FILING_BODIES:
        return Decision(False, FILING_ARTICLE, None, "filing-incomplete")
    if not any(one.likeness is Likeness.BASE for one in filing.sources):
        return Decision(False, FILING_ARTICLE, None, "filing-incomplete")
    base = next(one.row for one in filing.sources if one.likeness is Likeness.BASE)
    if not (filing.same_purpose and filing.similar_content):
        return Decision(False, PURPOSE_ARTICLE, base, "purpose-differs")
    for source in filing.sources:
        for item in source.items:
            inside = row_gives(source.row, source.provider, item, day)
            if inside.allowed:
                continue
            if inside.reason == "provider-not-in-row":
                return Decision(False, PROVIDER_ARTICLE, source.row, "provider-outside-row")
            if inside.reason == "item-not-in-row":
                return Decision(False, ITEM_ARTICLE, source.row, "item-outside-row")
            return inside
    return Decision(True, ARTICLE, base, "permitted")


def accept(filing: Filing, day: date) -> Filing:
    """The filing after the Commission notified the Prime Minister on `day` (規則5号3条3項)."""
    if filing.status is not Status.FILED:
        raise FilingStepError(f"only a filed affair can be accepted; this one is {filing.status}")
    if day < filing.filed_on:
        raise FilingStepError(f"accepted on {day}, before it was filed on {filing.filed_on}")
    finding = check(filing, day)
    if not finding.allowed:
        raise FilingStepError(f"the filing does not fulfil {finding.article}: {finding.reason}")
    return msgspec.structs.replace(filing, status=Status.ACCEPTED, notified_on=day)


def publish(filing: Filing, day: date) -> Filing:
    """The filing after its publication on `day` (規則5号3条4項)."""
    if filing.status is not Status.ACCEPTED or filing.notified_on is None:
        raise FilingStepError("publication follows the notice to the Prime Minister: accept first")
    if day < filing.notified_on:
        raise FilingStepError(f"published on {day}, before the notice of {filing.notified_on}")
    return msgspec.structs.replace(filing, published_on=day)


def change(filing: Filing, changed: Filing, day: date) -> Filing:
    """The filing after a change is filed: it has to be accepted anew (規則5号3条5項・6項).

    Identity and filing body cannot change; that is a withdrawal and a new filing.
    """
    if filing.status is Status.WITHDRAWN:
        raise FilingStepError("a withdrawn filing cannot change: file anew")
    if (filing.id, filing.institution) != (changed.id, changed.institution):
        raise FilingStepError("a change keeps id and institution: withdraw and file anew")
    return msgspec.structs.replace(
        changed, status=Status.FILED, filed_on=day, notified_on=None, published_on=None
    )


def withdraw(filing: Filing, day: date) -> Filing:
    """The filing after its body gave up asking (規則5号4条)."""
    if filing.status is Status.WITHDRAWN:
        raise FilingStepError(f"already withdrawn on {filing.withdrawn_on}")
    return msgspec.structs.replace(filing, status=Status.WITHDRAWN, withdrawn_on=day)


def may_ask_by_ordinance(filing: Filing | None, request: Request) -> Decision:
    """Whether a request stands under a filed ordinance affair (法19条9号, 規則5号2条).

    Withholding is the provider's answer, not the asker's bar: see `withholds`.
    """
    if filing is None or filing.institution != request.institution:
        return Decision(False, FILING_ARTICLE, None, "not-filed")
    base = next((one.row for one in filing.sources if one.likeness is Likeness.BASE), None)
    if filing.withdrawn_on is not None and request.day >= filing.withdrawn_on:
        return Decision(False, WITHDRAWAL_ARTICLE, base, "withdrawn")
    if filing.notified_on is None or request.day < filing.notified_on:
        return Decision(False, NOTICE_ARTICLE, base, "not-accepted")
    asked, wanted = body(request.provider), category(request.item)
    named = [one for one in filing.sources if asked in narrower_bodies(body(one.provider))]
    if not named:
        return Decision(False, PROVIDER_ARTICLE, base, "provider-not-in-filing")
    source = next((one for one in named if wanted in map(category, one.items)), None)
    if source is None:
        return Decision(False, ITEM_ARTICLE, named[0].row, "item-not-in-filing")
    inside = row_gives(source.row, asked, wanted, request.day)
    if not inside.allowed:
        return inside
    if wanted in narrower_categories(TAX) and not request.consent:
        return Decision(False, CONSENT_ARTICLE, source.row, "consent-required")
    return Decision(True, ARTICLE, source.row, "permitted")


def withholding_in_time(withholding: Withholding) -> bool:
    """Whether it was filed by the end of the fiscal year before the previous one (規則6号2条1項).

    Fiscal years begin on 1 April: for an ordinance in force within fiscal year Y the last day is
    31 March of the calendar year Y − 1.
    """
    start = withholding.starts_on
    fiscal_year = start.year if start.month >= 4 else start.year - 1
    return withholding.filed_on <= date(fiscal_year - 1, 3, 31)


def withholds(request: Request, row: str, withholdings: tuple[Withholding, ...]) -> Decision:
    """Whether the provider may answer `withheld` (法26条による22条1項ただし書, 規則6号2条).

    Allowed means: it may withhold. `row` is the statutory row the ordinance affair is like.
    """
    wanted = category(request.item)
    for one in withholdings:
        covered = {c for item in one.items for c in narrower_categories(category(item))}
        if (
            one.institution == request.provider_institution
            and wanted in covered
            and (not one.rows or row in one.rows)
            and one.notified_on is not None
            and max(one.starts_on, one.notified_on) <= request.day
            and (one.ends_on is None or request.day <= one.ends_on)
            and withholding_in_time(one)
        ):
            return Decision(True, WITHHOLDING_ARTICLE, row, "withheld")
    return Decision(False, WITHHOLDING_ARTICLE, row, "withholding-not-filed")
