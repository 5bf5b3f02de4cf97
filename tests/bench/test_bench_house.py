"""`renkei bench house`: what it counts is what stands in the files."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from renkei.bench.house import House, circles
from renkei.cli import app

SOURCES = {
    "__init__.py": '"""A house of two storeys and a circle."""\n',
    "low/__init__.py": "",
    "low/one.py": "def short():\n    return 1\n",
    "high/__init__.py": "from toy.low import one\n",
    "high/first.py": "from toy.high import second\n",
    "high/second.py": "def later():\n    from . import third\n    return third\n",
    "high/third.py": "import toy.high.first\n",
    "roles/__init__.py": "",
    "roles/notary_public/__init__.py": 'NAME = "notary-public"\n',
    "roles/clerk/__init__.py": "",
    "roles/clerk/asking.py": "from toy.wire.notary_public import Letter\n",
    "run/__init__.py": "",
    "run/assembly.py": 'from toy.roles import notary_public\nKNOWN = ["notary-public", "clerk"]\n',
    "wire/__init__.py": "",
    "wire/notary_public.py": "class Letter:\n    pass\n",
    "wire/table.py": "from toy.wire.notary_public import Letter\n",
    "alone.py": "import toy.low.one\n",
    "told.py": '"""notary-public stands in a docstring only."""\n',
}


@pytest.fixture
def toy(tmp_path: Path) -> House:
    """A small house, written out."""
    for name, text in SOURCES.items():
        path = tmp_path / "toy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return House(tmp_path / "toy")


def test_arrows_and_knots(toy: House) -> None:
    """Imports between storeys are arrows; siblings in a circle are a knot, however they import."""
    assert toy.arrows() == {("high", "low"), ("roles", "wire"), ("run", "roles")}
    assert toy.knots() == [{"toy.high.first", "toy.high.second", "toy.high.third"}]
    assert toy.figures()["largest_knot"] == 3


def test_a_circle_is_a_circle_both_ways() -> None:
    """Only nodes that reach each other stand in one circle."""
    graph = {"a": {"b"}, "b": {"a", "c"}, "c": {"d"}, "d": set()}
    assert sorted(map(sorted, circles(graph))) == [["a", "b"], ["c"], ["d"]]


def test_places_that_name_a_role(toy: House) -> None:
    """A string, an import of the role, a joined message count; use, docstring, own files do not."""
    assert toy.places("notary_public") == ["run/assembly.py", "wire/table.py"]
    assert toy.places("clerk") == ["run/assembly.py"]
    assert toy.figures()["places_a_role_edits"] == 1


def test_sizes(toy: House) -> None:
    """Files, packages, the longest function and long files are counted as they stand."""
    (toy.folder / "long.py").write_text("def f():\n" + "    pass\n" * 400)
    figures = House(toy.folder).figures()
    assert figures["files"] == len(SOURCES) + 1
    assert figures["sub_packages"] == 7
    assert figures["files_over_400_lines"] == 1
    assert figures["longest_function_lines"] == 401


def test_the_house_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--json` has every promised figure of this very code, and there is no knot in it."""
    monkeypatch.setattr("renkei.bench.house.IMPORT_RUNS", 1)
    result = CliRunner().invoke(app, ["bench", "house", "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    promised = {"sub_packages", "arrows", "largest_knot", "files", "files_over_400_lines"}
    promised |= {"median_lines", "longest_function_lines", "seconds_import", "places_a_role_edits"}
    assert promised <= set(found)
    assert (found["largest_knot"], found["files_over_400_lines"]) == (0, 0)
    assert found["arrows"] <= 41
    assert found["longest_function_lines"] <= 50
    assert found["seconds_import"] > 0
