"""Findings: what an exchange showed to be wrong on file, for a human to look into (要調査事項)."""

from datetime import datetime
from typing import Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.institution.store.tables import FINDING
from renkei.values.person_id import PersonId

Kind = Literal["mismatch", "not-acquired"]
"""`mismatch`: requester and this body mean two people. `not-acquired`: J-LIS did not agree."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange that a person on file stood in the way of; `person` is this body's own id."""

    requester: str
    tx: str
    kind: Kind
    person: PersonId


class Found(Finding, frozen=True, kw_only=True):
    """A finding as listed: numbered, with the moment it was made."""

    number: int
    found_at: datetime


def add(connection: Connection, finding: Finding, now: datetime) -> None:
    """Write a finding; one per exchange."""
    connection.execute(FINDING.insert().values(**msgspec.structs.asdict(finding), found_at=now))


def listed(connection: Connection, limit: int) -> list[Found]:
    """The newest findings first."""
    query = FINDING.select().order_by(sa.desc(FINDING.c.number)).limit(limit)
    return [Found(**row._mapping) for row in connection.execute(query)]
