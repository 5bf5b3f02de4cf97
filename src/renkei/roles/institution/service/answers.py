"""Making the provider's answers: final ones with their record, and interim ones (回答の作成)."""

from typing import Any, Final, Literal

import msgspec

from renkei.crypto.boxes import PLAINTEXT_LIMIT_BYTES
from renkei.kit.party import Party
from renkei.roles.institution.store.findings import Finding, Kind
from renkei.roles.institution.store.provided import Key, Ruling
from renkei.wire.errors import WireError
from renkei.wire.fields import FinalOutcome
from renkei.wire.framing import encode
from renkei.wire.messages.exchange import Answer, Content, Interim, ProvidedItem

NONCE_BYTES: Final = 32
TOO_LARGE: Final = "content-too-large"
"""What is held does not fit a box: an answer, not an error, so that nobody asks in vain again."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said about a permit, before it is sealed and signed."""

    outcome: FinalOutcome
    person: str | None = None
    items: list[ProvidedItem] = []
    article: str | None = None
    reason: str | None = None
    finding: Kind | None = None
    """Leave a finding about this person."""


class Answerer:
    """Seals and signs; writes nothing."""

    def __init__(self, party: Party) -> None:
        self._party = party

    def ruling(self, key: Key, permit_digest: bytes, verdict: Verdict) -> Ruling:
        """The final answer to a permit: content boxed to the inquirer, bytes signed."""
        party, (requester, tx) = self._party, key
        content = None
        plain = encode(Content(items=verdict.items)) if verdict.items else b""
        if len(plain) > PLAINTEXT_LIMIT_BYTES:
            verdict = Verdict(outcome="refused", person=verdict.person, reason=TOO_LARGE)
        elif plain:
            content = party.seal(requester, "answer", tx, plain)
        raw = party.write(
            Answer(
                **self._about(key, permit_digest),
                nonce=party.randomness(NONCE_BYTES),
                outcome=verdict.outcome,
                article=verdict.article,
                reason=verdict.reason,
                content=content,
            )
        )
        finding = None
        if verdict.finding is not None and verdict.person is not None:
            finding = Finding(
                requester=requester, tx=tx, kind=verdict.finding, person=verdict.person
            )
        return Ruling(
            outcome=verdict.outcome,
            answer=raw,
            answer_digest=party.digest_of(raw),
            # A record names a person only where the exchange was about that person.
            person=verdict.person if finding is None else None,
            article=verdict.article,
            reason=verdict.reason,
            finding=finding,
        )

    def interim(
        self, key: Key, permit_digest: bytes, state: Literal["pending", "no-code"], seconds: int
    ) -> bytes:
        """Not yet: a human decides, or no code fits anybody here."""
        return self._party.write(
            Interim(**self._about(key, permit_digest), state=state, retry_after_seconds=seconds)
        )

    def _about(self, key: Key, permit_digest: bytes) -> dict[str, Any]:
        requester, tx = key
        return {
            **self._party.envelope(requester),
            "requester": requester,
            "tx": tx,
            "permit_digest": permit_digest,
        }


def provision(person: str, items: list[ProvidedItem]) -> Verdict:
    """What is held about a person, or that nothing is."""
    return Verdict(outcome="provided" if items else "no-data", person=person, items=items)


def kept(answer: bytes | None, *, received: bool, outcome: str | None) -> bytes:
    """The stored answer, byte for byte; raises where none was given or it is no longer kept."""
    if answer is not None:
        return answer
    if received:
        raise WireError("already-received")
    if outcome == "lapsed":
        raise WireError("permit-expired", "Nobody decided before the permit ran out.")
    raise WireError("already-received", "It was answered in time, not fetched, and is deleted.")
