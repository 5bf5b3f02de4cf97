"""Every acquisition with its verdict, and the fillings owed to the network (取得の記録)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.individual_number.store.tables import ACQUISITION
from renkei.wire.individual_number.messages import FieldVerdict, Verdict


@dataclass(frozen=True, slots=True)
class Acquisition:
    """One recorded acquisition (取得の記録); `fill` are signed bytes still owed to the network."""

    number: str
    institution: str
    affair: str
    office: str
    officer: bytes
    resident_code: str | None
    sought: bytes | None
    """Keyed digest of whom was sought, person or number, to count attempts about each."""
    verdict: Verdict | Literal["refused", "limited"]
    """`refused` without a comparison: no legal basis. `limited`: too many attempts."""
    fields: list[FieldVerdict]
    request_digest: bytes
    at: datetime
    fill: bytes | None = None
    on_behalf_of: str | None = None
    """The Minister of Justice, where a registered domicile's municipality sends (令27条の2)."""
    guess: bool = False
    """Whether nobody near was found: this alone counts against officer and institution."""
    question: bytes | None = None
    """Keyed digest of all that was asked: the same question counts once."""
    failed: bool = False
    """Whether it was compared and did not agree."""

    @property
    def holder(self) -> str:
        """Whose number it is: the filling and its seed are for nobody else."""
        return self.on_behalf_of or self.institution


def acquisition(connection: Connection, number: str) -> Acquisition | None:
    """The record of one acquisition number."""
    return acquisitions(connection, [number]).get(number)


def acquisitions(connection: Connection, numbers: list[str]) -> dict[str, Acquisition]:
    """The records there are of some acquisition numbers."""
    rows = connection.execute(ACQUISITION.select().where(ACQUISITION.c.number.in_(numbers)))
    return {row.number: _record(row) for row in rows}


def _record(row: sa.Row[tuple[object, ...]]) -> Acquisition:
    data = row._mapping
    names = ("number", "institution", "affair", "office", "officer", "resident_code")
    return Acquisition(
        **{name: data[name] for name in names},
        sought=data["sought"],
        verdict=data["verdict"],
        fields=data["fields"],
        request_digest=data["request_digest"],
        at=data["at"],
        fill=data["fill"],
        on_behalf_of=data["on_behalf_of"],
        guess=data["guess"],
        question=data["question"],
        failed=data["failed"],
    )


def add_acquisition(connection: Connection, record: Acquisition) -> None:
    """Write the record, with the filling owed to the network if the verdict is `agree`."""
    connection.execute(
        ACQUISITION.insert().values(
            number=record.number,
            institution=record.institution,
            on_behalf_of=record.on_behalf_of,
            affair=record.affair,
            office=record.office,
            officer=record.officer,
            resident_code=record.resident_code,
            sought=record.sought,
            verdict=record.verdict,
            fields=record.fields,
            request_digest=record.request_digest,
            fill=record.fill,
            filled=False,
            guess=record.guess,
            question=record.question,
            failed=record.failed,
            at=record.at,
        )
    )


def decide(
    connection: Connection, number: str, paper: str, second_officer: bytes, fill: bytes
) -> None:
    """Record two officers' decision on a doubtful comparison and the filling it leads to."""
    connection.execute(
        ACQUISITION.update()
        .where(ACQUISITION.c.number == number)
        .values(verdict="agree", paper=paper, second_officer=second_officer, fill=fill)
    )


def mark_filled(connection: Connection, numbers: list[str]) -> None:
    """The network has these fillings: delete them here."""
    connection.execute(
        ACQUISITION.update().where(ACQUISITION.c.number.in_(numbers)).values(filled=True, fill=None)
    )


def unfilled(connection: Connection, limit: int) -> list[tuple[str, bytes]]:
    """Fillings still owed to the network: number and signed bytes."""
    query = (
        sa.select(ACQUISITION.c.number, ACQUISITION.c.fill)
        .where(ACQUISITION.c.filled.is_(False))
        .where(ACQUISITION.c.fill.is_not(None))
        .limit(limit)
    )
    return [(number, fill) for number, fill in connection.execute(query)]
