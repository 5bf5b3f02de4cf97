"""An insider with a body's database exchanges two people's codes, under running processes."""

import asyncio
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import own_case
import pytest
import sqlalchemy as sa
from running import RunningCountry, copy_opened, running_country

from renkei.kit.database import connect
from renkei.roles.institution.service.codes.book import CodeBook
from renkei.roles.institution.store import codes
from renkei.roles.institution.store.tables import CODE
from renkei.run.health import ask as ask_health
from renkei.sandbox.desk import at_desk
from renkei.values import PersonId
from renkei.wire.institution.desk import DeskExchange

A, B = "chofu-city", "ichikawa-city"
EVERY_SECONDS = 10.0
FOUND_WITHIN_SECONDS = 60.0


@pytest.fixture
def country(tmp_path: Path) -> Iterator[RunningCountry]:
    """A country of one test's own: its tables are spoilt."""
    with running_country(copy_opened(tmp_path / "country")) as running:
        yield running


def person(country: RunningCountry, tag: str, at: str) -> str:
    """An institution's own id of a persona."""
    return country.country.manifest.persons[tag][at]


def exchange(country: RunningCountry, at: str, first: str, second: str) -> None:
    """Exchange the codes of two personas in a body's own database, marks and all."""
    one, other = person(country, first, at), person(country, second, at)
    with connect(country.country.database(at)) as held:

        def put(who: str, element: bytes, mark: bytes) -> None:
            where = CODE.c.person == PersonId(who)
            held.execute(CODE.update().where(where).values(element=element, mark=mark))

        columns = sa.select(CODE.c.element, CODE.c.mark)
        mine, theirs = (
            tuple(held.execute(columns.where(CODE.c.person == PersonId(who))).one())
            for who in (one, other)
        )
        put(one, bytes(32), theirs[1])
        put(other, *mine)
        put(one, *theirs)


async def tax_of(country: RunningCountry, tag: str) -> DeskExchange:
    """A's desk asks B for a persona's tax, in a case of its own; once it ended."""
    number = f"S{secrets.token_hex(5)}"
    facts = {"case_number": number, "office": "child-support", "officer": "officer-7"}
    facts |= {"affair": "106", "sub_affair": "108-1", "subject": "claimant", "provider": B}
    facts |= {"person": person(country, tag, A)}
    async with at_desk(country.country, A) as desk:
        await own_case.ask(desk, items=["municipal-tax"], **facts)
        case = await desk.case(number)
    assert case.settled
    return case.exchanges[0]


def stopped(country: RunningCountry, at: str) -> dict[str, str]:
    """Who is stopped at a body, and why."""
    return dict(country.rows(at, "SELECT person, kind FROM stop"))


async def test_a_strangers_income_does_not_come(country: RunningCountry) -> None:
    """Codes exchanged at the asking city: nothing is sent about either, and an operator is told."""
    assert (await tax_of(country, "parent")).outcome == "provided"
    exchange(country, A, "parent", "spouse")
    one = await tax_of(country, "parent")
    assert (one.outcome, one.refused_by, one.reason) == ("refused", "requester", "code-stopped")
    assert country.rows(A, f"SELECT request FROM asked WHERE tx = '{one.tx}'") == [(None,)]
    assert stopped(country, A) == {person(country, "parent", A): "code-mark"}
    until = time.monotonic() + 90
    while not (found := (await ask_health(country.country.config(A))).alarms):
        assert time.monotonic() < until, "no alarm"
        await asyncio.sleep(0.5)
    assert [(alarm.kind, alarm.count) for alarm in found] == [("codes-stopped", 1)]
    order = {"affair": "81", "office": "child-support", "officer": "officer-1"}
    people = [person(country, tag, A) for tag in ("parent", "spouse")]
    async with at_desk(country.country, A) as desk:
        answer = await desk.acquire(persons=people, **order)
    assert [one.result for one in answer.results] == ["bound", "bound"]
    assert stopped(country, A) == {}
    assert (await tax_of(country, "parent")).outcome == "provided"


async def test_a_strangers_income_does_not_leave(country: RunningCountry) -> None:
    """Codes exchanged at the providing city: it provides nothing and stops the person."""
    exchange(country, B, "parent", "spouse")
    one = await tax_of(country, "parent")
    assert (one.outcome, one.refused_by, one.reason) == ("refused", "provider", "code-stopped")
    assert one.provided == []
    assert set(stopped(country, B).values()) == {"code-mark"}
    exchange(country, B, "parent", "spouse")


async def test_marked_with_the_bodys_own_key_a_sample_finds_it(country: RunningCountry) -> None:
    """Whoever has the key too is found by the sample, which J-LIS and the network answer."""
    country.kill(B)
    config = country.country.config_path(B)
    told = "[settings]", f"[settings]\nsample_codes = 100\nsample_every_seconds = {EVERY_SECONDS}"
    text = "".join(
        line
        for line in config.read_text().splitlines(keepends=True)
        if not line.startswith("sample_")
    )
    config.write_text(text.replace(*told))
    book = CodeBook(country.country.keys(B))
    with connect(country.country.database(B)) as connection:
        connection.exec_driver_sql("DELETE FROM stop")
        one, other = (person(country, tag, B) for tag in ("parent", "spouse"))
        held = {who: codes.row_of(connection, who, 1) for who in (one, other)}
        codes.cut(connection, [one, other])
        for who, of in ((one, other), (other, one)):
            row = held[of]
            assert row is not None
            assert book.bind(connection, who, row.code) is None
    country.restart(B)
    until = time.monotonic() + FOUND_WITHIN_SECONDS
    while not {one, other} <= (seen := stopped(country, B)).keys():
        assert time.monotonic() < until, f"only {seen} were found"
        await asyncio.sleep(0.5)
    assert {seen[one], seen[other]} == {"code-differs"}
    answered = await tax_of(country, "parent")
    assert (answered.outcome, answered.reason) == ("refused", "code-stopped")
