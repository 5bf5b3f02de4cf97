"""Findings for the Commission, numbered, each with its evidence (検出事項)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.portal.store.tables import ACCOUNT, FINDING
from renkei.wire.portal.messages import PortalFinding

UNCONFIRMED_DETAIL = "A line stands under a code that the set of valid codes does not have."


Kind = Literal["unassigned", "record-departs", "unconfirmed-code", "lines-lost", "flood"]


@dataclass(frozen=True, slots=True)
class New:
    """A finding to write: its kind, the leaf it is about, who can have caused it."""

    kind: Kind
    leaf: int
    parties: tuple[str, ...]
    detail: str


def add(
    connection: Connection,
    finding: New,
    evidence: str | None,
    now: datetime,
    *,
    feed: str | None = None,
) -> None:
    """Write a finding with the signed request, and the network's signed letter, that show it."""
    connection.execute(
        FINDING.insert().values(
            kind=finding.kind,
            leaf=finding.leaf,
            parties=finding.parties,
            evidence=evidence,
            detail=finding.detail,
            at=now,
            feed=feed,
        )
    )


def has(connection: Connection, kind: Kind) -> bool:
    """Whether there is a finding of this kind."""
    query = sa.select(FINDING.c.number).where(FINDING.c.kind == kind).limit(1)
    return connection.execute(query).first() is not None


def report_overdue(
    connection: Connection, before: datetime, network: str, now: datetime, *, limit: int
) -> int:
    """Write a finding for each code filed first before an instant and not in the set; how many.

    The oldest first, so many at once.
    """
    query = (
        sa.select(
            ACCOUNT.c.id, ACCOUNT.c.first_leaf, ACCOUNT.c.first_requester, ACCOUNT.c.first_request
        )
        .where(ACCOUNT.c.in_set.is_(False))
        .where(ACCOUNT.c.reported.is_(False))
        .where(ACCOUNT.c.first_at <= before)
        .order_by(ACCOUNT.c.first_at)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    for row in rows:
        # It does not tell A, who may have sent another code, from the network: it names both.
        parties = (row.first_requester, network)
        finding = New("unconfirmed-code", row.first_leaf, parties, UNCONFIRMED_DETAIL)
        add(connection, finding, row.first_request, now)
    if rows:
        told = ACCOUNT.c.id.in_([row.id for row in rows])
        connection.execute(ACCOUNT.update().where(told).values(reported=True))
    return len(rows)


def after(connection: Connection, number: int, limit: int) -> list[PortalFinding]:
    """Findings in order of their numbers."""
    query = FINDING.select().where(FINDING.c.number > number).order_by(FINDING.c.number)
    return [
        PortalFinding(
            number=row.number,
            kind=row.kind,
            leaf=row.leaf,
            parties=row.parties,
            evidence=row.evidence,
            detail=row.detail,
            feed=row.feed,
        )
        for row in connection.execute(query.limit(limit))
    ]
