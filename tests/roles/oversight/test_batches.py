"""Records are checked many at a time, and every single one is checked as it would be alone."""

from typing import Any

import pytest
from lines import toward
from overseen import NOW, RECEIPT, World
from sqlalchemy import event

from renkei.crypto.tiles import TILE_WIDTH
from renkei.kit.database import connect
from renkei.roles.oversight.rules import Side
from renkei.roles.oversight.service import collecting, leaves, ledger
from renkei.roles.oversight.service.comparing import ASK_SECONDS
from renkei.roles.oversight.service.counting import EntriesDiffer
from renkei.roles.oversight.service.leaves import CountedLeaves
from renkei.roles.oversight.service.reading import LogReader
from renkei.roles.oversight.service.witness import Witness
from renkei.roles.oversight.store import entries, letters
from renkei.roles.oversight.store import ledger as ledger_store
from renkei.wire.entries import EntryKind
from renkei.wire.errors import WireError
from renkei.wire.institution.messages import InstitutionEntry

MANY = 300


class Calls:
    """Counts the calls of one function of a double."""

    def __init__(self, double: object, name: str) -> None:
        self.number = 0
        self._called = getattr(double, name)
        setattr(double, name, self._call)

    async def _call(self, letter):
        self.number += 1
        return await self._called(letter)


def side(number: int, **changes) -> Side:
    fields = {
        "number": number,
        "side": "provider",
        "requester": "city-a",
        "tx": f"01900000-0000-7000-8000-{number:012x}",
        "entry_hash": number.to_bytes(32, "big"),
        "commitment": bytes(32),
        "promised_at": NOW,
        "outcome": None,
    }
    return Side("city-b", InstitutionEntry(**(fields | changes)))


# -- which leaves stand ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 700, 1024])
async def test_exactly_the_leaves_at_their_places_stand(world: World, size: int) -> None:
    """Of many claims those that are true stand; a shifted, foreign or outside one does not."""
    hashes = [world.log.append(RECEIPT, {"n": index})[1] for index in range(size)]
    reader, head = LogReader(toward(world.party, "linkage", world.log)), world.log.head
    true = {one: index for index, one in enumerate(hashes)}
    assert await reader.included(true, head) == set(hashes)
    shifted = {one: (index + 1) % size for one, index in true.items()} if size > 1 else {}
    assert await reader.included(shifted, head) == set()
    foreign = {bytes(32): 0, b"f" * 32: size - 1, b"o" * 32: size, b"p" * 32: 10**12}
    assert await reader.included(true | foreign, head) == set(hashes)


async def test_leaves_of_another_tree_do_not_stand(world: World) -> None:
    """Tiles that do not lead to the witnessed root show nothing, whatever they hold."""
    hashes = [world.log.append(RECEIPT, {"n": index})[1] for index in range(400)]
    head = world.log.head
    world.log.replace(399, 1)
    stand = await LogReader(toward(world.party, "linkage", world.log)).included(
        {hashes[7]: 7, hashes[300]: 300}, head
    )
    assert stand == set()


async def test_a_tile_damaged_on_its_way_is_fetched_again(world: World) -> None:
    """One damaged answer does not make a true leaf missing."""
    hashes = [world.log.append(RECEIPT, {"n": index})[1] for index in range(TILE_WIDTH)]
    honest, damaged = world.log.public_file, []

    async def once(path: str) -> bytes:
        data = await honest(path)
        if path.startswith("tile/0/") and not damaged:
            damaged.append(path)
            return bytes(32) + data[32:]
        return data

    world.log.public_file = once
    stand = await LogReader(toward(world.party, "linkage", world.log)).included(
        {hashes[9]: 9}, world.log.head
    )
    assert (stand, len(damaged)) == ({hashes[9]}, 1)


async def test_a_lost_tile_hides_only_its_own_leaves(world: World) -> None:
    """A tile that the log lacks keeps the leaves below it from standing."""
    hashes = [world.log.append(RECEIPT, {"n": index})[1] for index in range(600)]
    honest = world.log.public_file

    async def lacking(path: str) -> bytes:
        if path.startswith("tile/0/000"):
            raise WireError("answer-unknown", "No such file.")
        return await honest(path)

    world.log.public_file = lacking
    claims = {hashes[3]: 3, hashes[300]: 300}
    assert await LogReader(toward(world.party, "linkage", world.log)).included(
        claims, world.log.head
    ) == {hashes[300]}


