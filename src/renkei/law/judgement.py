"""The one judgement all three parties of an exchange make (照会者・ネットワーク・提供者の共通判断).

A before it asks, the network before it permits, B before it provides: the same facts, the same
function, so that none can be looser than another.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import msgspec

from renkei.law.bodies import UnknownNameError
from renkei.law.conditions import Party, network_conditions
from renkei.law.decision import Decision
from renkei.law.ordinance import Filing, Request, may_ask_by_ordinance
from renkei.law.provision import ARTICLE, may_ask_item

ORDINANCE_PREFIX: Final = "o-"


class ExchangeFacts(msgspec.Struct, frozen=True):
    """What a judgement needs to know; nothing in it says who the person is (判断の事実)."""

    requester: Party
    provider: Party
    affair: str
    sub_affair: str
    items: tuple[str, ...]
    subject: str
    day: date
    consent: bool = False
    """Whether the person's consent is on record; asked for by some ordinance affairs only."""
    filings: tuple[Filing, ...] = ()
    """What the requester has filed, as the directory certifies it (独自利用事務の届出)."""


def is_ordinance(affair: str) -> bool:
    """Whether an affair is one of an ordinance, not a row of the table (法9条2項, 19条9号)."""
    return affair.startswith(ORDINANCE_PREFIX)


def ordinance_request(facts: ExchangeFacts, item: str) -> Request:
    """One item of a request under an ordinance affair; items are kinds of information."""
    return Request(
        institution=facts.requester.institution,
        provider_institution=facts.provider.institution,
        provider=facts.provider.kind,
        item=item,
        consent=facts.consent,
        day=facts.day,
    )


def judge_exchange(facts: ExchangeFacts) -> Decision:
    """Whether this exchange may happen on its day (法19条8号, 21条2項, 28条, 命令2条と各条).

    The table first, then assessments and technical conditions. Every item must be permitted for
    the subject; the first refusal decides. A name outside the tables is a refusal, not an error.
    """
    if not facts.items:
        row = None if is_ordinance(facts.affair) else facts.affair
        return Decision(False, ARTICLE, row, "item-not-permitted")
    basis = None
    for item in facts.items:
        decision = _judge_item(facts, item)
        if not decision.allowed:
            return decision
        basis = basis or decision
    conditions = network_conditions(facts.requester, facts.provider, facts.day)
    if not conditions.allowed or basis is None:
        return conditions
    return basis


def _judge_item(facts: ExchangeFacts, item: str) -> Decision:
    try:
        if is_ordinance(facts.affair):
            filing = next((one for one in facts.filings if one.id == facts.affair), None)
            return may_ask_by_ordinance(filing, ordinance_request(facts, item))
        return may_ask_item(
            facts.requester.kind,
            facts.affair,
            facts.sub_affair,
            facts.provider.kind,
            item,
            subject=facts.subject,
            day=facts.day,
        )
    except UnknownNameError:
        row = None if is_ordinance(facts.affair) else facts.affair
        return Decision(False, ARTICLE, row, "not-in-table")
