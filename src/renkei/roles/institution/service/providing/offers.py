"""Offered attributes: looked at apart from the call, and answered alike (本人特定情報の提示).

A requester may guess. Until a code is bound it is told one thing only, after one time only, whether
nobody here fits, somebody else does, J-LIS does not agree, or it has tried too often: `no-code`,
and after a while, for good, `no-data`. A code that fits is answered as soon as it is bound.
"""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from weakref import WeakValueDictionary

from sqlalchemy import Connection

from renkei.crypto.digests import sought_digest
from renkei.kit.background import Interval, delay_seconds
from renkei.kit.clock import tokyo_midnight
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.kit.watch import Watch
from renkei.roles.institution import rules
from renkei.roles.institution.service.codes.book import CodeBook, CodeStopped
from renkei.roles.institution.service.codes.domicile import PSEUDONYM_KEY
from renkei.roles.institution.service.providing.recognise import Recogniser
from renkei.roles.institution.store import findings
from renkei.roles.institution.store import offers as store
from renkei.roles.institution.store.offers import Key
from renkei.values.institution_code import InstitutionCode
from renkei.values.names import search_name
from renkei.values.person_id import PersonId
from renkei.wire.framing import Letter
from renkei.wire.individual_number.messages import FourAttributes
from renkei.wire.institution.messages import OfferedBy, Offers, OffersRequest

AGAIN: Final = Interval(first_delay_seconds=0.2, longest_delay_seconds=5.0)
HOLD_SECONDS: Final = 1.0
"""From an offer to its first answer where no code fits, whatever the reason: longer than an
acquisition takes where all is well."""
FINAL_SECONDS: Final = 30
"""From the first offer under a permit to the final `no-data`, whatever the reason."""
LOOKED_AT_ONCE: Final = 16
"""Offers of one requester; the others of it wait for their turn."""


@dataclass(frozen=True, slots=True)
class Offered:
    """One offer under a permit: the attributes, and r⁻¹·X_B, whose person is sought."""

    key: Key
    code: InstitutionCode
    attributes: FourAttributes


