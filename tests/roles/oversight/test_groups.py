"""Findings are grouped and counted: three thousand of one kind bury none of another."""

import json
import time
from datetime import timedelta

import pytest
from overseen import NOW, World
from typer.testing import CliRunner

from renkei.cli import oversight as commands
from renkei.cli.finding_words import KINDS
from renkei.kit.database import Database, Location
from renkei.kit.database.migration import upgrade
from renkei.roles.oversight.rules.culprits import NOBODY, Finding, Matter, finding_on
from renkei.roles.oversight.rules.grounds import ROWS, Ground
from renkei.roles.oversight.store import REVISION, findings
from renkei.roles.oversight.store.findings import KEPT_A_DAY, Summary

MANY, FEW = 3_000, 300
HANG_SECONDS = 120
EVIDENCE = (b"signed by somebody", b"and by somebody else")


def withheld(number: int, *cities: str) -> Finding:
    """A promise that is in no log, by the word of one city or of both."""
    ground = Ground.WITHHELD if len(cities) == 1 else Ground.WITHHELD_FROM_BOTH
    matter = Matter("city-a", "city-b", cities[0])
    return finding_on(ground, matter, f"city-a {number}", EVIDENCE, "the log lacks an entry")


FORK = finding_on(Ground.FORK, NOBODY, "1 aa 2 bb", EVIDENCE, "size 2 after size 1")


@pytest.fixture
def where(place: Location) -> Location:
    """An empty database of the Commission, on every engine."""
    upgrade("renkei.roles.oversight.migrations", place)
    return place


@pytest.fixture
def database(where: Location):
    """The same, opened."""
    opened = Database.open(where, revision=REVISION)
    yield opened
    opened.close()


async def flood(database: Database, many: int = MANY) -> None:
    """Many findings of one kind within an hour, and one of another among them."""

    def write(connection) -> None:
        for number in range(many):
            now = NOW + timedelta(seconds=number)
            assert findings.add(connection, withheld(number, "city-a"), now)
            if number == many // 2:
                findings.add(connection, FORK, now)

    await database.write(write)


async def summed(database: Database, **only: str) -> Summary:
    """The summary, as it is read."""
    return await database.read(lambda c: findings.summary(c, **only))


async def test_many_of_one_kind_are_one_line(database: Database) -> None:
    """The summary has two lines, each with count, first, last and newest subject."""
    start = time.monotonic()
    await flood(database)
    found = await summed(database)
    assert time.monotonic() - start < HANG_SECONDS
    assert (found.count, found.kinds) == (MANY + 1, {"fork": 1, "withheld-leaf": MANY})
    fork, many = found.groups
    assert (fork.kind, fork.count, fork.possible) == ("fork", 1, ["linkage"])
    assert (many.kind, many.count, many.possible) == ("withheld-leaf", MANY, ["city-a", "linkage"])
    assert many.newest_subject == f"city-a {MANY - 1}"
    assert many.last_at - many.first_at == timedelta(seconds=MANY - 1)
    assert found.more_groups == 0


async def test_evidence_is_bounded_and_every_finding_stands(database: Database) -> None:
    """Of one group the first hundred of a day keep their evidence; the others say so."""
    await flood(database, FEW)
    _, many = (await summed(database)).groups
    assert (many.count, many.with_evidence) == (FEW, KEPT_A_DAY)
    page = await database.read(lambda c: findings.every(c, KEPT_A_DAY - 2, 5, kind=many.kind))
    assert [one.evidence_kept for one in page] == [True, True, False, False, False]
    assert [len(one.evidence) for one in page] == [2, 2, 0, 0, 0]
    (fork,) = await database.read(lambda c: findings.every(c, kind="fork"))
    assert fork.evidence_kept

    def tomorrow(connection) -> bool:
        return findings.add(connection, withheld(FEW, "city-a"), NOW + timedelta(days=1))

    assert await database.write(tomorrow)
    _, many = (await summed(database)).groups
    assert many.with_evidence == KEPT_A_DAY + 1


async def test_a_group_is_read_page_by_page(database: Database) -> None:
    """Pages of one kind or party follow each other without a gap, whatever else is found."""
    await flood(database, FEW)
    seen: list[str] = []
    after = 0
    while page := await database.read(
        lambda c, after=after: findings.every(c, after, 70, kind="withheld-leaf", party="city-a")
    ):
        seen += [one.subject for one in page]
        after = page[-1].number
    assert seen == [f"city-a {number}" for number in range(FEW)]
    of_portal = await database.read(lambda c: findings.every(c, party="portal"))
    assert of_portal == []


async def test_a_finding_is_sharpened_once_more_is_known(database: Database) -> None:
    """When fewer are left who can have done it, it moves to their group; it is no second one."""

    def write(connection) -> None:
        for number in range(3):
            findings.add(connection, withheld(number, "city-a"), NOW)
        findings.add(connection, withheld(1, "city-a", "city-b"), NOW + timedelta(minutes=1))
        assert not findings.add(connection, withheld(1, "city-a", "city-b"), NOW)

    await database.write(write)
    found = await summed(database)
    groups = {tuple(one.possible): (one.count, one.newest_subject) for one in found.groups}
    assert groups == {("city-a", "linkage"): (2, "city-a 2"), ("linkage",): (1, "city-a 1")}
    (sharp,) = await database.read(lambda c: findings.every(c, party="linkage", after=1, limit=1))
    assert (sharp.possible, sharp.excluded) == (["linkage"], ["city-a", "city-b"])
    assert "lie together" in sharp.why


