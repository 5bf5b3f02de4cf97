"""A row of the table of codes is bound to its person; a sample is acquired anew (符号の保全)."""

from datetime import timedelta
from typing import Any

import pytest
from looking import said
from world import PLACES, A, B, World, human

from renkei.kit.database import connect
from renkei.roles.institution.service.codes.book import CodeBook, CodeStopped, mark_all
from renkei.roles.institution.service.codes.sampling import CodeSampler
from renkei.roles.institution.store import codes
from renkei.values.person_id import PersonId
from renkei.values.reveal import Purpose
from renkei.wire.institution.desk import DeskProcedure
from renkei.wire.institution.desk_codes import DeskAcquire

ONE, OTHER = human("90000000001", "試験 花子"), human("90000000002", "試験 次郎", sex="male")
SWAPPED = "element", "element, mark"
EVERY = 86_400.0


@pytest.fixture
def two(world: World) -> World:
    """Two people on file at both cities."""
    for name, person, one in ((A, "PA", ONE), (A, "QA", OTHER), (B, "PB", ONE), (B, "QB", OTHER)):
        places = {"municipality_code": PLACES[A], "tax_municipality_code": PLACES[B]}
        world.on_file(name, person, one, household=person, relationship="世帯主", **places)
    return world


def swap(world: World, name: str, first: str, second: str, columns: str) -> None:
    """Exchange what two rows hold, as somebody with the database in hand does."""
    with connect(world.database(name)) as connection:
        held = {
            person: said(
                connection, f"SELECT {columns} FROM code WHERE person = :person", person=person
            ).one()
            for person in (first, second)
        }
        names = columns.split(", ")
        assign = ", ".join(f"{column} = :{column}" for column in names)
        for person, of in ((first, bytes(32)), (second, held[first][0]), (first, held[second][0])):
            values = (of, *held[second if person == first else first][1:])
            given = dict(zip(names, values, strict=True))
            said(
                connection,
                f"UPDATE code SET {assign} WHERE person = :person",
                person=person,
                **given,
            )


def stopped(world: World, name: str) -> dict[str, str]:
    """Who is stopped, and why."""
    return dict(world.rows(name, "SELECT person, kind FROM stop"))


@pytest.mark.parametrize("columns", SWAPPED)
async def test_codes_swapped_at_the_asking_city_ask_nobody(two: World, columns: str) -> None:
    """With two codes exchanged nothing is asked about either of the two."""
    swap(two, A, "PA", "QA", columns)
    case = await two.ask("PA")
    (one,) = case.exchanges
    assert (one.outcome, one.refused_by, one.reason) == ("refused", "requester", "code-stopped")
    assert two.network.asked == []
    assert stopped(two, A) == {"PA": "code-mark"}
    procedure = await two.desk(
        A,
        DeskProcedure,
        case_number="C-2",
        office="child-support",
        officer="officer-7",
        procedure="child-allowance",
        person="QA",
    )
    states = {line.state for line in procedure.lines if line.person == "QA"}
    assert "code-stopped" in states
    assert procedure.exchanges == []
    assert two.network.asked == []
    assert stopped(two, A).keys() == {"PA", "QA"}


@pytest.mark.parametrize("columns", SWAPPED)
async def test_codes_swapped_at_the_providing_city_give_nothing(two: World, columns: str) -> None:
    """With two codes exchanged at the provider nobody's income leaves it."""
    swap(two, B, "PB", "QB", columns)
    await two.ask("PA")
    assert await two.ended() == [("refused", "code-stopped")]
    assert two.at_provider() == [("refused", "code-stopped")]
    assert stopped(two, B) == {"QB": "code-mark"}


async def test_a_row_nobody_acquired_is_no_row(two: World) -> None:
    """A code put into the table by hand, without a mark or with another's, is not asked with."""
    with connect(two.database(A)) as connection:
        connection.exec_driver_sql("UPDATE code SET mark = NULL WHERE person = 'PA'")
        said(connection, "UPDATE code SET epoch = 2, mark = :no WHERE person = 'QA'", no=b"\0")
    (one,) = (await two.ask("PA")).exchanges
    assert one.reason == "code-stopped"


