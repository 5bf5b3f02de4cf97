"""Codes: each institution's own, equal to s·B, bound once, unlike all others (機関別符号)."""

import contextlib
import hmac
from pathlib import Path

import pytest
import rbcl
from acquiring import ROW, registered
from inprocess import World
from running import RunningCountry

from renkei.kit.database import connect
from renkei.roles.institution.store.tables import CODE, PERSON
from renkei.sandbox.country import Country
from renkei.wire.errors import WireError
from renkei.wire.institution.desk_codes import DeskAcquire

A, B, PENSION, INDIVIDUAL_NUMBER = (
    "chofu-city",
    "ichikawa-city",
    "pension-service",
    "individual-number",
)
INSTITUTIONS = (A, B, PENSION)


def joined(*parts: bytes) -> bytes:
    """Each part led by its length as 4 bytes, written down here anew."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def expected_code(country: Country, institution: str, link_seed: bytes) -> bytes:
    """s_i · B_p, from the key files, without any function of the product."""

    def key(party: str, name: str) -> bytes:
        return bytes.fromhex(Path(country.home(party) / "keys" / name).read_text())

    uniform = hmac.digest(
        key(INDIVIDUAL_NUMBER, "seed.secret"), joined(b"renkei base v1", link_seed), "sha512"
    )
    base = rbcl.crypto_core_ristretto255_from_hash(uniform)
    scalar = key("linkage", f"scalar-{institution}-1.scalar")
    return bytes(rbcl.crypto_scalarmult_ristretto255(scalar, base))


def test_every_code_in_the_country_is_what_the_keys_say(country: RunningCountry) -> None:
    """Acquired over the network, every code is s_i·B_p of its institution and person."""
    seeds = dict(
        country.rows(INDIVIDUAL_NUMBER, "SELECT individual_number, link_seed FROM resident")
    )
    secret = bytes.fromhex(
        (country.country.home(INDIVIDUAL_NUMBER) / "keys" / "seed.secret").read_text()
    )
    for first_code, seed in country.rows(
        INDIVIDUAL_NUMBER, "SELECT resident_code, link_seed FROM resident"
    ):
        issued = joined(b"renkei link v1", first_code.encode(), bytes(8))
        assert seed == hmac.digest(secret, issued, "sha256"), "a link seed is not J-LIS's own"
    built = country.country
    for institution in INSTITUTIONS:
        held = country.rows(
            institution,
            "SELECT person, individual_number, epoch, element"
            " FROM person LEFT JOIN code USING (person)",
        )
        assert held
        for person, number, epoch, element in held:
            if element is None and person == built.manifest.persons["variant"].get(institution):
                assert institution == PENSION, "only there nobody decides the doubt"
                continue
            expected = expected_code(built, institution, seeds[number])
            assert (epoch, element) == (1, expected), f"{institution}: a wrong code"


def test_no_two_codes_in_the_country_are_the_same(country: RunningCountry) -> None:
    """A child's, a parent's, a stranger's: nobody has a code twice, no two people share one."""
    elements = [
        element
        for institution in INSTITUTIONS
        for (element,) in country.rows(institution, "SELECT element FROM code")
    ]
    people = country.rows(INDIVIDUAL_NUMBER, "SELECT count(*) FROM resident")[0][0]
    assert len(elements) > people, "the country is too small to tell anything"
    assert len(set(elements)) == len(elements)
    starts = {element[:8] for element in elements}
    assert len(starts) == len(elements), "codes share a beginning"


async def order(world: World, institution: str, *persons: str) -> list[str]:
    """Have codes acquired at a desk; gives how each ended."""
    answer = await world.desk(
        institution,
        DeskAcquire,
        affair=ROW[institution],
        office="residents",
        officer="officer-1",
        persons=list(persons),
    )
    return [one.result for one in answer.results]


async def test_a_code_is_bound_once_and_then_held(world: World) -> None:
    """The second order finds the code held and asks nobody; by number or attributes, one code."""
    parent = world.person("parent", A)
    assert await order(world, A, parent, parent) == ["bound"]
    attempts = world.rows(INDIVIDUAL_NUMBER, "SELECT count(*) FROM acquisition")
    assert await order(world, A, parent) == ["held"]
    assert world.rows(INDIVIDUAL_NUMBER, "SELECT count(*) FROM acquisition") == attempts
    first = world.rows(A, "SELECT element FROM code")
    with connect(world.country.database(A)) as connection:
        connection.execute(CODE.delete())
        connection.execute(PERSON.update().values(individual_number=None))
    assert await order(world, A, parent) == ["bound"]
    assert world.rows(A, "SELECT element FROM code") == first
    assert first == [(expected_code(world.country, A, registered_seed(world)),)]


def registered_seed(world: World) -> bytes:
    """The parent's link seed, for institutions that keep the number and those that do not."""
    return registered(world, "parent", B).link_seed


@pytest.mark.parametrize("dies", range(1, 13))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_an_acquisition_that_dies_is_started_over(
    world: World, dies: int, after: bool
) -> None:
    """Wherever the institution dies, the same order again ends with one code, the same one."""
    parent = world.person("parent", A)
    node = world.nodes[A]
    node.death.at, node.death.after = dies, after
    with contextlib.suppress(WireError):
        await order(world, A, parent)
    died = node.death.dead
    await world.restart(A)
    assert (await order(world, A, parent))[0] in ("bound", "held")
    assert world.rows(A, "SELECT person, element FROM code") == [
        (parent, expected_code(world.country, A, registered_seed(world)))
    ]
    if dies <= 8:
        assert died, f"step {dies} is no longer reached: lower the number"


async def test_two_persons_on_file_who_are_one_are_shown(world: World) -> None:
    """A second file of the same person gets no code: `code-already-bound`, the first keeps its."""
    parent = world.person("parent", A)
    assert await order(world, A, parent) == ["bound"]
    with connect(world.country.database(A)) as connection:
        row = dict(
            connection.execute(PERSON.select().where(PERSON.c.person == parent)).one()._mapping
        )
        double = row | {"person": "P0DOUBLE", "individual_number": None}
        connection.execute(PERSON.insert().values(**double))
    assert await order(world, A, "P0DOUBLE") == ["code-already-bound"]
    assert world.rows(A, "SELECT person FROM code") == [(parent,)]


async def test_one_bad_file_does_not_stop_the_others(world: World) -> None:
    """In one order, a person whose data differ is reported and everybody else gets a code."""
    parent, child = world.person("parent", A), world.person("child", A)
    with connect(world.country.database(A)) as connection:
        connection.execute(
            PERSON.update().where(PERSON.c.person == child).values(birth_date="1950-01-01")
        )
    assert await order(world, A, child, parent) == ["differ", "bound"]


async def test_a_code_that_is_not_filled_in_time_is_no_code(world: World) -> None:
    """Where J-LIS agrees and the network never hears of it, the order ends without a code."""

    def cut(_sender: str, _receiver: str, path: str, _letter: bytes) -> None:
        if path.startswith("/acquisition/fill"):
            raise WireError("unavailable")

    world.intercepts.append(cut)
    parent = world.person("parent", A)
    assert await order(world, A, parent) == ["acquisition-empty"]
    assert world.rows(A, "SELECT count(*) FROM code") == [(0,)]
    world.intercepts.clear()
    assert await order(world, A, parent) == ["bound"]
