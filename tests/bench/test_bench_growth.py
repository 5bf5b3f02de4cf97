"""Growth is measured in a real country, and nothing of it stays on the server."""

from pathlib import Path

import pytest
from postgres import Server

from renkei.bench import bare, crypto, growth
from renkei.bench.places import places
from renkei.kit.location import Location

SCHEMAS = "SELECT count(*) FROM pg_namespace WHERE nspname ~ '^(renkei|bench)_'"
ROLES = "SELECT count(*) FROM pg_roles WHERE rolname ~ '^(renkei|bench)_'"


def left(server: Server) -> tuple[int, ...]:
    """How many schemas and logins of ours a server has."""
    with server.admin() as admin:
        found = [admin.execute(query).fetchone() for query in (SCHEMAS, ROLES)]
    return tuple(row[0] for row in found if row is not None)


@pytest.mark.slow
@pytest.mark.postgresql
def test_growth_on_a_server(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rates, bytes and proofs for every size; the server is left as it was.

    Nearly all of its time it waits, with the warm-up, for bodies that know nobody.
    """
    monkeypatch.setattr(growth, "EXCHANGES", 32)
    before = left(postgres)
    admin = Location("postgresql", postgres.place())
    found = growth.run({admin.engine: admin}, residents=(60,), entries=(100, 300))
    (by_residents,), by_entries = found[admin.engine]["residents"], found[admin.engine]["entries"]
    assert by_residents["residents"] == 60
    assert all(row["database_bytes"] > 0 for row in (by_residents, *by_entries))
    assert by_residents["ratio_to_smallest"] == by_entries[0]["ratio_to_smallest"] == 1.0
    assert all(one["entries"] >= wanted for one, wanted in zip(by_entries, (100, 300), strict=True))
    assert all(row["log_proof_bytes"] > 0 for row in by_entries)
    assert len(list(growth.lines(found))) == 4
    assert left(postgres) == before


@pytest.mark.postgresql
def test_the_floor_on_a_server(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bare exchange runs with its databases on a server, which is left as it was."""
    monkeypatch.setattr(crypto, "COMMITS", 64)
    before = left(postgres)
    found = crypto.floor(in_flight=8, exchanges=40, admin=Location("postgresql", postgres.place()))
    assert [one["count"] for one in found["measured"]] == [40] * len(found["measured"])
    assert left(postgres) == before


def test_places_go_with_the_block(tmp_path: Path) -> None:
    """A measurement's files go with it, those the engine keeps beside them too."""
    with places(tmp_path) as make:
        database = bare.create(make("one"))
        database.close()
        assert list(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []
