"""How often one may compare: per officer, per body, and per body and person (照合の抑制).

A question asked again word for word tells nothing new, so that it counts once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from renkei.crypto.digests import question_digest
from renkei.kit.party import Party
from renkei.roles.individual_number import rules
from renkei.roles.individual_number.service.filling import SEED_KEY
from renkei.roles.individual_number.store import acquisitions as records
from renkei.roles.individual_number.store import counting
from renkei.values.reveal import Purpose
from renkei.wire.individual_number.messages import AcquireSubject


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds to wait before a comparison is made, 0: none; and whether it may be said why."""

    seconds: int = 0
    about_person: bool = False


class Limiter:
    """Counts what failed lately and says how long to wait."""

    def __init__(self, party: Party) -> None:
        self._party = party

    def question(self, institution: str, subject: AcquireSubject) -> bytes:
        """A keyed digest of everything one body asked about one person."""
        own, number = subject.attributes, subject.individual_number
        spelt = number.reveal(Purpose.DERIVE) if number is not None else ""
        words = (own.name, own.address, own.birth_date, own.sex)
        return question_digest(self._mac, institution, spelt, *words)

    def sought(self, whom: str) -> bytes:
        """A keyed digest of whom a question is about."""
        return self._mac(b"renkei sought v1" + whom.encode())

    def waits(self, connection: Connection, record: records.Acquisition) -> Waits:
        """How long a question must wait; one that was compared today need not wait again."""
        now: datetime = self._party.now()
        hour, day = now - timedelta(hours=1), now - timedelta(days=1)
        if counting.asked_before(connection, record, day):
            return Waits()
        tried = counting.attempts(connection, record, (hour, day, now))
        if (seconds := rules.wait_of_body(tried)) > 0:
            return Waits(seconds)
        return Waits(rules.wait_about_person(tried), about_person=True)

    def _mac(self, data: bytes) -> bytes:
        return self._party.keys.mac(SEED_KEY, data, "sha256")