async def test_a_tile_is_fetched_once_for_many_leaves(world: World) -> None:
    """Checking every leaf of a tree takes each tile of the tree once."""
    hashes = [world.log.append(RECEIPT, {"n": index})[1] for index in range(3 * TILE_WIDTH)]
    calls = Calls(world.log, "public_file")
    claims = {one: index for index, one in enumerate(hashes)}
    reader = LogReader(toward(world.party, "linkage", world.log))
    assert len(await reader.included(claims, world.log.head)) == len(hashes)
    assert calls.number == 4


# -- what was counted ------------------------------------------------------------------------------


async def test_counted_leaves_are_not_asked_for(world: World, commission) -> None:
    """Promises found among the entries counted are located without asking the network again."""
    for number in range(MANY):
        world.exchange(f"person {number}")
    locate = Calls(world.log, "locate")
    world.clock.advance(2)
    await commission.see()
    await commission.collector.step(500)
    assert await commission.comparer.locate(1_000) == 2 * MANY
    while await commission.comparer.compare(400):
        pass
    assert locate.number == 0
    open_rows = "SELECT count(*) FROM entry WHERE state <> 'agreed'"
    left = await commission.database.read(lambda c: c.exec_driver_sql(open_rows).scalar_one())
    assert (left, await commission.found()) == (0, [])


async def test_promises_from_before_a_restart_are_asked_for(world: World, commission) -> None:
    """What was counted before a restart is asked of the network, checked, and settled."""
    for number in range(MANY):
        world.exchange(f"person {number}")
    withheld = world.exchange("taro", logged=False)
    await commission.see()
    await commission.collector.step(500)
    commission.database.close()
    commission = type(commission)(world)
    locate = Calls(world.log, "locate")
    for _ in range(4):
        world.clock.advance(ASK_SECONDS)
        await commission.check_records()
    assert locate.number > 0
    promised = await commission.database.read(
        lambda c: c.exec_driver_sql("SELECT tx FROM entry WHERE state <> 'agreed'").scalars().all()
    )
    assert set(promised) == {withheld.tx}


def test_only_so_many_leaves_are_held(monkeypatch) -> None:
    """The oldest leaf hashes go when there are too many; other kinds are not held at all."""
    monkeypatch.setattr(leaves, "LEAVES_LIMIT", 3)
    held = CountedLeaves()
    kinds = [
        EntryKind.EXCHANGE,
        RECEIPT,
        EntryKind.EXCHANGE,
        EntryKind.LEDGER_ROOT,
        EntryKind.EXCHANGE,
        EntryKind.EXCHANGE,
    ]
    hashes = [bytes([number]) * 32 for number in range(len(kinds))]
    held.add(10, [bytes([kind]) + bytes(32) for kind in kinds], hashes)
    assert [held.find(one) for one in hashes] == [None, None, 12, None, 14, 15]
    assert (held.size, held.ledger_roots) == (16, 1)


async def test_entries_that_do_not_verify_are_not_held(world: World, commission) -> None:
    """Entries the log serves that are not those of its signed tree vouch for no promise."""
    one = world.exchange("hanako")
    await commission.witness.step()
    world.log.entries[0] = bytes([EntryKind.EXCHANGE]) + bytes(32)
    with pytest.raises(EntriesDiffer):
        await commission.counter.step(16)
    assert commission.leaves.find(one.entry_hash) is None
    assert commission.leaves.size == 0


# -- rows ------------------------------------------------------------------------------------------


async def test_a_page_is_written_as_its_records_one_by_one(commission) -> None:
    """A record named twice on one page ends there; another hash or outcome contradicts."""
    page = [
        side(1),
        side(2, outcome="provided"),
        side(1, outcome="provided"),
        side(3),
        side(3, entry_hash=b"x" * 32),
        side(2, outcome="refused"),
        side(4, tx=side(1).entry.tx, side="requester"),
    ]

    def write(connection):
        return entries.note(connection, page, b"l" * 32, NOW)

    assert [one for one, _ in await commission.database.write(write)] == [page[4], page[5]]
    assert [one for one, _ in await commission.database.write(write)] == [page[0], page[4], page[5]]
    held = await commission.database.read(lambda c: entries.due(c, "promised", NOW, 10))
    outcomes = {
        (one.side.entry.tx[-1], one.side.entry.side): one.side.entry.outcome for one in held
    }
    assert outcomes == {
        ("1", "provider"): "provided",
        ("2", "provider"): "provided",
        ("3", "provider"): None,
        ("1", "requester"): None,
    }


