"""The story told behind the recording proxy, and what was recorded, message by message."""

import asyncio
import base64
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import aiohttp
from behind_proxies import CapturedCountry
from country_secrets import Seeds
from every_door import say_the_rest, walk_pages
from layers import http_messages, jws_type
from recording_proxy import Conversation

from renkei.crypto.codes import derive_blind
from renkei.kit.progress import Progress
from renkei.sandbox.country import Country
from renkei.sandbox.desk import Desk, at_desk
from renkei.sandbox.opening import open_country
from renkei.sandbox.story import Account, Story
from renkei.wire import framing
from renkei.wire.boxes import BoxPurpose
from renkei.wire.linkage.permit import PermitRequest

CITY, FORMER_CITY = "chofu-city", "ichikawa-city"
QUIET_BODY = "receiving-accounts"
"""Holds nobody's code that the story needs."""
DRAINED_SECONDS = 120
AT_ONCE = 3
EXCHANGES = 200


@dataclass(frozen=True, slots=True)
class Message:
    """One HTTP message of one direction, its body opened of chunks and content encodings."""

    speaker: str
    listener: str
    first: str
    lines: bytes
    body: bytes

    @property
    def typ(self) -> str:
        """The type of the signed message in it."""
        return jws_type(self.body)

    @property
    def payload(self) -> Any:
        """What a signed message says."""
        return payload_of(self.body)


