"""A peer that asks for more than its share: signed requests, many at once, each answer counted."""

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from running import RunningCountry

from renkei.kit.http_client import HttpClient, PeerError
from renkei.roles.institution.service.asking.ask import Asker
from renkei.roles.institution.service.asking.question import Question
from renkei.roles.institution.store.asked import Asked
from renkei.values.institution_code import InstitutionCode
from renkei.wire.linkage.permit import PermitRequest
from renkei.wire.table import call_for

ANSWER_BYTES = 1_000_000
BROKEN = 0
"""Counted where a connection gave no answer."""


@dataclass
class Served:
    """What became of some requests: a status, seconds and Retry-After for each."""

    statuses: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    """Why there was no answer at all."""
    without_time: list[int] = field(default_factory=list)
    """Statuses 429 and 503 that came without Retry-After."""

    @property
    def counts(self) -> Counter[int]:
        """How many answers there were of each status."""
        return Counter(self.statuses.values())

    def of(self, status: int) -> list[str]:
        """The transactions answered with a status."""
        return [tx for tx, found in self.statuses.items() if found == status]

    def slowest(self, share: float) -> float:
        """Seconds within which `share` of the requests answered 200 had their answer."""
        times = sorted(self.seconds[tx] for tx in self.of(200))
        return times[min(len(times) - 1, int(len(times) * share))]


class Greedy:
    """One institution's own keys and certificate, used for far more than it is given."""

    def __init__(self, country: RunningCountry, name: str, provider: str) -> None:
        self._country = country
        self._name = name
        self._provider = provider
        self._asker = Asker(country.party(name))
        ((self._person, element),) = country.rows(name, "SELECT person, element FROM code LIMIT 1")
        self._code = InstitutionCode(element, 1)

    def requests(self, count: int) -> list[Asked]:
        """Lawful requests, each of a transaction of its own; the institution keeps no record."""
        question = Question(
            case_number="GREEDY",
            office="child-support",
            officer="officer-1",
            affair="106",
            sub_affair="108-1",
            items=("municipal-tax",),
            subject="claimant",
            person=self._person,
            provider=self._provider,
        )
        return [self._asker.ask(question, self._code) for _ in range(count)]

    async def send(
        self, asked: list[Asked], *, clients: int, at_once: int, deadline_seconds: float
    ) -> Served:
        """Send all, `at_once` at a time over the connections of some clients, each of them once."""
        served, gate = Served(), asyncio.Semaphore(at_once)
        async with AsyncExitStack() as stack:
            https = [
                await stack.enter_async_context(self._country.http(self._name))
                for _ in range(clients)
            ]

            async def one(number: int, request: Asked) -> None:
                async with gate:
                    await self._send(https[number % clients], request, served, deadline_seconds)

            await asyncio.gather(*(one(number, each) for number, each in enumerate(asked)))
        return served

    async def _send(
        self, http: HttpClient, asked: Asked, served: Served, deadline_seconds: float
    ) -> None:
        assert asked.request is not None
        peer, started = self._country.peer("linkage"), time.monotonic()
        try:
            answer = await http.post(
                peer,
                call_for(PermitRequest).path,
                asked.request,
                deadline_seconds=deadline_seconds,
                max_answer_bytes=ANSWER_BYTES,
            )
        except PeerError as error:
            served.statuses[asked.tx] = BROKEN
            served.broken[asked.tx] = repr(error)
            return
        served.statuses[asked.tx] = answer.status
        served.seconds[asked.tx] = time.monotonic() - started
        served.bodies[asked.tx] = answer.body
        if answer.status in (429, 503) and not answer.retry_after_seconds:
            served.without_time.append(answer.status)