@pytest.mark.sqlite_only("its planner says which index it takes whatever there is in the table")
def test_queries_use_their_indexes(world: World) -> None:
    """What runs every second does not read records that were settled long ago."""
    prepared: list[str] = []
    with connect(world.where) as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_trace_callback(prepared.append)
        entries.find(connection, [entries.key_of(side(1))])
        entries.due(connection, "promised", NOW, 10)
        entries.due(connection, "located", NOW, 10)
        driver.set_trace_callback(None)
        # As they are planned: before their parameters are known.
        asked = [(text, ()) for text in prepared if text.lstrip().startswith("SELECT")]
        event.listen(connection, "before_cursor_execute", lambda *of: asked.append((of[2], of[3])))
        letters.drop_letters(connection)
        ledger_store.newest_size(connection)
        *of_entries, of_ledger = [
            [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {text}", parameters)]
            for text, parameters in asked
        ]
    assert len(of_entries) == 4
    for plan in of_entries:
        steps = [step for step in plan if " entry" in step]
        assert steps
        assert all("USING INDEX" in step for step in steps), steps
    assert any("ledger_leaf_size" in step for step in of_ledger)


# -- pace ------------------------------------------------------------------------------------------


async def test_lists_are_read_when_the_log_grows_or_after_a_while(world: World, commission) -> None:
    """A quiet log has its institutions left in peace, though never for long."""
    calls = Calls(world.cities["city-a"], "entries")
    await commission.collector.poll(500)
    await commission.collector.poll(500)
    assert calls.number == 1
    world.exchange("hanako")
    await commission.see()
    await commission.collector.poll(500)
    await commission.collector.poll(500)
    assert calls.number == 2
    world.clock.advance(collecting.QUIET_SECONDS)
    await commission.collector.poll(500)
    assert calls.number == 3
    assert collecting.QUIET_SECONDS + collecting.PACE.idle_seconds < 45


async def test_the_ledger_is_looked_at_when_the_log_has_a_new_root(world, commission) -> None:
    """A new ledger root is stated at once; the portal's word is asked for again after a while."""
    world.exchange("hanako")
    world.portal.log_root()
    calls = Calls(world.portal, "ledger")
    await commission.see()
    await commission.stating.poll(50)
    await commission.stating.poll(50)
    assert (calls.number, len(world.portal.statements)) == (1, 1)
    world.exchange("taro")
    world.portal.log_root()
    await commission.see()
    await commission.stating.poll(50)
    assert (calls.number, len(world.portal.statements)) == (2, 2)
    world.clock.advance(ledger.QUIET_SECONDS)
    await commission.stating.poll(50)
    assert calls.number == 3


async def test_a_look_at_the_ledger_that_failed_is_done_again(world, commission) -> None:
    """A portal that was away is asked at the next look, not after the quiet while."""
    world.exchange("hanako")
    world.portal.log_root()
    await commission.see()
    honest = world.portal.ledger

    async def away(_letter: bytes) -> bytes:
        raise WireError("unavailable", "away")

    world.portal.ledger = away
    with pytest.raises(WireError):
        await commission.stating.poll(50)
    world.portal.ledger = honest
    await commission.stating.poll(50)
    assert len(world.portal.statements) == 1


async def test_the_witness_says_when_the_tree_has_grown(world: World, commission) -> None:
    """Whoever waits for growth is told once per growth, not for a log that stands still."""
    told = []
    party, database = world.party, commission.database
    log = toward(party, "linkage", world.log)
    witness = Witness(party, database, log, world.log_keys, grown=lambda: told.append(1))
    for number in (1, 0, 3, 0):
        for index in range(number):
            world.log.append(RECEIPT, {"n": index})
        await witness.step()
    assert len(told) == 2
