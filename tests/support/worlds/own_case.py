"""A question by hand with a case of its own, opened for whoever it is about (案件と照会)."""

from collections.abc import Awaitable, Callable
from typing import Any

from renkei.clients.desk import Desk
from renkei.wire.fields import Message
from renkei.wire.institution.desk import DeskAsk, DeskCase, DeskConsent, DeskOpen

SAME = ("office", "officer", "affair", "sub_affair", "person")


def opening(facts: dict[str, Any]) -> dict[str, Any]:
    """What a desk sends to open the case of a question."""
    return {name: facts[name] for name in SAME} | {"case_number": f"{facts['case_number']}-of"}


def consenting(facts: dict[str, Any], day: str) -> dict[str, Any]:
    """What a desk sends to have the consent for a question kept with its case."""
    held = {name: facts[name] for name in ("officer", "person", "affair", "items")}
    number = f"{facts['case_number']}-of"
    document = "a synthetic consent"
    return held | {"case_number": number, "given_on": day, "form": "paper", "document": document}


async def ask(desk: Desk, day: str | None = None, **facts: Any) -> DeskCase:
    """Open the case, keep a consent of that day where one is given, and ask."""
    case = await desk.open(**opening(facts))
    if day is not None:
        kept = await desk.consent(**consenting(facts, day))
        facts["consent_digest"] = kept.consent_digest
    return await desk.ask(in_case=case.case_number, **facts)


Say = Callable[..., Awaitable[Any]]
"""Says a message at an institution's desk: institution, kind of message, its facts."""


async def with_its_case(
    say: Say, institution: str, message: type[Message], facts: dict[str, Any]
) -> dict[str, Any]:
    """The facts of a message; a question that names no case gets one first."""
    if message is not DeskAsk or "in_case" in facts:
        return facts
    case = await say(institution, DeskOpen, **opening(facts))
    return facts | {"in_case": case.case_number}


async def consented(say: Say, institution: str, day: str, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts of a question, with a case that keeps a consent to it."""
    facts = await with_its_case(say, institution, DeskAsk, facts)
    kept = await say(institution, DeskConsent, **consenting(facts, day))
    return facts | {"consent_digest": kept.consent_digest}
