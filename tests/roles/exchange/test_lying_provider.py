"""A provider that answers something else than was asked: the requester takes none of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from lines import ByName, toward
from placing import carried

from renkei.clients.caller import Caller
from renkei.kit.database import Database
from renkei.kit.outbox import Outbox
from renkei.kit.randomness import system_randomness
from renkei.roles.institution.service.asking.ask import Asker
from renkei.roles.institution.service.asking.drive import Driver
from renkei.roles.institution.service.asking.question import Question
from renkei.roles.institution.store import REVISION, asked
from renkei.roles.institution.store.asked import Asked, Case
from renkei.roles.institution.store.tables import CaseFacts
from renkei.values.institution_code import InstitutionCode
from renkei.wire.boxes import BoxPurpose
from renkei.wire.framing import encode
from renkei.wire.institution.messages import (
    Answer,
    Content,
    Field,
    Presentation,
    ProvidedItem,
    Received,
    ReceivedNoted,
)
from renkei.wire.linkage.permit import Permit

A, B = "chofu-city", "ichikawa-city"


def item(name: str) -> ProvidedItem:
    """An item about nobody."""
    return ProvidedItem(item=name, as_of="2026-07-01", fields=[Field(name="x", value=1)])


class LyingProvider(ByName):
    """B with its real keys, giving whatever outcome and content a test says."""

    def __init__(self, party: Any, outcome: str, content: list[ProvidedItem] | None) -> None:
        self.party, self.outcome, self.content = party, outcome, content
        self.presented = asyncio.Event()
        self.confirmed = asyncio.Event()
        self.times = 0

    async def provide(self, letter: bytes) -> bytes:
        """Answer any permit."""
        party = self.party
        presentation = party.read(letter, (Presentation,), peer=A).message
        permit = party.read(presentation.permit.encode(), (Permit,), peer=None, aud=A)
        tx = permit.message.tx
        box = None
        if self.content is not None:
            box = party.seal(A, BoxPurpose.ANSWER, tx, encode(Content(items=self.content)))
        answer = Answer(
            **party.envelope(A),
            requester=A,
            tx=tx,
            permit_digest=permit.digest,
            nonce=bytes(32),
            outcome=self.outcome,  # type: ignore[arg-type]
            content=box,
        )
        self.times += 1
        if self.times >= 2:
            self.presented.set()
        return bytes(party.write(answer))

    async def received(self, letter: bytes) -> bytes:
        """Note a confirmation."""
        self.party.read(letter, (Received,), peer=A)
        self.confirmed.set()
        return bytes(self.party.write(ReceivedNoted(**self.party.envelope(A), unknown=[])))


@pytest.fixture
async def database(country: Any, tmp_path: Path) -> AsyncIterator[Database]:
    """A copy of the requester's database: the running process does not take up what is asked."""
    config = country.country.config(A)
    copy = carried(config.role, config.database, tmp_path / "database.sqlite")
    opened = Database.open(copy, revision=REVISION)
    yield opened
    await asyncio.to_thread(opened.close)


async def ask(country: Any, by_hand: Any, database: Database, liar: LyingProvider) -> Asked:
    """One lawful question driven against the liar, until it ends or was tried twice."""
    party = by_hand.party
    question = Question(
        case_number="L-1",
        office="child-support",
        officer="officer-1",
        affair="106",
        sub_affair="108-1",
        items=("municipal-tax",),
        subject="claimant",
        person=country.country.manifest.persons["parent"][A],
        provider=B,
    )
    one = Asker(party).ask(question, InstitutionCode(by_hand.code(), 1))
    case = Case(
        case_number=f"L-{one.tx}"[:40],
        facts=CaseFacts(office="child-support", officer="officer-1", person="P"),
        plan=[],
    )
    await database.write(lambda c: asked.open_case(c, case, [one], party.now()))

    async def never(_batch: int) -> int:
        return 0

    async with country.http(A) as http:
        driver = Driver(
            party,
            database,
            toward(
                party, "linkage", Caller(party, http, "linkage", lambda: country.peer("linkage"))
            ),
            lambda name: toward(party, name, liar),
            Outbox("receipts", never, randomness=system_randomness),
        )
        driver.start(one.tx)
        ends = [
            asyncio.create_task(liar.presented.wait()),
            asyncio.create_task(liar.confirmed.wait()),
        ]
        await asyncio.wait(ends, timeout=15, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0.1)
        await driver.stop()
        for end in ends:
            end.cancel()
    found = await database.read(lambda c: asked.find(c, one.tx))
    assert found is not None
    return found


def receipts(connection: Any, tx: str) -> int:
    """How many receipts the requester owes for a transaction."""
    from renkei.roles.institution.store.tables import RECEIPT

    return len(connection.execute(RECEIPT.select().where(RECEIPT.c.tx == tx)).all())


LIES: dict[str, tuple[str, list[ProvidedItem] | None]] = {
    "something else": ("provided", [item("resident-record")]),
    "something more": ("provided", [item("municipal-tax"), item("resident-record")]),
    "nothing at all": ("provided", None),
    "an empty list": ("provided", []),
    "content with no-data": ("no-data", [item("municipal-tax")]),
    "content with a refusal": ("refused", [item("municipal-tax")]),
}


@pytest.mark.parametrize("name", LIES)
async def test_an_answer_that_does_not_fit_is_not_taken(
    country: Any, by_hand: Any, provider_by_hand: Any, database: Database, name: str
) -> None:
    """Not asked, missing, or beside another outcome: nothing is stored, confirmed or receipted."""
    liar = LyingProvider(provider_by_hand.party, *LIES[name])
    found = await ask(country, by_hand, database, liar)
    assert not liar.confirmed.is_set()
    assert (found.state, found.outcome, found.content) == ("permitted", None, [])
    assert await database.read(lambda c: receipts(c, found.tx)) == 0


async def test_an_honest_answer_of_the_same_double_is_taken(
    country: Any, by_hand: Any, provider_by_hand: Any, database: Database
) -> None:
    """The double itself is no obstacle: what was asked is stored, confirmed and receipted."""
    honest = LyingProvider(provider_by_hand.party, "provided", [item("municipal-tax")])
    found = await ask(country, by_hand, database, honest)
    assert honest.confirmed.is_set()
    assert (found.state, found.outcome) == ("closed", "provided")
    assert found.content == [item("municipal-tax")]
    assert await database.read(lambda c: receipts(c, found.tx)) == 1
