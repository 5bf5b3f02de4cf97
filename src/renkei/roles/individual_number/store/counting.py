"""Counting what was tried, for the limits and for the Commission (照合の回数)."""

from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.individual_number.rules import Attempts
from renkei.roles.individual_number.store.acquisitions import Acquisition
from renkei.roles.individual_number.store.tables import (
    ACQUISITION,
    FAILED,
    GUESSED,
    PORTAL_AFFAIR,
)
from renkei.values.slowing import Tries
from renkei.wire.limits import BODIES

_QUESTION: Final = sa.func.coalesce(ACQUISITION.c.question, ACQUISITION.c.request_digest)
"""A question asked twice counts once; rows from before questions were kept count each."""
_HOUR: Final = ACQUISITION.c.at > sa.bindparam("hour")
_DAY: Final = ACQUISITION.c.at > sa.bindparam("day")
_BY_BODY: Final = ACQUISITION.c.institution == sa.bindparam("institution")


def _tried(*conditions: sa.ColumnElement[bool]) -> sa.Select[tuple[int, datetime]]:
    count = sa.func.count(sa.distinct(_QUESTION)).label("count")
    last = sa.func.max(ACQUISITION.c.at).label("last")
    return sa.select(count, last).where(*conditions)


# By this body each: no other one slows it down, or locks anybody out of it.
_OFFICER: Final = _tried(ACQUISITION.c.officer == sa.bindparam("officer"), _BY_BODY, _HOUR, GUESSED)
_BODY: Final = _tried(_BY_BODY, _HOUR, GUESSED)
_PERSON: Final = _tried(ACQUISITION.c.sought == sa.bindparam("sought"), _BY_BODY, _DAY, FAILED)
_ALL: Final = sa.select(sa.func.count()).select_from(ACQUISITION).where(_BY_BODY, _HOUR)
"""Statements built once: they run before every comparison."""


def attempts(
    connection: Connection, record: Acquisition, spans: tuple[datetime, datetime, datetime]
) -> Attempts:
    """Guesses of this officer and body, failures about whom is sought, and all lately.

    `spans`: an hour ago, a day ago, now.
    """
    hour, day, now = spans
    facts = {
        "officer": record.officer,
        "institution": record.institution,
        # The portal seeks nobody: no row has an empty digest.
        "sought": record.sought or b"",
        "hour": hour,
        "day": day,
    }

    def tries(query: sa.Select[tuple[int, datetime]]) -> Tries:
        count, last = connection.execute(query, facts).one()
        return Tries(count, 0.0 if last is None else (now - last).total_seconds())

    return Attempts(
        officer_guesses=tries(_OFFICER),
        body_guesses=tries(_BODY),
        person_failures=tries(_PERSON),
        acquisitions=int(connection.execute(_ALL, facts).scalar_one()),
    )


def asked_before(connection: Connection, record: Acquisition, since: datetime) -> bool:
    """Whether the very same question was compared since a moment, and did not agree."""
    query = sa.select(ACQUISITION.c.number).where(
        ACQUISITION.c.question == record.question, ACQUISITION.c.at > since, FAILED
    )
    return connection.execute(query.limit(1)).first() is not None


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What one body had compared in a span of time, and how that ended (照合の件数)."""

    institution: str
    compared: int
    guesses: int
    failed: int
    decided: int
    limited: int


def compared_on(connection: Connection, start: datetime, end: datetime) -> list[Compared]:
    """What bodies had compared in a span of time, by body, most guesses first."""

    def count(which: sa.ColumnElement[bool], name: str) -> sa.Label[int]:
        return sa.func.sum(sa.case((which, 1), else_=0)).label(name)

    query = (
        sa.select(
            ACQUISITION.c.institution,
            sa.func.count().label("compared"),
            count(GUESSED, "guesses"),
            count(FAILED, "failed"),
            count(ACQUISITION.c.paper.is_not(None), "decided"),
            count(ACQUISITION.c.verdict == "limited", "limited"),
        )
        .where(ACQUISITION.c.at >= start, ACQUISITION.c.at < end)
        .where(ACQUISITION.c.affair != PORTAL_AFFAIR)
        .group_by(ACQUISITION.c.institution)
        .order_by(sa.desc("guesses"), ACQUISITION.c.institution)
        .limit(BODIES)
    )
    return [Compared(**row._mapping) for row in connection.execute(query)]
