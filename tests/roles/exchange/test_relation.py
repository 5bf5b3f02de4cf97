"""Whoever a question by hand is about stands in a relation to a case, and the file says which."""

import hashlib
import secrets
from typing import Any

import pytest
from running import RunningCountry

from renkei.crypto import jws
from renkei.sandbox.desk import Desk, at_desk
from renkei.wire.errors import WireError
from renkei.wire.framing import parse
from renkei.wire.institution.desk import DeskCase, DeskConsent

A, B = "chofu-city", "ichikawa-city"
OFFICE, OFFICER, DAY = "child-support", "officer-7", "2026-06-30"
ORDINANCE = "o-single-parent-medical"
TAX = {"affair": "106", "sub_affair": "108-1", "items": ["municipal-tax"]}


def person(country: RunningCountry, tag: str) -> str:
    """The first city's own id of a persona."""
    return country.country.manifest.persons[tag][A]


def number() -> str:
    """A number nobody has used."""
    return f"R{secrets.token_hex(6)}"


async def opened(desk: Desk, country: RunningCountry, tag: str, **changes: Any) -> str:
    """A case for a persona's child allowance, but for the changes; gives its number."""
    facts = {"office": OFFICE, "officer": OFFICER, "affair": "106", "sub_affair": "108-1"}
    facts |= {"case_number": number(), "person": person(country, tag)}
    case = await desk.open(**(facts | changes))
    assert (case.settled, case.closed, case.exchanges) == (True, False, [])
    return case.case_number


async def asked(
    desk: Desk, country: RunningCountry, in_case: str, tag: str, **changes: Any
) -> DeskCase:
    """The persona's tax in a case, called the claimant, but for the changes; once it ended."""
    facts: dict[str, Any] = {"office": OFFICE, "officer": OFFICER, **TAX, "provider": B}
    facts |= {"subject": "claimant", "person": person(country, tag), "in_case": in_case}
    facts |= {"case_number": number()} | changes
    await desk.ask(**facts)
    case = await desk.case(facts["case_number"])
    assert case.settled
    return case


async def test_the_claimants_tax_is_asked_in_the_claimants_case(country: RunningCountry) -> None:
    """What belongs to the case is asked and provided; the same order again is the same question."""
    async with at_desk(country.country, A) as desk:
        one = await asked(desk, country, await opened(desk, country, "parent"), "parent")
    assert [exchange.outcome for exchange in one.exchanges] == ["provided"]


async def test_the_spouse_is_not_the_claimant(country: RunningCountry) -> None:
    """The spouse's tax does not come by calling the spouse the claimant.

    The city's own rules refuse it by the article that says who the claimant is; nothing is sent.
    """
    async with at_desk(country.country, A) as desk:
        case = await asked(desk, country, await opened(desk, country, "parent"), "spouse")
    (one,) = case.exchanges
    assert (one.outcome, one.refused_by, one.reason) == (
        "refused",
        "requester",
        "subject-not-meant",
    )
    assert (one.article, one.row) == ("児童手当法4条1項", "106")
    assert country.rows(A, f"SELECT request FROM asked WHERE tx = '{one.tx}'") == [(None,)]


async def test_a_case_of_a_procedure_holds_questions_too(country: RunningCountry) -> None:
    """A question by hand is bound to the case that a procedure opened, by the same rules."""
    async with at_desk(country.country, A) as desk:
        case = await desk.procedure(
            case_number=number(),
            office=OFFICE,
            officer=OFFICER,
            procedure="child-allowance",
            person=person(country, "parent"),
        )
        good = await asked(desk, country, case.case_number, "parent")
        bad = await asked(desk, country, case.case_number, "spouse")
        # A question is no case: nothing can be bound to it.
        loose = await asked(desk, country, good.case_number, "parent")
    assert good.exchanges[0].outcome == "provided"
    assert bad.exchanges[0].reason == "subject-not-meant"
    assert loose.exchanges[0].reason == "case-not-open"


@pytest.mark.parametrize(
    ("of_case", "of_question", "reason"),
    [
        ({}, {"office": "residents"}, "affair-not-of-office"),
        ({}, {"office": "tax"}, "affair-not-of-office"),
        ({}, {"affair": "107", "sub_affair": "109-1", "items": ["pension-benefit"]}, None),
        ({"affair": "107", "sub_affair": "109-1"}, {}, "affair-not-of-case"),
        ({"sub_affair": "108-6"}, {}, "affair-not-of-case"),
    ],
)
async def test_office_and_affair_are_the_cases(
    country: RunningCountry,
    of_case: dict[str, Any],
    of_question: dict[str, Any],
    reason: str | None,
) -> None:
    """Another office, or another affair than the case's, is refused and recorded."""
    if reason is None:
        of_question = of_question | {"provider": "pension-service"}
        reason = "affair-not-of-case"
    async with at_desk(country.country, A) as desk:
        in_case = await opened(desk, country, "parent", **of_case)
        case = await asked(desk, country, in_case, "parent", **of_question)
    (one,) = case.exchanges
    assert (one.outcome, one.refused_by, one.reason) == ("refused", "requester", reason)