def payload_of(signed: bytes | str) -> Any:
    """What a compact JWS says."""
    text = signed.encode() if isinstance(signed, str) else signed
    middle = text.split(b".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + b"=" * (-len(middle) % 4)))


def messages(conversations: list[Conversation]) -> Iterator[Message]:
    """Everything that was said, in the order of connections."""
    for one in conversations:
        for speaker, listener, said in (
            (one.sender, one.receiver, one.asked),
            (one.receiver, one.sender, one.answered),
        ):
            for first, lines, body in http_messages(bytes(said)):
                yield Message(speaker, listener, first.decode("latin-1"), lines, body)


def seeds_of(country: CapturedCountry, said: list[Message]) -> dict[str, Seeds]:
    """Seed and blinding value of every request that travelled, opened with the portal's key."""
    portal = country.party("portal")
    found: dict[str, Seeds] = {}
    for one in said:
        if not one.typ.startswith("renkei.permit-request."):
            continue
        _, asked = framing.parse(one.body, (PermitRequest,))
        tx, sender = asked.tx, asked.sender
        if tx not in found:
            seed = portal.unseal_seed(BoxPurpose.PORTAL_SEED, (sender, tx), asked.portal_seed)
            found[tx] = Seeds(sender, tx, seed, derive_blind(seed, sender, tx))
    return found


# -- the story -----------------------------------------------------------------------------------


class Told:
    """What happened in the country, from first issue to the person's download."""

    def __init__(self, country: CapturedCountry) -> None:
        self.captured = country
        self.account: Account | None = None
        self.cases: dict[str, Any] = {}
        self.pages: list[tuple[str, str]] = []
        """Addresses and bodies of pages shown to people."""

    @property
    def country(self) -> Country:
        """The country's folder."""
        return self.captured.country

    async def tell(self) -> "Told":
        """Tell everything, until nothing is left to do."""
        await open_country(self.country, Progress(quiet=True))
        self.account = await Story(self.country, Progress(quiet=True)).play()
        async with at_desk(self.country, CITY) as city, at_desk(self.country, FORMER_CITY) as other:
            await self._ordinance(city)
            await self._housing(city)
            await self._protected(city, other)
            await self._no_code(other)
            await self._many(city)
        await self._look()
        await say_the_rest(self.captured, QUIET_BODY)
        await asyncio.to_thread(self.drain)
        return self

    def person(self, tag: str, institution: str) -> str:
        """An institution's id of a persona."""
        return self.country.manifest.persons[tag][institution]

    async def _ordinance(self, city: Desk) -> None:
        """Two requests on one consent: one is answered, one withheld."""
        about = {
            "officer": "officer-capture-3",
            "affair": "o-single-parent-medical",
            "person": self.person("parent", CITY),
        }
        case = await city.open(
            case_number="CAPTURE-ORDINANCE",
            office="child-support",
            sub_affair="o-single-parent-medical",
            **about,
        )
        kept = await city.consent(
            case_number=case.case_number,
            items=["local-tax", "resident-record"],
            given_on="2026-06-30",
            form="paper",
            document="CAPTURE consent 1",
            **about,
        )
        for number, item in enumerate(("local-tax", "resident-record", "local-tax"), 1):
            await city.ask(
                in_case=case.case_number,
                case_number=f"CAPTURE-ORDINANCE-{number}",
                office="child-support",
                officer="officer-capture-3",
                affair="o-single-parent-medical",
                sub_affair="o-single-parent-medical",
                items=[item],
                subject="claimant",
                person=self.person("parent", CITY),
                provider=FORMER_CITY,
                consent_digest=kept.consent_digest,
            )
            await city.case(f"CAPTURE-ORDINANCE-{number}")
        assert (await city.consents(case.case_number)).statements
        await city.close(case_number=case.case_number, officer="officer-capture-3")

    async def _housing(self, city: Desk) -> None:
        """What an officer states is kept, and asked for then; twice, as offices have such cases."""
        stated = ["runs-public-housing"]
        for number in (1, 2):
            about = {"case_number": f"CAPTURE-HOUSING-{number}", "office": "child-support"}
            case = await city.procedure(
                **about,
                officer="officer-capture-5",
                procedure="public-housing-apply",
                person=self.person("parent", CITY),
            )
            assert case.exchanges == []
            case = await city.state(**about, officer="officer-capture-6", conditions=stated)
            assert case.exchanges
            await city.case(case.case_number)

    async def _protected(self, city: Desk, other: Desk) -> None:
        """A person under support measures: a human at the former city decides."""
        await self._procedure(city, "CAPTURE-PROTECTED", "protected", CITY)
        until = time.monotonic() + DRAINED_SECONDS
        while not (waiting := (await other.pending()).pending):
            assert time.monotonic() < until, "nothing waits for an officer"
            await asyncio.sleep(0.1)
        for one in waiting:
            await other.decide(
                requester=one.requester,
                tx=one.tx,
                officer="officer-capture-9",
                decision="provide",
            )

    async def _no_code(self, other: Desk) -> None:
        """Somebody whom the pension service holds without a code."""
        for number in (1, 2):
            await self._procedure(other, f"CAPTURE-NO-CODE-{number}", "variant", FORMER_CITY)

    async def _many(self, city: Desk) -> None:
        """Cases until so many exchanges were asked that the network's memory was well used."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> int:
            async with gate:
                name = f"CAPTURE-MANY-{number:03d}"
                tag = "parent" if number % 3 else "twin-a"
                case = await self._procedure(city, name, tag, CITY)
                return len(case.exchanges)

        asked, number = 0, 0
        while asked < EXCHANGES:
            counts = await asyncio.gather(*(one(number + step) for step in range(6)))
            asked, number = asked + sum(counts), number + 6
            assert number < EXCHANGES, "the cases ask nobody"

    async def _procedure(self, desk: Desk, number: str, tag: str, city: str) -> Any:
        await desk.procedure(
            case_number=number,
            office="child-support",
            officer="officer-capture-7",
            procedure="child-allowance",
            person=self.person(tag, city),
        )
        self.cases[number] = await desk.case(number, wait_seconds=1)
        return self.cases[number]

    async def _look(self) -> None:
        """People look at their histories in the browser and take one away."""
        door = self.country.people_address("portal")
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar, trust_env=False) as session:
            async with session.post(f"{door}/api/session", json={"persona": "parent"}) as answer:
                assert answer.status == 200
            for path in (
                *("/sandbox", "/history", "/history?lang=en", "/history/line?place=1"),
                *("/history?page=2", "/api/history", "/api/history/file", "/nowhere"),
            ):
                headers = {"accept": "text/html" if "api" not in path else "*/*"}
                async with session.get(door + path, headers=headers) as answer:
                    self.pages.append((path, await answer.text()))
        self.pages += await walk_pages(door)

    # -- the end -----------------------------------------------------------------------------

    def open_rows(self) -> list[str]:
        """What has still to be done, at whichever party."""
        found = []
        for plan in self.country.institutions():
            rows = self.captured.rows
            for query in (
                "SELECT count(*) FROM asked WHERE state <> 'closed'",
                "SELECT count(*) FROM receipt WHERE state = 'owed'",
                "SELECT count(*) FROM provided WHERE answer IS NOT NULL",
            ):
                ((count,),) = rows(plan.party, query)
                found += [f"{plan.party}: {count} by {query}"] if count else []
        for query in (
            "SELECT count(*) FROM feed",
            "SELECT count(*) FROM leaf WHERE position IS NULL AND kind < 3",
        ):
            ((count,),) = self.captured.rows("linkage", query)
            found += [f"linkage: {count} by {query}"] if count else []
        ((left,),) = self.captured.rows(
            "individual-number", "SELECT count(*) FROM resident WHERE in_portal_set = 0"
        )
        return found + ([f"portal: {left} codes missing"] if left else [])

    def drain(self) -> None:
        """Wait until every exchange has ended everywhere and the write-ahead log is empty."""
        until = time.monotonic() + DRAINED_SECONDS
        while left := self.open_rows():
            assert time.monotonic() < until, f"still to be done: {left}"
            time.sleep(0.2)
        time.sleep(2.5)  # one round of the network's housekeeping, every two seconds


def titles(page: str) -> list[str]:
    """The titles of a page."""
    return re.findall(r"<title>(.*?)</title>", page, re.DOTALL)
