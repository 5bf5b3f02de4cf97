"""`renkei verify`: what holds and what does not, in words and as JSON, without a network."""

import asyncio
import json
import shutil
from pathlib import Path

import msgspec
import pytest
from portal_network import SmallNetwork
from portal_running import RunningPortal
from typer.testing import CliRunner, Result

from renkei.cli import app
from renkei.wire.history import FILE_BYTES_LIMIT, write_file

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with anchors and two downloads of one person."""

    async def make(folder: Path) -> None:
        network = SmallNetwork(folder)
        portal = RunningPortal.open(folder, network)
        base, code = await portal.person()
        network.exchange(base)
        await portal.catch_up()
        (folder / "early.json").write_bytes(write_file(await portal.file(code)))
        await portal.state()
        (folder / "older.json").write_bytes(write_file(await portal.file(code)))
        network.exchange(base, allowed=False)
        await portal.state()
        (folder / "newer.json").write_bytes(write_file(await portal.file(code)))
        (folder / "anchors.json").write_bytes(msgspec.json.encode(network.anchors))
        await asyncio.to_thread(portal.database.close)

    folder = tmp_path_factory.mktemp("verify")
    asyncio.run(make(folder))
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy for one test, which may write into it."""
    shutil.copytree(made, tmp_path / "verify")
    return tmp_path / "verify"


def run(folder: Path, *names: str) -> Result:
    paths = [str(folder / name) if name.endswith(".json") else name for name in names]
    return RUNNER.invoke(app, ["verify", *paths, "--anchors", str(folder / "anchors.json")])


def test_a_file_that_holds_exits_0(folder: Path) -> None:
    """Every check is printed in words, and the last sentence says verified and witnessed."""
    result = run(folder, "newer.json")
    assert result.exit_code == 0, result.output
    assert "Verified and witnessed: 2 lines" in result.stdout
    assert "FAILS" not in result.stdout


def test_json_is_one_object(folder: Path) -> None:
    """`--json` gives verified, witnessed, tree_size, lines and every check."""
    result = run(folder, "newer.json", "--json")
    report = json.loads(result.stdout)
    assert (report["verified"], report["witnessed"], report["lines"]) == (True, True, 2)
    assert report["tree_size"] > 0
    assert all(check["holds"] for check in report["checks"])


def test_a_file_without_witness_says_so(folder: Path) -> None:
    """Without statement and cosignature the file holds, loudly not witnessed."""
    result = run(folder, "early.json")
    assert result.exit_code == 0
    assert "NOT WITNESSED" in result.stdout


def test_a_changed_byte_exits_1_and_names_the_line(folder: Path) -> None:
    """One changed character of a salt: exit 1, and the line is named."""
    data = (folder / "newer.json").read_bytes()
    at = data.index(b'"salt":"') + 10
    spoilt = data[:at] + (b"A" if data[at : at + 1] != b"A" else b"B") + data[at + 1 :]
    (folder / "spoilt.json").write_bytes(spoilt)
    result = run(folder, "spoilt.json")
    assert result.exit_code == 1
    assert "lines-in-log: line 1" in result.stdout
    assert "NOT VERIFIED" in result.stdout


def test_two_files_are_compared(folder: Path) -> None:
    """Two downloads of different days verify against each other."""
    result = run(folder, "older.json", "newer.json")
    assert result.exit_code == 0, result.output
    assert "lines-kept" in result.stdout
    assert "log-extends" in result.stdout


def test_a_file_of_another_kind_exits_1_in_a_sentence(folder: Path) -> None:
    """A file that is no history fails with a sentence, also beside one that is."""
    (folder / "other.json").write_text("{}")
    for names in (("other.json",), ("newer.json", "other.json")):
        result = run(folder, *names)
        assert result.exit_code == 1
        assert "no renkei.history.v2 file" in result.stdout


def test_what_cannot_be_read_exits_2_and_says_what_to_do(folder: Path) -> None:
    """A missing file, a file too large and wrong anchors are mistakes of usage."""
    with (folder / "large.json").open("wb") as file:
        file.truncate(FILE_BYTES_LIMIT + 1)
    for name in ("missing.json", "large.json"):
        result = run(folder, name)
        assert result.exit_code == 2
        assert name in result.stderr
    (folder / "other.json").write_text("{}")
    arguments = ["verify", str(folder / "newer.json"), "--anchors", str(folder / "other.json")]
    result = RUNNER.invoke(app, arguments)
    assert result.exit_code == 2
    assert "--anchors" in result.stderr
