"""Two processes of each party at once, on PostgreSQL, behind HAProxy (複数プロセス)."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from by_hand import A, B, ByHand, Problem
from postgres import Server
from replicated import ReplicatedCountry, place_in
from typer.testing import CliRunner

from renkei.cli import app
from renkei.clients.desk import open_desk
from renkei.kit.http_client import HttpClient
from renkei.sandbox.country import quiet_keys
from renkei.sandbox.desk import at_desk, desk_config
from renkei.sandbox.opening import OFFICER
from renkei.wire.errors import WireError
from renkei.wire.institution.desk import DeskCase
from renkei.wire.institution.messages import Presentation
from renkei.wire.linkage.permit import Permit

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.haproxy,
    pytest.mark.sqlite_only("it has a server of its own in every run: once is enough"),
]

ROUNDS = 25
HANDOVER_SECONDS = 10.0
STOPPED_SECONDS = 40.0
"""However long another process waits for one that stands still, on a busy machine."""
ENDED_SECONDS = 60.0
LOOK_SECONDS = 0.1
WAIT_SECONDS = 20
"""However long a desk waits at the most."""
TWO = ("1", "2")


@pytest.fixture(scope="module")
def country(
    postgres: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ReplicatedCountry]:
    """Two processes of each party but the Commission."""
    home = tmp_path_factory.mktemp("replicas")
    country = ReplicatedCountry(home / "country", place_in(home, postgres.url()), 2)
    try:
        country.start(opened=False)
        asyncio.run(with_codes(country))
        yield country
    finally:
        country.stop()


async def with_codes(country: ReplicatedCountry) -> None:
    """Acquire the parent's code wherever the parent is on file."""
    for plan in country.country.institutions():
        person = country.country.manifest.persons["parent"].get(plan.party)
        if person is not None:
            order = {"affair": plan.use_affair, "office": plan.offices[0].office}
            async with at_desk(country.country, plan.party) as desk:
                await desk.acquire(**order, officer=OFFICER, persons=[person])


@pytest.fixture
def hand(country: ReplicatedCountry) -> ByHand:
    """The parent's city, by hand."""
    return ByHand(country, A)


async def at_both(
    country: ReplicatedCountry, http: HttpClient, receiver: str, path: str, raws: tuple[bytes, ...]
) -> list[Any]:
    """Post to the first and to the second process of a party at the same moment."""
    return await asyncio.gather(
        *(
            http.post(
                country.peer(f"{receiver}.{number}"),
                path,
                raw,
                deadline_seconds=20,
                max_answer_bytes=1_000_000,
            )
            for number, raw in zip(TWO, raws, strict=True)
        )
    )


async def until(true: Callable[[], Awaitable[bool]], seconds: float) -> float:
    """Wait for something to become true; gives how long it took."""
    began = time.monotonic()
    while not await true():
        assert time.monotonic() - began < seconds, f"not within {seconds} seconds"
        await asyncio.sleep(LOOK_SECONDS)
    return time.monotonic() - began


def count(country: ReplicatedCountry, party: str, query: str) -> int:
    return int(country.rows(party, f"SELECT count(*) FROM {query}")[0][0])


async def test_one_request_at_two_processes_is_one_permit(
    country: ReplicatedCountry, hand: ByHand
) -> None:
    """The same request at two processes at once has one permit, one entry, the same bytes."""
    asked = []
    async with country.http(A) as http:
        for _ in range(ROUNDS):
            raw = hand.party.write(hand.request())
            first, second = await at_both(country, http, "linkage", "/permit", (raw, raw))
            assert (first.status, second.status) == (200, 200)
            assert first.body == second.body
            asked.append(hand.party.read(first.body, (Permit,), peer="linkage").message.tx)
    found = ", ".join(f"'{tx}'" for tx in asked)
    assert count(country, "linkage", f"permit WHERE tx IN ({found})") == ROUNDS
    leaves = f"leaf WHERE kind = 1 AND convert_from(record, 'UTF8') ~ '{'|'.join(asked)}'"
    assert count(country, "linkage", leaves) == ROUNDS


async def test_two_requests_under_one_transaction_are_one_permit_and_one_conflict(
    country: ReplicatedCountry, hand: ByHand
) -> None:
    """Two requests with one transaction id at two processes at once: one is a conflict."""
    conflict = Problem(409, "tx-conflict", None, signed=True)
    async with country.http(A) as http:
        for _ in range(ROUNDS):
            request = hand.request()
            other = msgspec.structs.replace(request, officer=bytes(32))
            raws = (hand.party.write(request), hand.party.write(other))
            answers = await at_both(country, http, "linkage", "/permit", raws)
            assert sorted(one.status for one in answers) == [200, 409]
            (refused,) = [one for one in answers if one.status == 409]
            assert hand.problem(refused, "linkage") == conflict
            assert count(country, "linkage", f"permit WHERE tx = '{request.tx}'") == 1


async def test_one_permit_at_two_processes_is_one_answer(
    country: ReplicatedCountry, hand: ByHand
) -> None:
    """The same permit at two processes of the provider at once: one record, one answer."""
    async with country.http(A) as http:
        for _ in range(ROUNDS):
            held = await hand.permit()
            message = Presentation(**hand.party.envelope(B), permit=held.raw.decode())
            raw = hand.party.write(message)
            first, second = await at_both(country, http, B, "/provide", (raw, raw))
            assert first.status == second.status == 200
            assert first.body == second.body
            assert hand.answer(first).message.outcome == "provided"
            for table in ("provided", "receipt"):
                assert count(country, B, f"{table} WHERE tx = '{held.permit.tx}'") == 1


