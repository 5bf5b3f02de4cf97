"""An institution's codes move to a new scalar while exchanges run (符号の世代更新)."""

import contextlib
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from looking import said
from sqlalchemy import Connection
from world import VALID, A, B, World, human, scalar

from renkei.kit.database import connect
from renkei.roles.institution.service.codes.book import CodeBook
from renkei.roles.institution.service.codes.epochs import EpochConflict
from renkei.roles.institution.store import codes
from renkei.values import NumberScheme
from renkei.values.reveal import Purpose
from renkei.wire.errors import WireError
from renkei.wire.institution.desk_codes import DeskAcquire

PEOPLE = {f"P{number}": human(f"9000000010{number}", f"試験 {number}") for number in range(7)}
SKEW = timedelta(seconds=300)
LATE = timedelta(seconds=1)


def on_file(world: World, name: str = B) -> None:
    for person, one in PEOPLE.items():
        world.on_file(name, person, one)


def offer_change(world: World, name: str = B) -> None:
    """The network has drawn a new scalar and offers the step."""
    epoch = world.epochs[name] + 1
    world.network.scalars[name, epoch] = scalar()
    world.network.offered[name] = epoch


def enforce(world: World, name: str = B, *unaware: str, offered: bool = False) -> None:
    """The directory shows the new epoch; afterwards the step is no longer given out."""
    world.epochs[name] += 1
    world.publish(*unaware)
    if not offered:
        world.network.offered.pop(name, None)


def column(world: World, epoch: int, name: str = B) -> dict[str, bytes]:
    return dict(
        world.rows(name, "SELECT person, element FROM code WHERE epoch = :epoch", epoch=epoch)
    )


def right_column(world: World, epoch: int, name: str = B) -> dict[str, bytes]:
    return {
        person: world.code(name, one, epoch).reveal(Purpose.COMPARE)
        for person, one in PEOPLE.items()
    }


async def test_the_whole_column_is_carried_over_and_confirmed(world: World) -> None:
    """In batches smaller than the column; the old one stays beside it."""
    on_file(world)
    offer_change(world)
    assert await world.nodes[B].epochs.work(3) == 0
    assert column(world, 1) == right_column(world, 1)
    assert column(world, 2) == right_column(world, 2)
    assert world.network.confirmed == [(B, 2)]


async def test_nothing_happens_where_no_change_waits(world: World) -> None:
    """Without an offer no row is written and nothing confirmed."""
    on_file(world)
    await world.nodes[B].epochs.work(3)
    assert (column(world, 2), world.network.confirmed) == ({}, [])
    assert column(world, 1) == right_column(world, 1)


async def test_the_step_is_never_stored(world: World) -> None:
    """Neither in the file nor in its write-ahead log, however the round ends."""
    on_file(world)
    offer_change(world)
    delta = world.network.delta(B)
    await world.nodes[B].epochs.work(3)
    stored = world.bytes_of(B)
    assert delta not in stored
    assert delta.hex().encode() not in stored
    assert right_column(world, 2)["P0"] in stored, "the search finds what is there"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_death_at_any_step_is_taken_up(world: World, after: bool) -> None:
    """Killed around any call or database function, the next process completes the column."""
    on_file(world)
    deaths = 0
    for step in count(1):
        offer_change(world)
        epoch = world.network.offered[B]
        node = world.nodes[B]
        node.death.steps, node.death.at, node.death.after = 0, step, after
        with contextlib.suppress(BaseException):
            await node.epochs.work(2)
        died = node.death.dead
        if died:
            deaths += 1
            await world.restart(B)
            await world.nodes[B].epochs.work(2)
        assert column(world, epoch) == right_column(world, epoch)
        assert (B, epoch) in world.network.confirmed
        enforce(world)
        world.nodes[B].death.at = 0
        if not died:
            break
    assert deaths >= 14, f"only {deaths} steps were tried: the test no longer sees them"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_death_while_the_old_column_is_dropped(world: World, after: bool) -> None:
    """Killed while deleting, the next process deletes the rest and empties the log file."""
    on_file(world)
    offer_change(world)
    await world.nodes[B].epochs.work(3)
    enforce(world)
    await world.nodes[B].epochs.work(3)
    old = right_column(world, 1)
    world.later(VALID + SKEW)
    for step in count(1):
        node = world.nodes[B]
        node.death.steps, node.death.at, node.death.after = 0, step, after
        with contextlib.suppress(BaseException):
            await node.epochs.work(2)
        if not node.death.dead:
            break
        await world.restart(B)
        with connect(world.database(B)) as connection:
            for person, element in old.items():
                said(
                    connection,
                    "INSERT INTO code (person, epoch, element) VALUES (:person, 1, :element) "
                    "ON CONFLICT DO NOTHING",
                    person=person,
                    element=element,
                )
        world.nodes[B].death.at = 0
    assert step > 5
    assert (column(world, 1), column(world, 2)) == ({}, right_column(world, 2))


