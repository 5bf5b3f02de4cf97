"""Asking: judge, blind, sign, and commit the record before the first send (情報照会, 令20条).

What is committed here are the exact bytes that will be sent, now and on every retry.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from renkei.crypto import codes
from renkei.crypto.digests import case_digest, consent_pseudonym, officer_pseudonym
from renkei.crypto.encoding import join
from renkei.kit.clock import tokyo_day
from renkei.kit.party import Party
from renkei.law import Decision
from renkei.law.judging_exchanges import ExchangeFacts, judge_exchange
from renkei.roles.institution.service.asking.question import Question
from renkei.roles.institution.service.asking.transaction_number import new_transaction
from renkei.roles.institution.service.codes.acquire import PSEUDONYM_KEY
from renkei.roles.institution.store.asked import Asked
from renkei.values.institution_code import InstitutionCode
from renkei.values.reveal import Purpose
from renkei.wire import framing
from renkei.wire.boxes import BoxPurpose
from renkei.wire.fields import Box, conditions_of
from renkei.wire.linkage.permit import PermitRequest
from renkei.wire.names import INSTITUTION, LINKAGE, PORTAL
from renkei.wire.standing import filings_of, party_of

OfficeAffairs = Mapping[str, Collection[str] | None]
"""Rows of the provision table and ordinance affairs by office; None for an office that handles all,
and nothing for one that is not named (事務分掌)."""


class Asker:
    """Makes records of requests ready to be sent; never sends."""

    def __init__(self, party: Party, offices: OfficeAffairs | None = None) -> None:
        """`offices` says which office handles which affairs; without it nobody has said so."""
        self._party = party
        self._offices = offices

    def handles(self, office: str, affair: str) -> bool:
        """Whether an affair is one of an office's (事務分掌)."""
        if self._offices is None:
            return True
        handled = self._offices.get(office, ())
        return handled is None or affair in handled

    def judge(self, question: Question, day: date) -> Decision:
        """The institution's own judgement, by the same law the network and the provider use.

        Made once for a question; what it says is given to `prepare`.
        """
        directory = self._party.directory
        provider = directory.entries.get(question.provider)
        if provider is None or provider.role != INSTITUTION:
            return Decision(False, None, None, "provider-unknown")
        if question.office not in {one.office for one in directory.entry(self._party.name).offices}:
            return Decision(False, None, None, "office-unknown")
        if not self.handles(question.office, question.affair):
            return Decision(False, None, None, "affair-not-of-office")
        me = directory.entry(self._party.name)
        return judge_exchange(
            ExchangeFacts(
                requester=party_of(me),
                provider=party_of(provider),
                affair=question.affair,
                sub_affair=question.sub_affair,
                items=question.items,
                subject=question.subject,
                day=day,
                consent=question.consent_digest is not None,
                filings=filings_of(me),
                procedure=question.procedure,
                conditions=question.conditions,
            )
        )

    def needed(self, question: Question, day: date) -> Question:
        """The same question, stating no more than the law wants for its items (必要な申立て).

        Nobody else is told what nothing rests on. A question that is refused stays as it is.
        """
        if not question.conditions or not self.judge(question, day).allowed:
            return question
        for one in question.conditions:
            less = question.stating(set(question.conditions) - {one})
            if self.judge(less, day).allowed:
                question = less
        return question

    def ask(self, question: Question, code: InstitutionCode | None) -> Asked:
        """Judge a question today and make its record; `code` as for `prepare`."""
        return self.prepare(question, self.judge(question, tokyo_day(self._party.now())), code)

    def prepare(
        self, question: Question, decision: Decision, code: InstitutionCode | None
    ) -> Asked:
        """A record ready to be committed: refused by own rules, or with the signed request.

        `decision` is what `judge` said; `code` may be None only where it refuses.
        """
        now = self._party.now()
        tx = new_transaction(now, self._party.randomness)
        if not decision.allowed or code is None:
            return _refused(question, tx, decision, now)
        return self._signed(question, tx, code)

    def _signed(self, question: Question, tx: str, code: InstitutionCode) -> Asked:
        party = self._party
        envelope = party.envelope(LINKAGE)
        seed = seed_of(party, tx)
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
            procedure=question.procedure,
            conditions=conditions_of(question.conditions),
            provider=question.provider,
            case_digest=case_digest(mac, tx, question.case_number),
            epoch=code.epoch,
            code=party.seal(LINKAGE, BoxPurpose.REQUEST_CODE, tx, blinded),
            commitment=commitment,
            provider_seed=party.seal(question.provider, BoxPurpose.PROVIDER_SEED, tx, seed),
            portal_seed=portal_box(party, (party.name, tx), seed, envelope["at"]),
        )
        raw = party.write(request)
        return Asked(
            **_facts(question),
            tx=tx,
            asked_at=request.at,
            state="asked",
            request=raw,
            signed=framing.stripped(raw).decode("ascii"),
            request_digest=raw.digest,
            commitment=commitment,
        )


def seed_of(party: Party, tx: str) -> bytes:
    """The seed of a transaction, 32 bytes: a keyed function, so that it can be shown again.

    It is stored nowhere. Whoever lacks this body's key cannot tell it from random bytes.
    """
    return party.keys.mac(PSEUDONYM_KEY, join("renkei seed v1", party.name, tx), "sha256")


def portal_box(party: Party, about: tuple[str, str], seed: bytes, at: datetime) -> Box:
    """The portal's box of a seed, under the portal's key period in force at that time."""
    period = party.directory.agreement_key(PORTAL, at).period
    return party.seal_seed(PORTAL, BoxPurpose.PORTAL_SEED, about, seed, period)


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
        "conditions": list(question.conditions),
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
