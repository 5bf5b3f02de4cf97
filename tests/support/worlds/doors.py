"""The doors of every role in one process, as a stranger meets them: bytes in, bytes out.

Requests pass the role's whole HTTP application; only sockets are missing. Whether anything was
written shows exactly (`writings`).
"""

import asyncio
import contextlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from inprocess import World, world_of
from writings import Writings

from renkei.kit.clock import ManualClock
from renkei.kit.doorway import Doorway
from renkei.kit.http_app import CLIENT_NAMES, TLS_EXTENSION, App, build_app
from renkei.kit.http_client import Answer
from renkei.kit.party import Party
from renkei.kit.randomness import system_randomness
from renkei.run.health import health_of
from renkei.sandbox.blueprint import desk_dns
from renkei.sandbox.country import Country, quiet_keys
from renkei.wire.health import HEALTH_PATH
from renkei.wire.institution.desk_codes import DeskAcquire

A, B = "chofu-city", "ichikawa-city"
ROLES = ("linkage", "individual-number", "portal", "institution")
USE = {A: "81", B: "24"}
Header = tuple[bytes, bytes]
JOSE: Sequence[Header] = ((b"content-type", b"application/jose"),)


@dataclass(frozen=True)
class Reply:
    """What an application answered: status, header fields in lower case, body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Doors:
    """Every role's application, its database's version, and pens to write with.

    Has what `ByHand` wants of a country: parties, rows, post.
    """

    world: World
    loop: asyncio.AbstractEventLoop
    apps: dict[str, App] = field(default_factory=dict)
    _writings: Writings = field(init=False)

    def __post_init__(self) -> None:
        for name, node in self.world.nodes.items():
            config = self.world.country.config(name)
            ends_at = node.party.now() + timedelta(days=90)
            health = health_of(config, node.running.watch, node.party, ends_at, seat=node.database)
            own = Doorway(node.party).own(HEALTH_PATH, self.names(name), health)
            self.apps[name] = build_app([*node.routes.values(), own])
        self._writings = Writings(self.world.country)

    def close(self) -> None:
        """Close what watches the databases."""
        self._writings.close()

    # -- what a country is to those who act in it ----------------------------------------------

    @property
    def country(self) -> Country:
        """Its folder, keys and manifest."""
        return self.world.country

    @property
    def clock(self) -> ManualClock:
        """The time of all roles."""
        return self.world.clock

    def party(self, name: str) -> Party:
        """A party's pen: a role's own, or a desk's."""
        if name in self.world.nodes:
            return self.world.nodes[name].party
        if not name.endswith("-desk"):
            return self.world.new_party(name)
        city = name.removesuffix("-desk")
        own = self.world.nodes[city].party
        return Party(
            name,
            quiet_keys(self.country.home(city) / "desk" / "keys"),
            self.clock,
            system_randomness,
            roots=self.country.roots(),
            desks={city: (f"{city}.renkei.test", own.keys.public("sign"))},
        )

    def rows(self, party: str, query: str) -> list[tuple[Any, ...]]:
        """Read a party's database from outside."""
        return self.world.rows(party, query)

    async def post(self, sender: str, receiver: str, path: str, body: bytes) -> Answer:
        """Post bytes with one party's certificate to another's address."""
        reply = await self.asgi(receiver, path, body, names=self.names(sender))
        return Answer(reply.status, reply.body)

    @staticmethod
    def names(party: str) -> tuple[str, ...]:
        """The DNS names in a party's certificate."""
        return (desk_dns(party) if party.endswith("-desk") else f"{party}.renkei.test",)

    # -- one request -----------------------------------------------------------------------------

    def send(self, receiver: str, path: str, body: bytes, **more: Any) -> Reply:
        """As `asgi`, from outside of the event loop."""
        return self.loop.run_until_complete(self.asgi(receiver, path, body, **more))

    async def asgi(
        self,
        receiver: str,
        path: str,
        body: bytes | Sequence[bytes],
        *,
        names: tuple[str, ...] = (),
        method: str = "POST",
        headers: Sequence[Header] = JOSE,
    ) -> Reply:
        """One request to a role's application; a body of several pieces comes in chunks."""
        pieces = [body] if isinstance(body, bytes) else list(body)
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            piece = pieces.pop(0) if pieces else b""
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        route, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": route,
            "raw_path": route.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": list(headers),
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
            "extensions": {TLS_EXTENSION: {CLIENT_NAMES: names}},
        }
        await self.apps[receiver](scope, receive, send)
        head = {k.decode().lower(): v.decode("latin-1") for k, v in sent[0]["headers"]}
        return Reply(sent[0]["status"], head, b"".join(one.get("body", b"") for one in sent[1:]))

    # -- what is written ---------------------------------------------------------------------------

    def versions(self) -> dict[str, int]:
        """Of every database a number that changes with each commit that wrote something."""
        return self._writings.versions()

    def rest(self) -> None:
        """Stop whatever an institution drives and let every writer end what it was given."""
        nodes = list(self.world.nodes.values())
        drivers = [node.driver for node in nodes if "driver" in node.running.services]
        if not asyncio.all_tasks(self.loop):
            return
        for driver in drivers:
            self.loop.run_until_complete(driver.stop())
        for node in nodes:
            self.loop.run_until_complete(node.database.write(lambda connection: None))

    # -- preparing ---------------------------------------------------------------------------------

    async def acquire(self) -> None:
        """The two cities of the story acquire the parent's code."""
        for city, row in USE.items():
            person = self.world.person("parent", city)
            await self.world.desk(
                city,
                DeskAcquire,
                affair=row,
                office="child-support" if city == A else "tax",
                officer="officer-1",
                persons=[person],
            )


@contextlib.contextmanager
def doors_of(template: Path, folder: Path) -> Iterator[Doors]:
    """The doors of a copy of a built country, for the length of a block."""
    loop = asyncio.new_event_loop()
    world_context = world_of(template, folder, ROLES)
    world = loop.run_until_complete(world_context.__aenter__())
    doors = Doors(world, loop)
    try:
        loop.run_until_complete(doors.acquire())
        yield doors
    finally:
        doors.close()
        loop.run_until_complete(world_context.__aexit__(None, None, None))
        loop.close()
        shutil.rmtree(folder, ignore_errors=True)