async def test_the_new_epoch_is_used_once_the_directory_shows_it(world: World) -> None:
    """Requests carry the old epoch until the version comes, the new one from then on."""
    on_file(world, A)
    for person, one in PEOPLE.items():
        world.on_file(B, person, one)
    offer_change(world, A)
    await world.nodes[A].epochs.work(3)
    await world.ask("P0", "C-1")
    assert await world.ended("C-1") == [("provided", None)]
    enforce(world, A)
    await world.ask("P0", "C-2")
    assert await world.ended("C-2") == [("provided", None)]
    assert [one.requester_epoch for one in world.network.permits] == [1, 2]


async def test_permits_of_the_old_epoch_are_still_answered(world: World) -> None:
    """A permit made before the change, presented after it, is answered by the old column."""
    world.on_file(A, "PA", PEOPLE["P0"])
    on_file(world)
    offer_change(world)
    await world.nodes[B].epochs.work(3)
    world.cut.add((B, "/provide"))
    await world.ask()
    await world.until(lambda: bool(world.network.permits), "no permit")
    enforce(world)
    await world.nodes[B].epochs.work(3)
    world.later(VALID - LATE)
    await world.nodes[B].epochs.work(3)
    world.cut.clear()
    assert await world.ended() == [("provided", None)]
    assert world.network.permits[0].provider_epoch == 1


async def test_a_permit_of_an_epoch_the_provider_has_not_read_of(world: World) -> None:
    """The network is ahead of B's directory: B has the column and answers."""
    world.on_file(A, "PA", PEOPLE["P0"])
    on_file(world)
    offer_change(world)
    await world.nodes[B].epochs.work(3)
    enforce(world, B, B)
    await world.ask()
    assert await world.ended() == [("provided", None)]
    assert world.network.permits[0].provider_epoch == 2


async def test_the_old_column_goes_after_the_last_permit(world: World) -> None:
    """Kept while a permit under it may be open, then deleted from file and log."""
    on_file(world)
    offer_change(world)
    await world.nodes[B].epochs.work(3)
    enforce(world)
    await world.nodes[B].epochs.work(3)
    world.later(VALID + SKEW - LATE)
    await world.nodes[B].epochs.work(3)
    assert column(world, 1) == right_column(world, 1)
    world.later(LATE)
    await world.nodes[B].epochs.work(3)
    assert (column(world, 1), column(world, 2)) == ({}, right_column(world, 2))
    stored = world.bytes_of(B)
    assert not [person for person, old in right_column(world, 1).items() if old in stored]


