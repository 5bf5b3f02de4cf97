"""An exchange by hand: every message built with a party's real keys, honest or not."""

from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from renkei.crypto import codes, jws
from renkei.crypto.digests import case_digest, officer_pseudonym
from renkei.kit.http_client import Answer as HttpAnswer
from renkei.kit.party import Party
from renkei.roles.institution.service.asking.ask import portal_box
from renkei.values.transaction_id import TransactionId
from renkei.wire import framing
from renkei.wire.boxes import BoxPurpose
from renkei.wire.fields import Message
from renkei.wire.institution.messages import (
    Answer,
    Presentation,
    Received,
    ReceivedAnswer,
    ReceivedNoted,
)
from renkei.wire.linkage.acquisition import AcquisitionNumberRequest, AcquisitionNumbers
from renkei.wire.linkage.permit import (
    Permit,
    PermitRequest,
    Receipt,
    Receipts,
    ReceiptsNoted,
    Refusal,
)
from renkei.wire.problem import ProblemReport

A, B, OTHER = "chofu-city", "ichikawa-city", "pension-service"


@dataclass(frozen=True)
class Problem:
    """What a refusal says: HTTP status, code, article, whether its receiver signed it."""

    status: int
    code: str
    article: str | None
    signed: bool


class Wires(Protocol):
    """Whatever kind of country a message is sent in: of processes, or in one process."""

    @property
    def country(self) -> Any: ...
    def party(self, name: str) -> Party: ...
    def rows(self, party: str, query: str) -> list[tuple[Any, ...]]: ...
    async def post(self, sender: str, receiver: str, path: str, body: bytes) -> HttpAnswer: ...


