"""The bus of a country in which one party lies, and what honest parties make of it (嘘つきの電文).

The liar's messages, answers and public files pass through its `Teller`; all others' as they are.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from inprocess import Died
from letters import payload
from stormy import StormyWorld

from renkei.kit.http_client import Answer, Peer, PeerError, PeerTimeout, PeerUnreachable
from renkei.sandbox.blueprint import DNS_SUFFIX
from renkei.wire.errors import WireError

OK = 200
Spoken = tuple[str, str]
"""`asks`, `answers` or `shows`, and the path."""


class Teller(Protocol):
    """What becomes of what the liar says."""

    party: str

    def sees(self, raw: bytes) -> None:
        """A message that came to the liar or left it."""

    def asks(self, path: str, body: bytes) -> list[bytes]:
        """What is sent in place of a message: nothing, another one, two."""

    def answers(self, path: str, asked: bytes, answer: Answer) -> Answer | None:
        """What is answered in place of an answer; None: nothing."""

    def shows(self, path: str, body: bytes) -> bytes | None:
        """What is shown in place of a public file; None: nothing."""


@dataclass(frozen=True)
class Refused:
    """A door of an honest party did not take a message of the liar's."""

    by: str
    path: str
    code: str


@dataclass(frozen=True)
class Trouble:
    """Background work of an honest party that an error ended, and who the error names."""

    at: str
    task: str
    code: str
    peer: str | None


@dataclass
class LyingWorld(StormyWorld):
    """The country of one process with a liar in it, or nobody yet."""

    teller: Teller | None = None
    spoken: dict[str, Counter[Spoken]] = field(default_factory=dict)
    """What each party has said, by kind and path."""
    refused: list[Refused] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    crashed: list[tuple[str, str]] = field(default_factory=list)
    """Doors that failed, with the error: an answer 500 of a party."""

    def lies(self, name: str) -> bool:
        """Whether a party is the liar."""
        return self.teller is not None and self.teller.party == name

    def _spoke(self, name: str, kind: str, path: str) -> None:
        self.spoken.setdefault(name, Counter())[kind, path] += 1

    async def carry(self, sender: str, peer: Peer, path: str, body: bytes) -> Answer:
        """A message to its door; the liar's in the form that it gives it."""
        self._spoke(sender, "asks", path)
        if self.teller is None or not self.lies(sender):
            return await super().carry(sender, peer, path, body)
        sent = self.teller.asks(path, body)
        if not sent:
            raise PeerUnreachable(peer, "never sent")
        answer = Answer(OK, b"")
        for one in sent:
            self.teller.sees(one)
            answer = await super().carry(sender, peer, path, one)
            self.teller.sees(answer.body)
            if answer.status != OK:
                code = _code(answer.body)
                self.refused.append(Refused(_party(peer), path, code))
        return answer

    async def knock(self, sender: str, peer: Peer, path: str, body: bytes) -> Answer:
        """A door's answer; the liar's in the form that it gives it."""
        name, before = _party(peer), len(self.bugs)
        answer = await super().knock(sender, peer, path, body)
        self.crashed += [(name, repr(one)) for one in self.bugs[before:]]
        if sender.endswith("-desk"):
            return answer
        self._spoke(name, "answers", path)
        if self.teller is None or not self.lies(name) or answer.status != OK:
            return answer
        self.teller.sees(body)
        self.teller.sees(answer.body)
        said = self.teller.answers(path, body, answer)
        if said is None:
            raise PeerTimeout(peer, "no answer")
        return said

    async def fetch(self, sender: str, peer: Peer, path: str) -> Answer:
        """A public file; the liar's in the form that it gives it."""
        answer = await super().fetch(sender, peer, path)
        name, kind = _party(peer), kind_of_file(path)
        self._spoke(name, "shows", kind)
        if self.teller is None or not self.lies(name) or answer.status != OK:
            return answer
        shown = self.teller.shows(kind, answer.body)
        if shown is None:
            raise PeerTimeout(peer, "no answer")
        return Answer(answer.status, shown)

    async def work(self, name: str, task: str) -> bool:
        """One round of background work; what ends it by an error is noted for honest parties."""
        node = self.nodes.get(name)  # a liar may not have started again
        if node is None or node.death.dead:
            return False
        try:
            return await node.works[task]()
        except (WireError, PeerError, Died) as error:
            code = getattr(error, "code", "unavailable")
            self.troubles.append(Trouble(name, task, code, getattr(error, "peer", None)))
        except Exception as error:
            self.failed.append((name, task, error))
        return False


def kind_of_file(path: str) -> str:
    """Which kind of public file a path names: a note by its name, a tile or a bundle."""
    below = path.partition("/log/")[2]
    if below.startswith("tile/entries"):
        return "entries"
    return "tile" if below.startswith("tile") else below


def _party(peer: Peer) -> str:
    return peer.dns_name.removesuffix(f".{DNS_SUFFIX}")


def _code(body: bytes) -> str:
    """The error that a refusal names, signed or not."""
    said = payload(body) or json.loads(body)
    return str(said.get("code") or said.get("error"))
