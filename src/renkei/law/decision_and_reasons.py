"""What every function of this library returns: allowed or not, by which article, and why (判断).

A refusal is never a bare ``False``: it names the article it rests on and a reason from a closed
list. Technical reasons (suspension, not active) rest on no article, so theirs is ``None``.
"""

from __future__ import annotations

from typing import Final

import msgspec

REASONS: Final[dict[str, str]] = {
    "permitted": "the law allows it",
    "not-in-table": "the table has no living row of that number",
    "requester-not-in-row": "the row does not name this body as one that may ask",
    "provider-not-in-row": "the row does not name this body as one that may be asked",
    "item-not-in-row": "the row does not let this body be asked for this information",
    "sub-affair-not-held": "the article of the row holds no such sub-affair",
    "item-not-permitted": "the article does not list this item for the sub-affair",
    "subject-not-permitted": "the article lists the item, but not about this person",
    "subject-not-meant": "the word means somebody else for the claimant, by the household on file",
    "provider-not-of-item": "the article gives this item by an act that this body does not apply",
    "condition-open": "the article permits it on a condition that nobody stated to be met",
    "condition-not-met": "the article permits it on a condition that the file says is not met",
    "item-level-not-held": "the article's items for this row are not held as data",
    "table-not-held": "the table in force on that day is not held as data",
    "not-proven-for-this-day": "the texts at hand do not prove what the table said on that day",
    "network-not-yet": "the network did not yet exchange information for good on that day",
    "permitted-by-row": "the row allows it; the items of its article are not held as data",
    "not-yet-in-force": "the row or the rule comes into force later",
    "no-longer-in-force": "the row or the rule has ended",
    "not-active": "the institution does not take part in exchange on that day",
    "suspended": "the institution is suspended",
    "procedure-not-of-affair": "the procedure named does not rest on this affair and sub-affair",
    "assessment-missing": "the impact assessment of the file is neither published nor exempt",
    "same-institution": "asker and asked are one institution: that is no network request",
    "use-not-in-table": "the use table has no such row for this body",
    "through-domicile-only": "the registered domicile's municipality has to send the number",
    "not-on-behalf": "a number is sent on for the Minister of Justice alone, by a municipality",
    "ground-not-met": "the facts do not meet this ground of provision",
    "consent-required": "the person's consent is required and missing",
    "not-filed": "the ordinance affair was not filed",
    "not-accepted": "the filing was not accepted or not yet notified",
    "withdrawn": "the filing was withdrawn",
    "filing-incomplete": "the filing lacks what the rule requires",
    "purpose-differs": "the ordinance affair does not serve the statutory affair's purpose",
    "provider-outside-row": "the filing names a provider that the statutory row does not name",
    "item-outside-row": "the filing names information that the statutory row does not give",
    "provider-not-in-filing": "the filing does not name this provider",
    "item-not-in-filing": "the filing does not name this information",
    "withheld": "the provider filed that it withholds this information from ordinance affairs",
    "withholding-not-filed": "the provider filed no withholding that covers this",
}


class Decision(msgspec.Struct, frozen=True):
    """One answer of the law (判断).

    ``article`` is the provision it rests on in short Japanese citation, ``row`` the row of the
    table concerned ("106"), ``reason`` a key of :data:`REASONS`, or
    a word of the wire's list where a body's own rule refuses (`wire/reasons.py`).
    """

    allowed: bool
    article: str | None
    row: str | None
    reason: str

    def __bool__(self) -> bool:
        """Refuse truth testing, so that nobody drops article and reason by accident."""
        raise TypeError("a Decision is not a truth value: read .allowed, .article and .reason")
