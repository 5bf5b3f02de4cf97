"""How the Commission stands: the age of its cosignature, its configuration, its command line."""

import json

import looking
import pytest
from overseen import EXCHANGE, LOG_NAME, World
from structlog.testing import capture_logs
from typer.testing import CliRunner

from renkei.cli import oversight as commands
from renkei.crypto.note import NoteKey
from renkei.kit.config import ConfigError
from renkei.kit.database.migration import check_stated_revision
from renkei.roles.oversight.rules import COSIGNATURE_AGE_LIMIT_SECONDS
from renkei.roles.oversight.store import REVISION
from renkei.roles.oversight.store.tables import METADATA
from renkei.run.roles.oversight import Settings, log_keys


async def late(commission) -> list[dict]:
    with capture_logs() as lines:
        await commission.witness.watch_age()
    return [line for line in lines if line["event"] == "cosignature-late"]


async def test_an_old_cosignature_is_alarmed(world, commission) -> None:
    """The log warns once the last cosignature, or a start without any, is past its limit."""
    assert await late(commission) == []
    world.clock.advance(COSIGNATURE_AGE_LIMIT_SECONDS + 1)
    assert len(await late(commission)) == 1
    world.log.append(EXCHANGE, {"n": 1})
    await commission.witness.step()
    assert await late(commission) == []
    world.clock.advance(COSIGNATURE_AGE_LIMIT_SECONDS)
    assert await late(commission) == []
    world.clock.advance(1)
    (line,) = await late(commission)
    assert line["age_seconds"] == COSIGNATURE_AGE_LIMIT_SECONDS + 1


async def test_a_finding_is_written_once(world, commission) -> None:
    """The same finding seen a hundred times is one row and one line in the log."""
    for _ in range(3):
        world.log.append(EXCHANGE, {"n": 1})
    await commission.witness.step()
    world.log.cut(2)
    with capture_logs() as lines:
        for _ in range(100):
            await commission.witness.step()
    assert len(await commission.found()) == 1
    assert len([line for line in lines if line["event"] == "finding"]) == 1


def test_the_stated_revision_is_the_newest() -> None:
    """The server expects the schema its migrations make."""
    check_stated_revision("renkei.roles.oversight.migrations", REVISION)


def test_tables_are_those_of_the_schema(world) -> None:
    """Every table and column that the store names is in the schema, and the other way round."""
    columns = looking.columns(world.where)
    del columns["alembic_version"]
    assert columns == {
        table.name: {c.name for c in table.columns} for table in METADATA.sorted_tables
    }


def test_keys_come_from_the_configuration(world: World) -> None:
    """The configured witness key must be the one in the key store; types must be right."""
    log, witness = world.log_keys.log, world.log_keys.witness
    keys = log_keys(Settings(log_key=log.text, witness_key=witness.text), witness.public)
    assert (keys.log, keys.witness) == (log, witness)
    other = NoteKey(LOG_NAME, witness.public)
    wrong = [
        (Settings(log_key="", witness_key=witness.text), witness.public),
        (Settings(log_key=log.text, witness_key="nonsense"), witness.public),
        (Settings(log_key=log.text, witness_key=witness.text), bytes(32)),
        (Settings(log_key=witness.text, witness_key=witness.text), witness.public),
        (Settings(log_key=log.text, witness_key=other.text), witness.public),
    ]
    for config, public in wrong:
        with pytest.raises(ConfigError):
            log_keys(config, public)


class Shown:
    """Stands where a country stands for the commands: a database and a clock."""

    def __init__(self, world: World) -> None:
        self.world = world

    def database(self, _party: str):
        return self.world.where

    def now(self):
        return self.world.clock.now()

    def is_running(self):
        return True


async def test_findings_and_status_are_shown(world, commission, monkeypatch, tmp_path) -> None:
    """`findings` lists what was found with its evidence, `status` says age, sizes and counts."""
    monkeypatch.setattr(commands, "existing_country", lambda _folder: Shown(world))
    run = CliRunner()
    assert "no findings" in run.invoke(commands.app, ["findings"]).stderr
    world.exchange("hanako")
    world.exchange("taro")
    world.portal.log_root()
    await commission.check_ledger()
    world.clock.advance(7)
    shown = json.loads(run.invoke(commands.app, ["status", "--json"]).stdout)
    assert shown == {
        "running": True,
        "cosignature_age_seconds": 7.0,
        "cosigned_size": 3,
        "seen_size": 3,
        "halted": None,
        "counted_size": 3,
        "entries": {"exchange": 2, "ledger-root": 1},
        "fallen_accounts": 0,
        "unopened_leaves": 0,
        "stated_size": 2,
        "stated_exchange_entries": 2,
        "accepted_loss": None,
        "findings": {"count": 0, "kinds": {}, "groups": [], "more_groups": 0},
    }
    world.log.cut(1)
    await commission.witness.step()
    (group,) = json.loads(run.invoke(commands.app, ["status", "--json"]).stdout)["findings"][
        "groups"
    ]
    assert (group["kind"], group["possible"], group["count"]) == ("fork", ["linkage"], 1)
    result = run.invoke(commands.app, ["findings", "--after", "0", "--json"])
    (found,) = json.loads(result.stdout)["findings"]
    assert (found["kind"], found["possible"], found["number"]) == ("fork", ["linkage"], 1)
    assert len(found["evidence"]) == 2
    assert "fork" in run.invoke(commands.app, ["findings"]).stdout
    missing = run.invoke(commands.app, ["status", "--folder", str(tmp_path / "none")])
    assert missing.exit_code == 0, "the folder is whatever `existing_country` says"