async def test_a_longer_permit_holds_the_old_column(world: World) -> None:
    """An undecided presentation under the old epoch keeps the column until its own end."""
    world.on_file(A, "PA", PEOPLE["P0"])
    on_file(world)
    with connect(world.database(B)) as connection:
        connection.exec_driver_sql("UPDATE person SET manual_reason = 'support-measures'")
    offer_change(world)
    await world.nodes[B].epochs.work(3)
    await world.ask()
    await world.waits("pending")
    with connect(world.database(B)) as connection:
        connection.exec_driver_sql("UPDATE provided SET valid_until = '2026-07-01 02:00:00.000000'")
    enforce(world)
    await world.nodes[B].epochs.work(3)
    world.later(VALID + SKEW)
    await world.nodes[B].epochs.work(3)
    assert len(column(world, 1)) == len(PEOPLE)
    world.later(timedelta(hours=2))
    await world.nodes[B].epochs.work(3)
    assert column(world, 1) == {}


# -- whoever comes in between ----------------------------------------------------------------------


async def acquire(world: World, person: str) -> str:
    answer = await world.desk(
        B, DeskAcquire, affair="24", office="tax", officer="officer-1", persons=[person]
    )
    return str(answer.results[0].result)


async def test_acquired_after_the_batch_is_caught_up(world: World) -> None:
    """A code acquired in the old epoch after the batch is carried over by the next round."""
    on_file(world)
    late = human("90000000200", "遅番 一郎")
    world.on_file(B, "PLATE", late, bound=False)
    offer_change(world)
    await world.nodes[B].epochs.work(3)
    assert await acquire(world, "PLATE") == "bound"
    assert "PLATE" in column(world, 1)
    await world.nodes[B].epochs.work(3)
    assert column(world, 2)["PLATE"] == world.code(B, late, 2).reveal(Purpose.COMPARE)


async def test_acquired_behind_the_round_is_carried_before_it_is_confirmed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody bound where the round has passed already is in the column that is confirmed."""
    on_file(world)
    early = human("90000000201", "早番 一郎")
    world.on_file(B, "A1", early, bound=False)
    offer_change(world)
    read = codes.without_next

    def bind_first(connection: Connection, *part: Any) -> list[codes.Row]:
        rows = read(connection, *part)
        if rows and rows[0].person == "P6":
            with connect(world.database(B)) as writing:
                CodeBook(world.keys(B)).bind(writing, "A1", world.code(B, early))
        return rows

    monkeypatch.setattr(codes, "without_next", bind_first)
    await world.nodes[B].epochs.work(3)
    assert column(world, 2)["A1"] == world.code(B, early, 2).reveal(Purpose.COMPARE)


async def test_acquired_too_late_for_the_step_is_acquired_anew(world: World) -> None:
    """Bound in the old epoch when the step is gone: a new acquisition, and the old code goes."""
    on_file(world)
    late = human("90000000200", "遅番 一郎")
    world.on_file(B, "PLATE", late, bound=False)
    offer_change(world)
    await world.nodes[B].epochs.work(3)
    await acquire(world, "PLATE")
    enforce(world)
    await world.nodes[B].epochs.work(3)
    assert column(world, 2)["PLATE"] == world.code(B, late, 2).reveal(Purpose.COMPARE)
    assert world.register.compared == [late.number] * 2
    await world.nodes[B].epochs.work(3)
    assert len(world.register.compared) == 2, "acquired again without need"


async def test_a_number_of_the_old_epoch_is_started_over(world: World) -> None:
    """A change between number and collection: a new number, bound in the epoch it carries."""
    late = human("90000000200", "遅番 一郎")
    world.on_file(B, "PLATE", late, bound=False)
    offer_change(world)
    collect = world.network.acquisition_collect_batch
    changed: list[bool] = []

    async def change_first(raw: bytes) -> bytes:
        if not changed:
            changed.append(True)
            enforce(world)
        return await collect(raw)

    world.network.acquisition_collect_batch = change_first  # type: ignore[method-assign]
    assert await acquire(world, "PLATE") == "bound"
    assert column(world, 1) == {}
    assert column(world, 2) == {"PLATE": world.code(B, late, 2).reveal(Purpose.COMPARE)}


async def test_a_second_step_for_one_epoch_is_refused(world: World) -> None:
    """Half a column of one step and half of another would be worthless: stop and say so."""
    on_file(world)
    offer_change(world)
    node = world.nodes[B]
    node.death.at = 9
    with contextlib.suppress(BaseException):
        await node.epochs.work(2)
    assert 0 < len(column(world, 2)) < len(PEOPLE)
    await world.restart(B)
    world.network.scalars[B, 2] = scalar()
    before = column(world, 2)
    with pytest.raises(EpochConflict):
        await world.nodes[B].epochs.work(2)
    assert column(world, 2) == before
    assert world.network.confirmed == []


async def test_a_restored_old_file_is_not_emptied(world: World) -> None:
    """With codes of a past epoch only, codes are acquired anew before the old ones go."""
    people = dict(PEOPLE)
    on_file(world)
    world.network.scalars[B, 2] = scalar()
    world.register.away = True
    enforce(world)
    await world.nodes[B].epochs.work(3)
    world.later(VALID + SKEW)
    await world.nodes[B].epochs.work(3)
    assert len(column(world, 1)) == len(people)
    world.register.away = False
    await world.restart(B)
    await world.nodes[B].epochs.work(3)
    assert column(world, 2) == right_column(world, 2)
    await world.nodes[B].epochs.work(3)
    assert column(world, 1) == {}


async def test_it_is_woken_by_a_directory_that_shows_another_epoch(world: World) -> None:
    """Fetching a directory starts a round at once where it shows another epoch, and only then."""
    node = world.nodes[B]
    assert node.epochs.changed()
    await node.process.work("directory")
    assert not node.process.background("epochs").woken
    world.network.scalars[B, 2] = scalar()
    enforce(world)
    await node.process.work("directory")
    assert node.process.background("epochs").woken


# -- requests of the old epoch ---------------------------------------------------------------------


async def held_back(world: World) -> None:
    """A has committed a request of epoch 1; the network is away, and changes A's epoch."""
    on_file(world, A)
    world.on_file(B, "PB", PEOPLE["P0"])
    offer_change(world, A)
    await world.nodes[A].epochs.work(3)
    world.network.away = True
    await world.ask("P0")