async def test_an_office_opens_no_case_of_anothers_affair(country: RunningCountry) -> None:
    """The tax office cannot open a case for child allowance, by hand or by the procedure."""
    async with at_desk(country.country, A) as desk:
        with pytest.raises(WireError, match="not-allowed"):
            await opened(desk, country, "parent", office="tax")
        with pytest.raises(WireError, match="not-allowed"):
            await opened(desk, country, "parent", office="no-such-office")
        case = await desk.procedure(
            case_number=number(),
            office="tax",
            officer=OFFICER,
            procedure="child-allowance",
            person=person(country, "parent"),
        )
    assert {one.reason for one in case.exchanges} == {"affair-not-of-office"}


async def test_no_case_no_question(country: RunningCountry) -> None:
    """A case that nobody opened is unknown; to one that was closed nothing can be bound."""
    async with at_desk(country.country, A) as desk:
        with pytest.raises(WireError, match="case-unknown"):
            await asked(desk, country, number(), "parent")
        in_case = await opened(desk, country, "parent")
        for _ in range(2):
            assert (await desk.close(case_number=in_case, officer=OFFICER)).closed
        case = await asked(desk, country, in_case, "parent")
    assert case.exchanges[0].reason == "case-not-open"


# -- consent ------------------------------------------------------------------------------------


async def consent(desk: Desk, country: RunningCountry, in_case: str, **changes: Any) -> bytes:
    """A kept consent of the parent to the local tax, but for the changes; gives its digest."""
    facts: dict[str, Any] = {"officer": OFFICER, "affair": ORDINANCE, "items": ["local-tax"]}
    facts |= {"person": person(country, "parent"), "case_number": in_case, "given_on": DAY}
    facts |= {"form": "paper", "document": "a synthetic consent, file 12"}
    return (await desk.consent(**(facts | changes))).consent_digest


async def test_a_consent_is_a_statement_that_can_be_shown(country: RunningCountry) -> None:
    """What travels stands for a statement on file: signed by the desk, and shown byte for byte."""
    async with at_desk(country.country, A) as desk:
        in_case = await opened(desk, country, "parent", affair=ORDINANCE, sub_affair=ORDINANCE)
        digest = await consent(desk, country, in_case)
        question = {"affair": ORDINANCE, "sub_affair": ORDINANCE, "items": ["local-tax"]}
        case = await asked(desk, country, in_case, "parent", **question, consent_digest=digest)
        (shown,) = (await desk.consents(in_case)).statements
    assert case.exchanges[0].outcome == "provided"
    unverified, statement = parse(shown.encode(), (DeskConsent,))
    assert jws.digest(unverified) == digest
    (listed,) = country.country.config(A).desks
    jws.verify(unverified, jws.load_public(listed.key()))
    assert (statement.person, statement.items) == (person(country, "parent"), ["local-tax"])


@pytest.mark.parametrize(
    "changes",
    [
        None,
        {"person": "spouse"},
        {"affair": "106"},
        {"items": ["resident-record"]},
        {"case_number": "another"},
    ],
    ids=["nobody's", "of another person", "for another affair", "to something else", "elsewhere"],
)
async def test_a_consent_that_is_not_on_file_is_none(
    country: RunningCountry, changes: dict[str, Any] | None
) -> None:
    """32 bytes from nowhere, or a consent to something else, do not count as this one."""
    async with at_desk(country.country, A) as desk:
        about = {"affair": ORDINANCE, "sub_affair": ORDINANCE}
        in_case = await opened(desk, country, "parent", **about)
        if changes is None:
            digest = hashlib.sha256(secrets.token_bytes(8)).digest()
        else:
            changes = dict(changes)
            if "person" in changes:
                changes["person"] = person(country, changes["person"])
            if "case_number" in changes:
                changes["case_number"] = await opened(desk, country, "parent", **about)
            digest = await consent(desk, country, in_case, **changes)
        question = about | {"items": ["local-tax"], "consent_digest": digest}
        case = await asked(desk, country, in_case, "parent", **question)
    (one,) = case.exchanges
    assert (one.outcome, one.refused_by, one.reason) == (
        "refused",
        "requester",
        "consent-not-on-file",
    )


async def test_a_consent_belongs_to_an_open_case(country: RunningCountry) -> None:
    """No consent is kept without a case, for nobody on file, or of a day to come."""
    async with at_desk(country.country, A) as desk:
        in_case = await opened(desk, country, "parent")
        with pytest.raises(WireError, match="case-unknown"):
            await consent(desk, country, number())
        with pytest.raises(WireError, match="person-unknown"):
            await consent(desk, country, in_case, person="NOBODY")
        with pytest.raises(WireError, match="malformed"):
            await consent(desk, country, in_case, given_on="2199-01-01")
        await desk.close(case_number=in_case, officer=OFFICER)
        with pytest.raises(WireError, match="case-unknown"):
            await consent(desk, country, in_case)
