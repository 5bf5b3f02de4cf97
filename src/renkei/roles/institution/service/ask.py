"""Asking: judge, blind, sign, and commit the record before the first send (情報照会, 令20条).

What is committed here are the exact bytes that will be sent, now and on every retry.
"""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final

from renkei.crypto import codes
from renkei.crypto.digests import case_digest, consent_pseudonym, officer_pseudonym
from renkei.kit.clock import TOKYO, tokyo_day
from renkei.kit.party import Party
from renkei.law import Decision
from renkei.law.judgement import ExchangeFacts, judge_exchange
from renkei.roles.institution.service.acquire import PSEUDONYM_KEY
from renkei.roles.institution.store.asked import Asked
from renkei.values.institution_code import InstitutionCode
from renkei.values.reveal import Purpose
from renkei.values.transaction import TransactionId
from renkei.wire.messages.exchange import PermitRequest
from renkei.wire.standing import filings_of, party_of

PORTAL: Final = "portal"
TX_RANDOM_BYTES: Final = 10
TX_TIME_BYTES: Final = 8
DAY_MILLISECONDS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Question:
    """What a desk wants to know: which items about whom, of whom, for which affair (照会内容)."""

    case_number: str
    office: str
    officer: str
    affair: str
    sub_affair: str
    items: tuple[str, ...]
    subject: str
    person: str
    provider: str
    consent_digest: bytes | None = None


class Asker:
    """Makes records of requests ready to be sent; never sends."""

    def __init__(self, party: Party) -> None:
        self._party = party

    def judge(self, question: Question, now: datetime) -> Decision:
        """The institution's own judgement, by the same law the network and the provider use."""
        directory = self._party.directory
        provider = directory.entries.get(question.provider)
        if provider is None or provider.role != "institution":
            return Decision(False, None, None, "provider-unknown")
        if question.office not in {one.office for one in directory.entry(self._party.name).offices}:
            return Decision(False, None, None, "office-unknown")
        me = directory.entry(self._party.name)
        return judge_exchange(
            ExchangeFacts(
                requester=party_of(me),
                provider=party_of(provider),
                affair=question.affair,
                sub_affair=question.sub_affair,
                items=question.items,
                subject=question.subject,
                day=tokyo_day(now),
                consent=question.consent_digest is not None,
                filings=filings_of(me),
            )
        )

    def prepare(self, question: Question, code: InstitutionCode | None) -> Asked:
        """A record ready to be committed: refused by own rules, or with the signed request.

        `code` may be None only where the rules refuse.
        """
        now = self._party.now()
        tx = self._transaction(now)
        decision = self.judge(question, now)
        if not decision.allowed or code is None:
            return _refused(question, tx, decision, now)
        return self._signed(question, tx, code)

    def _transaction(self, now: datetime) -> str:
        """A new id that tells the day of asking and nothing finer (RFC 9562 §6.1 lets it).

        Requests of one case are made within a millisecond or two: with its true time their ids
        would begin with the same digits, and the network could tell which belong together.
        """
        drawn = self._party.randomness(TX_TIME_BYTES + TX_RANDOM_BYTES)
        midnight = datetime.combine(tokyo_day(now), time(), TOKYO)
        within = int.from_bytes(drawn[:TX_TIME_BYTES], "big") % DAY_MILLISECONDS
        milliseconds = int(midnight.timestamp()) * 1000 + within
        return str(TransactionId.create(milliseconds, drawn[TX_TIME_BYTES:]))

    def _signed(self, question: Question, tx: str, code: InstitutionCode) -> Asked:
        party = self._party
        envelope = party.envelope("linkage")
        seed = party.randomness(codes.SEED_BYTES)
        blind = codes.derive_blind(seed, party.name, tx)
        commitment = codes.commitment(party.name, tx, blind)
        blinded = codes.blind(blind, code.reveal(Purpose.DERIVE))

        def mac(data: bytes) -> bytes:
            return party.keys.mac(PSEUDONYM_KEY, data, "sha256")

        consent = question.consent_digest
        if consent is not None:
            consent = consent_pseudonym(mac, tx, consent)
        request = PermitRequest(
            **envelope,
            tx=tx,
            office=question.office,
            officer=officer_pseudonym(mac, tx, question.officer),
            affair=question.affair,
            sub_affair=question.sub_affair,
            items=list(question.items),
            subject=question.subject,
            consent_digest=consent,
            provider=question.provider,
            case_digest=case_digest(mac, tx, question.case_number),
            epoch=code.epoch,
            code=party.seal("linkage", "request-code", tx, blinded),
            commitment=commitment,
            provider_seed=party.seal(question.provider, "provider-seed", tx, seed),
            portal_seed=party.seal(PORTAL, "portal-seed", tx, seed),
        )
        raw = party.write(request)
        return Asked(
            **_facts(question),
            tx=tx,
            asked_at=request.at,
            state="asked",
            request=raw,
            request_digest=party.digest_of(raw),
            commitment=commitment,
        )


def _facts(question: Question) -> dict[str, Any]:
    return {
        "case_number": question.case_number,
        "office": question.office,
        "officer": question.officer,
        "affair": question.affair,
        "sub_affair": question.sub_affair,
        "items": list(question.items),
        "subject": question.subject,
        "person": question.person,
        "provider": question.provider,
    }


def _refused(question: Question, tx: str, decision: Decision, now: datetime) -> Asked:
    return Asked(
        **_facts(question),
        tx=tx,
        asked_at=now,
        state="closed",
        outcome="refused",
        article=decision.article,
        row=decision.row,
        reason=decision.reason,
        refused_by="requester",
        ended_at=now,
    )