def facts(country: ReplicatedCountry) -> dict[str, str]:
    return {
        "office": "child-support",
        "officer": "officer-7",
        "procedure": "child-allowance",
        "person": str(country.country.manifest.persons["parent"][A]),
    }


def desk_at(country: ReplicatedCountry, process: str) -> Any:
    """The city's desk, connected to one process past the balancer."""
    config = desk_config(country.country, A)
    port = country.country.manifest.ports[process]
    at = msgspec.structs.replace(config.institution, port=port)
    return open_desk(msgspec.structs.replace(config, institution=at), quiet_keys(config.keys))


async def test_a_desk_hears_at_one_process_what_another_ends(country: ReplicatedCountry) -> None:
    """A desk that waits at the other process hears of the end well before its time is up."""
    async with desk_at(country, f"{A}.1") as first, desk_at(country, f"{A}.2") as second:
        taken = await first.procedure(case_number="TWO-1", wait_seconds=0, **facts(country))
        assert not taken.settled
        began = time.monotonic()
        case = await second.case("TWO-1", WAIT_SECONDS)
        waited = time.monotonic() - began
    assert case.settled
    assert waited < WAIT_SECONDS - 2, "heard of when the time was up, not when it ended"
    assert {one.tx for one in case.exchanges} == {one.tx for one in taken.exchanges}


async def test_an_order_survives_the_process_that_took_it(country: ReplicatedCountry) -> None:
    """What a process took and died over, the other one ends, without a restart."""
    for number in TWO:
        await asyncio.to_thread(country.kill, f"linkage.{number}")
    async with desk_at(country, f"{A}.1") as desk:
        taken = await desk.procedure(case_number="LEFT-1", wait_seconds=0, **facts(country))
    await asyncio.to_thread(country.kill, f"{A}.1")
    for number in TWO:
        await asyncio.to_thread(country.restart, f"linkage.{number}")
    try:
        async with desk_at(country, f"{A}.2") as other:
            case: DeskCase | None = None

            async def settled() -> bool:
                nonlocal case
                with suppress(WireError):
                    case = await other.case("LEFT-1", 5)
                return case is not None and case.settled

            await until(settled, ENDED_SECONDS)
    finally:
        await asyncio.to_thread(country.restart, f"{A}.1")
    assert case is not None
    assert {one.tx for one in case.exchanges} == {one.tx for one in taken.exchanges}
    assert "provided" in {one.outcome for one in case.exchanges}


async def placed(country: ReplicatedCountry, hand: ByHand) -> Callable[[], Awaitable[bool]]:
    """Ask for a permit; gives a question whether its entry has its place in the log."""
    promised = (await hand.permit()).permit.entry_hash.hex()
    query = f"leaf WHERE position IS NOT NULL AND encode(hash, 'hex') = '{promised}'"

    async def found() -> bool:
        return await asyncio.to_thread(count, country, "linkage", query) == 1

    return found


async def test_a_killed_sequencer_is_replaced(country: ReplicatedCountry, hand: ByHand) -> None:
    """When the sequencer's process is killed, the other one places entries within ten seconds."""
    await until(await placed(country, hand), HANDOVER_SECONDS)
    for _ in range(3):
        (leader,) = await country.elected("linkage")
        await asyncio.to_thread(country.kill, leader)
        try:
            await until(await placed(country, hand), HANDOVER_SECONDS)
            (successor,) = await country.elected("linkage")
            assert successor != leader
        finally:
            await asyncio.to_thread(country.restart, leader)


async def test_a_sequencer_that_stood_still_writes_nothing_more(
    country: ReplicatedCountry, hand: ByHand
) -> None:
    """A sequencer that stops is replaced, and when it wakes up it serves but places nothing."""
    (leader,) = await country.elected("linkage")
    (other,) = {f"linkage.{number}" for number in TWO} - {leader}
    os.kill(country.pids[leader], signal.SIGSTOP)
    try:
        await until(lambda: country.seated(other), STOPPED_SECONDS)
    finally:
        os.kill(country.pids[leader], signal.SIGCONT)
    await until(await placed(country, hand), HANDOVER_SECONDS)
    for _ in range(5):
        assert await country.elected("linkage") == [other]
        await until(await placed(country, hand), HANDOVER_SECONDS)
    heads = count(country, "linkage", "checkpoint")
    sizes = count(country, "linkage", "(SELECT DISTINCT size FROM checkpoint) AS held")
    assert heads == sizes > 0


def test_status_names_each_process_and_who_is_elected(country: ReplicatedCountry) -> None:
    """`renkei status` has a line for each process and says of one of a party that it is elected."""
    done = CliRunner().invoke(app, ["status", "--folder", str(country.folder)])
    lines = [line for line in done.stdout.splitlines() if line.startswith("linkage.")]
    assert [line.split()[0] for line in lines] == ["linkage.1", "linkage.2"]
    assert sum(", elected" in line for line in lines) == 1