async def test_a_number_exchanged_on_file_is_noticed(two: World) -> None:
    """The mark covers the individual number: another number in the record is another person."""
    with connect(two.database(B)) as connection:
        other = str(human("90000000009", "別人").number.reveal(Purpose.COMPARE))
        number = "UPDATE person SET individual_number = :other WHERE person = 'PB'"
        said(connection, number, other=other)
    await two.ask("PA")
    assert await two.ended() == [("refused", "code-stopped")]


async def test_an_officer_has_it_acquired_anew(two: World) -> None:
    """Both codes are cut and acquired anew by an order of the desk; then all is as it was."""
    swap(two, A, "PA", "QA", "element")
    await two.ask("PA")
    order = {"affair": "81", "office": "child-support", "officer": "officer-1"}
    answer = await two.desk(A, DeskAcquire, persons=["PA", "QA"], **order)
    assert {(one.person, one.result) for one in answer.results} == {
        ("PA", "bound"),
        ("QA", "bound"),
    }
    assert stopped(two, A) == {}
    await two.ask("PA", "C-2")
    assert await two.ended("C-2") == [("provided", None)]


# -- samples ------------------------------------------------------------------------------------


def sampler(world: World, name: str) -> CodeSampler:
    """What an institution repeats every day."""
    daily: CodeSampler = world.nodes[name].process.services["sampler"]
    return daily


def wrongly_bound(world: World) -> None:
    """B's table as whoever holds its key would spoil it: the other's code, truly marked."""
    book = CodeBook(world.keys(B))
    with connect(world.database(B)) as connection:
        for person in ("PB", "QB"):
            codes.cut(connection, [PersonId(person)])
        for person, one in (("PB", OTHER), ("QB", ONE)):
            assert book.bind(connection, PersonId(person), world.code(B, one)) is None


async def test_a_sample_finds_what_no_mark_shows(two: World) -> None:
    """A wrong code with a right mark is found within a day: acquired anew it is another."""
    wrongly_bound(two)
    daily = sampler(two, B)
    await daily.work()
    assert stopped(two, B) == {}, "counting only began"
    two.later(timedelta(seconds=EVERY + 1))
    await daily.work()
    assert stopped(two, B) == {"PB": "code-differs", "QB": "code-differs"}
    await two.ask("PA")
    assert await two.ended() == [("refused", "code-stopped")]


async def test_a_sample_of_right_codes_stops_nobody(two: World) -> None:
    """Codes that are right stay; the next sample is due a day later, not sooner."""
    daily = sampler(two, B)
    await daily.work()
    two.later(timedelta(seconds=EVERY + 1))
    await daily.work()
    compared = len(two.register.compared)
    assert compared == 2
    await daily.work()
    assert len(two.register.compared) == compared
    assert stopped(two, B) == {}
    assert len(two.rows(B, "SELECT 1 FROM code")) == 2


async def test_a_sample_without_j_lis_is_tried_again(two: World) -> None:
    """Where J-LIS is away nothing is noted: the next round tries again."""
    daily = sampler(two, B)
    await daily.work()
    two.later(timedelta(seconds=EVERY + 1))
    two.register.away = True
    with pytest.raises(Exception, match="unavailable"):
        await daily.work()
    two.register.away = False
    wrongly_bound(two)
    await daily.work()
    assert stopped(two, B)


# -- a database from before ---------------------------------------------------------------------


async def test_rows_of_before_are_marked_once(two: World) -> None:
    """The first start after the change marks what stands; a row without a mark is spoilt after."""
    node = two.nodes[B]
    book, database = CodeBook(two.keys(B)), node.database
    with connect(two.database(B)) as connection:
        connection.exec_driver_sql("UPDATE code SET mark = NULL")
        connection.exec_driver_sql("INSERT INTO marks_owed (number) VALUES (1)")
    assert await mark_all(book, database) == 2
    assert await mark_all(book, database) == 0
    await two.ask("PA")
    assert await two.ended() == [("provided", None)]
    with connect(two.database(B)) as connection:
        connection.exec_driver_sql("UPDATE code SET mark = NULL")
    assert await mark_all(book, database) == 0

    def read(connection: Any) -> Any:
        return book.code_of(connection, PersonId("PB"), 1)

    with pytest.raises(CodeStopped):
        await database.read(read)
