"""What must hold beside the table before a permit may be given (法21条2項, 28条; technical bars).

Only the impact assessment is a ground of law. Whether an institution takes part on that day and
whether it is suspended are technical: those refusals have no article.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from renkei.law import tables
from renkei.law.bodies import body
from renkei.law.decision_and_reasons import Decision


class Assessment(StrEnum):
    """State of the impact assessment of the file concerned (特定個人情報保護評価, 法28条)."""

    PUBLISHED = "published"
    EXEMPT = "exempt"
    MISSING = "missing"


class Party(msgspec.Struct, frozen=True):
    """What the directory says about one side of an exchange (情報照会者・情報提供者)."""

    institution: str
    kind: str
    assessment: Assessment
    active_from: date | None = None
    active_to: date | None = None
    suspended: bool = False


ASSESSMENT_ARTICLE = "法第21条第2項・第28条"
PERMITTED_ARTICLE = "法第21条第2項"


def network_conditions(requester: Party, provider: Party, day: date) -> Decision:
    """Whether both sides may take part in an exchange on `day` (法21条2項, 28条).

    Checked in the order: two institutions, both active, neither suspended, both files assessed.
    """
    if requester.institution == provider.institution:
        return Decision(False, None, None, "same-institution")
    for party in (requester, provider):
        kind = tables.kinds()[body(party.kind)]
        if kind.active_from is not None and day < kind.active_from:
            return Decision(False, kind.active_source, None, "not-yet-in-force")
        if party.active_from is not None and day < party.active_from:
            return Decision(False, None, None, "not-active")
        if party.active_to is not None and day > party.active_to:
            return Decision(False, None, None, "not-active")
        if party.suspended:
            return Decision(False, None, None, "suspended")
    for party in (requester, provider):
        if party.assessment is Assessment.MISSING:
            return Decision(False, ASSESSMENT_ARTICLE, None, "assessment-missing")
    return Decision(True, PERMITTED_ARTICLE, None, "permitted")
