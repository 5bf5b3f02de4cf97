"""Accepting that lines are gone for good, so that ledgers are stated again (喪失の承認).

Two officers decide it: one proposes with a reason, another one accepts. Every statement from then
on says so. What was sampled before is forgotten, for it cannot come back.
"""

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection

from renkei.roles.oversight.store import findings, ledger, losses, sampled
from renkei.roles.oversight.store.losses import Proposed
from renkei.wire.fields import Officer, Reason
from renkei.wire.names import PORTAL
from renkei.wire.portal.messages import AcceptedLoss

TELLING: Final = ("count-fell", "lines-lost")
"""Kinds of findings that say that the portal has lost what it had."""


class NotAccepted(Exception):
    """Why a loss is not proposed or not accepted, in a sentence that says what to do."""


def propose(connection: Connection, officer: str, reason: str, now: datetime) -> Proposed:
    """Propose to accept that lines of the newest stated ledger are gone; raises `NotAccepted`."""
    _check(officer, Officer, "the officer's name has 1 to 80 characters")
    _check(reason, Reason, "the reason has 1 to 300 characters")
    stated = ledger.newest_statement(connection)
    if stated is None:
        raise NotAccepted("no ledger was ever stated, so nothing of one can be gone")
    if not sampled.anything_missing(connection):
        raise NotAccepted("nothing is missing now: every sampled account and line is there")
    summary = [findings.summary(connection, kind=kind, party=PORTAL) for kind in TELLING]
    if not any(one.possible == [PORTAL] for found in summary for one in found.groups):
        raise NotAccepted(
            f"no finding ({', '.join(TELLING)}) shows that the portal itself has lost lines; see "
            "renkei oversight findings"
        )
    return losses.propose(connection, stated.ledger.log_size, officer, reason, now)


def accept(connection: Connection, number: int, officer: str, now: datetime) -> AcceptedLoss:
    """Accept what another officer proposed; ledgers are stated again. Raises `NotAccepted`."""
    _check(officer, Officer, "the officer's name has 1 to 80 characters")
    one = losses.proposed(connection, number)
    if one is None:
        raise NotAccepted(f"there is no proposal {number}; propose one with --reason")
    if one.accepted:
        raise NotAccepted(f"proposal {number} was accepted before")
    if one.officer.split() == officer.split():
        raise NotAccepted("another officer than the one who proposed it has to accept it")
    stated = ledger.newest_statement(connection)
    if stated is None or stated.ledger.log_size != one.below:
        raise NotAccepted(
            f"a ledger was stated since proposal {number}: nothing of it holds up statements now"
        )
    losses.accept(connection, number, officer, now)
    sampled.forget(connection)
    accepted = losses.accepted(connection)
    assert accepted is not None
    return accepted


def _check(text: str, form: object, sentence: str) -> None:
    try:
        msgspec.convert(text, form)
    except msgspec.ValidationError:
        raise NotAccepted(f"{sentence}, and none that do not show") from None
