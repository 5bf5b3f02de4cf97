"""Whether a question by hand is one of its case, and a consent one on file (案件との結付き).

A procedure's plan is made from the file. A question by hand is a clerk's: it must belong to an open
case of the same office and affair, about somebody whom its word means for that case's claimant, and
what it calls a consent must be a statement that the case holds.
"""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import Connection

from renkei.kit.clock import tokyo_day
from renkei.kit.party import Party
from renkei.law import Decision, UnknownNameError, procedure
from renkei.law.judging_exchanges import is_ordinance
from renkei.roles.institution import rules
from renkei.roles.institution.store import cases, persons
from renkei.roles.institution.store.cases import Application
from renkei.roles.institution.store.tables import CaseFacts, Terms
from renkei.wire.errors import WireError


def bound(party: Party, connection: Connection, facts: CaseFacts, terms: Terms) -> Decision | None:
    """Why a question may not be asked in its case; None where it may.

    Raises WireError `case-unknown` where there is none of that number.
    """
    assert facts.in_case is not None
    case = cases.application(connection, facts.in_case)
    claimant = persons.find(connection, case.facts.person) if case is not None else None
    if case is None or claimant is None:
        raise WireError("case-unknown")
    bond = rules.Bond(
        office=facts.office,
        affair=(terms.affair, terms.sub_affair),
        subject=terms.subject,
        person=facts.person,
        case_office=case.facts.office,
        case_affairs=affairs_of(case.facts),
        goes_on=goes_on(party, case),
        claimant=claimant,
        household=persons.household_of(connection, claimant),
        day=tokyo_day(party.now()),
    )
    outside = rules.judge_bond(bond)
    if outside is None:
        outside = _contradicted(party, connection, facts, terms)
    return outside if outside is not None else _consented(connection, facts, terms)


def _contradicted(
    party: Party, connection: Connection, facts: CaseFacts, terms: Terms
) -> Decision | None:
    """Whether an officer states a limit to be met that the file says is not (限定の判断)."""
    person = persons.find(connection, facts.person)
    if person is None:
        return None
    said = rules.met_on_file(facts.conditions, person, tokyo_day(party.now()))
    row = None if is_ordinance(terms.affair) else terms.affair
    return None if all(said.values()) else Decision(False, None, row, "condition-not-met")


def affairs_of(facts: CaseFacts) -> Collection[tuple[str, str]]:
    """The affairs a case is about, with their sub-affairs; none for a question in a case."""
    if facts.affair is not None and facts.sub_affair is not None:
        return {(facts.affair, facts.sub_affair)}
    if facts.procedure is None:
        return ()
    try:
        return {(one.row, one.sub_affair) for one in procedure(facts.procedure).affairs}
    except UnknownNameError:  # picked under a table that had it
        return ()


def goes_on(party: Party, case: Application) -> bool:
    """Whether a case was opened for somebody's matter and still takes questions and consents."""
    end = case.opened_at + timedelta(days=rules.CASE_OPEN_DAYS)
    return case.closed_at is None and party.now() < end and bool(affairs_of(case.facts))


def _consented(connection: Connection, facts: CaseFacts, terms: Terms) -> Decision | None:
    """Whether what a question calls a consent is one on file that covers it."""
    if terms.consent_digest is None:
        return None
    consent = cases.find_consent(connection, terms.consent_digest)
    covers = (
        consent is not None
        and consent.case_number == facts.in_case
        and consent.person == facts.person
        and consent.affair == terms.affair
        and set(terms.items) <= set(consent.items)
    )
    return None if covers else Decision(False, None, None, "consent-not-on-file")
