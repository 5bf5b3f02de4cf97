"""What a body wants to know, in one form: for a plan, a clerk by hand, a second attempt (照会)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from renkei.crypto import jws
from renkei.roles.institution.store.asked import Asked
from renkei.roles.institution.store.tables import CaseFacts, Terms
from renkei.values.person_id import PersonId
from renkei.wire.errors import WireError
from renkei.wire.fields import listed
from renkei.wire.framing import parse
from renkei.wire.linkage.permit import EarlierRequest, PermitRequest, StrippedRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a desk wants to know: which items about whom, of whom, for which affair (照会内容)."""

    case_number: str
    office: str
    officer: str
    affair: str
    sub_affair: str
    items: tuple[str, ...]
    subject: str
    person: PersonId
    provider: str
    consent_digest: bytes | None = None
    procedure: str | None = None
    """The procedure a desk picked; None for what a clerk put together by hand."""
    conditions: tuple[str, ...] = ()
    """What an officer stated to be met, in their order, each once (限定についての申立て)."""

    def asking(self, items: tuple[str, ...]) -> "Question":
        """The same about other items."""
        return replace(self, items=items)

    def stating(self, conditions: Iterable[str]) -> "Question":
        """The same with other conditions stated."""
        return replace(self, conditions=tuple(sorted(set(conditions))))


def about(case_number: str, facts: CaseFacts, terms: Terms, person: PersonId) -> Question:
    """A question of a case about a person: a clerk's own terms, or terms of its plan (照会内容).

    It states what the officer stated with the order.
    """
    return Question(
        case_number=case_number,
        office=facts.office,
        officer=facts.officer,
        affair=terms.affair,
        sub_affair=terms.sub_affair,
        items=tuple(terms.items),
        subject=terms.subject,
        person=person,
        provider=terms.provider,
        consent_digest=terms.consent_digest,
        procedure=facts.procedure,
    ).stating(facts.conditions)


def again(one: Asked, request: PermitRequest) -> Question:
    """The question a record was made from; what only the signed request says comes from there."""
    return Question(
        case_number=one.case_number,
        office=one.office,
        officer=one.officer,
        affair=one.affair,
        sub_affair=one.sub_affair,
        items=tuple(one.items),
        subject=one.subject,
        person=one.person,
        provider=one.provider,
        consent_digest=request.consent_digest,
        procedure=request.procedure,
        conditions=listed(request.conditions),
    )


def signed_request(one: Asked) -> tuple[PermitRequest, bytes]:
    """What this institution asked, as it signed it, with the digest of that (署名した照会).

    Out of its own book, so the signature is not looked at again. Raises WireError `answer-unknown`
    where the older form kept none.
    """
    raw = one.signed.encode("ascii") if one.signed is not None else one.request
    if raw is None:
        raise WireError("answer-unknown", "The signed request is not kept in the older form.")
    unverified, request = parse(raw, (StrippedRequest, EarlierRequest))
    return request, jws.digest(unverified)
