"""More than a process can serve: refused in time and in order, and over when the load is over."""

import asyncio
import time

import psutil
import pytest
from behind_faults import FaultyCountry
from exactly_once import A, B, Desk, assert_exactly_once, await_nothing_open
from greedy import BROKEN, Greedy, Served

REQUESTS = 1_500
CLIENTS = 7
AT_ONCE = 224
"""Connections of all clients together; a certificate may have 256, and its process has some."""
UNCONNECTED = "no connection within"
"""The client's word where no connection, handshake included, came about in its time."""
RUSHES = 3
"""Where the machine is so busy that few connections come about, nobody need be told to come back:
then there is another rush."""
HANG_SECONDS = 60.0
"""No accepted request may take longer, however busy the machine is."""
PROMPT_SECONDS = 20.0
RUNS_SECONDS, STILL_SECONDS = 0.5, 1.0
"""A fast machine serves the rush within the time that a request may wait: so the process stands
still for longer than that, in turn with running."""
GROWTH_BYTES = 150 * 1024 * 1024


async def one_by_one(modest: Greedy, until: asyncio.Event) -> Served:
    """A well-behaved peer: one request at a time, as long as the rush lasts.

    Where no connection came about in time nothing was sent: it asks the same again.
    """
    everything, asked = Served(), modest.requests(1)
    started = time.monotonic()
    while not until.is_set() or everything.of(BROKEN):
        assert time.monotonic() - started < 2 * HANG_SECONDS
        served = await modest.send(asked, clients=1, at_once=1, deadline_seconds=HANG_SECONDS)
        if not any(UNCONNECTED in why for why in served.broken.values()):
            asked = modest.requests(1)
        everything.statuses |= served.statuses
        everything.seconds |= served.seconds
        everything.broken |= served.broken
        await asyncio.sleep(0.05)
    return everything


def permitted(country: FaultyCountry, requester: str) -> set[str]:
    """The transactions of a requester that the network has a record of."""
    rows = country.rows("linkage", f"SELECT tx FROM permit WHERE requester = '{requester}'")
    return {tx for (tx,) in rows}


async def faltering(process: psutil.Process, over: asyncio.Event) -> None:
    """A process that stands still again and again, as behind a disk that is busy elsewhere."""
    while not over.is_set():
        await asyncio.sleep(RUNS_SECONDS)
        process.suspend()
        try:
            await asyncio.sleep(STILL_SECONDS)
        finally:
            process.resume()


async def rush(country: FaultyCountry, network: psutil.Process) -> Served:
    """One rush at a process that falters: what is promised of each, and what became of it."""
    greedy, modest = Greedy(country, A, B), Greedy(country, "fujisawa-city", B)
    asked, over = greedy.requests(REQUESTS), asyncio.Event()
    meanwhile = asyncio.create_task(one_by_one(modest, over))
    still = asyncio.create_task(faltering(network, over))
    served = await greedy.send(
        asked, clients=CLIENTS, at_once=AT_ONCE, deadline_seconds=HANG_SECONDS
    )
    over.set()
    await still
    others, counts = await meanwhile, served.counts
    print(counts, served.slowest(0.5), served.slowest(0.99), others.counts, others.slowest(0.99))
    # On a machine busy with other things a handshake may take too long: then nothing was sent.
    assert set(counts) <= {200, 429, 503, BROKEN}
    assert all(UNCONNECTED in why for why in served.broken.values()), served.broken
    assert counts[200] > 0
    assert served.without_time == []
    assert served.slowest(0.99) < HANG_SECONDS
    assert set(others.counts) == {200}, f"the modest peer was turned away: {others}"
    assert others.slowest(0.99) < HANG_SECONDS
    held = permitted(country, A) & {one.tx for one in asked}
    assert held == set(served.of(200)), "a served request was lost, or a refused one written"
    return served


@pytest.mark.sqlite_only("a rush is turned away at the doors, before any database")
async def test_a_rush_of_one_peer(faulty: FaultyCountry) -> None:
    """Fifteen hundred at a process that falters: some served, others told when to come back."""
    network = psutil.Process(faulty.pids["linkage"])
    memory = network.memory_info().rss
    for _ in range(RUSHES):
        served = await rush(faulty, network)
        if served.of(429):
            break
    assert served.of(429), "nobody was told when to come back"
    assert network.memory_info().rss - memory < GROWTH_BYTES
    started = time.monotonic()
    desk = Desk(faulty.country, "AFTER-THE-RUSH")
    assert await desk.order(seconds=PROMPT_SECONDS) is not None
    case = await desk.settled()
    assert {one.outcome for one in case.exchanges} == {"provided"}
    print("recovered in", time.monotonic() - started)
    await asyncio.to_thread(await_nothing_open, faulty, desk.number, "after a rush")
    assert_exactly_once(faulty, desk.number, "after a rush")
