"""What the directory says about a party, in the law's terms (機関の法的地位).

All three parties of an exchange read the same entry by the same functions.
"""

from datetime import date, timedelta

from renkei.law.judging_exchanges import ExchangeFacts
from renkei.law.ordinance import Filing, Likeness, Source, Status, Withholding
from renkei.law.taking_part import Assessment, Party
from renkei.wire.errors import WireError
from renkei.wire.fields import listed
from renkei.wire.linkage.directory import DirectoryEntry, OrdinanceFiling, OrdinanceWithholding
from renkei.wire.linkage.permit import Permit, PermitRequest


def party_of(entry: DirectoryEntry) -> Party:
    """One side of an exchange as the directory certifies it."""
    until = _day(entry.active_until)
    return Party(
        institution=entry.party,
        kind=entry.kind,
        assessment=Assessment(entry.assessment),
        active_from=date.fromisoformat(entry.active_from),
        active_to=until - timedelta(days=1) if until else None,
        suspended=entry.suspended,
    )


def check_takes_part(entry: DirectoryEntry, day: date) -> None:
    """Raise WireError `not-allowed` for a body that is suspended or not active (停止).

    What may not exchange acquires no codes either: it could use them later, or elsewhere.
    """
    today, until = day.isoformat(), entry.active_until
    active = entry.active_from <= today and (until is None or today < until)
    if entry.suspended or not active:
        raise WireError("not-allowed", "This body is suspended, or takes no part on this day.")


def facts_of(
    terms: PermitRequest | Permit, requester: DirectoryEntry, provider: DirectoryEntry, day: date
) -> ExchangeFacts:
    """The facts of a request or permit as the law wants them (判断の事実)."""
    return ExchangeFacts(
        requester=party_of(requester),
        provider=party_of(provider),
        affair=terms.affair,
        sub_affair=terms.sub_affair,
        items=tuple(terms.items),
        subject=terms.subject,
        day=day,
        consent=terms.consent_digest is not None,
        filings=filings_of(requester),
        procedure=terms.procedure if isinstance(terms, PermitRequest) else None,
        conditions=listed(terms.conditions),
    )


def filings_of(entry: DirectoryEntry) -> tuple[Filing, ...]:
    """What a body has filed; the directory carries what the Commission found in order."""
    return tuple(_filing(entry, one) for one in entry.filings)


def _filing(entry: DirectoryEntry, one: OrdinanceFiling) -> Filing:
    withdrawn = _day(one.withdrawn_on)
    return Filing(
        id=one.affair,
        institution=entry.party,
        body=one.body,
        local_government=one.local_government,
        ordinance=one.ordinance,
        affair=one.title_ja,
        sources=tuple(
            Source(part.row, Likeness(part.likeness), part.provider, tuple(part.items))
            for part in one.sources
        ),
        same_purpose=True,
        similar_content=True,
        filed_on=date.fromisoformat(one.filed_on),
        status=Status.WITHDRAWN if withdrawn else Status.ACCEPTED,
        notified_on=_day(one.notified_on),
        published_on=_day(one.published_on),
        withdrawn_on=withdrawn,
    )


def withholdings_of(entry: DirectoryEntry) -> tuple[Withholding, ...]:
    """What a provider filed not to give to ordinance affairs."""
    return tuple(_withholding(entry, one) for one in entry.withholdings)


def _withholding(entry: DirectoryEntry, one: OrdinanceWithholding) -> Withholding:
    return Withholding(
        institution=entry.party,
        ordinance=one.ordinance,
        items=tuple(one.items),
        rows=tuple(one.rows),
        starts_on=date.fromisoformat(one.starts_on),
        filed_on=date.fromisoformat(one.filed_on),
        notified_on=_day(one.notified_on),
        ends_on=_day(one.ends_on),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