@pytest.mark.parametrize("unaware", [(), (A,)], ids=["directory-read", "directory-old"])
async def test_a_request_of_the_old_epoch_is_asked_once_more(
    world: World, unaware: tuple[str, ...]
) -> None:
    """With a new transaction and code, linked to the first; the clerk sees the answer."""
    await held_back(world)
    enforce(world, A, *unaware)
    world.network.away = False
    assert await world.ended() == [("refused", "epoch"), ("provided", None)]
    (first, none), (second, link) = world.rows(
        A, "SELECT tx, instead_of FROM asked ORDER BY instead_of IS NOT NULL"
    )
    assert (none, link) == (None, first)
    assert set(world.network.asked) == {first, second}
    assert [one.tx for one in world.network.permits] == [second]
    assert await world.receipts() == [(A, "provided"), (B, "provided")]


async def test_it_is_asked_once_more_and_no_third_time(world: World) -> None:
    """A network that says `epoch` again ends it: refused, without article, by the network."""
    await held_back(world)
    enforce(world, A)
    permit = world.network.permit

    async def always(raw: bytes) -> bytes:
        world.network.asked.append("again")
        raise WireError("epoch")

    world.network.permit = always  # type: ignore[method-assign]
    await world.restart(A)
    world.network.away = False
    assert await world.ended() == [("refused", "epoch")] * 2
    assert world.rows(A, "SELECT article, refused_by FROM asked") == [(None, "network")] * 2
    world.network.permit = permit  # type: ignore[method-assign]
    assert world.network.asked == ["again"] * 2


def test_the_people_of_this_file_are_synthetic() -> None:
    """Numbers that could not be given to anybody, names that say so."""
    assert {one.number.scheme for one in PEOPLE.values()} == {NumberScheme.SANDBOX}
