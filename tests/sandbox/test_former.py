"""A country that an earlier version built opens with all it holds; it is never built anew."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from inprocess import AS_OF, SEED, built
from running import RESIDENTS

from renkei.kit.database import DatabaseError, connect
from renkei.kit.progress import Progress
from renkei.sandbox import former
from renkei.sandbox.building import open_existing, open_or_build
from renkei.sandbox.country import MANIFEST, Country
from renkei.sandbox.population import RESIDENTS_PER_MUNICIPALITY

LATER = {"blueprint_digest", "plans", "replicas"}
"""What a manifest of form 8 did not say."""
MAY_CHANGE = {"format", "ports", "directory_version", "directory_expires_at"}
"""A port that another program has taken is left, and the directory says so."""


def age(folder: Path) -> dict[str, Any]:
    """Write the manifest as form 8 had it; gives what it says."""
    path = folder / MANIFEST
    said = json.loads(path.read_text())
    old = {name: value for name, value in said.items() if name not in LATER} | {"format": 8}
    path.write_text(json.dumps(old))
    return old


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A country of form 8, whose network says something that no building would."""
    folder = tmp_path / "country"
    shutil.copytree(built(RESIDENTS), folder)
    with connect(open_existing(folder).database("chofu-city")) as connection:
        connection.exec_driver_sql(
            "UPDATE person SET name = '前の版の人' WHERE person = (SELECT min(person) FROM person)"
        )
    age(folder)
    return folder


def reopen(folder: Path, residents: int = RESIDENTS_PER_MUNICIPALITY) -> Country:
    """Open it as `renkei up` does, told nothing."""
    told = Progress(quiet=True)
    country = open_or_build(folder, seed=SEED, as_of=AS_OF, progress=told, residents=residents)
    country.release()
    return country


def test_it_opens_with_all_it_holds(old: Path) -> None:
    """Keys, people and rows are those it had; its parties are the package's."""
    before = json.loads((old / MANIFEST).read_text())
    keys = {path: path.read_bytes() for path in old.rglob("keys/*")}
    country = reopen(old)
    said = json.loads((old / MANIFEST).read_text())
    same = before.keys() - MAY_CHANGE
    assert {name: said[name] for name in same} == {name: before[name] for name in same}
    assert {path: path.read_bytes() for path in keys} == keys
    assert [plan.party for plan in country.plans][:2] == ["linkage", "individual-number"]
    with connect(country.database("chofu-city")) as connection:
        row = connection.exec_driver_sql("SELECT count(*) FROM person WHERE name = '前の版の人'")
        assert row.scalar_one() == 1


def test_a_death_in_between_loses_nothing(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a database cannot be upgraded nothing else changes, and the next start goes on."""
    real, seen = former.upgrade, []

    def upgrade(*arguments: Any) -> str:
        seen.append(arguments)
        if len(seen) == 4:
            raise DatabaseError("the disk is away")
        return real(*arguments)

    monkeypatch.setattr(former, "upgrade", upgrade)
    before = (old / MANIFEST).read_bytes()
    with pytest.raises(DatabaseError):
        reopen(old)
    assert (old / MANIFEST).read_bytes() == before
    assert reopen(old).manifest.format == former.FORMAT


def test_who_asks_for_nothing_takes_what_stands(tmp_path: Path) -> None:
    """`renkei up` without a size opens the small country that stands; a size of its own counts."""
    folder = tmp_path / "country"
    shutil.copytree(built(RESIDENTS), folder)
    held = open_existing(folder).manifest
    assert held.residents != RESIDENTS_PER_MUNICIPALITY
    assert reopen(folder).manifest.built_at == held.built_at
    assert reopen(folder, residents=held.residents + 1).manifest.built_at != held.built_at
