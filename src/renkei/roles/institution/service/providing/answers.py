"""Making the provider's answers: final ones with their record, and interim ones (回答の作成)."""

from typing import Any, Final, Literal

import msgspec

from renkei.crypto.boxes import PLAINTEXT_LIMIT_BYTES
from renkei.kit.party import Party
from renkei.roles.institution.rules import TOO_LARGE
from renkei.roles.institution.service.providing.on_file import Held
from renkei.roles.institution.store.provided import Key, Ruling
from renkei.values.person_id import PersonId
from renkei.wire.boxes import BoxPurpose
from renkei.wire.errors import WireError
from renkei.wire.fields import FinalOutcome
from renkei.wire.framing import encode
from renkei.wire.institution.messages import Answer, Content, Interim, Missing, ProvidedItem

NONCE_BYTES: Final = 32
"""What is held does not fit a box: an answer, not an error, so that nobody asks in vain again. Of
several items those that fit are given, and this is the word for the others."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said about a permit, before it is sealed and signed."""

    outcome: FinalOutcome
    person: PersonId | None = None
    items: list[ProvidedItem] = []
    without: list[str] = []
    """Items asked for that nothing is held of."""
    article: str | None = None
    reason: str | None = None


class Answerer:
    """Seals and signs; writes nothing."""

    def __init__(self, party: Party) -> None:
        self._party = party

    def ruling(self, key: Key, permit_digest: bytes, verdict: Verdict) -> Ruling:
        """The final answer to a permit: content boxed to the inquirer, bytes signed."""
        party, (requester, tx) = self._party, key
        content = None
        if verdict.items:
            plain = fitting(verdict.items, verdict.without)
            if plain is None:
                verdict = Verdict(outcome="refused", person=verdict.person, reason=TOO_LARGE)
            else:
                content = party.seal(requester, BoxPurpose.ANSWER, tx, plain)
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
        return Ruling(
            outcome=verdict.outcome,
            answer=raw,
            answer_digest=raw.digest,
            person=verdict.person,
            article=verdict.article,
            reason=verdict.reason,
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


def provision(found: Held) -> Verdict:
    """What is held about a person, or that nothing is."""
    outcome: FinalOutcome = "provided" if found.items else "no-data"
    return Verdict(outcome=outcome, person=found.person, items=found.items, without=found.without)


def fitting(items: list[ProvidedItem], without: list[str]) -> bytes | None:
    """What fits into one box, in the order asked, with a word about the rest (回答の内容).

    The first item that has no room, and all after it, are named as too large for this answer: they
    can be asked for again. None where not even the first fits.
    """
    nothing = [Missing(item=item, reason="no-data") for item in without]
    for count in range(len(items), 0, -1):
        unfit = [Missing(item=one.item, reason=TOO_LARGE) for one in items[count:]]
        plain = encode(Content(items=items[:count], missing=[*nothing, *unfit]))
        if len(plain) <= PLAINTEXT_LIMIT_BYTES:
            return plain
    return None


def kept(answer: bytes | None, *, received: bool, outcome: str | None) -> bytes:
    """The stored answer, byte for byte; raises where none was given or it is no longer kept."""
    if answer is not None:
        return answer
    if received:
        raise WireError("already-received")
    if outcome == "lapsed":
        raise WireError("permit-expired", "Nobody decided before the permit ran out.")
    raise WireError("already-received", "It was answered in time, not fetched, and is deleted.")
