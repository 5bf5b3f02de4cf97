"""The one judgement all three parties of an exchange make (照会者・ネットワーク・提供者の共通判断).

A before it asks, the network before it permits, B before it provides: the same facts, the same
function, so that none can be looser than another.
"""

from __future__ import annotations

from datetime import date

import msgspec

from renkei.law.bodies import UnknownNameError
from renkei.law.conditions import Party, network_conditions
from renkei.law.decision import Decision
from renkei.law.provision import ARTICLE, may_ask_item


class ExchangeFacts(msgspec.Struct, frozen=True):
    """What a judgement needs to know; nothing in it says who the person is (判断の事実)."""

    requester: Party
    provider: Party
    affair: str
    sub_affair: str
    items: tuple[str, ...]
    subject: str
    day: date


def judge_exchange(facts: ExchangeFacts) -> Decision:
    """Whether this exchange may happen on its day (法19条8号, 21条2項, 28条, 命令2条と各条).

    The table first, then assessments and technical conditions. Every item must be permitted for
    the subject; the first refusal decides. A name outside the tables is a refusal, not an error.
    """
    if not facts.items:
        return Decision(False, ARTICLE, facts.affair, "item-not-permitted")
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
        return Decision(False, ARTICLE, facts.affair, "not-in-table")
