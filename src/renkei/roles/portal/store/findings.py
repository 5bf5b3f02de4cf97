"""Findings for the Commission, numbered, each with its evidence (検出事項)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.portal.store.tables import ACCOUNT, FINDING
from renkei.wire.messages.oversight import PortalFinding

UNCONFIRMED_DETAIL = "A line stands under a code that the set of valid codes does not have."


@dataclass(frozen=True, slots=True)
class New:
    """A finding to write: its kind, the leaf it is about, who can have caused it."""

    kind: Literal["unassigned", "unconfirmed-code"]
    leaf: int
    parties: tuple[str, ...]
    detail: str


def add(connection: Connection, finding: New, evidence: str | None, now: datetime) -> None:
    """Write a finding with the signed request that shows it."""
    connection.execute(
        FINDING.insert().values(
            kind=finding.kind,
            leaf=finding.leaf,
            parties=msgspec.json.encode(finding.parties),
            evidence=evidence,
            detail=finding.detail,
            at=now.replace(tzinfo=None),
        )
    )


def report_overdue(connection: Connection, before: datetime, network: str, now: datetime) -> int:
    """Write a finding for each code filed first before an instant and not in the set; how many."""
    query = (
        sa.select(
            ACCOUNT.c.id, ACCOUNT.c.first_leaf, ACCOUNT.c.first_requester, ACCOUNT.c.first_request
        )
        .where(ACCOUNT.c.in_set.is_(False))
        .where(ACCOUNT.c.reported.is_(False))
        .where(ACCOUNT.c.first_at <= before.replace(tzinfo=None))
    )
    rows = connection.execute(query).all()
    for row in rows:
        # It does not tell A, who may have sent another code, from the network: it names both.
        parties = (row.first_requester, network)
        finding = New("unconfirmed-code", row.first_leaf, parties, UNCONFIRMED_DETAIL)
        add(connection, finding, row.first_request, now)
        connection.execute(ACCOUNT.update().where(ACCOUNT.c.id == row.id).values(reported=True))
    return len(rows)


def after(connection: Connection, number: int, limit: int) -> list[PortalFinding]:
    """Findings in order of their numbers."""
    query = FINDING.select().where(FINDING.c.number > number).order_by(FINDING.c.number)
    return [
        PortalFinding(
            number=row.number,
            kind=row.kind,
            leaf=row.leaf,
            parties=msgspec.json.decode(row.parties, type=list[str]),
            evidence=row.evidence,
            detail=row.detail,
        )
        for row in connection.execute(query.limit(limit))
    ]
