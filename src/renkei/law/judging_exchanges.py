"""The one judgement all three parties of an exchange make (照会者・ネットワーク・提供者の共通判断).

A before it asks, the network before it permits, B before it provides: the same facts, the same
function, so that none can be looser than another.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import msgspec

from renkei.law import tables
from renkei.law.bodies import UnknownNameError
from renkei.law.decision_and_reasons import Decision
from renkei.law.ordinance import Filing, Request, Withholding, may_ask_by_ordinance, withholds
from renkei.law.permitted_items_and_persons import cited_together, may_ask_item
from renkei.law.procedures import rests_on
from renkei.law.taking_part import Party, network_conditions
from renkei.law.who_may_ask import ARTICLE

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
    procedure: str | None = None
    """The procedure a desk picked, if it picked one; ordinance affairs have none."""
    conditions: tuple[str, ...] = ()
    """What the requester stated to be met of the limits of the text (限定についての申立て)."""


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
    the subject; the first refusal decides. A permission cites every item's place. A name outside
    the tables is a refusal, not an error.
    A procedure that is named must rest on the affair: else a person would be told of another one.
    A condition that is stated must be one of the table, whether or not an item here wants it.
    """
    if facts.procedure is not None and not rests_on(
        facts.procedure, facts.affair, facts.sub_affair, facts.day
    ):
        return Decision(False, None, None, "procedure-not-of-affair")
    row = None if is_ordinance(facts.affair) else facts.affair
    if not tables.conditions().keys() >= set(facts.conditions):
        return Decision(False, ARTICLE, row, "not-in-table")
    if not facts.items:
        return Decision(False, ARTICLE, row, "item-not-permitted")
    permitted = []
    for item in facts.items:
        decision = _judge_item(facts, item)
        if not decision.allowed:
            return decision
        permitted.append(decision)
    conditions = network_conditions(facts.requester, facts.provider, facts.day)
    if not conditions.allowed:
        return conditions
    articles = cited_together([one.article or "" for one in permitted])
    return Decision(True, articles, permitted[0].row, permitted[0].reason)


def _judge_item(facts: ExchangeFacts, item: str) -> Decision:
    try:
        if is_ordinance(facts.affair):
            filing = next((one for one in facts.filings if one.id == facts.affair), None)
            return may_ask_by_ordinance(filing, ordinance_request(facts, item))
        decision = may_ask_item(
            facts.requester.kind,
            facts.affair,
            facts.sub_affair,
            facts.provider.kind,
            item,
            subject=facts.subject,
            day=facts.day,
            stated=facts.conditions,
        )
        if decision.reason == "permitted-by-row":  # an exchange needs row and article
            return Decision(False, decision.article, decision.row, "item-level-not-held")
        return decision
    except UnknownNameError:
        row = None if is_ordinance(facts.affair) else facts.affair
        return Decision(False, ARTICLE, row, "not-in-table")


def withheld(facts: ExchangeFacts, withholdings: tuple[Withholding, ...]) -> Decision | None:
    """The filing by which the provider gives an ordinance affair one of its items not (法26条).

    Each item is measured by the row of its own source in the filing; None where all may be given.
    """
    for item in facts.items:
        own = judge_exchange(msgspec.structs.replace(facts, items=(item,)))
        if own.row is None:
            continue
        found = withholds(ordinance_request(facts, item), own.row, withholdings)
        if found.allowed:
            return found
    return None