async def test_one_subject_can_be_two_findings(database: Database) -> None:
    """What points to others is another finding, with a number behind its subject."""

    def write(connection) -> None:
        findings.add(connection, withheld(1, "city-a"), NOW)
        other = finding_on(Ground.WITHHELD, Matter(speaker="city-z"), "city-a 1", (), "another")
        findings.add(connection, other, NOW)

    await database.write(write)
    found = await database.read(findings.every)
    assert [one.subject for one in found] == ["city-a 1", "city-a 1 (2)"]


async def test_groups_of_one_kind_bury_no_other_kind(database: Database) -> None:
    """One body that guesses everywhere makes many groups: a bounded number of them is shown."""

    def write(connection) -> None:
        for number in range(300):
            matter = Matter(speaker="city-a", tellers=(f"body-{number}",))
            one = finding_on(Ground.GUESSING, matter, f"at {number}", (), "tries")
            findings.add(connection, one, NOW)
        findings.add(connection, withheld(1, "city-a"), NOW)

    await database.write(write)
    found = await summed(database)
    assert [one.kind for one in found.groups].count("withheld-leaf") == 1
    assert found.kinds["guessing"] == 300
    assert len(found.groups) + found.more_groups == 301
    assert len(found.groups) < 30
    assert len((await summed(database, kind="guessing")).groups) == findings.GROUPS_LIMIT


# -- as an operator reads it -------------------------------------------------------------------


class Standing:
    """Stands where a country stands for the commands: a database and a clock."""

    def __init__(self, world: World) -> None:
        self.world = world

    def database(self, _party: str):
        return self.world.path

    def now(self):
        return self.world.clock.now()

    def is_running(self) -> bool:
        return True


@pytest.fixture
def command(world: World, commission, monkeypatch):
    """`renkei oversight`, over a database with three thousand findings of a kind and one more."""
    monkeypatch.setattr(commands, "existing_country", lambda _folder: Standing(world))

    def run(*arguments: str):
        result = CliRunner().invoke(commands.app, arguments)
        assert result.exit_code == 0, result.output
        return result

    return run


@pytest.mark.sqlite_only("the command is shown a folder with the database's file in it")
async def test_the_command_shows_the_one_among_many(command, commission) -> None:
    """`findings` and `status` are a few lines, in which the single one stands with its parties."""
    await flood(commission.database)
    for verb in ("findings", "status"):
        shown = command(verb).stdout
        assert len(shown.splitlines()) < 30
        assert "1 × fork" in shown
        assert "can have done it: linkage\n" in shown
        assert f"{MANY} × withheld-leaf" in shown
        assert f"with evidence: {KEPT_A_DAY} of {MANY}; the others are counted" in shown
    assert json.loads(command("status", "--json").stdout)["findings"]["count"] == MANY + 1


@pytest.mark.sqlite_only("the command is shown a folder with the database's file in it")
async def test_the_command_opens_a_group_page_by_page(command, commission) -> None:
    """`--kind` shows findings with who can and cannot have done it, and how to go on."""
    await flood(commission.database, FEW)
    assert "cannot have done it: portal" in command("findings", "--kind", "fork").stdout
    result = command("findings", "--kind", "withheld-leaf", "--limit", "2")
    assert "can have done it: city-a, linkage" in result.stdout
    assert "because the promise is known by the word of one body" in " ".join(result.stdout.split())
    assert "findings --kind withheld-leaf --after 2 --limit 2" in result.stderr
    asked = ["--kind", "withheld-leaf", "--after", "2", "--limit", "2", "--json"]
    page = json.loads(command("findings", *asked).stdout)
    assert [one["subject"] for one in page["findings"]] == ["city-a 2", "city-a 3"]
    assert page["next_after"] == 4
    last = json.loads(command("findings", "--kind", "fork", "--json").stdout)
    assert (len(last["findings"]), last["next_after"]) == (1, None)
    assert last["findings"][0]["evidence"] == [one.decode() for one in EVIDENCE]


def test_a_kind_that_does_not_exist_is_refused(world, monkeypatch) -> None:
    """The kinds there are are named instead of an empty list."""
    monkeypatch.setattr(commands, "existing_country", lambda _folder: Standing(world))
    result = CliRunner().invoke(commands.app, ["findings", "--kind", "forks"])
    assert result.exit_code == 2
    assert "withheld-leaf" in result.stderr


def test_every_kind_has_words() -> None:
    """Who reads a summary reads what a kind means, in English and Japanese."""
    assert set(KINDS) == {row.kind for row in ROWS.values()}
    assert all(any(ord(sign) > 0x3000 for sign in words) for words in KINDS.values())
