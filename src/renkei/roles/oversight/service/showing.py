"""Having an inquirer show what it signed, and the seed of its boxes (求めの開示).

A seed stays in the memory of one check. It is evidence only against whoever boxed another one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from renkei.kit.counterparty import Counterparty
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.roles.oversight.rules.attribution import Shown
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.institution.calls import SHOW
from renkei.wire.institution.messages import ShowRequest
from renkei.wire.linkage.permit import Permit, Refusal, StrippedRequest
from renkei.wire.names import INSTITUTION, LINKAGE

Institutions = Callable[[str], Counterparty]


@dataclass(frozen=True, slots=True)
class Signed:
    """What an inquirer showed: its signed request, its letter, and the seed where asked for."""

    asked: Letter[StrippedRequest] | None
    evidence: tuple[bytes, ...]
    letter: bytes = b""
    seed: bytes | None = field(default=None, repr=False)
    reply: Letter[Permit | Refusal] | None = None
    """The network's reply that the inquirer disputes."""
    answered: bool = True
    """Whether the inquirer was asked and answered; who is away may still have it."""

    @property
    def shown(self) -> Shown:
        """What of it tells whom a difference points to."""
        return Shown(self.answered, self.asked, self.reply)


NOTHING = Signed(None, ())
NOT_ASKED = Signed(None, (), answered=False)


class Shower:
    """Asks inquirers what they signed."""

    def __init__(self, party: Party, institutions: Institutions) -> None:
        self._party = party
        self._institutions = institutions

    async def signed(self, requester: str, tx: str, *, seed: bool = False) -> Signed | None:
        """What a requester signed in a transaction; None where it cannot be asked just now.

        Without a request where the requester says that it has none, or shows none of its own;
        `NOT_ASKED` for who is not listed any more.
        """
        party = self._party
        listed = party.directory.entries.get(requester)
        if listed is None or listed.role != INSTITUTION:
            return NOT_ASKED
        message = ShowRequest(**party.envelope(requester), tx=tx, seed=seed)
        try:
            letter = await self._institutions(requester).send(SHOW, party.write(message))
        except WireError as error:
            get_logger().info("request-not-shown", institution=requester, code=error.code)
            return NOTHING if error.signed and not error.kind.again else None
        shown = letter.message
        try:
            asked = party.read_inside(shown.request, (StrippedRequest,), aud=LINKAGE)
        except WireError:
            return Signed(None, (letter.raw,), letter.raw)
        own = asked.message.sender == requester and asked.message.tx == tx
        reply = self._reply(requester, shown.reply)
        evidence = (asked.raw, *((reply.raw,) if reply is not None else ()))
        return Signed(asked if own else None, evidence, letter.raw, shown.seed, reply)

    def _reply(self, requester: str, text: str | None) -> Letter[Permit | Refusal] | None:
        """A reply as the network signed it for this requester; None where it did not."""
        if text is None:
            return None
        try:
            reply: Letter[Any] = self._party.read_inside(text, (Permit, Refusal), aud=requester)
        except WireError:
            return None
        return reply if reply.message.sender == LINKAGE else None
