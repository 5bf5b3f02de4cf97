"""A role as the product puts it together, with doubles where other parties are.

What the role is made of stands in `run/roles/<role>.py` and nowhere else: a world gives its parts,
and a line for each party it may talk to.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from placing import place

from renkei.clients.caller import Manner
from renkei.kit.background import Background
from renkei.kit.counterparty import Counterparty, Line
from renkei.kit.database import Database
from renkei.kit.http_server import Incoming, Outgoing, Route
from renkei.kit.party import Party
from renkei.kit.problems import problem_of
from renkei.run.config import Address, ServeConfig, Tls, Trust
from renkei.run.parts import Parts, Running
from renkei.run.roles import ROLES
from renkei.wire.call import Call
from renkei.wire.fields import Message
from renkei.wire.names import LINKAGE
from renkei.wire.table import call_for

DNS_SUFFIX = "renkei.test"


@dataclass(frozen=True, slots=True)
class DoubledParts(Parts[Any]):
    """Parts whose lines to other parties are the test's own."""

    lines: Mapping[str, Line] = field(default_factory=dict)

    def peer(self, name: str, manner: Manner | None = None) -> Counterparty:
        """The double that plays a party."""
        return Counterparty(self.party, name, self.lines[name])

    def network(self, manner: Manner) -> Counterparty:
        """The double that plays the network."""
        return self.peer(LINKAGE)


def config_of(role: str, party: Party, database: Path, **changes: Any) -> ServeConfig:
    """What a process of a role would be told; nothing here listens or connects."""
    facts: dict[str, Any] = {
        "role": role,
        "party": party.name,
        "profile": "sandbox",
        "host": "127.0.0.1",
        "port": 1,
        "keys": database.parent,
        "database": place(database),
        "directory": database.with_name(f"directory-of-{party.name}.json"),
        "tls": Tls(certificate=Path("c"), key=Path("k"), authority=Path("a")),
        "trust": Trust(network=party.roots.network.hex(), oversight=party.roots.oversight.hex()),
        "linkage": Address(dns_name=f"{LINKAGE}.{DNS_SUFFIX}", host="127.0.0.1", port=1),
    }
    return ServeConfig(**(facts | changes))


@dataclass(frozen=True)
class Composed:
    """One process of one role: its parts, its addresses, what it does by itself, its services."""

    parts: DoubledParts
    running: Running

    @property
    def services(self) -> dict[str, Any]:
        """What the role names of itself."""
        return self.running.services

    @property
    def database(self) -> Any:
        """Its open database."""
        return self.parts.database

    def route(self, path: str) -> Route:
        """What answers at an address."""
        return next(one for one in self.running.routes if one.path == path)

    def background(self, task: str) -> Background:
        """What it repeats by itself, by name; nothing runs by itself here."""
        return next(one for one in self.running.background if one.task == task)

    async def work(self, task: str) -> bool:
        """One batch or round of what it repeats by itself; gives whether more is due at once."""
        return await self.background(task).once()

    async def knock(self, call: Call[Any, Any], raw: bytes, *dns_names: str) -> Outgoing:
        """Bytes at its door, with a certificate for some names."""
        return await self.route(call.path).handler(Incoming(raw, dns_names, call.path))

    async def hear(self, sender: Party, raw: bytes, kind: type[Message]) -> bytes:
        """A message at its door, by a party or a desk; gives the signed answer, or raises it."""
        call = call_for(kind)
        answer = await self.knock(call, raw, f"{sender.name}.{DNS_SUFFIX}")
        if answer.status != 200:
            said = (answer.status, answer.body)
            raise problem_of(sender, said, self.parts.party.name, raw)
        return answer.body

    async def say(self, sender: Party, kind: type[Message], **facts: Any) -> Any:
        """A party says something; gives its answer."""
        name = self.parts.party.name
        raw = sender.write(kind(**sender.envelope(name), **facts))
        answer = await self.hear(sender, raw, kind)
        return sender.read(answer, call_for(kind).answers, peer=name).message

    def close(self) -> None:
        """Close its database, as a process that ended."""
        self.parts.database.close()

    async def end(self) -> None:
        """As `close`, from inside the event loop."""
        await asyncio.to_thread(self.close)


def compose(
    party: Party, path: Path, lines: Mapping[str, Line] | None = None, **changes: Any
) -> Composed:
    """The role of a party on its database, as its directory entry names the role.

    `lines` are its peers, `changes` what its configuration says otherwise; `opened` stands for a
    database that the world opened itself.
    """
    role = ROLES[party.directory.entry(party.name).role]
    database = changes.pop("opened", None) or Database.open(place(path), revision=role.revision)
    config = config_of(role.name, party, path, **changes)
    settings = config.settings_as(role.settings)
    parts = DoubledParts(
        config, settings, party, database, None, lines={} if lines is None else lines
    )  # type: ignore[arg-type]
    return Composed(parts, role.compose(parts))