class ByHand:
    """One institution whose messages the test writes itself, honest or not."""

    def __init__(self, running: Wires, name: str) -> None:
        self.running = running
        self.name = name
        self.party: Party = running.party(name)

    # -- making --------------------------------------------------------------------------------

    def tx(self) -> str:
        """A fresh transaction id."""
        now = int(self.party.now().timestamp() * 1000)
        return str(TransactionId.create(now, self.party.randomness(10)))

    def code(self, tag: str = "parent") -> bytes:
        """This institution's own code of a persona, from its own database."""
        person = self.running.country.manifest.persons[tag][self.name]
        rows = self.running.rows(self.name, f"SELECT element FROM code WHERE person = '{person}'")
        return bytes(rows[0][0])

    def request(self, *, seed: bytes | None = None, tag: str = "parent", **changes: Any) -> Any:
        """A lawful request about a persona, with named fields replaced before it is signed."""
        party = self.party
        tx = changes.pop("tx", None) or self.tx()
        provider = changes.get("provider", B)
        listed = party.directory.entries
        sealed_to = provider if provider in listed else B
        seed = seed or party.randomness(codes.SEED_BYTES)
        blind = codes.derive_blind(seed, self.name, tx)

        def mac(data: bytes) -> bytes:
            return party.keys.mac("pseudonym", data, "sha256")

        facts: dict[str, Any] = {
            **party.envelope("linkage"),
            "tx": tx,
            "office": "child-support",
            "officer": officer_pseudonym(mac, tx, "officer-9"),
            "affair": "106",
            "sub_affair": "108-1",
            "items": ["municipal-tax"],
            "subject": "claimant",
            "consent_digest": None,
            "provider": provider,
            "case_digest": case_digest(mac, tx, "H-1"),
            "epoch": 1,
            "code": party.seal(
                "linkage", BoxPurpose.REQUEST_CODE, tx, codes.blind(blind, self.code(tag))
            ),
            "commitment": codes.commitment(self.name, tx, blind),
            "provider_seed": party.seal(sealed_to, BoxPurpose.PROVIDER_SEED, tx, seed),
            "portal_seed": portal_box(party, (self.name, tx), seed, party.now()),
        }
        return PermitRequest(**{**facts, **changes})

    def receipt(self, request: PermitRequest, digest: bytes, **changes: Any) -> Receipt:
        """A receipt for an exchange, with named fields replaced."""
        facts = {
            "requester": request.sender,
            "tx": request.tx,
            "outcome": "provided",
            "digest": digest,
            "commitment": request.commitment,
        }
        return Receipt(**{**facts, **changes})

    async def numbers(self, count: int) -> list[str]:
        """Acquisition numbers of this institution."""
        message = AcquisitionNumberRequest(**self.party.envelope("linkage"), count=count)
        answer = await self.send("linkage", "/acquisition/numbers", message)
        assert answer.status == 200, answer.body
        return self.party.read(answer.body, (AcquisitionNumbers,), peer="linkage").message.numbers

    # -- sending -------------------------------------------------------------------------------

    async def send(self, receiver: str, path: str, message: Message | bytes) -> HttpAnswer:
        """Sign a message, or take signed bytes, and post it over this party's own TLS."""
        raw = message if isinstance(message, bytes) else self.party.write(message)
        return await self.running.post(self.name, receiver, path, raw)

    async def ask(self, message: Message | bytes) -> HttpAnswer:
        """Ask the network for a permit."""
        return await self.send("linkage", "/permit", message)

    async def permit(self, request: Any = None) -> "Held":
        """A permit for a request; fails the test where the network refuses."""
        request = request or self.request()
        answer = await self.ask(request)
        assert answer.status == 200, answer.body
        letter = self.party.read(answer.body, (Permit,), peer="linkage")
        return Held(request, answer.body, letter.message, letter.digest)

    async def refusal(self, request: PermitRequest) -> Refusal:
        """The network's recorded refusal of a request."""
        answer = await self.ask(request)
        assert answer.status == 200, answer.body
        return self.party.read(answer.body, (Refusal,), peer="linkage").message

    async def present(self, permit: bytes, to: str = B) -> HttpAnswer:
        """Present a permit to a provider, in a message of this party."""
        message = Presentation(**self.party.envelope(to), permit=permit.decode())
        return await self.send(to, "/provide", message)

    async def received(self, tx: str, digest: bytes, to: str = B) -> HttpAnswer:
        """Tell a provider that its answer arrived."""
        answers = [ReceivedAnswer(tx=tx, answer_digest=digest)]
        message = Received(**self.party.envelope(to), answers=answers)
        return await self.send(to, "/received", message)

    def unknown(self, noted: HttpAnswer, by: str = B) -> list[str]:
        """What a provider says that it never answered."""
        assert noted.status == 200, noted.body
        return self.party.read(noted.body, (ReceivedNoted,), peer=by).message.unknown

    async def receipts(self, *receipts: Receipt) -> ReceiptsNoted:
        """Send receipts to the network."""
        message = Receipts(**self.party.envelope("linkage"), receipts=list(receipts))
        answer = await self.send("linkage", "/receipts", message)
        assert answer.status == 200, answer.body
        return self.party.read(answer.body, (ReceiptsNoted,), peer="linkage").message

    # -- reading -------------------------------------------------------------------------------

    def answer(self, answer: HttpAnswer, provider: str = B) -> framing.Letter[Answer]:
        """A provider's final answer."""
        assert answer.status == 200, answer.body
        return self.party.read(answer.body, (Answer,), peer=provider)

    def problem(self, answer: HttpAnswer, receiver: str, sent: bytes | None = None) -> Problem:
        """What a refusal says; a signed one must be the receiver's and name the sent message."""
        if answer.body.startswith(b"{"):
            plain = msgspec.json.decode(answer.body, type=dict[str, Any])
            return Problem(answer.status, plain["error"], plain.get("article"), signed=False)
        report = self.party.read(answer.body, (ProblemReport,), peer=receiver).message
        if sent is not None:
            assert report.request_digest == jws.digest_of(sent)
        return Problem(answer.status, report.code, report.article, signed=True)


@dataclass(frozen=True)
class Held:
    """A permit in a requester's hands: its request, its bytes, what they say, their digest."""

    request: PermitRequest
    raw: bytes
    permit: Permit
    digest: bytes


def forge(party: Party, kid: str, message: Message, *, use: str = "sign") -> bytes:
    """A message under any key id, signed with one of a party's own keys."""
    return framing.write(message, kid, lambda data: party.keys.sign(use, data))