class OfferDesk:
    """Looks at offers in the background and says when they may be answered."""

    def __init__(
        self,
        party: Party,
        database: Database,
        recogniser: Recogniser,
        *,
        watch: Watch | None = None,
    ) -> None:
        self._party = party
        self._database = database
        self._recogniser = recogniser
        self._book = CodeBook(party.keys)
        self._watch = watch or Watch(party.clock, party.randomness)
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._persons: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    async def look(self, offered: Offered) -> PersonId | None:
        """Have an offer looked at; gives the person its code is bound to now, else None.

        None comes after `HOLD_SECONDS`, no sooner and no later, whatever the reason: a look that is
        not done by then is waited for no longer, and nothing is read after the time is up.
        """
        loop = asyncio.get_running_loop()
        until = loop.create_future()
        loop.call_at(loop.time() + HOLD_SECONDS, _ring, until)
        task = self._tasks.get(offered.key) or await self._start(offered)
        if task is not None:
            await asyncio.wait({task, until}, return_when=asyncio.FIRST_COMPLETED)
        if not until.done():
            person = await self._holder(offered.code)
            if person is not None:
                return person
        await until
        return None

    async def seconds_left(self, key: Key) -> int:
        """Seconds until the offer under a permit is answered for good; 0: now.

        Where nothing was offered, or a process died over it, the time has not begun.
        """
        offer = await self._database.look(lambda c: store.find(c, key))
        if offer is None or (offer.result is None and key not in self._tasks):
            return FINAL_SECONDS
        left = self._end(offer) - self._party.now()
        return max(0, -(-left // timedelta(seconds=1)))

    async def offers(self, letter: Letter[OffersRequest]) -> Offers:
        """Tell the Commission how one day's offers ended, by requester."""
        request = letter.message
        start = tokyo_midnight(date.fromisoformat(request.day))
        end = start + timedelta(days=1)
        found = await self._database.read(lambda c: store.counts(c, start, end))
        return Offers(
            **self._party.envelope(request.sender),
            day=request.day,
            offers=[
                OfferedBy(
                    requester=one.requester,
                    offered=one.offered,
                    failed=one.failed,
                    mismatched=one.mismatched,
                    limited=one.limited,
                )
                for one in found
            ],
        )

    async def stop(self) -> None:
        """End all looking; what was not finished begins anew with the next offer."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- in the background ---------------------------------------------------------------------

    async def _start(self, offered: Offered) -> asyncio.Task[None] | None:
        """Record an offer and begin to look, unless that was done before."""
        key, now = offered.key, self._party.now()
        sought = self._sought(key[0], "attributes", _who(offered.attributes))
        offer = await self._database.write(lambda c: store.note(c, key, sought, now))
        if key in self._tasks:  # another call was quicker
            return self._tasks[key]
        if offer.result is not None:
            return None
        task = self._watch.keep("offer", lambda: self._work(offered, offer))
        self._tasks[key] = task
        task.add_done_callback(lambda _: self._tasks.pop(key, None))
        return task

    async def _work(self, offered: Offered, offer: store.Offer) -> None:
        """Look until there is a result or the time is up."""
        key, failures = offered.key, 0
        turn = self._turns.setdefault(key[0], asyncio.Semaphore(LOOKED_AT_ONCE))
        while self._party.now() < self._end(offer):
            async with turn:
                result = await self._result(offered)
            if result != "late":
                return
            failures += 1
            await asyncio.sleep(delay_seconds(AGAIN, failures, self._party.randomness))
        await self._database.write(lambda c: store.end(c, key, "late"))

    async def _result(self, offered: Offered) -> store.Result:
        """One look: whom the attributes fit, whether that may be tried, and whether it is them."""
        requester = offered.key[0]
        fit = await self._recogniser.fit(offered.attributes)
        if fit is None:
            sought = self._sought(requester, "attributes", _who(offered.attributes))
        else:
            sought = self._sought(requester, "person", fit.person.person)
        # One after the other about one person: the first may bind what the others ask for.
        lock = self._persons.setdefault(sought, asyncio.Lock())
        async with lock:
            if await self._holder(offered.code) is not None:
                return await self._ended(offered, "bound", fit)
            key, now = offered.key, self._party.now()
            tries = await self._database.write(lambda c: store.seek(c, key, sought, now))
            if not rules.may_look(*tries):
                return await self._ended(offered, "limited", fit)
            if fit is None:
                return await self._ended(offered, "unknown", fit)
            found = await self._recogniser.verify(fit, offered.code, requester)
            return "late" if found == "later" else await self._ended(offered, found, fit)

    async def _ended(
        self, offered: Offered, result: store.Result, fit: rules.Fit | None
    ) -> store.Result:
        """Write a result, with a finding where the file here may be wrong about somebody."""
        (requester, tx), now = offered.key, self._party.now()

        def write(connection: Connection) -> None:
            store.end(connection, offered.key, result)
            if fit is not None and result in ("mismatch", "not-acquired"):
                person = fit.person.person
                found = findings.Finding(requester=requester, tx=tx, kind=result, person=person)
                findings.add(connection, found, now)

        await self._database.write(write)
        return result

    # -- small things --------------------------------------------------------------------------

    def _end(self, offer: store.Offer) -> datetime:
        return offer.at + timedelta(seconds=FINAL_SECONDS)

    async def _holder(self, code: InstitutionCode) -> PersonId | None:
        try:
            return await self._database.look(lambda c: self._book.person_of(c, code))
        except CodeStopped:
            return None

    def _sought(self, requester: str, kind: str, who: str) -> bytes:
        def mac(data: bytes) -> bytes:
            return self._party.keys.mac(PSEUDONYM_KEY, data, "sha256")

        return sought_digest(mac, requester, kind, who)


def _ring(until: "asyncio.Future[None]") -> None:
    if not until.done():
        until.set_result(None)


def _who(attributes: FourAttributes) -> str:
    return f"{search_name(attributes.name)}:{attributes.birth_date}:{attributes.sex}"
